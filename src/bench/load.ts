import type { SecurityEvent } from '../contracts/security-event.ts';
import type { Detector } from '../detection/detector.ts';
import { createThresholdDetector, type ThresholdRule } from '../detection/threshold.ts';

/** Events of the size that a busy sensor writes: 648 bytes of JSON on average. */
const FILLER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';
const types = [
  'network_flow',
  'dns_query',
  'http_request',
  'tls_handshake',
  'ssh_handshake',
  'process_started',
  'process_ended',
  'process_accessed',
  'image_loaded',
  'file_created',
  'file_changed',
  'file_deleted',
  'registry_changed',
  'pipe_opened',
  'service_installed',
  'script_run',
  'session_opened',
  'session_closed',
  'privilege_used',
  'api_called',
] as const;
const RULES = 100;
const SOURCES = 20_000;

/**
 * Event number `index`. About 1 % are failed logins of a handful of guessers, which raise detections; one in
 * 200 is a sensor's alert, which raises one each; the rest is traffic of 20,000 addresses.
 *
 * @param startMs time of the first event, milliseconds since the epoch; the others follow at 10 kHz
 */
export function benchEvent(index: number, startMs: number, run: string): SecurityEvent {
  const source = (index * 7919) % SOURCES;
  const base = {
    event_id: `bench-${run}-${index}`,
    timestamp: new Date(startMs + index / 10).toISOString(),
    source: 'bench',
    event_type: types[index % types.length] ?? 'network_flow',
    source_ip: `10.${source >> 16}.${(source >> 8) & 255}.${source & 255}`,
    destination_ip: `192.0.2.${index % 250}`,
    port: [443, 53, 80, 22][index % 4] ?? 443,
    protocol: 'tcp',
    payload: {
      uid: `C${(index * 2654435761) >>> 0}`,
      bytes_out: index % 1500,
      bytes_in: (index * 31) % 90_000,
      duration: (index % 1000) / 10,
      user_agent: FILLER,
      uri: `/api/v2/resource/${index % 5000}/items?page=${index % 40}&sort=desc`,
      host: `host-${index % 300}.example.com`,
      state: 'SF',
      rule_tags: ['baseline', `zone-${index % 12}`, 'internal-to-external'],
      device: { vendor: 'example', model: 'sensor-9000', firmware: '4.2.1', serial: `SN-${index % 97}` },
    },
    context: { host: `sensor-${index % 8}`, category: 'network' },
  };
  if (index % 200 === 1) {
    const alert = {
      signature: 'ET SCAN benchmark',
      severity: 2,
      metadata: { mitre_technique_id: ['T1046'] },
    };
    return { ...base, source: 'suricata', event_type: 'ids_alert', payload: { ...base.payload, alert } };
  }
  if (index % 100 === 2)
    return { ...base, event_type: 'login_failed', source_ip: `198.51.100.${index % 16}` };
  return base;
}

/** A hundred rules, five for each of twenty types of event, whose predicates look into the payload and rarely hold. */
export function benchRules(): Detector {
  const rules = Array.from({ length: RULES }, (_, index): ThresholdRule => {
    const type = types[index % types.length] ?? 'network_flow';
    return {
      id: `bench-${index}`,
      title: `Benchmark rule ${index}`,
      severity: 'low',
      techniques: ['T1046'],
      eventTypes: [type],
      where: predicate(index),
      groupBy: (event) => event.source_ip ?? null,
      weight: () => 1,
      count: 50,
      windowMs: 60_000,
      confidence: () => 0.3,
    };
  });
  return createThresholdDetector('bench_rules', 'Benchmark rules', rules);
}

function predicate(index: number): ThresholdRule['where'] {
  switch (index % 4) {
    case 0:
      return ({ payload }) => typeof payload.bytes_out === 'number' && payload.bytes_out > 1499 - (index % 7);
    case 1:
      return ({ payload }) =>
        typeof payload.uri === 'string' && payload.uri.includes(`/${4000 + index}/items`);
    case 2:
      return ({ payload }) =>
        typeof payload.host === 'string' && payload.host.startsWith(`host-29${index % 10}`);
    default:
      return ({ payload, port }) => port === 22 && payload.state === 'REJ';
  }
}
