import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VerticeError } from '../errors.ts';
import { type Playbook, routePlaybook } from './playbook.ts';
import { loadPlaybooks, parsePlaybook } from './playbook-file.ts';

const good = `id: guess
title: A title
description: A description
trigger:
  techniques: [T1110]
actions:
  - type: block_source
    target: attacker
    lease: 60
`;
const types = ['block_source'];

describe('reading a playbook', () => {
  it('reads a good one', () => {
    expect(parsePlaybook(good, 'a.yaml', types)).toEqual({
      id: 'guess',
      title: 'A title',
      description: 'A description',
      trigger: { techniques: ['T1110'] },
      actions: [{ type: 'block_source', target: 'attacker', lease: 60 }],
    });
  });

  it.each([
    ['unknown action type', good.replace('block_source', 'blok_source'), 7, 'actions.0.type', 'block_source'],
    ['unknown member', `${good}extra: 1\n`, 10, 'extra', 'expected no such member'],
    [
      'unknown member of an action',
      `${good}    force: true\n`,
      10,
      'actions.0.force',
      'expected no such member',
    ],
    ['bad technique', good.replace('T1110', 'T11'), 5, 'trigger.techniques.0', 'got "T11"'],
    ['no techniques', good.replace('[T1110]', '[]'), 5, 'trigger.techniques', 'fewer than 1 items; got []'],
    [
      'bad lease',
      good.replace('60', 'soon'),
      9,
      'actions.0.lease',
      'expected default, or a whole number of seconds from 1 to 2592000; got "soon"',
    ],
    [
      'bad target',
      good.replace('attacker', 'everyone'),
      8,
      'actions.0.target',
      'expected one of: attacker; got "everyone"',
    ],
    ['number for text', good.replace('A title', '5'), 2, 'title', 'expected string; got 5'],
    [
      'lease of nothing',
      good.replace('60', '0'),
      9,
      'actions.0.lease',
      'expected default, or a whole number',
    ],
    ['missing title', good.replace('title: A title\n', ''), 1, '', 'expected the members title'],
    ['not YAML', 'id: [1\n', 2, '', 'not valid YAML'],
    ['the same key twice', `${good}id: other\n`, 10, '', 'not valid YAML'],
    ['nothing', '', 1, '', 'got null'],
    ['a list', '- 1\n', 1, '', 'got [1]'],
    [
      'an alias bomb',
      `a: &a [1,1]\nb: &b [*a,*a]\nc: &c [${'*b,'.repeat(60)}*b]\nd: [${'*c,'.repeat(60)}*c]\n`,
      1,
      '',
      'alias',
    ],
  ])('names file, line and field: %s', (_name, text, line, field, expected) => {
    try {
      parsePlaybook(text, 'a.yaml', types);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(VerticeError);
      expect(error).toMatchObject({ code: 'VTC_PLAYBOOK_INVALID', facts: { file: 'a.yaml', line, field } });
      expect(String(error)).toContain(`a.yaml:${line}: `);
      expect(String(error)).toContain(expected);
    }
  });

  it('says so when there is no actuator at all', () => {
    expect(() => parsePlaybook(good, 'a.yaml', [])).toThrow('there is no actuator');
  });

  it('answers any text with a playbook or with VTC_PLAYBOOK_INVALID', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        try {
          parsePlaybook(text, 'a.yaml', types);
        } catch (error) {
          expect(error).toMatchObject({ code: 'VTC_PLAYBOOK_INVALID' });
        }
      }),
    );
  });
});

describe('loading a folder of playbooks', () => {
  it('loads the ones we ship, in the order of their ids', async () => {
    const playbooks = await loadPlaybooks('playbooks', types);
    expect(playbooks.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['brute_force_response', 'known_bad_indicator']),
    );
    expect(playbooks.map(({ id }) => id)).toEqual(playbooks.map(({ id }) => id).toSorted());
    expect(routePlaybook(playbooks, ['T1110.003'])?.id).toBe('brute_force_response');
    expect(routePlaybook(playbooks, ['T1071'])?.id).toBe('known_bad_indicator');
  });

  it('refuses two of one id, and a folder that is not there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vertice-playbooks-'));
    writeFileSync(join(folder, 'a.yaml'), good);
    writeFileSync(join(folder, 'readme.md'), 'not one');
    expect(await loadPlaybooks(folder, types)).toHaveLength(1);
    writeFileSync(join(folder, 'b.yml'), good);
    await expect(loadPlaybooks(folder, types)).rejects.toThrow('"guess" is taken by another file');
    mkdirSync(join(folder, 'empty'));
    expect(await loadPlaybooks(join(folder, 'empty'), types)).toEqual([]);
    rmSync(folder, { recursive: true });
    await expect(loadPlaybooks(folder, types)).rejects.toMatchObject({ code: 'VTC_PLAYBOOK_INVALID' });
  });
});

describe('routing a threat to a playbook', () => {
  const make = (id: string, ...techniques: string[]): Playbook => ({
    ...parsePlaybook(good, 'a', types),
    id,
    trigger: { techniques },
  });
  const playbooks = [
    make('z_parent', 'T1110'),
    make('b_sub', 'T1110.003'),
    make('a_other', 'T1071'),
    make('a_parent', 'T1110'),
  ];

  it.each([
    ['the sub-technique wins over its parent', ['T1110', 'T1110.003'], 'b_sub'],
    ['a parent answers its sub-techniques, the first id on a tie', ['T1110.001'], 'a_parent'],
    ['the technique itself', ['T1071'], 'a_other'],
    ['a sub-technique does not answer its parent', ['T1110'], 'a_parent'],
    ['nothing answers', ['T1595'], undefined],
    ['a longer number is another technique', ['T11100'], undefined],
    ['no techniques', [], undefined],
  ])('%s', (_name, techniques, expected) => {
    expect(routePlaybook(playbooks, techniques)?.id).toBe(expected);
  });
});
