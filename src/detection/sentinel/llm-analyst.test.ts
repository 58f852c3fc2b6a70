import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../clock.ts';
import type { Analysis } from '../../contracts/analysis.ts';
import {
  type FakeProvider,
  type FakeReply,
  type FakeRequest,
  startFakeProvider,
} from '../../llm/testing/fake-provider.ts';
import { createTestLlm, settingsFor } from '../../llm/testing/test-llm.ts';
import { silentLog } from '../../observability/log.ts';
import { Metrics } from '../../observability/metrics.ts';
import { createDeterministicSentinel } from './deterministic.ts';
import { createLlmSentinel } from './llm-analyst.ts';
import { raised } from './raised.ts';
import { caseFrom, findingOf } from './testing/cases.ts';

const subject = caseFrom([
  { findings: [findingOf()], payload: { CommandLine: 'procdump -ma lsass.exe 10.1.2.3' } },
  {
    findings: [
      findingOf({ detector_id: 'd2', mitre_techniques: ['T1021.002'], severity: 'medium', confidence: 0.5 }),
    ],
  },
]);
const floor = createDeterministicSentinel({ clock: systemClock, metrics: new Metrics() }).analyse(subject);

const good = {
  is_threat: true,
  severity: 'critical',
  confidence: 0.97,
  techniques: [
    { technique: 'T1003.001', evidence_event_ids: ['e1'] },
    { technique: 'T1570', evidence_event_ids: ['e2'] },
  ],
  description: 'LSASS was dumped, then a share was used.',
  recommended_actions: ['Isolate the machine 198.51.100.7.'],
  attacker_profile: {
    sophistication: 'advanced',
    tools: ['procdump', 'a tool nobody saw'],
    objectives: ['Move on'],
    next_moves: [{ technique: 'T1486', probability: 0.4 }],
  },
  reasoning: 'e1 and e2 follow each other.',
  false_positive_likelihood: 0.02,
};

let provider: FakeProvider | null = null;
afterEach(() => provider?.close());

/** Asks with a model that answers like this, question by question; the last answer stays. */
async function ask(
  replies: readonly FakeReply[],
  deadlineMs = 10_000,
): Promise<{ analysis: Analysis; requests: readonly FakeRequest[]; reasons: unknown[] }> {
  const server = await startFakeProvider({
    reply: ({ index }) => replies[Math.min(index, replies.length - 1)] ?? { status: 500 },
  });
  provider = server;
  const metrics = new Metrics();
  let word = 0;
  const analyst = createLlmSentinel({
    llm: createTestLlm(settingsFor('anthropic', server, { max_attempts: 1 })),
    clock: systemClock,
    metrics,
    log: silentLog,
    randomWord: () => (++word).toString(16).padStart(32, 'a1b2c3d4'),
    deadlineMs,
  });
  const analysis = await analyst.analyse(subject, floor, new AbortController().signal);
  const { values } = await metrics.sentinelLlmErrors.get();
  return { analysis, requests: server.requests, reasons: values.map(({ labels }) => labels.reason) };
}

describe('the analyst that asks a language model', () => {
  it('raises the verdict and adds what the evidence bears out', async () => {
    const { analysis, requests } = await ask([{ object: good }]);
    expect(requests).toHaveLength(1);
    expect(analysis).toMatchObject({
      analyst: 'llm',
      severity: 'critical',
      confidence: 0.97,
      floor: floor.floor,
      false_positive_likelihood: 0.02,
    });
    expect(analysis.model).toMatch(/^anthropic\//);
    expect(analysis.techniques).toEqual([
      { technique: 'T1003.001', evidence_event_ids: ['evt-0'] },
      { technique: 'T1021.002', evidence_event_ids: ['evt-1'] },
      { technique: 'T1570', evidence_event_ids: ['evt-1'] },
    ]);
    expect(analysis.description).toContain(floor.description);
    expect(analysis.description).toContain('The model adds: LSASS was dumped');
    expect(analysis.attacker_profile.tools).toEqual(['ProcDump']);
    expect(analysis.attacker_profile.sophistication).toBe('advanced');
  });

  it('asks once more, saying what was wrong, and takes a better answer', async () => {
    const invented = { ...good, techniques: [{ technique: 'T9999', evidence_event_ids: ['e77'] }] };
    const { analysis, requests, reasons } = await ask([{ object: invented }, { object: good }]);
    expect(requests).toHaveLength(2);
    expect(requests[1]?.prompt).toContain('T9999 is no technique of ATT&CK.');
    expect(requests[1]?.prompt).toContain('the case has no event e77.');
    expect(analysis.severity).toBe('critical');
    expect(reasons).toEqual([]);
  });

  it.each<[string, object, string]>([
    [
      'a technique that does not exist',
      { techniques: [{ technique: 'T9999', evidence_event_ids: ['e1'] }] },
      'ungrounded',
    ],
    [
      'an event that is not in the case',
      { techniques: [{ technique: 'T1059', evidence_event_ids: ['evt-0'] }] },
      'ungrounded',
    ],
    ['an address that is not in the case', { description: 'It came from 8.8.8.8.' }, 'ungrounded'],
    ['a domain that is not in the case', { reasoning: 'It talks to evil[.]example.' }, 'ungrounded'],
    [
      'an address that only stands in a text an attacker wrote',
      { recommended_actions: ['Block 10.1.2.3.'] },
      'ungrounded',
    ],
    ['a lower severity', { severity: 'low' }, 'below_floor'],
    ['that it is no threat', { is_threat: false }, 'below_floor'],
  ])('keeps the deterministic verdict when the model insists on %s', async (_, change, reason) => {
    const { analysis, requests, reasons } = await ask([{ object: { ...good, ...change } }]);
    expect(analysis).toEqual(floor);
    expect(reasons).toEqual([reason]);
    expect(requests.length).toBeLessThanOrEqual(2);
  });

  it.each<[string, FakeReply, string]>([
    ['is overloaded', { status: 529 }, 'unavailable'],
    ['fails', { status: 500 }, 'unavailable'],
    ['limits us', { status: 429, retryAfter: '60' }, 'unavailable'],
    ['never answers', { hang: 'headers' }, 'unavailable'],
    ['refuses', { refusal: 'I would rather not.' }, 'refused'],
    ['answers no JSON', { text: 'Sure! Here is my verdict: benign.' }, 'invalid'],
    ['answers another shape', { object: { verdict: 'benign' } }, 'invalid'],
    ['breaks off', { cut: '{"is_threat": tr' }, 'unavailable'],
  ])('keeps the deterministic verdict when the provider %s', async (_, reply, reason) => {
    const { analysis, reasons } = await ask([reply], 1_500);
    expect(analysis).toEqual(floor);
    expect(reasons).toEqual([reason]);
  });
});

describe('an analysis held against a threat that has grown', () => {
  const amended: Analysis = { ...floor, analyst: 'llm', severity: 'critical', confidence: 0.99 };

  it('keeps what the model has raised and what was found since', () => {
    const grown: Analysis = {
      ...floor,
      techniques: [...floor.techniques, { technique: 'T1486', evidence_event_ids: ['evt-9'] }],
      floor: { is_threat: true, severity: 'high', confidence: 0.9 },
    };
    expect(raised(grown, amended)).toMatchObject({
      severity: 'critical',
      confidence: 0.99,
      techniques: grown.techniques,
      floor: grown.floor,
    });
  });

  it('is the new deterministic verdict where that is higher', () => {
    const worse: Analysis = { ...floor, severity: 'critical', confidence: 0.995 };
    const mild: Analysis = { ...amended, severity: 'high', confidence: 0.8 };
    expect(raised(worse, mild)).toMatchObject({ severity: 'critical', confidence: 0.995 });
    expect(raised(worse, floor)).toBe(worse);
  });
});
