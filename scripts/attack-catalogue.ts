import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isJsonObject, type JsonObject } from '../src/json.ts';

/**
 * Writes `src/detection/attack/catalogue.json` from a compact export of ATT&CK and of its detection strategies:
 * `node scripts/attack-catalogue.ts COMPACT.json DETECTIONS.json`. Only ids, names and relations are taken, no
 * description; lists of ids become words in one string, which halves the file.
 */
const [compactPath, detectionsPath] = process.argv.slice(2);
if (compactPath === undefined || detectionsPath === undefined) {
  throw new Error('expected two arguments: the compact catalogue and the detection strategies, both JSON');
}

function objectIn(value: unknown, what: string): JsonObject {
  if (!isJsonObject(value)) throw new Error(`${what}: expected an object`);
  return value;
}

function readObject(path: string): JsonObject {
  const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return objectIn(parsed, path);
}

function text(record: JsonObject, key: string): string {
  const value = record[key];
  if (typeof value !== 'string')
    throw new Error(`${key}: expected text in ${JSON.stringify(record).slice(0, 80)}`);
  return value;
}

function strings(record: JsonObject, key: string): readonly string[] {
  const value = record[key] ?? [];
  if (!Array.isArray(value)) throw new Error(`${key}: expected a list`);
  return value.filter((item): item is string => typeof item === 'string');
}

function objects(record: JsonObject, key: string): readonly JsonObject[] {
  const value = record[key];
  if (!Array.isArray(value)) throw new Error(`${key}: expected a list`);
  return value.map((item: unknown) => objectIn(item, key));
}

function named(list: readonly JsonObject[]): Record<string, string> {
  return Object.fromEntries(list.map((item) => [text(item, 'id'), text(item, 'name')]));
}

const compact = readObject(compactPath);
const detections = readObject(detectionsPath);
const platforms = [
  ...new Set(objects(compact, 'techniques').flatMap((item) => strings(item, 'platforms'))),
].sort();

const techniques = Object.fromEntries(
  objects(compact, 'techniques').map((item) => [
    text(item, 'id'),
    [
      text(item, 'name'),
      strings(item, 'tactics').join(' '),
      strings(item, 'platforms')
        .map((name) => platforms.indexOf(name))
        .join(' '),
      ...['mitigations', 'detections', 'groups', 'software', 'd3fend'].map((key) =>
        strings(item, key).join(' '),
      ),
    ],
  ]),
);

/** Follows the chain of replacements to a technique of this version; null where it leaves the domain. */
const replacements = objectIn(compact['revoked'], 'revoked');
function heirOf(id: string): string | null {
  let current = id;
  for (let step = 0; step < 8; step += 1) {
    if (current in techniques) return current;
    const next = replacements[current];
    if (typeof next !== 'string') return null;
    current = next;
  }
  return null;
}
const revoked = Object.fromEntries(
  Object.keys(replacements).flatMap((id) => {
    const heir = heirOf(id);
    return heir === null ? [] : [[id, heir]];
  }),
);

const catalogue = {
  version: text(compact, 'attack_version').split(' ')[0],
  source: text(compact, 'attack_version'),
  notice: text(compact, 'notice'),
  tactics: Object.fromEntries(
    objects(compact, 'tactics').map((item) => [
      text(item, 'id'),
      [text(item, 'shortname'), text(item, 'name')],
    ]),
  ),
  platforms,
  mitigations: named(objects(compact, 'mitigations')),
  groups: named(objects(compact, 'groups')),
  software: named(objects(compact, 'software')),
  detections: named(objects(detections, 'detection_strategies')),
  counterMeasures: objectIn(compact['d3fend'], 'd3fend'),
  techniques,
  revoked,
};

const target = fileURLToPath(new URL('../src/detection/attack/catalogue.json', import.meta.url));
// One entry a line, so that a new version is a readable difference.
const body = Object.entries(catalogue).map(([key, value]) => {
  if (!isJsonObject(value)) return `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`;
  const lines = Object.entries(value).map(
    ([id, entry]) => `    ${JSON.stringify(id)}: ${JSON.stringify(entry)}`,
  );
  return `  ${JSON.stringify(key)}: {\n${lines.join(',\n')}\n  }`;
});
writeFileSync(target, `{\n${body.join(',\n')}\n}\n`);
