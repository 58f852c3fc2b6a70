import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromStorable, indexKey, toStorable } from './storable-text.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('\u0000', '\u001a', '\ud83d', '\udca9', '0000', '001a', 'd83d', 'a'))
    .map((parts) => parts.join('')),
);

describe('storable text', () => {
  it('comes back as it was, whatever it is', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(fromStorable(toStorable(text))).toBe(text);
      }),
    );
  });

  it('holds no NUL and no half surrogate pair', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const stored = toStorable(text);
        expect(stored.includes('\u0000')).toBe(false);
        expect(stored.isWellFormed()).toBe(true);
      }),
    );
  });

  it('is the text itself when that can be stored', () => {
    expect(toStorable('Ação 😀 \\ " \' \n')).toBe('Ação 😀 \\ " \' \n');
  });
});

describe('index keys', () => {
  it('are the text itself up to 512 bytes, else a digest', () => {
    expect(indexKey('192.0.2.7')).toBe('192.0.2.7');
    expect(indexKey('a'.repeat(512))).toBe('a'.repeat(512));
    expect(indexKey('a'.repeat(513))).toMatch(/^#sha256:[0-9a-f]{64}$/);
    expect(indexKey('攻'.repeat(171))).toMatch(/^#sha256:/);
  });

  it('cannot be forged: a text that looks like a digest has another key', () => {
    const digest = indexKey('a'.repeat(600));
    expect(indexKey(digest)).not.toBe(digest);
  });

  it('differ for different texts', () => {
    expect(indexKey(`${'a'.repeat(600)}b`)).not.toBe(indexKey(`${'a'.repeat(600)}c`));
  });
});
