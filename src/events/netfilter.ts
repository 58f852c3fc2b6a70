import { eventTypes } from '../contracts/event-types.ts';
import type { EventContext } from '../contracts/security-event.ts';
import type { ProgramMeaning } from './program-meaning.ts';

const entry = /^(?:\[ {0,16}\d{1,12}\.\d{1,9}\] {0,4})?(.{0,64}?)\s?IN=\S{0,16} OUT=\S{0,16} (.{1,2048})$/s;

/**
 * A packet that the kernel's LOG target wrote down (iptables, nftables, UFW, firewalld); null for other messages of
 * the kernel. Whether it was let through only the rule's prefix can say.
 */
export function readNetfilter(message: string): ProgramMeaning | null {
  const parts = entry.exec(message);
  if (parts === null) return null;
  const [, prefix = '', rest = ''] = parts;
  const fields = new Map<string, string>();
  for (const word of rest.split(' ')) {
    const at = word.indexOf('=');
    // What an ICMP error quotes of another packet repeats the names: the packet itself comes first.
    if (at > 0 && !fields.has(word.slice(0, at))) fields.set(word.slice(0, at), word.slice(at + 1));
  }
  const source = fields.get('SRC');
  const destination = fields.get('DST');
  if (source === undefined || destination === undefined) return null;
  return {
    eventType: eventTypes.networkFlow,
    category: 'network',
    outcome: outcomeOf(prefix),
    sourceIp: source,
    destinationIp: destination,
    port: fields.get('DPT'),
    protocol: fields.get('PROTO'),
    fields: { action: 'packet_logged', prefix, packet: Object.fromEntries(fields) },
  };
}

function outcomeOf(prefix: string): EventContext['outcome'] {
  if (/block|drop|reject|deny|denied/i.test(prefix)) return 'failure';
  return /accept|allow|pass/i.test(prefix) ? 'success' : 'unknown';
}
