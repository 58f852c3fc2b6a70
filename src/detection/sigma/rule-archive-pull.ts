import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { messageOf, VerticeError } from '../../errors.ts';
import type { ReadOptions } from './parse/options.ts';
import type { RuleProblem } from './parse/problem.ts';
import { readRules } from './parse/read-rules.ts';
import { assembleRules, type RuleSet } from './parse/rule-set.ts';
import {
  arrange,
  isLicence,
  mostArchiveBytes,
  openRuleArchive,
  type RuleArchive,
  type RuleArchiveFile,
  readRuleArchive,
} from './rule-archive.ts';
import { findRuleFiles } from './rule-folder.ts';

/** What keeps a pulled folder apart from one that somebody writes: the files that were put there, by their hashes. */
const manifestName = '.vertice-rules.json';
const Manifest = Compile(
  Type.Object({ source: Type.String(), files: Type.Record(Type.String(), Type.String()) }),
);

export interface PullOptions extends ReadOptions {
  /** A folder, a `.zip` or `.tar.gz`, or the https address of one. */
  readonly source: string;
  /** Folder that then holds these rules and nothing else. */
  readonly into: string;
  /** Take the place of files that were changed by hand since the last pull. */
  readonly force?: boolean;
  /** For addresses. */
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  /** Longest download, milliseconds. */
  readonly timeoutMs?: number;
}

export interface PullReport {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: number;
  /** Files that are left out because of errors in them. */
  readonly refused: readonly string[];
  readonly problems: readonly RuleProblem[];
  /** The rules that are in the folder now. */
  readonly set: RuleSet;
  /** Licence files that were put beside the rules. */
  readonly licences: readonly string[];
  /** Number of rules by author, most first. */
  readonly authors: readonly (readonly [author: string, rules: number])[];
}

/**
 * Takes rules from somewhere else: checks them, and puts those without errors into a folder of their own, licence
 * included. The folder changes as a whole: whoever looks sees all the old files or all the new ones.
 *
 * @throws VerticeError `VTC_RULE_INVALID` when the source cannot be read or holds no rules, and when the folder holds
 *   files that are not from a pull, or that were changed by hand since
 */
export async function pullRules(options: PullOptions): Promise<PullReport> {
  const { source } = options;
  const archive = await openSource(options);
  const read = archive.rules.map(({ path, text }) => readRules(text, path, options));
  const whole = assembleRules(read);
  const faulty = new Set(
    whole.problems.flatMap(({ file, severity }) => (severity === 'error' ? [file] : [])),
  );
  const files = archive.rules.filter(({ path }) => !faulty.has(path));
  const set = assembleRules(read.filter((_, index) => !faulty.has(archive.rules[index]?.path ?? '')));
  if (set.detections.length + set.correlations.length === 0) {
    throw new VerticeError(
      'VTC_RULE_INVALID',
      `expected Sigma rules in ${source}, got none that can be used`,
    );
  }
  const changes = await replaceFolder(options, [...files, ...archive.licences]);
  return {
    ...changes,
    refused: [...faulty],
    problems: whole.problems,
    set,
    licences: archive.licences.map(({ path }) => path),
    authors: authorsOf(set),
  };
}

function authorsOf(set: RuleSet): PullReport['authors'] {
  const counts = new Map<string, number>();
  for (const { author } of [...set.detections, ...set.correlations]) {
    const name = author ?? 'unknown';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort((left, right) => right[1] - left[1] || (left[0] < right[0] ? -1 : 1));
}

async function openSource(options: PullOptions): Promise<RuleArchive> {
  const { source } = options;
  if (/^https?:\/\//i.test(source)) return readRuleArchive(await download(options), source);
  const stats = await stat(source).catch((error: unknown) => {
    throw new VerticeError(
      'VTC_RULE_INVALID',
      `expected a folder, an archive or an https address, got ${source}: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  });
  return stats.isDirectory() ? openFolder(source) : openRuleArchive(source);
}

async function openFolder(folder: string): Promise<RuleArchive> {
  const files: RuleArchiveFile[] = [];
  const take = async (path: string): Promise<void> => {
    files.push({ path: relative(folder, path).split(sep).join('/'), text: await readFile(path, 'utf8') });
  };
  for (const { path } of await findRuleFiles([folder])) await take(path);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isFile() && isLicence(entry.name)) await take(join(folder, entry.name));
  }
  return arrange(files);
}

async function download({ source, fetch, signal, timeoutMs = 120_000 }: PullOptions): Promise<Uint8Array> {
  const url = new URL(source);
  const isLocal = url.hostname === 'localhost' || url.hostname === '127.0.0.1' || url.hostname === '[::1]';
  if (url.protocol !== 'https:' && !isLocal) {
    throw new VerticeError(
      'VTC_RULE_INVALID',
      `expected an https address, got ${source}: rules must come unaltered`,
    );
  }
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
    if (!answer.ok || answer.body === null) throw new Error(`the server answered ${answer.status}`);
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of answer.body) {
      bytes += chunk.length;
      if (bytes > mostArchiveBytes) throw new Error(`it has more than ${mostArchiveBytes} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    throw new VerticeError(
      'VTC_RULE_INVALID',
      `expected an archive of rules at ${source}: ${messageOf(error)}`,
      {
        cause: error,
        isRetryable: true,
      },
    );
  }
}

type Changes = Pick<PullReport, 'added' | 'changed' | 'removed' | 'unchanged'>;

async function replaceFolder(
  { into, source, force = false }: PullOptions,
  files: readonly RuleArchiveFile[],
): Promise<Changes> {
  const target = await realpath(into).catch(() => resolve(into));
  const next = join(dirname(target), `.${basename(target)}.new`);
  const last = join(dirname(target), `.${basename(target)}.old`);
  // A pull that was cut off between its two renames has left the folder under this name.
  if (!(await isThere(target)) && (await isThere(last))) await rename(last, target);
  const before = await pulledBefore(target, force);
  const hashes: Record<string, string> = {};
  const changes = { added: [] as string[], changed: [] as string[], removed: [] as string[], unchanged: 0 };
  await rm(next, { recursive: true, force: true });
  try {
    await mkdir(next, { recursive: true });
    for (const { path, text } of files) {
      const place = resolve(next, path);
      if (!place.startsWith(next + sep)) throw new Error(`${path} leads out of the folder`);
      await mkdir(dirname(place), { recursive: true });
      await writeFile(place, text);
      hashes[path] = hashOf(text);
      const known = before.get(path);
      if (known === undefined) changes.added.push(path);
      else if (known === hashes[path]) changes.unchanged += 1;
      else changes.changed.push(path);
    }
    await writeFile(join(next, manifestName), `${JSON.stringify({ source, files: hashes }, null, 1)}\n`);
    for (const path of before.keys()) if (!(path in hashes)) changes.removed.push(path);
    await rm(last, { recursive: true, force: true });
    if (await isThere(target)) await rename(target, last);
    await rename(next, target);
  } catch (error) {
    await rm(next, { recursive: true, force: true });
    throw new VerticeError(
      'VTC_RULE_INVALID',
      `expected to write the rules into ${into}: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
  await rm(last, { recursive: true, force: true });
  return changes;
}

/** What the last pull has put there, by its hash on disk. */
async function pulledBefore(target: string, force: boolean): Promise<ReadonlyMap<string, string>> {
  const onDisk = new Map<string, string>();
  if (!(await isThere(target))) return onDisk;
  const entries = await readdir(target, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(target, join(entry.parentPath, entry.name)).split(sep).join('/'));
  if (paths.length === 0) return onDisk;
  const manifest = await manifestOf(target);
  const strange = paths.filter((path) => path !== manifestName && manifest[path] === undefined);
  if (strange.length > 0) {
    throw new VerticeError(
      'VTC_RULE_INVALID',
      `expected an empty folder, or one that only "rules pull" has filled, got ${target} with ${strange.length} files of its own (${strange.slice(0, 3).join(', ')}): pull into another folder`,
    );
  }
  const edited: string[] = [];
  for (const path of paths) {
    if (path === manifestName) continue;
    const hash = hashOf(await readFile(join(target, path), 'utf8'));
    onDisk.set(path, hash);
    if (hash !== manifest[path]) edited.push(path);
  }
  if (edited.length > 0 && !force) {
    throw new VerticeError(
      'VTC_RULE_INVALID',
      `expected the files as the last pull left them, got ${edited.length} changed by hand (${edited.slice(0, 3).join(', ')}): move them away, write a filter instead, or pull with --force`,
    );
  }
  return onDisk;
}

async function manifestOf(target: string): Promise<Readonly<Record<string, string>>> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(target, manifestName), 'utf8'));
    return Manifest.Check(manifest) ? manifest.files : {};
  } catch {
    return {};
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
