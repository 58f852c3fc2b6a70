import type { Stats } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { messageOf, VerticeError } from '../../errors.ts';
import type { ReadOptions } from './parse/options.ts';
import type { RuleProblem } from './parse/problem.ts';
import { type RuleFile, readRules } from './parse/read-rules.ts';
import { assembleRules, type RuleSet } from './parse/rule-set.ts';

/** Bounds on what a folder or an archive of rules may hold. The whole public corpus is 4,000 files and 8 MB. */
export const folderLimits = {
  files: 100_000,
  depth: 32,
  fileBytes: 2 * 1024 * 1024,
  totalBytes: 256 * 1024 * 1024,
} as const;

export interface LoadOptions extends ReadOptions {
  /** What earlier loads have read: files that are as they were are not read again. */
  readonly cache?: RuleFileCache;
}

/** Files as they were read, by path. Give one and the same to every load of a folder that changes. */
export class RuleFileCache {
  readonly #files = new Map<string, { readonly signature: string; readonly file: RuleFile }>();

  get(path: string, signature: string): RuleFile | undefined {
    const known = this.#files.get(path);
    return known?.signature === signature ? known.file : undefined;
  }

  set(path: string, signature: string, file: RuleFile): void {
    this.#files.set(path, { signature, file });
  }

  /** Forgets the files that are no longer there. */
  keepOnly(paths: ReadonlySet<string>): void {
    for (const path of this.#files.keys()) if (!paths.has(path)) this.#files.delete(path);
  }
}

/** A file of rules that was found, and what tells that it has changed. */
export interface FoundFile {
  /** As it was named, and below. */
  readonly path: string;
  readonly bytes: number;
  readonly signature: string;
}

/**
 * Loads all rules under the paths: folders (`*.yml` and `*.yaml` in them and below, but no `*.test.yml`) and single
 * files. Works in slices, so that the rest of the process keeps running.
 *
 * @throws VerticeError `VTC_RULE_INVALID` when a path is not there, or holds more than `folderLimits` allow
 */
export async function loadRuleFolder(paths: readonly string[], options: LoadOptions = {}): Promise<RuleSet> {
  return assembleRules(await readRuleFolder(paths, options));
}

/** The same, not put together yet. */
export async function readRuleFolder(
  paths: readonly string[],
  options: LoadOptions = {},
): Promise<readonly RuleFile[]> {
  const { cache } = options;
  const found = await findRuleFiles(paths);
  const files: RuleFile[] = [];
  let turnEnds = performance.now() + sliceMs;
  for (let start = 0; start < found.length; start += readAhead) {
    const slice = found.slice(start, start + readAhead);
    const texts = await Promise.all(
      slice.map(({ path, signature }) => (cache?.get(path, signature) === undefined ? readText(path) : null)),
    );
    for (const [index, { path, signature }] of slice.entries()) {
      const text = texts[index];
      const known = cache?.get(path, signature);
      const file =
        known ?? (typeof text === 'string' ? readRules(text, path, options) : unreadable(path, text));
      if (known === undefined && typeof text === 'string') cache?.set(path, signature, file);
      files.push(file);
      if (performance.now() < turnEnds) continue;
      await nextTurn();
      turnEnds = performance.now() + sliceMs;
    }
  }
  cache?.keepOnly(new Set(found.map(({ path }) => path)));
  return files;
}

/** Files read at once. */
const readAhead = 64;
/** How long loading may hold the process up, milliseconds. */
const sliceMs = 10;

/** The text, or what kept it from being read. */
async function readText(path: string): Promise<string | Error> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    return new Error(error instanceof TypeError ? 'it is not UTF-8' : messageOf(error));
  }
}

function unreadable(path: string, reason: unknown): RuleFile {
  const message = `expected a readable file: ${messageOf(reason)}`;
  const problem: RuleProblem = { file: path, line: 1, severity: 'error', message };
  return { rules: [], filters: [], problems: [problem], referenceLines: new Map(), leftOut: [] };
}

/** The files of rules under the paths, in the order of their names. Symbolic links are followed inside a path only. */
export async function findRuleFiles(paths: readonly string[]): Promise<readonly FoundFile[]> {
  const finder = new RuleFileFinder(isRuleFile);
  for (const path of paths) await finder.add(path);
  return finder.found;
}

/** The files of tests (`*.test.yml`) under the paths, in the order of their names. Files of rules bring their own. */
export async function findTestFiles(paths: readonly string[]): Promise<readonly string[]> {
  const finder = new RuleFileFinder(isTestFile);
  for (const path of paths) {
    if (!isRuleFile(path)) await finder.add(path);
    else {
      const beside = path.replace(/\.(ya?ml)$/i, '.test.$1');
      if (
        await stat(beside).then(
          () => true,
          () => false,
        )
      )
        await finder.add(beside);
    }
  }
  return finder.found.map(({ path }) => path).filter(isTestFile);
}

function isTestFile(name: string): boolean {
  return /\.test\.ya?ml$/i.test(name);
}

/** Whether a file of this name holds rules. */
export function isRuleFile(name: string): boolean {
  return /\.ya?ml$/i.test(name) && !isTestFile(name);
}

class RuleFileFinder {
  readonly found: FoundFile[] = [];
  readonly #isWanted: (name: string) => boolean;
  readonly #seen = new Set<string>();
  #bytes = 0;

  constructor(isWanted: (name: string) => boolean) {
    this.#isWanted = isWanted;
  }

  async add(path: string): Promise<void> {
    let root: string;
    let stats: Stats;
    try {
      root = await realpath(path);
      stats = await stat(root);
    } catch (error) {
      throw new VerticeError(
        'VTC_RULE_INVALID',
        `expected a folder or file of rules, got ${path}: ${messageOf(error)}`,
        {
          cause: error,
        },
      );
    }
    if (stats.isDirectory()) await this.#folder(path, root, root, 0);
    else this.#file(path, root, stats);
  }

  async #folder(path: string, real: string, root: string, depth: number): Promise<void> {
    if (depth > folderLimits.depth || this.#seen.has(real)) return;
    this.#seen.add(real);
    const entries = await readdir(real, { withFileTypes: true });
    entries.sort((left, right) => (left.name < right.name ? -1 : 1));
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const below = join(path, entry.name);
      if (entry.isDirectory()) await this.#folder(below, join(real, entry.name), root, depth + 1);
      else if (entry.isSymbolicLink()) await this.#link(below, join(real, entry.name), root, depth);
      else if (entry.isFile() && this.#isWanted(entry.name)) {
        this.#file(below, join(real, entry.name), await stat(join(real, entry.name)));
      }
    }
  }

  async #link(path: string, link: string, root: string, depth: number): Promise<void> {
    const real = await realpath(link).catch(() => null);
    if (real === null || !real.startsWith(root + sep)) return;
    const stats = await stat(real);
    if (stats.isDirectory()) await this.#folder(path, real, root, depth + 1);
    else if (stats.isFile() && this.#isWanted(path)) this.#file(path, real, stats);
  }

  #file(path: string, real: string, stats: Stats): void {
    if (this.#seen.has(real)) return;
    this.#seen.add(real);
    this.#bytes += stats.size;
    if (this.found.length >= folderLimits.files || this.#bytes > folderLimits.totalBytes) {
      throw new VerticeError(
        'VTC_RULE_INVALID',
        `expected at most ${folderLimits.files} files and ${folderLimits.totalBytes} bytes of rules, found more up to ${path}`,
      );
    }
    if (stats.size > folderLimits.fileBytes) {
      throw new VerticeError(
        'VTC_RULE_INVALID',
        `expected at most ${folderLimits.fileBytes} bytes in one file, got ${stats.size} in ${path}`,
      );
    }
    const signature = `${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}`;
    this.found.push({ path, bytes: stats.size, signature });
  }
}
