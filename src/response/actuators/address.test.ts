import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddressRange, parseHostAddress } from './address.ts';

describe('parseHostAddress', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7', 4],
    ['::ffff:192.0.2.7', '192.0.2.7', 4],
    ['::FFFF:C000:0207', '192.0.2.7', 4],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1', 6],
    ['::1', '::1', 6],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3', 6],
  ])('spells %s as %s', (text, address, family) => {
    expect(parseHostAddress(text)).toEqual({ kind: 'host', address, family });
  });

  it.each([
    '',
    ' ',
    '1.2.3',
    '1.2.3.04',
    '1.2.3.256',
    '0x7f000001',
    '2130706433',
    ':::',
    'localhost',
    '1.2.3.4/32',
    'fe80::1%1',
  ])('does not take %j for a host', (text) => {
    expect(parseHostAddress(text).kind).toBe('invalid');
  });

  it('is stable: the canonical spelling is its own canonical spelling', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const once = parseHostAddress(text);
        if (once.kind === 'host') expect(parseHostAddress(once.address)).toEqual(once);
      }),
    );
  });
});

describe('parseAddressRange', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.1.2.3/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['0.0.0.0/0', '192.0.2.1', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['::ffff:10.0.0.0/104', '10.9.9.9', true],
    ['::ffff:10.0.0.0/104', '11.9.9.9', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['::/0', '2001:db8::1', true],
  ])('%s holds %s: %s', (range, address, expected) => {
    expect(parseAddressRange(range)?.contains(address)).toBe(expected);
  });

  it.each([
    '',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    '::/129',
    '::ffff:1.2.3.4/95',
    'x/8',
    '10.0.0.0/ 8',
  ])('does not take %j for a range', (text) => {
    expect(parseAddressRange(text)).toBeNull();
  });
});
