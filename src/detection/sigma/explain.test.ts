import { describe, expect, it } from 'vitest';
import { type Explanation, explainRule, spellPredicate } from './explain.ts';
import { readRuleSet } from './parse/rule-set.ts';
import { predicates, ruleText } from './parse/sigma-workbench.ts';
import type { SigmaEvent } from './sigma-event.ts';

function eventOf(fields: Readonly<Record<string, unknown>>, product = 'windows'): SigmaEvent {
  return {
    product,
    categories: ['process_creation'],
    services: [],
    field: (name) => fields[name],
    leaves: () => Object.values(fields).map(String),
  };
}

function explain(detection: string, event: SigmaEvent) {
  const [rule] = readRuleSet(ruleText(detection)).detections;
  if (rule === undefined) throw new Error('the rule cannot be read');
  return explainRule(rule, event);
}

/** The tree as indented lines. */
function lines(part: Explanation, depth = 0): readonly string[] {
  const has = part.has === null ? '' : ` <- ${part.has}`;
  const own = `${'  '.repeat(depth)}${part.holds ? '+' : '-'} ${part.wanted}${has}`;
  return [own, ...part.parts.flatMap((inner) => lines(inner, depth + 1))];
}

const detection = `selection:
  Image|endswith: ['\\cmd.exe', '\\sh.exe']
  Other: null
filter:
  User: SYSTEM
words: [needle]
condition: (selection or words) and not filter`;

describe('why a rule matches', () => {
  it('is told part by part', () => {
    const explained = explain(detection, eventOf({ Image: 'C:\\cmd.exe', User: 'bob' }));
    expect(explained).toMatchObject({
      isMatch: true,
      logSource: { holds: true, wanted: 'product: windows' },
    });
    expect(lines(explained.condition)).toEqual([
      '+ all of',
      '  + any of',
      '    + selection',
      '      + all of',
      '        + any of',
      '          + Image|endswith: \'\\cmd.exe\' <- "C:\\\\cmd.exe"',
      '          - Image|endswith: \'\\sh.exe\' <- "C:\\\\cmd.exe"',
      '        + Other: null <- no such field',
      '    - words',
      "      - keyword contains: 'needle' <- it is in none of 2 values".replace(
        'keyword contains',
        'keyword |contains',
      ),
      '  + not',
      '    - filter',
      '      - User: \'SYSTEM\' <- "bob"',
    ]);
  });

  it('is told why not, log source included', () => {
    const explained = explain(
      detection,
      eventOf({ Image: 'C:\\cmd.exe', User: 'system', x: 'a needle' }, 'linux'),
    );
    expect(explained.isMatch).toBe(false);
    expect(explained.logSource).toEqual({
      holds: false,
      wanted: 'product: windows',
      has: 'product: linux, category: process_creation',
    });
    expect(lines(explained.condition)).toContain("      + keyword |contains: 'needle' <- it is in a value");
    expect(lines(explained.condition)).toContain('      + User: \'SYSTEM\' <- "system"');
  });

  it('shows what another field has, and long values cut short', () => {
    const [line] = lines(
      explain('s: {A|fieldref: B}\ncondition: s', eventOf({ A: 'x'.repeat(500), B: 2 })).condition,
    ).slice(1);
    expect(line).toMatch(/^ {2}- A\|fieldref: B <- "x{199}… \(B: 2\)$/);
  });

  it('names an event without a log source as such', () => {
    const event: SigmaEvent = { ...eventOf({}), product: '', categories: [], services: [] };
    expect(explain('s: {A: 1}\ncondition: s', event).logSource.has).toBe('none');
  });
});

describe('a comparison', () => {
  it.each([
    "F: 'a*b?'",
    "F|contains: 'a'",
    "F|startswith: 'a'",
    "F|endswith|cased: 'a'",
    "F: '*'",
    "F: ''",
    "F: 'it''s'",
    'F: 5',
    'F: true',
    'F: null',
    "F|re|i: 'a+'",
    'F|cidr: 10.0.0.0/8',
    'F|gte: 5',
    'F|exists: false',
    'F|fieldref|endswith: G',
    'F|hour|lt: 6',
    'F|day: 1',
  ])('is spelled as a rule would: %s', (line) => {
    expect(predicates(line).map((predicate) => spellPredicate('F', predicate))).toEqual([line]);
  });
});
