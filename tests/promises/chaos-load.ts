/** A stream of events whose outcomes are known beforehand, one by one. */
export interface ChaosLoad {
  /** NDJSON lines in order; some are malformed on purpose, each in its own way. */
  readonly lines: readonly string[];
  /** Ids of the events that must lead to exactly one detection; every other event must lead to none. */
  readonly detected: ReadonlySet<string>;
  readonly malformed: number;
  /** Addresses that guess passwords and must be contained exactly once each. */
  readonly guessers: readonly string[];
}

const GUESSERS = 20;
const FAILURES_THAT_REPORT = new Set([5, 10, 20, 40, 80, 160, 320, 640, 1280]);

/**
 * @param count lines; their times are one millisecond apart, so up to 50,000 lie within one window of failed
 *   logins and the counts must survive every crash to come out right
 * @param startMs time of the first event, milliseconds since the epoch
 */
export function chaosLoad(count: number, startMs: number, name: string): ChaosLoad {
  const lines: string[] = [];
  const detected = new Set<string>();
  const failures = new Map<string, number>();
  let malformed = 0;
  for (let index = 0; index < count; index++) {
    const event = {
      event_id: `${name}-${index}`,
      timestamp: new Date(startMs + index).toISOString(),
      source: 'chaos',
      event_type: 'network_flow',
      source_ip: `10.9.${index % 97}.${index % 53}`,
      destination_ip: '10.8.0.1',
      port: 443,
      protocol: 'tcp',
      payload: { bytes: index, note: 'x'.repeat(100) },
      context: {},
    };
    if (index % 17 === 3) {
      malformed++;
      lines.push(`{"event_id":"${name}-${index}","timestamp":${index}`);
    } else if (index % 10 === 0) {
      detected.add(event.event_id);
      const alert = {
        signature: `Chaos alert ${index % 7}`,
        severity: 1,
        metadata: { mitre_technique_id: ['T1046'] },
      };
      lines.push(
        JSON.stringify({ ...event, source: 'suricata', event_type: 'ids_alert', payload: { alert } }),
      );
    } else if (index % 10 === 5) {
      const guesser = `198.51.100.${((index / 10) % GUESSERS) | 0}`;
      const so_far = (failures.get(guesser) ?? 0) + 1;
      failures.set(guesser, so_far);
      if (FAILURES_THAT_REPORT.has(so_far)) detected.add(event.event_id);
      lines.push(JSON.stringify({ ...event, source_ip: guesser, event_type: 'login_failed', payload: {} }));
    } else {
      lines.push(JSON.stringify(event));
    }
  }
  const guessers = [...failures].filter(([, total]) => total >= 5).map(([guesser]) => guesser);
  return { lines, detected, malformed, guessers };
}
