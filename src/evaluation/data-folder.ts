import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { VerticeError } from '../errors.ts';

export interface EventFile {
  readonly path: string;
  /** File name without `.jsonl.gz`: under which its figures are reported. */
  readonly name: string;
}

/** What lies in a folder of evaluation data; null where a file is missing. */
export interface DataFolder {
  readonly path: string;
  /** In the order of their names. */
  readonly eventFiles: readonly EventFile[];
  readonly expectations: string | null;
  readonly rulePack: string | null;
  readonly correlations: string | null;
  readonly index: string | null;
}

export const fileNames = {
  expectations: 'expect-sigma.jsonl.gz',
  rulePack: 'sigma-rules-pack.tar.gz',
  correlations: 'correlations.json',
  index: 'index.json',
} as const;

const SUFFIX = '.jsonl.gz';

/** @throws VerticeError `VTC_USAGE` when it is no folder, or holds nothing to evaluate */
export async function openDataFolder(path: string): Promise<DataFolder> {
  const found = await stat(path).catch(() => null);
  if (found === null || !found.isDirectory()) {
    throw new VerticeError('VTC_USAGE', `Expected a folder of evaluation data, got "${path}".`);
  }
  const names = (await readdir(path)).sort();
  const at = (name: string): string | null => (names.includes(name) ? join(path, name) : null);
  const eventFiles = names
    .filter((name) => name.endsWith(SUFFIX) && !name.startsWith('expect-'))
    .map((name) => ({ path: join(path, name), name: name.slice(0, -SUFFIX.length) }));
  if (eventFiles.length === 0) {
    throw new VerticeError(
      'VTC_USAGE',
      `Expected event files (*${SUFFIX}) in "${path}", found none. See docs/evaluation.md for the layout.`,
    );
  }
  return {
    path,
    eventFiles,
    expectations: at(fileNames.expectations),
    rulePack: at(fileNames.rulePack),
    correlations: at(fileNames.correlations),
    index: at(fileNames.index),
  };
}
