import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../observability/log.ts';
import { type BudgetLimit, type BudgetState, type BudgetStore, createBudget } from './budget.ts';
import { createMemoryBudgetStore } from './budget-store.ts';
import { createManualTime } from './testing/manual-time.ts';

const hourMs = 3_600_000;
const unlimited: BudgetLimit = { maxTokens: null, maxUsd: null };

function account({
  hour = unlimited,
  day = unlimited,
  store = createMemoryBudgetStore(),
  time = createManualTime(24 * hourMs * 20_000),
}: {
  hour?: BudgetLimit;
  day?: BudgetLimit;
  store?: BudgetStore;
  time?: ReturnType<typeof createManualTime>;
} = {}) {
  return { budget: createBudget({ hour, day, store, clock: time.clock, log: silentLog }), store, time };
}

describe('createBudget', () => {
  it('counts what is reserved at once, and what was spent instead when it is over', async () => {
    const { budget } = account({ hour: { maxTokens: 100, maxUsd: 1 } });
    const reservation = await budget.reserve(80, 0.8);
    expect(budget.spent().hour).toEqual({ tokens: 80, usd: 0.8, maxTokens: 100, maxUsd: 1 });
    reservation.settle(30, 0.25);
    expect(budget.spent().hour).toMatchObject({ tokens: 30, usd: 0.25 });
    expect(budget.spent().day).toMatchObject({ tokens: 30, usd: 0.25, maxTokens: null });
  });

  it('takes the first settlement and no other', async () => {
    const { budget } = account();
    const reservation = await budget.reserve(80, 0);
    reservation.settle(30, 0);
    reservation.settle(90, 0);
    expect(budget.spent().hour.tokens).toBe(30);
  });

  it.each([
    ['tokens an hour', { hour: { maxTokens: 100, maxUsd: null } }, [60, 0]],
    ['dollars an hour', { hour: { maxTokens: null, maxUsd: 1 } }, [1, 0.6]],
    ['tokens a day', { day: { maxTokens: 100, maxUsd: null } }, [60, 0]],
    ['dollars a day', { day: { maxTokens: null, maxUsd: 1 } }, [1, 0.6]],
  ] as const)('refuses what does not fit into the %s', async (_, limits, [tokens, usd]) => {
    const { budget } = account(limits);
    await budget.reserve(tokens, usd);
    await expect(budget.reserve(tokens, usd)).rejects.toMatchObject({
      code: 'VTC_LLM_OVER_BUDGET',
      isRetryable: true,
    });
    expect(budget.spent().hour.tokens).toBe(tokens);
  });

  it('lets a model of one’s own go on when the dollars are spent', async () => {
    const { budget } = account({ hour: { maxTokens: null, maxUsd: 0 } });
    await expect(budget.reserve(10, 0.01)).rejects.toThrow('US dollars');
    await expect(budget.reserve(10, 0)).resolves.toBeDefined();
  });

  it('begins afresh with the hour, and with the day', async () => {
    const { budget, time } = account({
      hour: { maxTokens: 100, maxUsd: null },
      day: { maxTokens: 150, maxUsd: null },
    });
    await budget.reserve(100, 0);
    await time.advance(hourMs);
    await expect(budget.reserve(60, 0)).rejects.toThrow("day's budget");
    await budget.reserve(50, 0);
    await time.advance(24 * hourMs);
    await budget.reserve(100, 0);
  });

  it('counts what ends in another hour than it began there', async () => {
    const { budget, time } = account();
    const reservation = await budget.reserve(100, 1);
    await time.advance(hourMs);
    expect(budget.spent().hour.tokens).toBe(0);
    reservation.settle(40, 0.5);
    expect(budget.spent().hour).toMatchObject({ tokens: 40, usd: 0.5 });
    expect(budget.spent().day).toMatchObject({ tokens: 40, usd: 0.5 });
  });

  it('goes on where it was after a restart, what was under way counted as spent', async () => {
    const store = createMemoryBudgetStore();
    const time = createManualTime();
    const before = account({ store, time, hour: { maxTokens: 100, maxUsd: null } });
    (await before.budget.reserve(50, 0)).settle(20, 0);
    await before.budget.reserve(50, 0);
    const after = account({ store, time, hour: { maxTokens: 100, maxUsd: null } });
    expect(after.budget.spent().hour.tokens).toBe(70);
    await expect(after.budget.reserve(31, 0)).rejects.toThrow('70 are spent or reserved');
  });

  it('does not begin afresh because a clock was set back a little', async () => {
    const store = createMemoryBudgetStore();
    const start = createManualTime(hourMs * 1000);
    await account({ store, time: start }).budget.reserve(50, 0);
    const earlier = createManualTime(hourMs * 1000 - 1000);
    expect(account({ store, time: earlier }).budget.spent().hour.tokens).toBe(50);
  });

  it('reserves only when the account is durable, and saves one state at a time', async () => {
    let running = 0;
    let most = 0;
    const saved: BudgetState[] = [];
    const store: BudgetStore = {
      load: () => null,
      async save(state) {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        saved.push(state);
        running--;
      },
    };
    const { budget } = account({ store });
    await Promise.all([1, 2, 3, 4].map((tokens) => budget.reserve(tokens, 0)));
    expect(most).toBe(1);
    expect(saved.at(-1)?.hour.tokens).toBe(10);
  });

  it('goes on when the account cannot be saved, and says so', async () => {
    const warnings: string[] = [];
    const budget = createBudget({
      hour: { maxTokens: 10, maxUsd: null },
      day: unlimited,
      store: { load: () => null, save: () => Promise.reject(new Error('disk full')) },
      clock: createManualTime().clock,
      log: { ...silentLog, warn: (message) => warnings.push(message) },
    });
    await budget.reserve(10, 0);
    await expect(budget.reserve(1, 0)).rejects.toThrow();
    expect(warnings).toHaveLength(1);
  });

  it('never lets more be spent than the limit, in whatever order requests begin and end', async () => {
    const step = fc.record({
      tokens: fc.integer({ min: 1, max: 60 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      isSettledNow: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { budget } = account({ hour: { maxTokens: 100, maxUsd: null } });
        let spent = 0;
        const later: (() => void)[] = [];
        for (const { tokens, share, isSettledNow } of steps) {
          const reservation = await budget.reserve(tokens, 0).catch(() => null);
          if (reservation === null) continue;
          const used = Math.floor(tokens * share);
          spent += used;
          const settle = (): void => reservation.settle(used, 0);
          if (isSettledNow) settle();
          else later.push(settle);
          expect(budget.spent().hour.tokens).toBeLessThanOrEqual(100);
        }
        for (const settle of later) settle();
        expect(budget.spent().hour.tokens).toBe(spent);
        expect(spent).toBeLessThanOrEqual(100);
      }),
    );
  });
});
