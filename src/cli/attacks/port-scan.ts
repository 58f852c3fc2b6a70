import { eventTypes } from '../../contracts/event-types.ts';
import { type Attack, integer } from './attack.ts';

/** What a quick scan asks for first, as scanners order it. */
const commonPorts = [
  22, 80, 443, 21, 23, 25, 3389, 110, 445, 139, 143, 53, 135, 3306, 8080, 1723, 111, 995, 993, 5900,
];
const openPorts = new Set([22, 80, 443]);

export const portScan: Attack = {
  id: 'port-scan',
  title: 'Connections to one port after the other',
  defaultCount: 100,
  defaultSpacingMs: 20,
  jitter: 0.8,
  step(index, _options, random) {
    const port = commonPorts[index] ?? 1024 + ((index - commonPorts.length) % 64_000);
    const isOpen = openPorts.has(port);
    return {
      eventType: eventTypes.networkFlow,
      source: 'flow-sensor',
      port,
      protocol: 'tcp',
      payload: {
        client_port: integer(random, 32_768, 60_999),
        connection_state: isOpen ? 'SF' : 'REJ',
        tcp_flags: isOpen ? 'SYN,ACK,RST' : 'SYN,RST',
        packets_to_server: isOpen ? 2 : 1,
        packets_to_client: 1,
        bytes_to_server: isOpen ? 104 : 60,
        bytes_to_client: isOpen ? 60 : 40,
        duration_ms: integer(random, 0, 3),
      },
      context: { category: 'network' },
    };
  },
};
