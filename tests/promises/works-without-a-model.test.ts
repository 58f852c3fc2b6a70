import { beforeAll, describe, expect, it } from 'vitest';
import type { Detection } from '../../src/contracts/detection.ts';
import { attitudes, type Outcome, runUnder } from './model-attitudes.ts';

const EVENTS = 200;

function byEvent(detections: readonly Detection[]): Map<string, Detection> {
  return new Map(detections.map((detection) => [detection.event_id, detection]));
}

describe('a language model that is slow, down or wrong costs quality, never availability', () => {
  let without: Outcome;
  beforeAll(async () => {
    without = await runUnder('none', EVENTS, 2);
  });

  it('detects without any model', () => {
    expect(without.detections.length).toBeGreaterThan(EVENTS / 2);
    expect(without.questions).toBe(0);
  });

  it.each(attitudes.filter((attitude) => attitude !== 'none'))(
    'detects and decides the same with a model that is %s',
    async (attitude) => {
      const outcome = await runUnder(attitude, EVENTS, 2);
      expect(byEvent(outcome.detections)).toEqual(byEvent(without.detections));
      const decided = ({ threats }: Outcome) =>
        threats.map(({ threat_id, status, decision }) => ({ threat_id, status, verdict: decision?.verdict }));
      const order = (a: { threat_id: string }, b: { threat_id: string }) =>
        a.threat_id < b.threat_id ? -1 : 1;
      const verdicts = decided(outcome).toSorted(order);
      const expected = decided(without).toSorted(order);
      // A model may bring before a person what the rules only observe; it changes nothing else.
      for (const [index, one] of verdicts.entries()) {
        const was = expected[index];
        if (was?.verdict === 'observe' && one.verdict === 'ask') expect(attitude).toBe('helpful');
        else expect(one).toEqual(was);
      }
      if (attitude !== 'down') expect(outcome.questions).toBeGreaterThan(0);
      const floors = outcome.threats.map(({ analysis }) => analysis);
      for (const analysis of floors) {
        expect(analysis?.confidence).toBeGreaterThanOrEqual(analysis?.floor.confidence ?? 1);
        expect(analysis?.is_threat === false && analysis.floor.is_threat).toBe(false);
        expect(analysis?.description).not.toContain('8.8.8.8');
      }
    },
  );
});
