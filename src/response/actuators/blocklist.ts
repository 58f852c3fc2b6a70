import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../clock.ts';
import { messageOf, VerticeError } from '../../errors.ts';
import type { Log } from '../../observability/log.ts';
import type { EffectResult } from './actuator.ts';
import { createBatch } from './batch.ts';
import { formatBlocklist, type ParsedBlocklist, parseBlocklist } from './blocklist-file.ts';
import type { LeasedActuator } from './leased-actuator.ts';
import { actOnHosts } from './leased-hosts.ts';
import type { NeverBlock } from './never-block.ts';
import { type HostChange, settleChanges } from './settle-changes.ts';

export interface BlocklistOptions {
  /** Path of the list. Its folder is made when it is missing. */
  readonly file: string;
  readonly neverBlock: NeverBlock;
  readonly clock: Clock;
  readonly log: Log;
  /** Calls back once after so many milliseconds; returns what cancels it. Default: a timer that keeps no process alive. */
  readonly schedule?: (afterMs: number, callback: () => void) => () => void;
}

/** A timer that is too long fires at once, and a clock may be set: look again at least this often. */
const longestWaitMs = 3_600_000;
const retryMs = 1000;

/**
 * `block_source` for a firewall elsewhere that reads a list: one address a line, replaced whole at each change
 * so that no reader ever sees half of it. A host whose lease ended is left out by a rewrite at that moment.
 * The file is the state: a restart reads it back.
 */
export function createBlocklistActuator(options: BlocklistOptions): LeasedActuator {
  const { file, neverBlock, clock, log, schedule = scheduleTimer } = options;
  let leases: ReadonlyMap<string, number> | null = null;
  let cancelRewrite = (): void => {};
  let isClosed = false;
  let failure: string | null = null;

  async function read(): Promise<ParsedBlocklist> {
    try {
      return parseBlocklist(await readFile(file, 'utf8'));
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return parseBlocklist('');
      throw fileError('read', file, cause);
    }
  }

  async function load(): Promise<ReadonlyMap<string, number>> {
    const parsed = await read();
    if (parsed.unreadableLines.length > 0) {
      log.warn('lines of the block list that are not ours will be gone at its next change', {
        file,
        lines: parsed.unreadableLines.slice(0, 20),
        count: parsed.unreadableLines.length,
      });
    }
    return parsed.leases;
  }

  const change = createBatch<HostChange, EffectResult>(Number.MAX_SAFE_INTEGER, async (changes) => {
    leases ??= await load();
    const nowMs = clock.now();
    const { results, holds, releases } = settleChanges(changes, leases, neverBlock, nowMs);
    if (results.every(({ kind }) => kind === 'refused')) return results;
    const next = new Map<string, number>();
    for (const [address, untilMs] of [...leases, ...holds]) {
      if (untilMs > nowMs && !releases.has(address)) next.set(address, untilMs);
    }
    await replaceFile(file, formatBlocklist(next));
    failure = null;
    leases = next;
    planRewrite(next);
    return results;
  });

  function planRewrite(next: ReadonlyMap<string, number>): void {
    cancelRewrite();
    if (isClosed || next.size === 0) return;
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const untilMs of next.values()) soonestMs = Math.min(soonestMs, untilMs);
    rewriteAfter(Math.min(Math.max(0, soonestMs - clock.now()), longestWaitMs));
  }

  function rewriteAfter(waitMs: number): void {
    cancelRewrite = schedule(waitMs, () => {
      change({ kind: 'sweep' }).catch((error: unknown) => {
        failure = messageOf(error);
        log.error('the block list still holds hosts whose lease ended; trying again', { error });
        if (!isClosed) rewriteAfter(retryMs);
      });
    });
  }

  const look = createBatch<null, ReadonlyMap<string, number>>(Number.MAX_SAFE_INTEGER, async (askers) => {
    const held = (await read()).leases;
    return askers.map(() => held);
  });

  return {
    type: 'block_source',
    title: 'Put the source on the block list that firewalls read',

    async prepare() {
      try {
        await mkdir(dirname(file), { recursive: true });
      } catch (cause) {
        throw fileError('create the folder of', file, cause);
      }
      await change({ kind: 'sweep' });
    },

    ...actOnHosts({ change, look: () => look(null) }),

    async health() {
      try {
        await read();
        return failure;
      } catch (error) {
        return messageOf(error);
      }
    },

    async close() {
      isClosed = true;
      cancelRewrite();
    },
  };
}

function scheduleTimer(afterMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, afterMs);
  timer.unref();
  return () => clearTimeout(timer);
}

/** Readers see the old list or the new one, whole, and so does whoever comes back after a power cut. */
async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.new`;
  try {
    const handle = await open(temporary, 'w', 0o644);
    try {
      // The firewall that reads it is another user, whatever our umask says.
      await handle.chmod(0o644);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    const folder = await open(dirname(file), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (cause) {
    throw fileError('replace', file, cause);
  }
}

function fileError(what: string, file: string, cause: unknown): VerticeError {
  return new VerticeError(
    'VTC_ACTUATOR_FAILED',
    `cannot ${what} the block list ${file}: ${messageOf(cause)}; give this process the right to write there, or set another data_dir`,
    { cause, isRetryable: true, facts: { file } },
  );
}
