import { describe, expect, it } from 'vitest';
import { FieldIndex } from './field-index.ts';
import { textOf } from './record-fields.ts';

function find(record: ConstructorParameters<typeof FieldIndex>[0], ...names: string[]): string | undefined {
  return new FieldIndex(record).first(names, (value) => textOf(value));
}

describe('FieldIndex', () => {
  it('finds a field in any spelling', () => {
    for (const name of ['sourceIPAddress', 'source_ip_address', 'source-ip-address', 'SourceIpAddress']) {
      expect(find({ [name]: 'x' }, 'sourceipaddress')).toBe('x');
    }
  });

  it('finds a field by its owner, nested or dotted', () => {
    expect(find({ source: { ip: 'a' }, destination: { ip: 'b' } }, 'destination.ip')).toBe('b');
    expect(find({ 'source.ip': 'a', 'destination.ip': 'b' }, 'destination.ip')).toBe('b');
    expect(find({ 'log.source.ip': 'a' }, 'source.ip')).toBe('a');
  });

  it('lets the fields nearer to the top win, and the first name before the second', () => {
    expect(find({ deep: { user: 'a' }, user: 'b' }, 'user')).toBe('b');
    expect(find({ user: 'b', login: 'c' }, 'login', 'user')).toBe('c');
  });

  it('goes on to the next name when a value does not fit', () => {
    expect(find({ user: 7, login: 'c' }, 'user', 'login')).toBe('c');
  });

  it('takes the first element of a list', () => {
    expect(find({ ip: ['a', 'b'], none: [] }, 'none', 'ip')).toBe('a');
    expect(find({ list: [{ ip: 'a' }] }, 'list', 'ip')).toBeUndefined();
  });

  it('looks at a bounded number of members, objects included', () => {
    const record = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`o${i}`, { field: 'x' }]));
    expect(new FieldIndex(record).fields).toHaveLength(0);
  });
});
