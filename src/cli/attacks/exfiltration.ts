import { eventTypes } from '../../contracts/event-types.ts';
import { type Attack, integer } from './attack.ts';

/** Much goes out and little comes in: from the target to the attacker. */
export const exfiltration: Attack = {
  id: 'exfiltration',
  title: 'Large uploads from the target to the attacker',
  defaultCount: 8,
  defaultSpacingMs: 45_000,
  jitter: 0.5,
  step(_index, { sourceIp, target }, random) {
    const bytes = integer(random, 80, 400) * 1_048_576;
    return {
      eventType: eventTypes.networkFlow,
      source: 'flow-sensor',
      sourceIp: target,
      destinationIp: sourceIp,
      port: 443,
      protocol: 'tcp',
      payload: {
        application: 'tls',
        client_port: integer(random, 32_768, 60_999),
        connection_state: 'SF',
        packets_to_server: Math.ceil(bytes / 1_448),
        packets_to_client: Math.ceil(bytes / 14_480),
        bytes_to_server: bytes,
        bytes_to_client: Math.ceil(bytes / 600),
        duration_ms: integer(random, 20, 40) * 1_000,
      },
      context: { category: 'network', host: target },
    };
  },
};
