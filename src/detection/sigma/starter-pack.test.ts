import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createReader } from '../../events/read.ts';
import { attackTag, techniqueById } from '../attack/attack.ts';
import { compileRules } from './compile-rules.ts';
import { findRuleFiles, findTestFiles, loadRuleFolder } from './rule-folder.ts';
import { runRuleTests } from './rule-test.ts';
import { toSigmaEvent } from './taxonomy/to-sigma-event.ts';

const folder = join(import.meta.dirname, '../../../rules');
const set = await loadRuleFolder([folder]);
const rules = [...set.detections, ...set.correlations];

describe('the rules that come with Vértice', () => {
  it('are read without an error, each under an id of its own', () => {
    expect(set.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    expect(rules.filter(({ id }) => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id))).toEqual([]);
    expect(rules.length).toBeGreaterThanOrEqual(60);
  });

  it('match and leave alone what their tests say, and every rule has tests of both kinds', async () => {
    const { engine, correlations } = compileRules(set);
    const read = createReader({ maxRecordBytes: 1_048_576 });
    const files = await findTestFiles([folder]);
    const report = await runRuleTests(files, set, { read, toSigmaEvent, engine, correlations });
    expect(report.problems).toEqual([]);
    expect(report.results.filter(({ failure }) => failure !== null)).toEqual([]);
    expect(report.untested.map(({ rule, lacks }) => `${rule.title}: ${lacks}`)).toEqual([]);
  });

  it('name techniques and tactics of the ATT&CK catalogue, none of them revoked', () => {
    const tags = rules.flatMap(({ title, tags: own }) => own.map((tag) => ({ title, tag })));
    const unknown = tags.filter(({ tag }) => tag.startsWith('attack.') && attackTag(tag) === null);
    expect(unknown).toEqual([]);
    const named = rules.flatMap(({ title, techniques }) => techniques.map((id) => ({ title, id })));
    expect(named.filter(({ id }) => techniqueById(id) === null)).toEqual([]);
  });

  it('say who wrote them, under which licence, and what may set them off', () => {
    const parts = new Set(
      set.correlations
        .filter(({ generate }) => !generate)
        .flatMap((rule) => rule.rules.map(({ ruleId }) => ruleId)),
    );
    const own = rules.filter(({ id }) => !parts.has(id));
    expect(rules.filter(({ author }) => author !== 'Vértice contributors').map(({ title }) => title)).toEqual(
      [],
    );
    const loud = own.filter(({ level }) => level === 'high' || level === 'critical');
    expect(
      loud.filter(({ falsePositives }) => falsePositives.length === 0).map(({ title }) => title),
    ).toEqual([]);
    expect(own.filter(({ techniques }) => techniques.length === 0).map(({ title }) => title)).toEqual([]);
  });

  it('have a test file beside every file of rules', async () => {
    const files = (await findRuleFiles([folder])).map(({ path }) => path);
    const untested = files.filter((path) => {
      return !dirname(path).endsWith('/filters') && !existsSync(path.replace(/\.yml$/, '.test.yml'));
    });
    expect(untested).toEqual([]);
  });
});
