import { readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { RuleSet } from './parse/rule-set.ts';

const licences: readonly (readonly [RegExp, string])[] = [
  [/Detection Rule License/i, 'DRL 1.1'],
  [/Apache License/i, 'Apache-2.0'],
  [/MIT License/i, 'MIT'],
];
const fileNames = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENSE.Detection.Rules.md'];

/**
 * The rules, each with the licence of the folder it comes from where it names none itself: the Detection Rule License
 * asks that it travels with every hit.
 */
export async function withPackLicences(set: RuleSet, folders: readonly string[]): Promise<RuleSet> {
  const packs: (readonly [folder: string, licence: string])[] = [];
  for (const folder of folders) {
    const licence = await licenceIn(folder);
    if (licence !== null) packs.push([folder.endsWith(sep) ? folder : folder + sep, licence]);
  }
  const licenceOf = (file: string): string | null =>
    packs.find(([folder]) => file.startsWith(folder))?.[1] ?? null;
  const licensed = <Rule extends RuleSet['detections'][number] | RuleSet['correlations'][number]>(
    rule: Rule,
  ): Rule => ({ ...rule, license: rule.license ?? licenceOf(rule.origin.file) });
  return { ...set, detections: set.detections.map(licensed), correlations: set.correlations.map(licensed) };
}

async function licenceIn(folder: string): Promise<string | null> {
  for (const name of fileNames) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => null);
    const known = text === null ? undefined : licences.find(([wording]) => wording.test(text));
    if (known !== undefined) return known[1];
  }
  return null;
}
