import { eventTypes } from '../../contracts/event-types.ts';
import { type Attack, integer } from './attack.ts';

/** Shows indicators at work: `--source-ip` takes an address that an indicator list names. */
export const knownBad: Attack = {
  id: 'known-bad',
  title: 'Connections from an address that is on a list of indicators (give it with --source-ip)',
  defaultCount: 3,
  defaultSpacingMs: 5_000,
  jitter: 0.5,
  step(_index, _options, random) {
    return {
      eventType: eventTypes.networkFlow,
      source: 'flow-sensor',
      port: 443,
      protocol: 'tcp',
      payload: {
        client_port: integer(random, 32_768, 60_999),
        connection_state: 'SF',
        bytes_to_server: integer(random, 500, 4_000),
        bytes_to_client: integer(random, 500, 20_000),
        duration_ms: integer(random, 20, 2_000),
      },
      context: { category: 'network' },
    };
  },
};
