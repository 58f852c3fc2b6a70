import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createParser } from 'eventsource-parser';
import Type, { type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DetectionSchema } from '../../src/contracts/detection.ts';
import { ResponseSchema } from '../../src/contracts/response.ts';
import { SecurityEventSchema } from '../../src/contracts/security-event.ts';
import { ThreatSchema } from '../../src/contracts/threat.ts';
import { topics } from '../../src/contracts/topics.ts';
import { type Ended, runVertice, type Server, startServer } from './vertice-process.ts';

const attacker = '198.51.100.66';
const stopLimitMs = 5_000;

const StatusSchema = Type.Object({
  status: Type.String(),
  dependencies: Type.Record(Type.String(), Type.String()),
  active_threats: Type.Array(ThreatSchema),
});
const RefusalSchema = Type.Object({ status: Type.Integer(), detail: Type.String() });

function pageOf<Schema extends TSchema>(item: Schema) {
  return Type.Object({ items: Type.Array(item) });
}

function parse<Schema extends TSchema>(schema: Schema, text: string): Static<Schema> {
  return Compile(schema).Parse(JSON.parse(text));
}

let folder: string;
let dataDir: string;

function newFolder(): void {
  folder = mkdtempSync(join(tmpdir(), 'vertice-e2e-'));
  dataDir = join(folder, 'data');
}

/** As a person would, with Ctrl-C's milder sister. Resolves to how it ended and how long it took. */
async function stop(server: Server): Promise<Ended & { readonly milliseconds: number }> {
  const startedAt = performance.now();
  server.process.kill('SIGTERM');
  const ended = await server.ended;
  return { ...ended, milliseconds: performance.now() - startedAt };
}

async function kill(server: Server | null): Promise<void> {
  server?.process.kill('SIGKILL');
  await server?.ended;
}

describe('the server', () => {
  let server: Server;
  let key: string;
  /** Topics of what the stream has told, in order. */
  const heard: string[] = [];
  const stream = new AbortController();

  beforeAll(async () => {
    newFolder();
    server = await startServer(dataDir);
    key = server.key ?? '';
    await listen();
  });
  afterAll(async () => {
    stream.abort();
    await kill(server);
    rmSync(folder, { recursive: true, force: true });
  });

  const cli = (...args: string[]) => runVertice(args, { VERTICE_URL: server.url, VERTICE_API_KEY: key });

  /** Runs a command that prints JSON of this shape. */
  async function read<Schema extends TSchema>(schema: Schema, ...args: string[]): Promise<Static<Schema>> {
    const { code, stdout, stderr } = await cli(...args, '--json');
    expect([args, code, stderr]).toEqual([args, 0, expect.any(String)]);
    return parse(schema, stdout);
  }

  function call(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(server.url + path, {
      ...init,
      headers: { authorization: `Bearer ${key}`, ...init.headers },
    });
  }

  async function listen(): Promise<void> {
    const response = await call('/api/v1/stream', { signal: stream.signal });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const parser = createParser({ onEvent: ({ event = '' }) => void heard.push(event) });
    const reading = async (): Promise<void> => {
      for await (const chunk of response.body ?? []) parser.feed(Buffer.from(chunk).toString());
    };
    reading().catch(() => {});
  }

  /** The value of one time series, labels written as Prometheus does; null when there is none. */
  async function metric(series: string): Promise<number | null> {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${series} `));
    return line === undefined ? null : Number(line.slice(series.length + 1));
  }

  function blocklist(): string {
    return readFileSync(join(dataDir, 'blocklist.txt'), 'utf8');
  }

  it('tells its first key once, and where it listens', () => {
    expect(key).toMatch(/^vk_[0-9a-f]{16}_[\w-]{43}$/);
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('lets nobody in without a key, and says how to get one', async () => {
    const answer = await fetch(`${server.url}/api/v1/threats`);
    expect(answer.status).toBe(401);
    expect(parse(RefusalSchema, await answer.text()).detail).toContain('Authorization: Bearer');
    const command = await runVertice(['threats'], { VERTICE_URL: server.url });
    expect(command).toMatchObject({ code: 1, stderr: expect.stringContaining('vertice keys add') });
  });

  it('sees an injected brute force and contains the attacker', async () => {
    const injected = await cli('inject', 'brute-force', '--source-ip', attacker, '--seed', '7');
    expect(injected).toMatchObject({ code: 0, stderr: expect.stringContaining('20 events sent') });
    await vi.waitFor(
      async () => {
        const { items } = await read(pageOf(ThreatSchema), 'threats', '--attacker', attacker);
        expect(items).toMatchObject([
          { status: 'contained', technique: 'T1110', decision: { playbook_id: 'brute_force_response' } },
        ]);
      },
      { timeout: 20_000, interval: 100 },
    );
    expect(blocklist()).toMatch(new RegExp(`^${attacker} # until \\d{4}-`, 'm'));
  }, 60_000);

  it('shows it in every list of the command line', async () => {
    const [status, detections, responses, evidence, recent, threatTable, statusTable] = await Promise.all([
      read(StatusSchema, 'status'),
      read(pageOf(DetectionSchema), 'detections', '--attacker', attacker),
      read(pageOf(ResponseSchema), 'responses'),
      read(pageOf(SecurityEventSchema), 'events', '--evidence', '--source-ip', attacker),
      read(pageOf(SecurityEventSchema), 'events', '--source-ip', attacker),
      cli('threats'),
      cli('status'),
    ]);
    expect(status).toMatchObject({
      status: 'ready',
      dependencies: { bus: 'ready', store: 'ready', pipeline: 'ready', firewall: 'ready' },
      active_threats: [],
    });
    expect(detections.items.filter(({ is_threat }) => is_threat).length).toBeGreaterThanOrEqual(2);
    expect(responses.items).toMatchObject([
      { success: true, actions: [{ type: 'block_source', target: attacker, status: 'validated' }] },
    ]);
    expect(evidence.items.map(({ event_type }) => event_type)).toContain('login_failed');
    expect(recent.items.filter(({ event_type }) => event_type !== 'correlation_matched')).toHaveLength(20);
    expect(threatTable.stdout).toMatch(new RegExp(`contained .*${attacker}`));
    expect(statusTable.stdout).toContain('ready');
  }, 60_000);

  it('told it on the stream: the detection, the threat, the response', async () => {
    const told = [topics.detections, topics.threats, topics.responses];
    await vi.waitFor(() => expect(heard).toEqual(expect.arrayContaining(told)), { timeout: 5_000 });
    expect(heard.indexOf(topics.detections)).toBeLessThan(heard.indexOf(topics.responses));
  });

  it('waits for a person where it is not sure, and takes yes and no for an answer', async () => {
    const alert = (sourceIp: string) =>
      JSON.stringify({
        event_id: `alert-${sourceIp}`,
        timestamp: new Date().toISOString(),
        source: 'suricata',
        event_type: 'ids_alert',
        source_ip: sourceIp,
        payload: {
          alert: { signature: 'guessing', severity: 1, metadata: { mitre_technique_id: ['T1110'] } },
        },
        context: {},
      });
    const [willing, unwilling] = ['198.51.100.71', '198.51.100.72'];
    const file = join(folder, 'alerts.ndjson');
    writeFileSync(file, `${alert(willing)}\n${alert(unwilling)}\n`);
    expect(await cli('ingest', file)).toMatchObject({ code: 0 });
    const waiting = await vi.waitFor(
      async () => {
        const answer = await call('/api/v1/defense/threats/active');
        const { items } = parse(pageOf(ThreatSchema), await answer.text());
        expect(items.map(({ decision, phase }) => [decision?.verdict, phase])).toEqual([
          ['ask', 'learned'],
          ['ask', 'learned'],
        ]);
        return items;
      },
      { timeout: 10_000, interval: 50 },
    );
    const idOf = (sourceIp: string) =>
      waiting.find((threat) => threat.attacker === sourceIp)?.threat_id ?? '';
    expect((await cli('status')).stdout).toContain(`vertice approve ${idOf(willing)}`);
    await vi.waitFor(async () => expect(await metric('defense_active_threats')).toBe(2), {
      timeout: 12_000,
      interval: 200,
    });

    const answers = await Promise.all([cli('approve', idOf(willing)), cli('dismiss', idOf(unwilling))]);
    expect(answers).toMatchObject([{ code: 0 }, { code: 0 }]);
    await vi.waitFor(() => expect(blocklist()).toContain(`${willing} #`), { timeout: 5_000 });
    expect(blocklist()).not.toContain(unwilling);
    expect(await cli('approve', idOf(unwilling))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('closed'),
    });
  }, 60_000);

  it('takes a response back: the address is free and the threat is closed', async () => {
    const responses = await read(pageOf(ResponseSchema), 'responses');
    const run = responses.items.find(({ actions }) => actions[0]?.target === attacker);
    const rolledBack = await read(ResponseSchema, 'rollback', run?.response_id ?? '');
    expect(rolledBack.actions).toMatchObject([{ status: 'reverted' }]);
    expect(blocklist()).not.toContain(attacker);
    const threats = await read(pageOf(ThreatSchema), 'threats', '--attacker', attacker);
    expect(threats.items).toMatchObject([{ status: 'closed' }]);
  });

  it('counts what it does, under the names it documents', async () => {
    const moved = [
      'defense_events_processed_total{phase="detect",status="success"}',
      ...['enriched', 'decided', 'executed', 'validated', 'learned'].map(
        (phase) => `defense_events_processed_total{phase="${phase}",status="success"}`,
      ),
      'defense_detections_total{severity="high"}',
      'defense_detection_latency_seconds_count',
      'defense_response_latency_seconds_count',
      'defense_pipeline_latency_seconds_count',
      'defense_response_actions_total{action_type="block_source",status="validated"}',
      'defense_response_actions_total{action_type="block_source",status="reverted"}',
      'defense_hotl_approvals_total{approved="true"}',
      'defense_hotl_approvals_total{approved="false"}',
    ];
    const values = await Promise.all(
      moved.map(async (series) => [series, ((await metric(series)) ?? 0) > 0]),
    );
    expect(values).toEqual(moved.map((series) => [series, true]));
    // The correlations that come true are events too.
    const processed = await metric('defense_events_processed_total{phase="detect",status="success"}');
    expect(processed).toBeGreaterThanOrEqual(22);
  });

  it('stops within five seconds and without complaint, whoever listens', async () => {
    const { code, milliseconds, stderr } = await stop(server);
    expect([code, stderr]).toEqual([0, expect.not.stringMatching(/"level":"(?:error|fatal)"/)]);
    expect(milliseconds).toBeLessThan(stopLimitMs);
    const unreachable = await cli('status');
    expect(unreachable).toMatchObject({ code: 3, stderr: expect.stringContaining('vertice start') });
  });

  it('goes on where it was when it is started again, and keeps its key to itself', async () => {
    server = await startServer(dataDir);
    expect(server.key).toBeNull();
    expect(server.stdout() + server.stderr()).not.toContain(key);
    expect(blocklist()).toMatch(/^198\.51\.100\.71 # until/);
    const threats = await read(pageOf(ThreatSchema), 'threats');
    expect(threats.items.map(({ status }) => status).sort()).toEqual(['closed', 'closed', 'contained']);
    expect((await stop(server)).code).toBe(0);
  });
});

describe('the launcher', () => {
  beforeEach(newFolder);
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('checks a configuration: exit code 0 for a good one, 2 with file, line and setting for a bad one', async () => {
    const file = join(folder, 'vertice.yaml');
    writeFileSync(file, 'detection:\n  failed_logins: 8\n');
    const good = await runVertice(['config', 'check', '--config', file]);
    expect(good).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/detection\.failed_logins +8 +file/),
    });

    writeFileSync(file, 'detection:\n  failed_logins: lots\nresponse:\n  never_block: [nonsense]\n');
    const bad = await runVertice(['config', 'check', '--config', file]);
    expect(bad).toMatchObject({ code: 2, stdout: '' });
    expect(bad.stderr).toContain(`${file}:2`);
    expect(bad.stderr).toContain('detection.failed_logins');
    expect(bad.stderr).toContain('whole number');
  });

  it('starts nothing on a bad configuration', async () => {
    const bad = await runVertice(['start', '--data-dir', dataDir, '--set', 'api.port=ninety']);
    expect(bad).toMatchObject({ code: 2, stderr: expect.stringContaining('api.port') });
    expect(existsSync(dataDir)).toBe(false);
    const unknown = await runVertice(['start', '--data-dir', dataDir], { VERTICE_BUS: 'pigeon' });
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('VERTICE_BUS') });
    expect(existsSync(dataDir)).toBe(false);
  });

  it('refuses a second server on the same data, and says why', async () => {
    const first = await startServer(dataDir);
    const second = await runVertice(['start', '--data-dir', dataDir, '--port', '0']);
    expect(second.code).not.toBe(0);
    expect(second.stderr).toMatch(/process \d+|another process|in use/);
    expect((await fetch(`${first.url}/ready`)).status).toBe(200);
    expect((await stop(first)).code).toBe(0);
  });

  it('plays the demonstration to its end: detected, decided, contained', async () => {
    const { code, stdout, stderr } = await runVertice([
      'demo',
      '--data-dir',
      dataDir,
      '--port',
      '0',
      '--speed',
      '100',
    ]);
    expect([code, stderr]).toEqual([0, '']);
    for (const told of [
      /detection +high/,
      /decision +respond/,
      /block_source 198\.51\.100\.77 validated/,
      /is contained/,
    ])
      expect(stdout).toMatch(told);
    expect(readFileSync(join(dataDir, 'demo', 'blocklist.txt'), 'utf8')).toContain('198.51.100.77 #');
  });
});
