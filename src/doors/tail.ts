import type { FileCheckpoint } from '../store/store.ts';
import type { DoorContext } from './door.ts';
import { createFileWatch } from './file-watch.ts';
import { followFile } from './follow-file.ts';

/** Where the door remembers how far each file was read. */
export interface FileCheckpoints {
  load(path: string): Promise<FileCheckpoint | null>;
  save(path: string, checkpoint: FileCheckpoint): Promise<void>;
}

export interface TailOptions extends DoorContext {
  /** Files to follow; a file may be missing at first. */
  readonly paths: readonly string[];
  readonly checkpoints: FileCheckpoints;
  /** Where to begin in a file that has no checkpoint. Default `beginning`. */
  readonly startAt?: 'beginning' | 'end';
  /** Longest time a change goes unnoticed where the system reports none. Default 1,000 ms. */
  readonly pollMs?: number;
  /** How long a renamed file may still be written to before its successor is read. Default 1,000 ms. */
  readonly rotateWaitMs?: number;
  /** A file that cannot be followed any further; the others go on. */
  readonly onFailed: (path: string, error: unknown) => void;
}

export interface Tail {
  /** Lets the records under way become durable, remembers how far it got, lets go of the files. */
  close(): Promise<void>;
}

/**
 * Follows log files through rotation (by renaming and by copying and truncating) and restarts. How far a file
 * was read is remembered only after `accept` resolved: after a crash, records come again with the same
 * positions (`file:<inode>:<byte offset>`), none is left out. A last line without an end waits for it.
 */
export function startTail(options: TailOptions): Tail {
  const stop = new AbortController();
  const watch = createFileWatch({ pollMs: options.pollMs ?? 1_000, log: options.log });
  const followers = options.paths.map(async (path) => {
    try {
      await followFile(path, {
        ...options,
        startAt: options.startAt ?? 'beginning',
        rotateWaitMs: options.rotateWaitMs ?? 1_000,
        signal: stop.signal,
        changed: (withinMs = Number.POSITIVE_INFINITY) => watch.changed(path, stop.signal, withinMs),
      });
    } catch (error) {
      if (!stop.signal.aborted) options.onFailed(path, error);
    }
  });
  return {
    async close() {
      stop.abort();
      await Promise.all(followers);
      watch.close();
    },
  };
}
