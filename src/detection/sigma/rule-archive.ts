import { readFile, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { unzipSync } from 'fflate';
import { extract } from 'tar-stream';
import { messageOf, VerticeError } from '../../errors.ts';
import type { ReadOptions } from './parse/options.ts';
import { type RuleFile, readRules } from './parse/read-rules.ts';
import { assembleRules, type RuleSet } from './parse/rule-set.ts';
import { folderLimits, isRuleFile, type LoadOptions, readRuleFolder } from './rule-folder.ts';

/** A file out of an archive or folder of rules. */
export interface RuleArchiveFile {
  /** With `/`, below the place the rules are in; never leads out of it. */
  readonly path: string;
  readonly text: string;
}

export interface RuleArchive {
  readonly rules: readonly RuleArchiveFile[];
  /** Licence and notice files, which must stay with the rules. */
  readonly licences: readonly RuleArchiveFile[];
}

/** Largest archive taken, bytes. */
export const mostArchiveBytes = 256 * 1024 * 1024;

/**
 * Loads rules from folders, files and archives (`.zip`, `.tar.gz`, `.tgz`) as one set. Archives, such as a release
 * of SigmaHQ, are not unpacked to disk.
 *
 * @throws VerticeError `VTC_RULE_INVALID` when something cannot be read or exceeds a bound
 */
export async function loadRules(paths: readonly string[], options: LoadOptions = {}): Promise<RuleSet> {
  const files = [
    ...(await readRuleFolder(
      paths.filter((path) => !isArchive(path)),
      options,
    )),
  ];
  for (const path of paths.filter(isArchive)) files.push(...(await readArchiveRules(path, options)));
  return assembleRules(files);
}

/** Loads the rules of one archive. */
export async function loadRuleArchive(file: string, options: ReadOptions = {}): Promise<RuleSet> {
  return assembleRules(await readArchiveRules(file, options));
}

/** Whether a file of this name is an archive. */
export function isArchive(path: string): boolean {
  return /\.(?:zip|tgz|tar\.gz)$/i.test(path);
}

async function readArchiveRules(path: string, options: ReadOptions): Promise<readonly RuleFile[]> {
  const archive = await openRuleArchive(path);
  return archive.rules.map((file) => readRules(file.text, `${path}:${file.path}`, options));
}

/** The contents of an archive on disk. */
export async function openRuleArchive(path: string): Promise<RuleArchive> {
  const { size } = await stat(path).catch((error: unknown) => {
    throw refused(path, messageOf(error), error);
  });
  if (size > mostArchiveBytes) throw refused(path, tooLarge(size));
  return readRuleArchive(await readFile(path), path);
}

function tooLarge(bytes: number): string {
  return `it has ${bytes} bytes, at most ${mostArchiveBytes} are taken`;
}

/**
 * The rules and licences in an archive. Entries with a name that leads out of the archive, links and devices are
 * left out; sizes are bounded before anything is unpacked.
 *
 * @param name of the archive, for messages
 */
export async function readRuleArchive(bytes: Uint8Array, name: string): Promise<RuleArchive> {
  if (bytes.length > mostArchiveBytes) throw refused(name, tooLarge(bytes.length));
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!isZip && !isGzip) throw refused(name, 'it is neither a zip nor a gzip file');
  const budget = new Budget(name);
  try {
    const files = isZip ? unzip(bytes, budget) : await untar(bytes, budget);
    return arrange(files);
  } catch (error) {
    if (error instanceof VerticeError) throw error;
    throw refused(name, messageOf(error), error);
  }
}

function refused(name: string, reason: string, cause?: unknown): VerticeError {
  return new VerticeError(
    'VTC_RULE_INVALID',
    `expected an archive of rules (.zip or .tar.gz), got ${name}: ${reason}`,
    cause === undefined ? {} : { cause },
  );
}

/** What may still be unpacked. */
class Budget {
  readonly #name: string;
  #files = 0;
  #bytes = 0;

  constructor(name: string) {
    this.#name = name;
  }

  spend(path: string, bytes: number): void {
    this.#files += 1;
    this.#bytes += bytes;
    if (bytes > folderLimits.fileBytes) {
      throw refused(this.#name, `${path} has ${bytes} bytes, at most ${folderLimits.fileBytes} are taken`);
    }
    if (this.#files > folderLimits.files || this.#bytes > folderLimits.totalBytes) {
      throw refused(
        this.#name,
        `it holds more than ${folderLimits.files} files or ${folderLimits.totalBytes} bytes of rules`,
      );
    }
  }

  /** Bytes that come out of the compression, wanted or not. */
  checkStream(bytes: number): void {
    if (bytes > 4 * folderLimits.totalBytes) {
      throw refused(this.#name, `it unpacks to more than ${4 * folderLimits.totalBytes} bytes`);
    }
  }
}

function unzip(bytes: Uint8Array, budget: Budget): readonly RuleArchiveFile[] {
  const unpacked = unzipSync(bytes, {
    filter: ({ name, originalSize }) => {
      if (!isWanted(name)) return false;
      // The unpacked bytes cannot exceed the size given here: it is the size of the buffer.
      budget.spend(name, originalSize);
      return true;
    },
  });
  return Object.entries(unpacked).map(([path, content]) => ({ path, text: decode(content) }));
}

async function untar(bytes: Uint8Array, budget: Budget): Promise<readonly RuleArchiveFile[]> {
  const files: RuleArchiveFile[] = [];
  const tar = extract();
  tar.on('entry', (header, stream, next) => {
    const { name, type, size = 0 } = header;
    if (type !== 'file' || !isWanted(name)) {
      stream.on('end', next).resume();
      return;
    }
    const chunks: Buffer[] = [];
    // Also when the entry is given up below: an error without a listener would end the process.
    stream.on('error', next);
    try {
      budget.spend(name, size);
    } catch (error) {
      next(error instanceof Error ? error : new Error(messageOf(error)));
      return;
    }
    stream.on('data', (chunk: unknown) => {
      if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    });
    stream.on('end', () => {
      files.push({ path: name, text: decode(Buffer.concat(chunks)) });
      next();
    });
  });
  let total = 0;
  const gunzip = createGunzip();
  await pipeline(
    Readable.from(slicesOf(bytes)),
    gunzip,
    async function* count(source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        total += chunk.length;
        budget.checkStream(total);
        yield chunk;
      }
    },
    tar,
  );
  return files;
}

function* slicesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += 65_536) yield bytes.subarray(start, start + 65_536);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8').decode(bytes);
}

/** A rule or licence, under a name that leads nowhere else. */
function isWanted(name: string): boolean {
  if (name.length > 1_024 || name.startsWith('/') || /[\\\0]|^[A-Za-z]:/.test(name)) return false;
  const parts = name.split('/');
  if (parts.some((part) => part === '..' || part === '.' || part === '')) return false;
  return isRuleFile(name) || isLicence(name);
}

/** Whether a file of this name is a licence or notice. */
export function isLicence(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return /^(?:LICEN[CS]E|COPYING|NOTICE)(?:[.-][\w.-]+)?$/i.test(name) && !/\.ya?ml$/i.test(name);
}

/** Folders of rules in force; a repository has others beside them (deprecated rules, tests, drafts). */
const ruleFolder = /^rules(?:-[\w-]+)?$/;

/** Without the one folder all is in; of a whole repository only what is in its rule folders. */
export function arrange(files: readonly RuleArchiveFile[]): RuleArchive {
  const [first] = files;
  const top = first?.path.split('/', 1)[0] ?? '';
  const isOneFolder =
    first !== undefined && !ruleFolder.test(top) && files.every(({ path }) => path.startsWith(`${top}/`));
  const bare = isOneFolder
    ? files.map(({ path, text }) => ({ path: path.slice(top.length + 1), text }))
    : files;
  const sorted = [...bare].sort((left, right) => (left.path < right.path ? -1 : 1));
  const rules = sorted.filter(({ path }) => isRuleFile(path) && !isLicence(path));
  const isRepository = rules.some(({ path }) => ruleFolder.test(path.split('/', 1)[0] ?? ''));
  return {
    rules: isRepository ? rules.filter(({ path }) => ruleFolder.test(path.split('/', 1)[0] ?? '')) : rules,
    licences: sorted.filter(({ path }) => isLicence(path)),
  };
}
