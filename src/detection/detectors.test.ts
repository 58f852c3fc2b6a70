import { describe, expect, it } from 'vitest';
import type { Finding } from '../contracts/detection.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';
import type { Detector } from './detector.ts';
import { createDetectors } from './detectors.ts';
import { createFailedLogins, createGuessedLogin } from './failed-logins.ts';
import { createSensorAlert } from './sensor-alert.ts';
import { compileRules } from './sigma/compile-rules.ts';
import { RuleBook } from './sigma/rule-book.ts';

const settings = { count: 5, windowMs: 60_000 };
const rules = new RuleBook(compileRules({ detections: [], correlations: [] }));
let serial = 0;

function event(change: Partial<SecurityEvent> = {}): SecurityEvent {
  return {
    event_id: `e${++serial}`,
    timestamp: '2026-01-01T00:00:00Z',
    source: 'sshd',
    event_type: 'login_failed',
    source_ip: '198.51.100.7',
    payload: {},
    context: {},
    ...change,
  };
}

/** Shows events, one a second unless told otherwise, and returns what was found at each. */
function show(detector: Detector, events: readonly SecurityEvent[], stepMs = 1_000): Finding[][] {
  const state = detector.open();
  return events.map((one, index) => {
    const findings: Finding[] = [];
    if (detector.eventTypes?.has(one.event_type) === true) state.inspect(one, index * stepMs, findings, []);
    return findings;
  });
}

describe('failed logins', () => {
  it('are password guessing (T1110) from the fifth within a minute on', () => {
    const found = show(
      createFailedLogins(settings),
      Array.from({ length: 5 }, () => event()),
    );
    expect(found.slice(0, 4).flat()).toEqual([]);
    expect(found[4]?.[0]).toMatchObject({ detector_id: 'failed_logins', severity: 'high' });
    expect(found[4]?.[0]?.mitre_techniques).toContain('T1110');
    expect(found[4]?.[0]?.evidence_event_ids).toHaveLength(5);
  });

  it('are nothing when they are spread over more than the window', () => {
    const found = show(
      createFailedLogins(settings),
      Array.from({ length: 20 }, () => event()),
      15_000,
    );
    expect(found.flat()).toEqual([]);
  });

  it('of different sources are not added up', () => {
    const events = Array.from({ length: 20 }, (_, index) => event({ source_ip: `198.51.100.${index}` }));
    expect(show(createFailedLogins(settings), events).flat()).toEqual([]);
  });

  it('are reported again at each doubling, not each time', () => {
    const found = show(
      createFailedLogins(settings),
      Array.from({ length: 40 }, () => event()),
      100,
    );
    expect(found.flatMap((findings, index) => (findings.length > 0 ? [index + 1] : []))).toEqual([
      5, 10, 20, 40,
    ]);
  });

  it('that never stop are reported at least once a window', () => {
    const found = show(
      createFailedLogins(settings),
      Array.from({ length: 400 }, () => event()),
      1_000,
    );
    const times = found.flatMap((findings, index) => (findings.length > 0 ? [index] : []));
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(60);
    expect(times.length).toBeLessThan(15);
  });

  it('that syslog has folded into one line count as many', () => {
    const found = show(createFailedLogins(settings), [event({ payload: { repeated: 5 } })]);
    expect(found[0]).toHaveLength(1);
  });

  it('without an address are counted for the host', () => {
    const local = (): SecurityEvent => {
      const { source_ip: _, ...rest } = event({ context: { host: 'web-1' } });
      return rest;
    };
    const found = show(createFailedLogins(settings), Array.from({ length: 5 }, local));
    expect(found[4]?.[0]?.reason).toContain('web-1');
  });

  it('are no attack for a user who mistypes twice and gets in', () => {
    const events = [event(), event(), event({ event_type: 'login_succeeded' })];
    for (const detector of createDetectors({ failedLogins: settings, rules })) {
      expect(show(detector, events).flat()).toEqual([]);
    }
  });
});

describe('a login that succeeds after password guessing', () => {
  it('is critical and names valid accounts (T1078)', () => {
    const events = [...Array.from({ length: 5 }, () => event()), event({ event_type: 'login_succeeded' })];
    const found = show(createGuessedLogin(settings), events);
    expect(found[5]?.[0]).toMatchObject({ severity: 'critical', confidence: 0.95 });
    expect(found[5]?.[0]?.mitre_techniques).toContain('T1078');
  });

  it('is nothing when it comes from somewhere else', () => {
    const events = [
      ...Array.from({ length: 5 }, () => event()),
      event({ event_type: 'login_succeeded', source_ip: '192.0.2.1' }),
    ];
    expect(show(createGuessedLogin(settings), events).flat()).toEqual([]);
  });
});

describe('the alert of a sensor', () => {
  const judged = (change: Partial<SecurityEvent>): Finding | undefined =>
    show(createSensorAlert(), [event(change)])[0]?.[0];

  it.each([
    [1, 'high'],
    [2, 'medium'],
    [3, 'low'],
    [9, 'info'],
  ])('of Suricata with severity %i is %s', (severity, expected) => {
    const alert = {
      signature: 'ET SCAN x',
      severity,
      metadata: { mitre_technique_id: ['T1046', 'nonsense'] },
    };
    const finding = judged({ source: 'suricata', event_type: 'ids_alert', payload: { alert } });
    expect(finding).toMatchObject({ severity: expected, title: 'ET SCAN x', mitre_techniques: ['T1046'] });
  });

  it.each([
    [15, 'critical'],
    [12, 'high'],
    [10, 'medium'],
    [7, 'low'],
  ])('of Wazuh at level %i is %s', (level, expected) => {
    const rule = { level, description: 'x', mitre: { id: ['T1110'] } };
    expect(judged({ source: 'wazuh', event_type: 'rule_alert', payload: { rule } })).toMatchObject({
      severity: expected,
      mitre_techniques: ['T1110'],
    });
  });

  it('of Wazuh below level 7 is left alone', () => {
    const rule = { level: 3, description: 'x' };
    expect(judged({ source: 'wazuh', event_type: 'rule_alert', payload: { rule } })).toBeUndefined();
  });

  it.each([
    ['Critical', 'high'],
    ['Notice', 'low'],
    ['Whatever', 'info'],
  ])('of Falco with priority %s is %s', (priority, expected) => {
    const payload = { rule: 'Shell in container', priority, tags: ['mitre_execution', 'T1059'] };
    expect(judged({ source: 'falco', event_type: 'rule_alert', payload })).toMatchObject({
      severity: expected,
    });
  });

  it.each([
    ['an unknown sensor', { source: 'other', event_type: 'ids_alert' }],
    ['an event that is no alert', { source: 'suricata', event_type: 'network_flow' }],
    ['Suricata without a signature', { source: 'suricata', event_type: 'ids_alert', payload: { alert: 7 } }],
    ['Falco without a rule', { source: 'falco', event_type: 'rule_alert', payload: { rule: 7 } }],
  ])('of %s is no finding', (_, change) => {
    expect(judged(change)).toBeUndefined();
  });
});
