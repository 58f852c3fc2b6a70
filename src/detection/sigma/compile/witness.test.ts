import { describe, expect, it } from 'vitest';
import type { Expression, Predicate, TextPart } from '../rule.ts';
import { type Witness, witnessOf } from './witness.ts';
import { compileWorkbench, contains, field, wholly } from './workbench.ts';

const any: TextPart = { wildcard: 'any' };

function witness(condition: Expression): Witness | null {
  return witnessOf(compileWorkbench(condition).logic);
}

function texts(condition: Expression): readonly string[] | null {
  return (
    witness(condition)?.triggers.map((trigger) =>
      'text' in trigger ? `${trigger.kind} ${trigger.text}` : trigger.kind,
    ) ?? null
  );
}

describe('witnessOf', () => {
  it('takes the rarest term of a conjunction', () => {
    const condition: Expression = {
      kind: 'and',
      terms: [contains('CommandLine', '.exe'), contains('CommandLine', 'Sekurlsa::LogonPasswords')],
    };
    expect(texts(condition)).toEqual(['anywhere sekurlsa::logonpasswords']);
  });

  it('needs all terms of a disjunction', () => {
    const condition: Expression = { kind: 'or', terms: [contains('A', 'first'), wholly('B', 'Second')] };
    expect(texts(condition)).toEqual(['anywhere first', 'whole second']);
  });

  it('has none when one of the alternatives has none', () => {
    const isMissing: Expression = field('B', { kind: 'null' });
    expect(texts({ kind: 'or', terms: [contains('A', 'first'), isMissing] })).toBeNull();
    expect(texts({ kind: 'not', term: contains('A', 'first') })).toBeNull();
  });

  it('sees through negations', () => {
    const both: Expression = {
      kind: 'not',
      term: { kind: 'or', terms: [{ kind: 'not', term: contains('A', 'first') }, contains('B', 'other')] },
    };
    expect(texts(both)).toEqual(['anywhere first']);
    expect(texts({ kind: 'not', term: field('B', { kind: 'null' }) })).toEqual(['present']);
    expect(texts({ kind: 'not', term: field('B', { kind: 'exists', isThere: false }) })).toEqual(['present']);
  });

  it.each<[Predicate, readonly string[] | null]>([
    [
      { kind: 'text', parts: ['a', any, 'longest', { wildcard: 'one' }], isCased: true },
      ['anywhere longest'],
    ],
    [{ kind: 'text', parts: ['begin', any, 'b'], isCased: false }, ['start begin']],
    [{ kind: 'text', parts: ['a', any, 'finish'], isCased: false }, ['end finish']],
    [{ kind: 'text', parts: [any], isCased: false }, ['present']],
    [{ kind: 'text', parts: [{ wildcard: 'one' }], isCased: false }, ['present']],
    [{ kind: 'regex', source: '(?:curl|wget)\\s+http', flags: 'i' }, ['anywhere http']],
    [{ kind: 'regex', source: '^\\d+$', flags: '' }, ['present']],
    [{ kind: 'number', value: 4624 }, ['number']],
    [{ kind: 'boolean', value: true }, ['whole true']],
    [{ kind: 'exists', isThere: true }, ['present']],
    [{ kind: 'exists', isThere: false }, null],
    [{ kind: 'cidr', network: '10.0.0.0/8' }, ['present']],
  ])('of %j is %j', (predicate, expected) => {
    expect(texts(field('A', predicate))).toEqual(expected);
  });

  it('has no witness for a keyword that may be anything', () => {
    expect(texts({ kind: 'keyword', predicate: { kind: 'text', parts: [any], isCased: false } })).toBeNull();
  });

  it('holds what many rules ask for to be common', () => {
    const { logics } = compileWorkbench(
      ...Array.from({ length: 64 }, () => contains('Image', 'powershell')),
      contains('Image', 'mimikatz.'),
    );
    const weights = logics.map((logic) => witnessOf(logic)?.weight ?? 0);
    expect(weights[0]).toBeGreaterThan(weights[64] ?? 1);
  });
});
