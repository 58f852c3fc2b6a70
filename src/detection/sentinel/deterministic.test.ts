import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { AnalysisSchema } from '../../contracts/analysis.ts';
import { severities, severityRank } from '../../contracts/severity.ts';
import { Metrics } from '../../observability/metrics.ts';
import { isTechnique, techniques } from '../attack/attack.ts';
import { createDeterministicSentinel } from './deterministic.ts';
import { killChainOf } from './kill-chain.ts';
import { caseFrom, findingOf, type Step } from './testing/cases.ts';

const metrics = new Metrics();
const sentinel = createDeterministicSentinel({ clock: { now: () => Date.UTC(2026, 0, 1) }, metrics });
const analysisShape = Compile(AnalysisSchema);

const medium = (id: string, technique: string, source = 'sysmon'): Step => ({
  findings: [
    findingOf({
      detector_id: `sigma:${id}`,
      title: id,
      severity: 'medium',
      confidence: 0.5,
      mitre_techniques: [technique],
    }),
  ],
  event: { source },
});

describe('the deterministic Sentinel', () => {
  it('holds one high finding for a threat, and keeps its severity and confidence as the floor', () => {
    const analysis = sentinel.analyse(caseFrom([{ findings: [findingOf()] }]));
    expect(analysis).toMatchObject({ is_threat: true, severity: 'high', analyst: 'deterministic' });
    expect(analysis.confidence).toBeGreaterThanOrEqual(0.75);
    expect(analysis.floor).toEqual({
      is_threat: true,
      severity: 'high',
      confidence: analysis.confidence,
    });
  });

  it('holds one low finding for noise', () => {
    const low = findingOf({ severity: 'low', confidence: 0.3 });
    expect(sentinel.analyse(caseFrom([{ findings: [low] }]))).toMatchObject({
      is_threat: false,
      severity: 'low',
    });
  });

  it('believes several independent detectors more than one', () => {
    const one = sentinel.analyse(caseFrom([medium('a', 'T1059.001')]));
    const three = sentinel.analyse(
      caseFrom([
        medium('a', 'T1059.001'),
        medium('b', 'T1003.001', 'zeek'),
        medium('c', 'T1021.002', 'suricata'),
      ]),
    );
    expect(three.confidence).toBeGreaterThan(one.confidence + 0.2);
    expect(three.is_threat).toBe(true);
  });

  it('takes a detector that repeats itself for one voice', () => {
    const once = sentinel.analyse(caseFrom([medium('a', 'T1110')]));
    const often = sentinel.analyse(caseFrom(Array.from({ length: 20 }, () => medium('a', 'T1110'))));
    expect(often.confidence).toBe(once.confidence);
  });

  it('names for each technique the events that show it', () => {
    const analysis = sentinel.analyse(caseFrom([medium('a', 'T1059.001'), medium('b', 'T1003.001')]));
    expect(analysis.techniques).toEqual([
      { technique: 'T1059.001', evidence_event_ids: ['evt-0'] },
      { technique: 'T1003.001', evidence_event_ids: ['evt-1'] },
    ]);
  });

  it('raises an indicator and earlier threats, and calls them by name in its reasons', () => {
    const steps = [medium('a', 'T1071.001')];
    const plain = sentinel.analyse(caseFrom(steps));
    const known = sentinel.analyse(
      caseFrom(steps, {
        indicators: [
          { type: 'ip', value: '198.51.100.7', entity: '198.51.100.7', source: 'a list', confidence: 0.9 },
        ],
        history: {
          earlierThreats: 3,
          firstSeen: '2026-01-01T00:00:00Z',
          lastSeen: '2026-01-01T00:00:00Z',
          detectionCount: 1,
        },
      }),
    );
    expect(known.confidence).toBeGreaterThan(plain.confidence);
    expect(known.reasoning).toContain('Known bad: 198.51.100.7');
    expect(known.reasoning).toContain('3 earlier threats');
  });

  it('lowers what the cloud provider does on its own behalf, but never below the floor', () => {
    const call = { 'userIdentity.type': 'AWSService' };
    const event = { source: 'cloudtrail', event_type: 'api_called' };
    const soft = findingOf({ severity: 'medium', confidence: 0.55 });
    expect(sentinel.analyse(caseFrom([{ findings: [soft], payload: call, event }])).is_threat).toBe(false);
    const firm = sentinel.analyse(caseFrom([{ findings: [findingOf()], payload: call, event }]));
    expect(firm).toMatchObject({ is_threat: true, severity: 'high' });
    expect(firm.confidence).toBeGreaterThanOrEqual(0.75);
  });

  it('foresees moves that exist and were not yet made, the likeliest first', () => {
    const { next_moves: moves } = sentinel.analyse(
      caseFrom([medium('a', 'T1566.001'), medium('b', 'T1059.001')]),
    ).attacker_profile;
    expect(moves.length).toBeGreaterThan(0);
    for (const { technique, probability } of moves) {
      expect(isTechnique(technique)).toBe(true);
      expect(['T1566.001', 'T1059.001']).not.toContain(technique);
      expect(probability).toBeGreaterThan(0);
    }
    expect(moves.map(({ probability }) => probability)).toEqual(
      moves.map(({ probability }) => probability).toSorted((a, b) => b - a),
    );
  });

  it('recognises tools by what was run', () => {
    const analysis = sentinel.analyse(
      caseFrom([
        { findings: [findingOf()], payload: { CommandLine: 'C:\\t\\mimikatz.exe sekurlsa::logonpasswords' } },
      ]),
    );
    expect(analysis.attacker_profile.tools.join(' ').toLowerCase()).toContain('mimikatz');
    expect(analysis.recommended_actions.length).toBeGreaterThan(0);
  });

  it('answers within its contract, and never below a firm finding, whatever the case', () => {
    const ids = techniques().map(({ id }) => id);
    const finding = fc.record({
      id: fc.integer({ min: 0, max: 9 }),
      severity: fc.constantFrom(...severities),
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
      technique: fc.option(fc.constantFrom(...ids), { nil: null }),
      text: fc.string({ unit: 'binary', maxLength: 300 }),
    });
    fc.assert(
      fc.property(
        fc.array(fc.array(finding, { minLength: 1, maxLength: 4 }), { maxLength: 12 }),
        (entries) => {
          const steps = entries.map(
            (findings): Step => ({
              findings: findings.map(({ id, severity, confidence, technique, text }) =>
                findingOf({
                  detector_id: `d${id}`,
                  title: text,
                  reason: text,
                  severity,
                  confidence,
                  mitre_techniques: technique === null ? [] : [technique],
                }),
              ),
              payload: { CommandLine: findings[0]?.text },
            }),
          );
          const analysis = sentinel.analyse(caseFrom(steps));
          expect(analysisShape.Check(analysis)).toBe(true);
          for (const { severity, confidence } of entries.flat()) {
            if (severityRank(severity) < severityRank('high') || confidence < 0.5) continue;
            expect(severityRank(analysis.severity)).toBeGreaterThanOrEqual(severityRank(severity));
            expect(analysis.confidence).toBeGreaterThanOrEqual(Math.floor(confidence * 1000) / 1000);
            expect(analysis.is_threat).toBe(true);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('the kill chain', () => {
  it('counts tactics in the order of the matrix, by later events only', () => {
    const chain = killChainOf(
      caseFrom([medium('a', 'T1566.001'), medium('b', 'T1003.001'), medium('c', 'T1486')]),
    );
    expect(chain.steps).toBe(3);
    expect(chain.furthest?.id).toBe('TA0040');
    const backwards = killChainOf(
      caseFrom([medium('c', 'T1486'), medium('b', 'T1003.001'), medium('a', 'T1566.001')]),
    );
    expect(backwards.steps).toBe(1);
  });

  it('is empty without techniques', () => {
    expect(killChainOf(caseFrom([{ findings: [findingOf({ mitre_techniques: [] })] }]))).toMatchObject({
      steps: 0,
      furthest: null,
    });
  });
});
