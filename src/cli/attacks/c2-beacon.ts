import { eventTypes } from '../../contracts/event-types.ts';
import { type Attack, integer } from './attack.ts';

/** The machine that is already lost calls home: the flow goes from the target to the attacker. */
export const c2Beacon: Attack = {
  id: 'c2-beacon',
  title: 'Regular small TLS connections from the target to the attacker',
  defaultCount: 60,
  defaultSpacingMs: 60_000,
  jitter: 0.2,
  step(_index, { sourceIp, target }, random) {
    const seconds = integer(random, 1, 3);
    return {
      eventType: eventTypes.networkFlow,
      source: 'flow-sensor',
      sourceIp: target,
      destinationIp: sourceIp,
      port: 443,
      protocol: 'tcp',
      payload: {
        application: 'tls',
        server_name: 'cdn-status.example',
        client_port: integer(random, 32_768, 60_999),
        connection_state: 'SF',
        packets_to_server: integer(random, 8, 10),
        packets_to_client: integer(random, 7, 9),
        bytes_to_server: 612 + integer(random, 0, 40),
        bytes_to_client: 1_204 + integer(random, 0, 60),
        duration_ms: seconds * 1_000,
      },
      context: { category: 'network', host: target },
    };
  },
};
