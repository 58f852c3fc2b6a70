import { setTimeout as wait } from 'node:timers/promises';
import type { RuleSet } from './parse/rule-set.ts';
import { findRuleFiles, type LoadOptions, loadRuleFolder, RuleFileCache } from './rule-folder.ts';

export interface WatchOptions extends LoadOptions {
  /** How often the folders are looked at, milliseconds. A change is taken when it has rested that long. */
  readonly pollMs?: number;
  /** A new set without errors: put it in force. */
  readonly onChange: (set: RuleSet) => void | Promise<void>;
  /** A new set with errors: report it; what is in force stays. */
  readonly onInvalid: (set: RuleSet) => void;
  /** The folders could not be looked at or loaded; tried again. */
  readonly onFailure: (error: unknown) => void;
}

export interface RuleWatch {
  /** Looks no more; resolves when a load that runs has ended. */
  close(): Promise<void>;
}

/**
 * Watches rule folders and loads them anew when a file is added, changed or removed. By looking, not by kernel
 * notices: that works on every file system, over symbolic links that are swapped and for folders that come later.
 * Only files that changed are read again.
 */
export function watchRuleFolder(paths: readonly string[], options: WatchOptions): RuleWatch {
  const { pollMs = 2_000, onChange, onInvalid, onFailure } = options;
  const cache = options.cache ?? new RuleFileCache();
  const stop = new AbortController();

  async function watch(): Promise<void> {
    let inForce: string | null = null;
    let before: string | null = null;
    for (;;) {
      try {
        const now = await signatureOf(paths);
        inForce ??= now;
        // Twice the same, so that an editor or a pull in the middle of its work is left to finish.
        if (now !== inForce && now === before) {
          inForce = now;
          const set = await loadRuleFolder(paths, { ...options, cache });
          if (stop.signal.aborted) return;
          if (set.problems.some(({ severity }) => severity === 'error')) onInvalid(set);
          else await onChange(set);
        }
        before = now;
      } catch (error) {
        if (stop.signal.aborted) return;
        onFailure(error);
      }
      try {
        await wait(pollMs, undefined, { signal: stop.signal, ref: false });
      } catch {
        return;
      }
    }
  }

  const watching = watch();
  return {
    close: () => {
      stop.abort();
      return watching;
    },
  };
}

async function signatureOf(paths: readonly string[]): Promise<string> {
  const files = await findRuleFiles(paths);
  return files.map(({ path, signature }) => `${path} ${signature}`).join('\n');
}
