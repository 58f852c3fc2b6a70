import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Log } from '../observability/log.ts';
import { isErrorCode } from './error-code.ts';

export interface FileWatch {
  /**
   * Resolves when the file may have changed since the last call, at abort, and at the latest after the poll
   * interval or `withinMs`, whichever is shorter.
   */
  changed(path: string, signal: AbortSignal, withinMs: number): Promise<void>;
  close(): void;
}

interface Watched {
  isDirty: boolean;
  wake: (() => void) | null;
}

/**
 * Watches the folders that files are in, since a file that is replaced takes its own watch with it. Where
 * watching does not work (network file systems, no watches left) polling alone carries on.
 */
export function createFileWatch(options: { readonly pollMs: number; readonly log: Log }): FileWatch {
  const watchers = new Map<string, FSWatcher>();
  const files = new Map<string, Watched>();
  const unwatchable = new Set<string>();

  function notify(folder: string, name: string | null): void {
    for (const [path, file] of files) {
      if (dirname(path) !== folder || (name !== null && basename(path) !== name)) continue;
      file.isDirty = true;
      file.wake?.();
    }
  }

  function watchFolder(folder: string): void {
    if (watchers.has(folder) || unwatchable.has(folder)) return;
    const forget = (): void => {
      watchers.get(folder)?.close();
      watchers.delete(folder);
    };
    try {
      const watcher = watch(folder, { persistent: false }, (_kind, name) => {
        // The folder itself went away: the next call watches the one that takes its place.
        if (name === basename(folder)) forget();
        notify(folder, name);
      });
      watcher.on('error', forget);
      watchers.set(folder, watcher);
    } catch (error) {
      // A folder that is not there yet may come; polling finds it, and then it is watched.
      if (isErrorCode(error, 'ENOENT')) return;
      unwatchable.add(folder);
      options.log.warn('folder cannot be watched; its files are polled', { folder, error });
    }
  }

  return {
    changed(path, signal, withinMs) {
      watchFolder(dirname(path));
      const file = files.get(path) ?? { isDirty: false, wake: null };
      files.set(path, file);
      return new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          file.wake = null;
          file.isDirty = false;
          resolve();
        };
        const timer = setTimeout(done, Math.min(withinMs, options.pollMs));
        file.wake = done;
        signal.addEventListener('abort', done);
        if (file.isDirty || signal.aborted) done();
      });
    },
    close() {
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}
