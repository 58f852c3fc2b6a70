import { describe, expect, it } from 'vitest';
import type { Finding } from '../contracts/detection.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';
import type { Detector } from '../detection/detector.ts';
import { compileRules } from '../detection/sigma/compile-rules.ts';
import { readRuleSet } from '../detection/sigma/parse/rule-set.ts';
import { DetectorRun } from './detector-run.ts';
import { packedRules } from './evaluation-workbench.ts';
import { type Product, productWith } from './product.ts';

const product = productWith(compileRules(readRuleSet(Object.values(packedRules).join('\n---\n'))));

function event(id: string, second: number, change: Partial<SecurityEvent> = {}): SecurityEvent {
  return {
    event_id: id,
    timestamp: new Date(Date.UTC(2026, 0, 5, 12, 0, second)).toISOString(),
    source: 'test',
    event_type: 'log',
    payload: {},
    context: {},
    ...change,
  };
}

function found(tested: Product, events: readonly SecurityEvent[]): string[] {
  const seen: string[] = [];
  const run = new DetectorRun(tested, ({ rowId }, finding: Finding) =>
    seen.push(`${rowId} ${finding.title}`),
  );
  for (const one of events) run.show({ rowId: one.event_id, event: one });
  run.settle();
  return seen;
}

/** Tells in which order it was shown what. */
function witness(windowMs: number, eventTypes: Detector['eventTypes'] = null): Detector {
  return {
    id: 'witness',
    title: 'Witness',
    windowMs,
    eventTypes,
    open: () => ({
      inspect: ({ event_id: id }, _timeMs, findings) =>
        void findings.push({
          detector_id: 'witness',
          title: 'seen',
          reason: '',
          severity: 'info',
          confidence: 0,
          mitre_techniques: [],
          evidence_event_ids: [id],
        }),
    }),
  };
}

const unordered = [event('late', 9), event('early', 1), event('middle', 5)];

describe('a run of the detectors', () => {
  it('shows events as they come to those without a memory', () => {
    expect(found({ ...product, detectors: [witness(0)] }, unordered)).toEqual([
      'late seen',
      'early seen',
      'middle seen',
    ]);
  });

  it('shows events in the order of time to those that count', () => {
    expect(found({ ...product, detectors: [witness(60_000)] }, unordered)).toEqual([
      'early seen',
      'middle seen',
      'late seen',
    ]);
  });

  it('shows a detector only the types of events it asks for', () => {
    const logins = witness(0, new Set(['login_failed']));
    const events = [event('a', 1), event('b', 2, { event_type: 'login_failed' })];
    expect(found({ ...product, detectors: [logins] }, events)).toEqual(['b seen']);
  });

  it('shows correlations the hits of their rules in the order of time', () => {
    const start = (id: string, second: number): SecurityEvent =>
      event(id, second, {
        payload: { EventID: 1, Channel: 'Microsoft-Windows-Sysmon/Operational', CommandLine: 'odd-tool' },
        context: {
          format: 'windows',
          logsource: { product: 'windows', category: ['process_creation'] },
        },
      });
    const withComputer = [start('c', 30), start('a', 1), start('b', 2)].map((one) => ({
      ...one,
      payload: { ...one.payload, Computer: 'ws1' },
    }));
    const seen = found(product, withComputer);
    expect(seen.filter((one) => one.endsWith('Many odd tools'))).toEqual(['c Many odd tools']);
  });

  it('stays bounded when a scenario is long: what has waited is shown in stretches', () => {
    const many = Array.from({ length: 20_001 }, (_, index) => event(`e${index}`, 30_000 - index));
    const seen = found({ ...product, detectors: [witness(60_000)] }, many);
    expect(seen).toHaveLength(20_001);
    expect([seen[0], seen[19_999], seen[20_000]]).toEqual(['e19999 seen', 'e0 seen', 'e20000 seen']);
  });
});
