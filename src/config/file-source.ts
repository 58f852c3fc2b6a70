import {
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { nearestName } from './nearest-name.ts';
import { type ConfigProblem, showValue } from './problem.ts';
import { sections, settings } from './settings.ts';
import { checkValue, type SourcedValue, type SourceReading } from './sourced-value.ts';

const settingsByPath = new Map(settings.map((setting) => [setting.path, setting]));

/**
 * Reads a YAML configuration. Every problem carries file:line:column.
 *
 * @param file its name, as it should stand in problems
 */
export function readConfigFile(file: string, text: string): SourceReading {
  const values = new Map<string, SourcedValue>();
  const problems: ConfigProblem[] = [];
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });

  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const refuse = (offset: number, expected: string, more: Partial<ConfigProblem> = {}): void => {
    problems.push({ where: at(offset), setting: null, expected, received: null, nearest: null, ...more });
  };
  const resolved = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);

  const readSection = (map: YAMLMap, prefix: string): void => {
    for (const pair of map.items) readPair(pair, prefix);
  };
  const readPair = (pair: Pair, prefix: string): void => {
    const key = isScalar(pair.key) ? String(pair.key.value) : showValue(pair.key);
    const keyOffset = offsetOf(pair.key);
    const path = prefix + key;
    const node = resolved(pair.value);
    const setting = settingsByPath.get(path);
    if (setting !== undefined) {
      const sourced = {
        where: at(offsetOf(pair.value, keyOffset)),
        value: isNode(node) ? node.toJS(document) : null,
      };
      const problem = checkValue(setting, sourced);
      if (problem === null) values.set(path, sourced);
      else problems.push(problem);
    } else if (sections.has(path)) {
      if (isMap(node)) readSection(node, `${path}.`);
      else if (!isEmpty(node)) {
        refuse(offsetOf(pair.value, keyOffset), 'a section with settings of its own', { setting: path });
      }
    } else {
      const siblings = [...settingsByPath.keys(), ...sections].filter(
        (name) => name.startsWith(prefix) && !name.slice(prefix.length).includes('.'),
      );
      refuse(keyOffset, prefix === '' ? 'a known setting' : `a known setting of ${prefix.slice(0, -1)}`, {
        received: showValue(key),
        nearest: nearestName(path, siblings),
      });
    }
  };

  for (const error of document.errors) {
    refuse(error.pos[0], 'valid YAML', { received: error.message });
  }
  if (document.errors.length > 0) return { values, problems, warnings: [] };
  const root = resolved(document.contents);
  if (isMap(root)) readSection(root, '');
  else if (!isEmpty(root)) refuse(offsetOf(root), 'a mapping of settings, such as "bus:"');
  return { values, problems, warnings: [] };
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'toJS' in value;
}

/** A key without a value, or a file with nothing but comments. */
function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function offsetOf(node: unknown, fallback = 0): number {
  return isNode(node) ? (node.range?.[0] ?? fallback) : fallback;
}
