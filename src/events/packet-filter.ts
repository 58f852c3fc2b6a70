import { eventTypes } from '../contracts/event-types.ts';
import type { EventContext } from '../contracts/security-event.ts';
import { canonicalIp } from './ip-address.ts';
import type { ProgramMeaning } from './program-meaning.ts';

const filterlog =
  /^\d{1,10},[^,]{0,32},[^,]{0,64},[^,]{0,32},[^,]{1,32},[^,]{1,32},(?:block|pass|match|rdr|nat),(?:in|out|in\/out),[46],/;
const arrow =
  /\b(TCP|UDP|ICMP)\b[^\n]{0,80}?[ ,](?:\[([0-9A-Fa-f.:]{2,45})\]|(\d[\d.]{6,14})):(\d{1,5})\s?->\s?(?:\[([0-9A-Fa-f.:]{2,45})\]|(\d[\d.]{6,14})):(\d{1,5})(?:\D|$)/i;

/** A packet that OPNsense's and pfSense's pf wrote down (`filterlog`'s comma-separated values); null for other text. */
export function readFilterlog(message: string): ProgramMeaning | null {
  if (!filterlog.test(message)) return null;
  const values = message.slice(0, 1024).split(',');
  const [, , , , networkInterface = '', reason = '', action = '', direction = '', version] = values;
  // What stands where: https://docs.netgate.com/pfsense/en/latest/monitoring/logs/raw-filter-format.html
  const at = version === '4' ? { protocol: 16, source: 18 } : { protocol: 12, source: 15 };
  const packet = values.slice(at.source, at.source + 4);
  const [source, destination, clientPort, port] = packet;
  if (canonicalIp(source) === null || canonicalIp(destination) === null) return null;
  return flow({
    source,
    destination,
    clientPort,
    port,
    protocol: values[at.protocol],
    outcome: action === 'block' ? 'failure' : 'success',
    fields: { action: 'packet_logged', verdict: action, reason, direction, interface: networkInterface },
  });
}

/** A packet as routers write it (`proto TCP (SYN), 192.0.2.1:59388->198.51.100.2:22`); null for other text. */
export function readArrowPacket(message: string): ProgramMeaning | null {
  if (!message.includes('->')) return null;
  const parts = arrow.exec(message.slice(0, 1024));
  if (parts === null) return null;
  const [, protocol, source6, source4, clientPort, destination6, destination4, port] = parts;
  const source = source6 ?? source4;
  const destination = destination6 ?? destination4;
  if (canonicalIp(source) === null || canonicalIp(destination) === null) return null;
  const before = message.slice(0, parts.index);
  const outcome = /drop|block|reject|deny|denied|invalid|blacklist/i.test(before) ? 'failure' : 'unknown';
  return flow({
    source,
    destination,
    clientPort,
    port,
    protocol,
    outcome,
    fields: { action: 'packet_logged' },
  });
}

interface Packet {
  readonly source: string | undefined;
  readonly destination: string | undefined;
  readonly clientPort: string | undefined;
  readonly port: string | undefined;
  readonly protocol: string | undefined;
  readonly outcome: EventContext['outcome'];
  readonly fields: ProgramMeaning['fields'];
}

function flow({ source, destination, clientPort, port, protocol, outcome, fields }: Packet): ProgramMeaning {
  return {
    eventType: eventTypes.networkFlow,
    category: 'network',
    outcome,
    sourceIp: source,
    destinationIp: destination,
    port,
    protocol,
    fields: {
      ...fields,
      ...(source === undefined ? {} : { src_ip: source }),
      ...(destination === undefined ? {} : { dst_ip: destination }),
      ...(port === undefined ? {} : { dst_port: Number(port) }),
      ...(clientPort === undefined ? {} : { src_port: Number(clientPort) }),
    },
  };
}
