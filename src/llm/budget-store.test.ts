import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../observability/log.ts';
import type { BudgetState } from './budget.ts';
import { createFileBudgetStore } from './budget-store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vertice-llm-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const state: BudgetState = {
  hour: { index: 5, tokens: 10, usd: 0.5 },
  day: { index: 0, tokens: 100, usd: 1.25 },
};

describe('createFileBudgetStore', () => {
  it('gives back what was saved last, to another process too', async () => {
    const path = join(folder, 'new', 'budget.json');
    const store = createFileBudgetStore(path, silentLog);
    expect(store.load()).toBeNull();
    await store.save({ ...state, hour: { index: 4, tokens: 1, usd: 0 } });
    await store.save(state);
    expect(createFileBudgetStore(path, silentLog).load()).toEqual(state);
    expect(existsSync(`${path}.tmp`)).toBe(false);
  });

  it.each([
    ['is no JSON', '{"hour":'],
    ['has another shape', '{"hour":{"index":1,"tokens":-5,"usd":0},"day":null}'],
    ['is empty', ''],
  ])('begins afresh and says so when the file %s', (_, text) => {
    const path = join(folder, 'budget.json');
    writeFileSync(path, text);
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (message: string) => void warnings.push(message) };
    expect(createFileBudgetStore(path, log).load()).toBeNull();
    expect(warnings).toHaveLength(1);
  });

  it('leaves the old account in place when the new one cannot be written', async () => {
    const path = join(folder, 'budget.json');
    const store = createFileBudgetStore(path, silentLog);
    await store.save(state);
    const blocked = createFileBudgetStore(join(path, 'below-a-file.json'), silentLog);
    await expect(blocked.save(state)).rejects.toThrow();
    expect(store.load()).toEqual(state);
  });
});
