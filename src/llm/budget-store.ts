import { readFileSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { messageOf } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import type { BudgetState, BudgetStore } from './budget.ts';

const Amount = Type.Number({ minimum: 0 });
const Window = Type.Object({ index: Type.Integer({ minimum: -1 }), tokens: Amount, usd: Amount });
const stateValidator = Compile(Type.Object({ hour: Window, day: Window }));

export interface FileBudgetStore extends BudgetStore {
  /** Resolves when no write is under way: to be waited for before the folder is given up. */
  settled(): Promise<void>;
}

/**
 * Keeps the account in a small JSON file, replaced as one step and synced: after a crash it holds the state
 * before or after. A file that cannot be read is reported, and the account begins at nothing.
 */
export function createFileBudgetStore(path: string, log: Log): FileBudgetStore {
  const underWay = new Set<Promise<void>>();
  const write = async (state: BudgetState): Promise<void> => {
    await mkdir(dirname(path), { recursive: true });
    const temporary = `${path}.tmp`;
    await writeDurably(temporary, `${JSON.stringify(state)}\n`);
    await rename(temporary, path);
    const folder = await open(dirname(path), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  };
  return {
    load() {
      try {
        return stateValidator.Parse(JSON.parse(readFileSync(path, 'utf8')));
      } catch (error) {
        if (isMissing(error)) return null;
        log.warn('The account of what was spent on language models is unreadable and begins afresh', {
          path,
          reason: messageOf(error),
        });
        return null;
      }
    },
    save(state) {
      const saving = write(state).finally(() => underWay.delete(saving));
      underWay.add(saving);
      return saving;
    },
    async settled() {
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
  };
}

/** Keeps the account for this process alone: for tests and one-shot commands. */
export function createMemoryBudgetStore(): BudgetStore {
  let saved: BudgetState | null = null;
  return {
    load: () => saved,
    async save(state) {
      saved = state;
    },
  };
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
