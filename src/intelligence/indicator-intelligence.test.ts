import { describe, expect, it } from 'vitest';
import type { MatchedIndicator, Threat } from '../contracts/threat.ts';
import { createIndicatorIntelligence, weigh } from './indicator-intelligence.ts';
import { parseIndicators } from './indicator-list.ts';

const threat: Threat = {
  threat_id: 'thr_1',
  version: 1,
  attacker: '203.0.113.9',
  target: '-',
  technique: 'T1110',
  ttps: ['T1110'],
  confidence: 0.9,
  detected_severity: 7.5,
  detection_count: 1,
  first_detection_id: 'det_1',
  last_detection_id: 'det_1',
  first_seen: '2026-01-01T00:00:00Z',
  last_seen: '2026-01-01T00:00:10Z',
  status: 'active',
  phase: 'detected',
  assessed_version: 0,
  severity: 7.5,
  threat_actor: null,
  campaigns: [],
  indicators: [],
  narrative: '',
  decision: null,
  timestamp: '2026-01-01T00:00:10Z',
};
const indicator = (change: Partial<MatchedIndicator>): MatchedIndicator => ({
  type: 'ip',
  value: '203.0.113.9',
  entity: '203.0.113.9',
  confidence: 0.9,
  source: 'feed',
  ...change,
});

describe('what intelligence makes of a threat', () => {
  it('never lowers the severity that detection gave', () => {
    expect(weigh(threat, [], 0).severity).toBe(7.5);
    expect(weigh(threat, [indicator({ confidence: 0.9 })], 0).severity).toBeCloseTo(8.4);
  });

  it('raises it for a repeated offender, and never above 10', () => {
    expect(weigh(threat, [], 2).severity).toBe(8);
    expect(weigh({ ...threat, detected_severity: 9.5 }, [indicator({})], 50).severity).toBe(10);
  });

  it('names an actor only when surely and solely named', () => {
    expect(weigh(threat, [indicator({ threat_actor: 'A' })], 0).threatActor).toBe('A');
    expect(weigh(threat, [indicator({ threat_actor: 'A', confidence: 0.5 })], 0).threatActor).toBeNull();
    const rivals = [indicator({ threat_actor: 'A' }), indicator({ threat_actor: 'B' })];
    expect(weigh(threat, rivals, 0).threatActor).toBeNull();
  });

  it('tells the story from the facts', () => {
    const story = weigh(threat, [indicator({ threat_actor: 'A', campaign: 'C' })], 1);
    expect(story.campaigns).toEqual(['C']);
    expect(story.narrative).toContain('203.0.113.9 acted against this network');
    expect(story.narrative).toContain('attributed to A');
    expect(story.narrative).toContain('1 earlier threat.');
    expect(weigh({ ...threat, detection_count: 3, ttps: [] }, [], 2).narrative).toContain('3 detections');
  });

  it('looks at all the evidence and at our own history', async () => {
    const asked: string[] = [];
    const intelligence = createIndicatorIntelligence({
      list: () => parseIndicators('ip,203.0.113.9,0.9,feed'),
      countEarlierThreats: async (attacker, before) => {
        asked.push(`${attacker} ${before}`);
        return 1;
      },
    });
    const event = {
      event_id: 'e',
      timestamp: '2026-01-01T00:00:00Z',
      source: 's',
      event_type: 't',
      source_ip: '203.0.113.9',
      payload: {},
      context: {},
    };
    const enrichment = await intelligence.enrich(threat, [event, event]);
    expect(enrichment.indicators).toHaveLength(1);
    expect(asked).toEqual(['203.0.113.9 2026-01-01T00:00:00Z']);
    expect(intelligence.match(event)).toHaveLength(1);
  });
});
