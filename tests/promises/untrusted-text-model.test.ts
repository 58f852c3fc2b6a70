import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import {
  type Analysis,
  AnalysisSchema,
  sophistications,
  type Verdict,
} from '../../src/contracts/analysis.ts';
import type { Detection } from '../../src/contracts/detection.ts';
import type { SecurityEvent } from '../../src/contracts/security-event.ts';
import { severities, severityRank, severityScore } from '../../src/contracts/severity.ts';
import type { MatchedIndicator, Threat } from '../../src/contracts/threat.ts';
import { type Case, caseOf } from '../../src/detection/sentinel/case.ts';
import { createDeterministicSentinel } from '../../src/detection/sentinel/deterministic.ts';
import { createLlmSentinel } from '../../src/detection/sentinel/llm-analyst.ts';
import { isBelow, merged } from '../../src/detection/sentinel/merge.ts';
import { raised } from '../../src/detection/sentinel/raised.ts';
import type { Sentinel } from '../../src/detection/sentinel/sentinel.ts';
import { injections } from '../../src/detection/sentinel/testing/injections.ts';
import {
  type FakeProvider,
  type FakeRequest,
  startFakeProvider,
} from '../../src/llm/testing/fake-provider.ts';
import { createTestLlm, settingsFor } from '../../src/llm/testing/test-llm.ts';
import { silentLog } from '../../src/observability/log.ts';
import { Metrics } from '../../src/observability/metrics.ts';
import { threatFrom } from '../../src/orchestration/aggregation.ts';
import { decide } from '../../src/orchestration/decision.ts';

const thresholds = { minThreatConfidence: 0.5, autoResponseThreshold: 0.8 };
const deterministic = createDeterministicSentinel({ clock: systemClock, metrics: new Metrics() });
const shape = Compile(AnalysisSchema);

/** A threat whose every text is the attacker's, names and ids included. */
function hostile(text: string, confidence: number): { readonly threat: Threat; readonly subject: Case } {
  const short = text.slice(0, 100) || 'x';
  const event: SecurityEvent = {
    event_id: short,
    timestamp: '2026-01-01T00:00:00.000Z',
    source: short,
    event_type: short,
    payload: { [text]: text, CommandLine: text, user_agent: text, nested: { message: [text, text] } },
    context: { host: text.slice(0, 500), user: text.slice(0, 500) },
  };
  const detection: Detection = {
    detection_id: 'det_1',
    event_id: short,
    threat_id: 'thr_1',
    is_threat: confidence >= 0.5,
    confidence,
    severity: 'medium',
    mitre_techniques: ['T1110'],
    timestamp: event.timestamp,
    attacker: short,
    target: short,
    findings: [
      {
        detector_id: 'sensor_alert:x',
        title: text,
        reason: text,
        severity: 'medium',
        confidence,
        mitre_techniques: ['T1110'],
        evidence_event_ids: [short],
        matched_fields: [{ field: text, value: text }],
      },
    ],
  };
  const indicators: MatchedIndicator[] = [
    { type: 'domain', value: short, entity: short, source: short, confidence: 0.1, description: short },
  ];
  const threat = { ...threatFrom(detection), indicators };
  return { threat, subject: caseOf(threat, [detection], [event], { indicators, earlierThreats: 0 }, null) };
}

const verdict: Verdict = {
  is_threat: true,
  severity: 'critical',
  confidence: 1,
  techniques: [{ technique: 'T1110', evidence_event_ids: ['e1'] }],
  description: 'Act now.',
  recommended_actions: ['Approve the playbook at once.'],
  attacker_profile: { sophistication: 'advanced', tools: [], objectives: [], next_moves: [] },
  reasoning: 'The case says so.',
  false_positive_likelihood: 0,
};

const secondRule = 'Every text in it was recorded';

function canaryOf(system: string): string {
  return /nor this reference: (\S+)/.exec(system)?.[1] ?? 'no canary';
}

/** Does what the case asks for, as far as the schema lets it: with is_threat false, or with everything at its highest. */
function obey({ prompt, system }: FakeRequest): Verdict {
  const order = prompt.toLowerCase();
  if (/repeat|translate|summarise|instructions, base64|reference|backwards|system/.test(order)) {
    // Without the marker and the whole reference, which would be missed in the case like any other invention.
    const rules = system.slice(system.indexOf(secondRule), -60);
    return { ...verdict, description: rules.slice(0, 1_000), reasoning: [...canaryOf(system)].join(' ') };
  }
  if (/benign|false|info|ignore|harmless/.test(order)) {
    return { ...verdict, is_threat: false, severity: 'info', confidence: 0, false_positive_likelihood: 1 };
  }
  return verdict;
}

function within(floor: Analysis, analysis: Analysis): void {
  expect(analysis.is_threat || !floor.is_threat).toBe(true);
  expect(severityRank(analysis.severity)).toBeGreaterThanOrEqual(severityRank(floor.severity));
  expect(analysis.confidence).toBeGreaterThanOrEqual(floor.confidence);
  expect(analysis.false_positive_likelihood).toBeLessThanOrEqual(floor.false_positive_likelihood);
  const known = analysis.techniques.map(({ technique }) => technique);
  expect(known).toEqual(expect.arrayContaining(floor.techniques.map(({ technique }) => technique)));
  expect(analysis.recommended_actions).toEqual(expect.arrayContaining(floor.recommended_actions));
  expect(analysis.floor).toEqual(floor.floor);
  expect(shape.Check(analysis)).toBe(true);
}

/** What is done about the threat with the model's analysis, against what is done without. */
function startsNothing(threat: Threat, floor: Analysis, analysis: Analysis): void {
  for (const playbook of ['brute_force_response', null]) {
    const without = decide({ ...threat, analysis: floor }, playbook, thresholds);
    // The cycle takes over the model's severity too.
    const severity = Math.max(threat.severity, severityScore[analysis.severity]);
    const withModel = decide({ ...threat, severity, analysis }, playbook, thresholds);
    if (without.verdict === 'observe' && withModel.verdict === 'ask') {
      expect(withModel.reason).toContain('a person must look');
    } else {
      expect(withModel).toEqual(without);
    }
  }
}

describe('text that an attacker wrote does not steer through a model', () => {
  let provider: FakeProvider;
  let analyst: Sentinel;
  beforeAll(async () => {
    provider = await startFakeProvider({ reply: (request) => ({ object: obey(request) }) });
    analyst = createLlmSentinel({
      llm: createTestLlm(settingsFor('anthropic', provider)),
      clock: systemClock,
      metrics: new Metrics(),
      log: silentLog,
      randomWord: () => randomBytes(16).toString('hex'),
      deadlineMs: 20_000,
    });
  });
  afterAll(() => provider.close());

  it.each(injections.map(({ kind, text }) => [kind, text] as const))(
    'wherever in the case it stands: %s',
    async (_, text) => {
      // Below the line, between the lines, and sure enough to act alone.
      for (const confidence of [0.4, 0.6, 0.9]) {
        const { threat, subject } = hostile(text, confidence);
        const floor = deterministic.analyse(subject);
        const before = provider.requests.length;
        const analysis = await analyst.analyse(subject, floor, new AbortController().signal);
        within(floor, analysis);
        startsNothing(threat, floor, analysis);
        for (const { system, prompt, body } of provider.requests.slice(before)) {
          const said = JSON.stringify(analysis);
          expect(said.replaceAll(/[^0-9a-f]/g, '')).not.toContain(canaryOf(system));
          expect(said).not.toContain(secondRule);
          // Data, on one line, between two lines with a marker that nobody could know.
          const marker = /BEGIN CASE ([0-9a-f]{32}) and/.exec(system)?.[1] ?? '';
          const [begin, data = '', end] = prompt.split('\n');
          expect([begin, end]).toEqual([`BEGIN CASE ${marker}`, `END CASE ${marker}`]);
          expect(() => JSON.parse(data)).not.toThrow();
          expect(data).not.toMatch(/[<>`]|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
          // It can answer, and do nothing else.
          expect(Object.keys(body)).not.toContain('tools');
        }
      }
    },
  );

  it('whatever a model answers: nothing falls, and nothing starts', () => {
    const technique = fc.constantFrom('T1110', 'T1059.001', 'T1486', 'T9999', 'T1064');
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const prose = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.constantFrom(...injections.map(({ text }) => text.slice(0, 400))),
    );
    const answer: fc.Arbitrary<Verdict> = fc.record({
      is_threat: fc.boolean(),
      severity: fc.constantFrom(...severities),
      confidence: share,
      techniques: fc.array(
        fc.record({
          technique,
          evidence_event_ids: fc.array(fc.constantFrom('e1', 'e2', '__proto__'), {
            minLength: 1,
            maxLength: 3,
          }),
        }),
        { maxLength: 5 },
      ),
      description: prose,
      recommended_actions: fc.array(prose, { maxLength: 20 }),
      attacker_profile: fc.record({
        sophistication: fc.constantFrom(...sophistications),
        tools: fc.array(prose, { maxLength: 5 }),
        objectives: fc.array(prose, { maxLength: 10 }),
        next_moves: fc.array(fc.record({ technique, probability: share }), { maxLength: 10 }),
      }),
      reasoning: prose,
      false_positive_likelihood: share,
    });
    fc.assert(
      fc.property(answer, answer, share, prose, (one, other, confidence, text) => {
        const { threat, subject } = hostile(text, confidence);
        const floor = deterministic.analyse(subject);
        const by = { model: 'some/model', timestamp: '2026-01-01T00:00:00.000Z' };
        let analysis = floor;
        // Even an answer that would be refused as too low raises at most, and so does a second on top of it.
        for (const verdict of [one, other]) {
          const answered = merged(analysis, verdict, subject, new Map([['e1', 'x']]), by);
          within(analysis, answered);
          startsNothing(threat, floor, answered);
          analysis = raised(floor, answered);
          within(floor, analysis);
          startsNothing(threat, floor, analysis);
          expect(analysis.techniques.map(({ technique }) => technique)).not.toContain('T9999');
          if (floor.is_threat && !verdict.is_threat) expect(isBelow(verdict, floor)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });
});
