import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBlocklist, parseBlocklist } from './blocklist-file.ts';

const Address = fc.oneof(
  fc.ipV4(),
  fc.integer({ min: 1, max: 0xffff }).map((n) => `2001:db8::${n.toString(16)}`),
);

describe('the block list file', () => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(Address, fc.integer({ min: 0, max: 4_102_444_800_000 }))), (entries) => {
        const leases = new Map(entries);
        expect(parseBlocklist(formatBlocklist(leases))).toEqual({ leases, unreadableLines: [] });
      }),
    );
  });

  it('takes any text without failing, and accounts for every line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { leases, unreadableLines } = parseBlocklist(text);
        const filled = text.split('\n').filter((line) => line.trim() !== '').length;
        expect(leases.size + unreadableLines.length).toBeLessThanOrEqual(filled);
        if (filled > 0) expect(leases.size + unreadableLines.length).toBeGreaterThan(0);
      }),
    );
  });

  it('names the lines it cannot read', () => {
    expect(
      parseBlocklist('nonsense\n\n192.0.2.1 # until never\n192.0.2.2 # until 2026-01-01T00:00:00Z\r\n'),
    ).toEqual({
      leases: new Map([['192.0.2.2', Date.UTC(2026, 0, 1)]]),
      unreadableLines: [1, 3],
    });
  });
});
