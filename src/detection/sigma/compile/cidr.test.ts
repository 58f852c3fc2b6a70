import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { compileCidr } from './cidr.ts';

describe('compileCidr', () => {
  it.each([
    ['10.0.0.0/8', '10.255.1.2', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['192.168.1.7', '192.168.1.7', true],
    ['192.168.1.7', '192.168.1.8', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['255.255.255.255/32', '255.255.255.255', true],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['fe80::/10', 'fec0::1', false],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['::/0', '::', true],
    ['::ffff:10.0.0.0/104', '::ffff:10.1.2.3', true],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['1:2:3:4:5:6:1.2.3.4/128', '1:2:3:4:5:6:102:304', true],
  ])('%s, asked for %s, says %s', (network, address, expected) => {
    expect(compileCidr(network)(address)).toBe(expected);
  });

  it('keeps the two kinds of address apart', () => {
    expect(compileCidr('0.0.0.0/0')('::1')).toBe(false);
    expect(compileCidr('::/0')('127.0.0.1')).toBe(false);
  });

  it.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1..2.3',
    '1.2.3.4 ',
    'a.b.c.d',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    'g::',
    '1.2.3.4::',
    '::1.2.3',
    `${'0'.repeat(70)}::1`,
    ' ::1',
  ])('finds "%s" to be no address', (text) => {
    expect(compileCidr('0.0.0.0/0')(text)).toBe(false);
    expect(compileCidr('::/0')(text)).toBe(false);
  });

  it.each(['', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', 'fe80::/129', 'example.org/8', '10.0.0.0/8/8'])(
    'refuses the network "%s"',
    (network) => {
      expect(() => compileCidr(network)).toThrow(/expected a network such as 10\.0\.0\.0\/8/);
    },
  );

  it('agrees with ipaddr.js on any addresses and networks', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(address, address, fc.nat(128), (base, other, length) => {
        const bits = base.includes(':') ? length : length % 33;
        const [network, prefix] = ipaddr.parseCIDR(`${base}/${bits}`);
        const parsed = ipaddr.parse(other);
        const expected = network.kind() === parsed.kind() && parsed.match(network, prefix);
        expect(compileCidr(`${base}/${bits}`)(other)).toBe(expected);
        expect(compileCidr(`${base}/${bits}`)(base)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
