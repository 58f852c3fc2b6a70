import { describe, expect, it } from 'vitest';
import type { Detection } from '../contracts/detection.ts';
import type { Response } from '../contracts/response.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';
import type { Threat } from '../contracts/threat.ts';
import { runLine, startStandIn } from './cli-workbench.ts';

const time = '2026-01-31T12:00:00.000Z';
const threat: Threat = {
  threat_id: 'thr_1',
  version: 1,
  attacker: '203.0.113.66',
  target: '198.51.100.10',
  technique: 'T1110',
  ttps: ['T1110', 'T1078'],
  confidence: 0.95,
  detected_severity: 7.5,
  detection_count: 3,
  first_detection_id: 'det_1',
  last_detection_id: 'det_3',
  first_seen: time,
  last_seen: time,
  status: 'active',
  phase: 'decided',
  assessed_version: 1,
  severity: 8.25,
  threat_actor: null,
  campaigns: [],
  indicators: [
    { type: 'ip', value: '203.0.113.66', entity: '203.0.113.66', source: 'list', confidence: 0.9 },
  ],
  narrative: 'It guessed.\u001b[2J\nThen it got in.',
  analysis: {
    is_threat: true,
    severity: 'high',
    confidence: 0.97,
    techniques: [{ technique: 'T1110', evidence_event_ids: ['evt_1'] }],
    description: 'Somebody guesses passwords.',
    recommended_actions: ['Lock the account.'],
    attacker_profile: {
      sophistication: 'basic',
      tools: ['hydra'],
      objectives: ['Obtain credentials'],
      next_moves: [{ technique: 'T1078', probability: 0.6 }],
    },
    reasoning: 'Six failures.',
    false_positive_likelihood: 0.03,
    analyst: 'llm',
    floor: { is_threat: true, severity: 'high', confidence: 0.95 },
    model: 'openai/some-model',
    timestamp: time,
  },
  decision: { verdict: 'ask', playbook_id: null, reason: 'not sure enough' },
  timestamp: time,
};
const response: Response = {
  response_id: 'run_1',
  playbook_id: 'brute_force_response',
  threat_id: 'thr_1',
  success: true,
  dry_run: false,
  actions_executed: 1,
  actions: [
    {
      action_id: 'run_1/0',
      type: 'block_source',
      target: '203.0.113.66',
      status: 'validated',
      detail: 'in the set',
      lease_until: time,
      started_at: time,
      finished_at: time,
    },
  ],
  timestamp: time,
};
const detection: Detection = {
  detection_id: 'det_1',
  event_id: 'evt_1',
  threat_id: 'thr_1',
  is_threat: true,
  confidence: 0.95,
  severity: 'high',
  mitre_techniques: ['T1110'],
  timestamp: time,
  attacker: '203.0.113.66',
  target: '198.51.100.10',
  findings: [
    {
      detector_id: 'failed_logins',
      title: 'Password guessing',
      reason: 'six failures',
      severity: 'high',
      confidence: 0.95,
      mitre_techniques: ['T1110'],
      evidence_event_ids: ['evt_1'],
      author: 'somebody',
    },
  ],
};
const event: SecurityEvent = {
  event_id: 'evt_1',
  timestamp: time,
  source: 'sshd',
  event_type: 'login_failed',
  source_ip: '203.0.113.66',
  port: 22,
  payload: { user: 'root' },
  context: { host: 'web-1', user: 'root\u202e' },
};
const lists: Readonly<Record<string, unknown>> = {
  '/api/v1/threats': threat,
  '/api/v1/responses': response,
  '/api/v1/detections': detection,
  '/api/v1/events': event,
};

const answering = () =>
  startStandIn(({ method, path }) => {
    if (method === 'POST') return [200, path.startsWith('/api/v1/threats') ? threat : response];
    const item = lists[path];
    if (item !== undefined) return [200, { items: [item], next_cursor: null }];
    const one = lists[path.slice(0, path.lastIndexOf('/'))];
    return one === undefined ? [404, { detail: 'There is no such page.' }] : [200, one];
  });

describe('the list commands', () => {
  it.each([
    ['threats', 'thr_1', ['active', '8.3', '0.95', '203.0.113.66', 'T1110', '3×', 'ask']],
    ['responses', 'run_1', ['brute_force_response', 'yes', 'block_source 203.0.113.66 validated']],
    ['detections', 'det_1', ['high', '0.95', 'yes', 'Password guessing']],
    ['events', 'evt_1', ['login_failed', 'sshd', '203.0.113.66', 'web-1:22', 'root\\u202e']],
  ])('%s prints a table, without colour where there is no terminal', async (name, id, words) => {
    const { url } = await answering();
    const { code, stdout } = await runLine([name], { url });
    expect(code).toBe(0);
    const [head, row] = stdout.split('\n');
    expect(head).toMatch(/^[A-Z? ]+$/);
    for (const word of [...words, id]) expect(row).toContain(word);
    expect(stdout).not.toContain('\u001b');
  });

  it.each(['threats', 'responses', 'detections', 'events'])('%s prints JSON as it came', async (name) => {
    const { url } = await answering();
    const { stdout } = await runLine([name, '--json'], { url });
    expect(JSON.parse(stdout)).toEqual({ items: [lists[`/api/v1/${name}`]], next_cursor: null });
    const one = await runLine([name, 'some-id', '--json'], { url });
    expect(JSON.parse(one.stdout)).toEqual(lists[`/api/v1/${name}`]);
  });

  it.each([
    ['threats', ['not attributed', 'none known', 'ip 203.0.113.66 (list, 0.90)', 'ask: not sure enough']],
    [
      'threats',
      [
        'a threat, high, 0.97 sure (deterministic and openai/some-model)',
        'basic, uses hydra',
        'T1078 Valid Accounts (60 %)',
        'Lock the account.',
      ],
    ],
    ['responses', ['block_source 203.0.113.66: validated until', 'in the set']],
    ['detections', ['Password guessing (high, 0.95)', 'six failures', 'rule by somebody', 'evidence: evt_1']],
    ['events', ['"user": "root"', 'web-1:22']],
  ])('%s shows one in full', async (name, texts) => {
    const { url } = await answering();
    const { stdout } = await runLine([name, 'some id'], { url });
    for (const text of texts) expect(stdout).toContain(text);
  });

  it('shows what an attacker wrote without letting it steer the terminal', async () => {
    const { url } = await answering();
    const { stdout } = await runLine(['threats', 'thr_1'], { url, isTTY: true });
    expect(stdout).toContain('It guessed.\\u001b[2J\n');
    expect(stdout).not.toContain('\u001b[2J');
  });

  it('colours its head on a terminal, and not where NO_COLOR is set', async () => {
    const { url } = await answering();
    expect((await runLine(['threats'], { url, isTTY: true })).stdout).toContain('\u001b[1m');
    const plain = await runLine(['threats'], { url, isTTY: true, environment: { NO_COLOR: '1' } });
    expect(plain.stdout).not.toContain('\u001b');
  });

  it('passes filters on, and follows pages up to the limit', async () => {
    const standIn = await startStandIn(({ query }) => {
      const start = Number(query.cursor ?? 0);
      const count = Math.min(Number(query.limit), 700 - start);
      const items = Array.from({ length: count }, (_unused, index) => ({
        ...event,
        event_id: `evt_${start + index}`,
      }));
      return [200, { items, next_cursor: start + count < 700 ? String(start + count) : null }];
    });
    const all = await runLine(
      ['events', '--limit', '1000', '--source-ip', '203.0.113.66', '--evidence', '--json'],
      standIn,
    );
    expect(JSON.parse(all.stdout).items).toHaveLength(700);
    expect(standIn.requests.map(({ query }) => query)).toEqual([
      { source_ip: '203.0.113.66', scope: 'evidence', limit: '500' },
      { source_ip: '203.0.113.66', scope: 'evidence', limit: '500', cursor: '500' },
    ]);
    const some = await runLine(['events', '--limit', '2'], standIn);
    expect(some.stdout.trim().split('\n')).toHaveLength(3);
    expect(some.stderr).toContain('--limit 20');
  });

  it('says that there is nothing', async () => {
    const { url } = await startStandIn(() => [200, { items: [], next_cursor: null }]);
    expect((await runLine(['detections'], { url })).stdout).toBe('No detections.\n');
  });

  it('names what is missing of an event, a threat and a response', async () => {
    const bare = { ...event, source_ip: undefined, port: undefined, context: {} };
    const pending = {
      ...threat,
      decision: null,
      narrative: '',
      threat_actor: 'APT0',
      campaigns: ['C1', 'C2'],
    };
    const dry = { ...response, dry_run: true, actions: [{ ...response.actions[0], lease_until: null }] };
    const { url } = await startStandIn(({ path }) => {
      if (path.includes('events/')) return [200, bare];
      if (path.includes('threats/')) return [200, pending];
      if (path.includes('responses/')) return [200, { ...dry, success: false }];
      if (path.endsWith('threats'))
        return [
          200,
          { items: [{ ...threat, decision: { ...threat.decision, playbook_id: 'p1' } }], next_cursor: null },
        ];
      if (path.endsWith('responses'))
        return [200, { items: [dry, { ...dry, success: false }], next_cursor: null }];
      if (path.endsWith('detections'))
        return [
          200,
          {
            items: [
              { ...detection, is_threat: false, findings: [{ ...detection.findings[0], author: undefined }] },
            ],
            next_cursor: null,
          },
        ];
      return [200, { items: [bare, { ...bare, port: 22 }], next_cursor: null }];
    });
    expect((await runLine(['events'], { url })).stdout).toMatch(/sshd {4,}-.*-.*-/);
    expect((await runLine(['events', 'x'], { url })).stdout).toContain('from     -');
    expect((await runLine(['threats'], { url })).stdout).toContain('ask (p1)');
    expect((await runLine(['threats', 'x'], { url })).stdout).toMatch(
      /actor +APT0\ncampaigns +C1, C2[\s\S]*decision +pending/,
    );
    expect((await runLine(['responses'], { url })).stdout).toMatch(/dry run[\s\S]*no/);
    expect((await runLine(['responses', 'x'], { url })).stdout).toContain('no (dry run');
    expect((await runLine(['detections'], { url })).stdout).toMatch(/0\.95 +no/);
  });
});

describe('the decision commands', () => {
  it.each([
    ['approve', '/api/v1/threats/thr%2F1/approve', 'ask: not sure enough'],
    ['dismiss', '/api/v1/threats/thr%2F1/dismiss', 'ask: not sure enough'],
    ['rollback', '/api/v1/responses/thr%2F1/rollback', 'block_source 203.0.113.66: validated'],
  ])('%s posts the decision and prints what it was about', async (name, path, text) => {
    const standIn = await answering();
    const { code, stdout } = await runLine([name, 'thr/1'], standIn);
    expect(code).toBe(0);
    expect(standIn.requests.map((request) => `${request.method} ${request.path}`)).toEqual([`POST ${path}`]);
    expect(stdout).toContain(text);
    const json = await runLine([name, 'thr/1', '--json'], standIn);
    expect(JSON.parse(json.stdout)).toEqual(name === 'rollback' ? response : threat);
  });

  it('says so when the answer has another shape', async () => {
    const { url } = await startStandIn(() => [200, { ok: true }]);
    expect(await runLine(['approve', 'thr_1'], { url })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the server did it'),
    });
  });
});

describe('vertice status', () => {
  const serve = (status: number, readiness: string, cursor: string | null) =>
    startStandIn(({ path }) =>
      path === '/ready'
        ? [status, { status: readiness, dependencies: { bus: 'ready', store: 'away' } }]
        : [200, { items: [threat], next_cursor: cursor }],
    );

  it('shows dependencies, active threats and what waits for a person', async () => {
    const { url } = await serve(200, 'ready', 'more');
    const { code, stdout } = await runLine(['status'], { url });
    expect(code).toBe(0);
    expect(stdout).toMatch(/server +http.*ready\nbus +ready\nstore +away\nactive threats +1 or more\n/);
    expect(stdout).toContain('vertice approve thr_1');
  });

  it('ends with 1 when the server is not ready', async () => {
    const { url } = await serve(503, 'not ready', null);
    const { code, stdout, stderr } = await runLine(['status', '--json'], { url });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'not ready', active_threats: [threat] });
    expect(stderr).toContain('is not ready');
  });

  it('says that nothing waits', async () => {
    const { url } = await startStandIn(({ path }) =>
      path === '/ready'
        ? [200, { status: 'ready', dependencies: {} }]
        : [200, { items: [], next_cursor: null }],
    );
    expect((await runLine(['status'], { url })).stdout).toMatch(/active threats +0\nwaiting for you +none/);
  });
});
