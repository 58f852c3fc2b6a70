import type { Clock } from '../../clock.ts';
import { VerticeError } from '../../errors.ts';
import { type AddressRange, parseAddressRange, parseHostAddress } from './address.ts';

/** Where this host stands in its network. Read again and again, as addresses and routes come and go. */
export interface HostNetwork {
  /** The addresses of this host's interfaces, and the broadcast addresses of their networks. */
  ownAddresses(): readonly string[];
  defaultGateways(): readonly string[];
  nameservers(): readonly string[];
}

/** The defended: what no actuator may act on, whatever a detection says. */
export interface NeverBlock {
  /** Why this target must not be acted on, in one sentence; null when it may. */
  refusalFor(target: string): string | null;
}

export interface NeverBlockOptions {
  /** Addresses and CIDRs of the operator's choice. */
  readonly configured: readonly string[];
  readonly network: HostNetwork;
  readonly clock: Clock;
  /** How long what `network` said is believed, milliseconds. Default 10,000. */
  readonly refreshMs?: number;
}

const builtIn: readonly (readonly [range: string, reason: string])[] = [
  ['127.0.0.0/8', 'it is loopback'],
  ['::1', 'it is loopback'],
  ['0.0.0.0/8', 'it is unspecified'],
  ['::', 'it is unspecified'],
  ['169.254.0.0/16', 'it is link-local'],
  ['fe80::/10', 'it is link-local'],
  ['224.0.0.0/4', 'it is multicast'],
  ['ff00::/8', 'it is multicast'],
  ['255.255.255.255', 'it is broadcast'],
];

interface Entry {
  readonly range: AddressRange;
  readonly reason: string;
}

/**
 * Private ranges are not refused: an attacker inside the house is one too. A configured entry that is neither
 * an address nor a CIDR throws `VTC_CONFIG_INVALID`.
 */
export function createNeverBlock(options: NeverBlockOptions): NeverBlock {
  const { configured, network, clock, refreshMs = 10_000 } = options;
  const fixed: Entry[] = [];
  for (const [text, reason] of builtIn) addEntry(fixed, text, reason);
  for (const text of configured) {
    if (!addEntry(fixed, text, `${text} is on the never-block list`)) {
      throw new VerticeError(
        'VTC_CONFIG_INVALID',
        `response.never_block: expected an IP address or a CIDR such as 192.0.2.0/24, got ${JSON.stringify(text)}`,
        { facts: { field: 'response.never_block', value: text } },
      );
    }
  }

  let host: ReadonlyMap<string, string> = new Map();
  let readAtMs = Number.NEGATIVE_INFINITY;

  return {
    refusalFor(target) {
      const parsed = parseHostAddress(target);
      if (parsed.kind === 'invalid') return parsed.reason;
      const nowMs = clock.now();
      // A clock set back must not keep an old answer alive.
      if (nowMs - readAtMs >= refreshMs || nowMs < readAtMs) {
        host = readHost(network);
        readAtMs = nowMs;
      }
      const reason =
        host.get(parsed.address) ??
        fixed.find(({ range }) => range.family === parsed.family && range.contains(parsed.address))?.reason;
      return reason === undefined ? null : `${parsed.address} is never acted on: ${reason}`;
    },
  };
}

function addEntry(entries: Entry[], text: string, reason: string): boolean {
  const range = parseAddressRange(text);
  if (range === null) return false;
  entries.push({ range, reason });
  return true;
}

function readHost(network: HostNetwork): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  const add = (addresses: readonly string[], reason: string): void => {
    for (const text of addresses) {
      // A link-local server is written with its zone; the built-in ranges cover it without one.
      const parsed = parseHostAddress(text);
      if (parsed.kind === 'host') reasons.set(parsed.address, reason);
    }
  };
  add(network.nameservers(), 'it is a DNS server of this host');
  add(network.defaultGateways(), 'it is a default gateway of this host');
  add(network.ownAddresses(), 'it is an address of this host');
  return reasons;
}
