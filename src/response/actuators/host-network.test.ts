import { execFileSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  canUseNamespaces,
  connectNamespaces,
  createNetworkNamespace,
  type NetworkNamespace,
} from '../../../tests/support/network-namespace.ts';
import {
  createHostNetwork,
  ipv4Gateways,
  ipv6Gateways,
  parseAddressListing,
  parseNameservers,
} from './host-network.ts';

const routes = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
wg0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
`;
const zeros = '0'.repeat(32);
const ipv6Routes = `fd000000000000000000000000000000 40 ${zeros} 00 ${zeros} 00000100 00000001 00000000 00000001 eth0
${zeros} 00 ${zeros} 00 fd000000000000000000000000000001 00000400 00000002 00000000 00000003 eth0
${zeros} 00 ${zeros} 00 ${zeros} ffffffff 00000001 00000000 00200200 lo
`;

describe('reading where this host stands', () => {
  it('finds the gateways of default routes only', () => {
    expect(ipv4Gateways(routes)).toEqual(['192.0.2.1']);
    expect(ipv6Gateways(ipv6Routes)).toEqual(['fd00::1']);
  });

  it('finds the name servers', () => {
    expect(
      parseNameservers(
        '# nameserver 1.1.1.1\nsearch example\nnameserver 9.9.9.9 # quad\n\tnameserver\tfd00::53\nnameserver\n',
      ),
    ).toEqual(['9.9.9.9', 'fd00::53']);
  });

  it('finds addresses and broadcasts in a listing of interfaces', () => {
    const listing = [
      { ifname: 'eth0', addr_info: [{ local: '10.1.0.2', broadcast: '10.1.255.255' }, { local: 'fd00::2' }] },
    ];
    expect(parseAddressListing(JSON.stringify(listing))).toEqual(['10.1.0.2', '10.1.255.255', 'fd00::2']);
  });

  it('takes any text without failing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const parse of [ipv4Gateways, ipv6Gateways, parseNameservers])
          expect(parse(text)).toBeInstanceOf(Array);
      }),
    );
  });

  it('tells the addresses of this very host', () => {
    const network = createHostNetwork();
    const own = network.ownAddresses();
    for (const { address } of Object.values(networkInterfaces()).flatMap((list) => list ?? [])) {
      expect(own).toContain(address);
    }
    expect(network.defaultGateways()).toBeInstanceOf(Array);
    expect(network.nameservers()).toBeInstanceOf(Array);
  });
});

describe.runIf(canUseNamespaces())('reading where a network namespace stands', () => {
  let inside: NetworkNamespace;
  let router: NetworkNamespace;
  beforeAll(() => {
    inside = createNetworkNamespace();
    router = createNetworkNamespace();
    connectNamespaces(
      { namespace: inside, addresses: ['10.88.0.2/24', '2001:db8:88::2/64'] },
      { namespace: router, addresses: ['10.88.0.1/24', '2001:db8:88::1/64'] },
    );
    execFileSync('ip', ['-n', inside.name, 'route', 'add', 'default', 'via', '10.88.0.1']);
    execFileSync('ip', ['-n', inside.name, '-6', 'route', 'add', 'default', 'via', '2001:db8:88::1']);
  });
  afterAll(() => {
    inside.destroy();
    router.destroy();
  });

  it('tells the addresses and gateways of that namespace, not of our own', () => {
    const network = createHostNetwork(inside.name);
    expect(network.ownAddresses()).toEqual(
      expect.arrayContaining(['10.88.0.2', '2001:db8:88::2', '127.0.0.1']),
    );
    expect(network.defaultGateways()).toEqual(['10.88.0.1', '2001:db8:88::1']);
    expect(network.nameservers()).toBeInstanceOf(Array);
  });

  it('says so when the namespace is not there', () => {
    expect(() => createHostNetwork('vtc-test-none').ownAddresses()).toThrow(
      expect.objectContaining({ code: 'VTC_ACTUATOR_FAILED', facts: { namespace: 'vtc-test-none' } }),
    );
  });
});
