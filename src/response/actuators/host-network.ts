import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { endianness, networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { messageOf, VerticeError } from '../../errors.ts';
import type { HostNetwork } from './never-block.ts';

/**
 * Where this machine stands in its network, as the kernel tells it now.
 *
 * @param namespace named network namespace that is enforced in; empty: our own
 */
export function createHostNetwork(namespace = ''): HostNetwork {
  const readRoutes = (name: 'route' | 'ipv6_route'): string =>
    namespace === ''
      ? readIfPresent(`/proc/net/${name}`)
      : runInside(namespace, 'nsenter', [`--net=/run/netns/${namespace}`, 'cat', `/proc/net/${name}`]);
  return {
    ownAddresses: () =>
      namespace === ''
        ? interfaceAddresses()
        : parseAddressListing(runInside(namespace, 'ip', ['-n', namespace, '-json', 'address', 'show'])),
    defaultGateways: () => [...ipv4Gateways(readRoutes('route')), ...ipv6Gateways(readRoutes('ipv6_route'))],
    nameservers() {
      const own = `/etc/netns/${namespace}/resolv.conf`;
      return parseNameservers(readIfPresent(namespace !== '' && existsSync(own) ? own : '/etc/resolv.conf'));
    },
  };
}

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .flatMap(({ address, family, cidr }) =>
      family === 'IPv4' && cidr !== null
        ? [address, ipaddr.IPv4.broadcastAddressFromCIDR(cidr).toString()]
        : [address],
    );
}

const AddressListing = Compile(
  Type.Array(
    Type.Object({
      addr_info: Type.Array(
        Type.Object({ local: Type.Optional(Type.String()), broadcast: Type.Optional(Type.String()) }),
      ),
    }),
  ),
);

/** The addresses and broadcast addresses in the output of `ip -json address show`. */
export function parseAddressListing(text: string): string[] {
  return AddressListing.Parse(JSON.parse(text)).flatMap(({ addr_info }) =>
    addr_info.flatMap(({ local, broadcast }) =>
      [local, broadcast].filter((address) => address !== undefined),
    ),
  );
}

const hasGateway = 0x2;

/** Default gateways in the text of /proc/net/route, whose addresses are 32-bit words of the machine's byte order. */
export function ipv4Gateways(text: string): string[] {
  const gateways: string[] = [];
  for (const line of text.split('\n')) {
    const [, destination, gateway = '', flags = '', , , , mask] = line.trim().split(/\s+/);
    if (destination !== '00000000' || mask !== '00000000') continue;
    if ((Number.parseInt(flags, 16) & hasGateway) === 0 || !/^[0-9A-F]{8}$/i.test(gateway)) continue;
    const bytes = Buffer.from(gateway, 'hex');
    gateways.push((endianness() === 'LE' ? bytes.reverse() : bytes).join('.'));
  }
  return gateways;
}

/** Default gateways in the text of /proc/net/ipv6_route. */
export function ipv6Gateways(text: string): string[] {
  const gateways: string[] = [];
  for (const line of text.split('\n')) {
    const [destination, prefix, , , gateway = ''] = line.trim().split(/\s+/);
    if (prefix !== '00' || !/^0{32}$/.test(destination ?? '')) continue;
    if (!/^[0-9a-f]{32}$/i.test(gateway) || /^0{32}$/.test(gateway)) continue;
    gateways.push(ipaddr.fromByteArray([...Buffer.from(gateway, 'hex')]).toString());
  }
  return gateways;
}

/** The servers that a resolv.conf names. */
export function parseNameservers(text: string): string[] {
  return [...text.matchAll(/^[ \t]*nameserver[ \t]+([^\s#;]+)/gm)].flatMap(([, address]) => address ?? []);
}

/** A kernel without IPv6, or a host without a resolver, has no such file. */
function readIfPresent(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function runInside(namespace: string, command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 5000,
    });
  } catch (cause) {
    throw new VerticeError(
      'VTC_ACTUATOR_FAILED',
      `cannot read the addresses and routes of network namespace ${namespace}, so nothing is acted on there: ${messageOf(cause).trim()}`,
      { cause, isRetryable: true, facts: { namespace } },
    );
  }
}
