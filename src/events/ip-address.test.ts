import { isIPv4 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalIp, isIpv4 } from './ip-address.ts';

describe('canonicalIp', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:c000:207', '192.0.2.7'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::', '::'],
  ])('writes %s as %s', (written, canonical) => {
    expect(canonicalIp(written)).toBe(canonical);
  });

  it.each([
    '192.0.2.07',
    '192.0.2',
    '192.0.2.256',
    '1.2.3.4.5',
    '..1.1',
    '1.2.3.',
    'a.b.c.d',
    'localhost',
    '',
    '-',
    '1:2',
    ':'.repeat(80),
    7,
    null,
    undefined,
    {},
  ])('takes %s for no address', (value) => {
    expect(canonicalIp(value)).toBeNull();
  });

  it('leaves its own spelling as it is, for every IPv6 address', () => {
    fc.assert(
      fc.property(fc.ipV6(), (written) => {
        const once = canonicalIp(written);
        expect(once).not.toBeNull();
        expect(canonicalIp(once)).toBe(once);
      }),
    );
  });
});

describe('isIpv4', () => {
  it('agrees with Node on every text', () => {
    const near = fc.array(fc.constantFrom('.', '0', '1', '25', '255', '256', '9', 'a'), { maxLength: 9 });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV4(),
          fc.string(),
          near.map((parts) => parts.join('')),
        ),
        (text) => {
          expect(isIpv4(text)).toBe(isIPv4(text));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
