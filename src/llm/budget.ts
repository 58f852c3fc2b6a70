import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import type { LlmSpend } from './llm.ts';
import { modelError } from './model.ts';

/** What was spent in one hour or day. `index` counts such windows since the Unix epoch, in UTC. */
export interface SpentWindow {
  readonly index: number;
  readonly tokens: number;
  readonly usd: number;
}

export interface BudgetState {
  readonly hour: SpentWindow;
  readonly day: SpentWindow;
}

/** Where what was spent outlives the process. */
export interface BudgetStore {
  /** What was saved last; null when nothing was, or when it cannot be read. */
  load(): BudgetState | null;
  /** Resolves when the state is durable. Never called again before that. */
  save(state: BudgetState): Promise<void>;
}

export interface BudgetLimit {
  /** Null: no limit. */
  readonly maxTokens: number | null;
  readonly maxUsd: number | null;
}

export interface BudgetOptions {
  readonly hour: BudgetLimit;
  readonly day: BudgetLimit;
  readonly store: BudgetStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** Tokens and dollars set aside for a request under way. */
export interface Reservation {
  /** Replaces what was set aside by what was spent. The first call counts, later ones do nothing. */
  settle(tokens: number, usd: number): void;
}

export interface Budget {
  /**
   * Sets aside what a request may cost at most, durably, before it is sent: a crash then counts it as spent.
   * Throws VTC_LLM_OVER_BUDGET when that does not fit into the hour or the day.
   */
  reserve(tokens: number, usd: number): Promise<Reservation>;
  spent(): { readonly hour: LlmSpend; readonly day: LlmSpend };
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Keeps the account of all providers together, over restarts. Counts what is reserved as spent. */
export function createBudget({ hour, day, store, clock, log }: BudgetOptions): Budget {
  const saved = store.load();
  const windows = [
    new Window('hour', hourMs, hour, saved?.hour ?? null),
    new Window('day', dayMs, day, saved?.day ?? null),
  ] as const;

  let isDirty = false;
  let saving: Promise<void> | null = null;
  function save(): Promise<void> {
    isDirty = true;
    saving ??= saveWhileDirty();
    return saving;
  }
  async function saveWhileDirty(): Promise<void> {
    while (isDirty) {
      isDirty = false;
      try {
        await store.save({ hour: windows[0].state(), day: windows[1].state() });
      } catch (error) {
        // The account in memory still holds; only a restart would forget it.
        log.warn('What was spent on language models could not be saved', { reason: messageOf(error) });
      }
    }
    saving = null;
  }

  return {
    async reserve(tokens, usd) {
      const now = clock.now();
      for (const window of windows) window.throwIfOver(now, tokens, usd);
      const releases = windows.map((window) => window.take(now, tokens, usd));
      await save();
      let isSettled = false;
      return {
        settle(spentTokens, spentUsd) {
          if (isSettled) return;
          isSettled = true;
          const settledAt = clock.now();
          for (const release of releases) release(settledAt, spentTokens, spentUsd);
          void save();
        },
      };
    },
    spent: () => {
      const now = clock.now();
      return { hour: windows[0].spend(now), day: windows[1].spend(now) };
    },
  };
}

class Window {
  readonly #name: string;
  readonly #lengthMs: number;
  readonly #limit: BudgetLimit;
  #state: SpentWindow;

  constructor(name: string, lengthMs: number, limit: BudgetLimit, saved: SpentWindow | null) {
    this.#name = name;
    this.#lengthMs = lengthMs;
    this.#limit = limit;
    this.#state = saved ?? { index: -1, tokens: 0, usd: 0 };
  }

  state(): SpentWindow {
    return this.#state;
  }

  spend(now: number): LlmSpend {
    this.#moveTo(now);
    const { tokens, usd } = this.#state;
    return { tokens, usd, ...this.#limit };
  }

  throwIfOver(now: number, tokens: number, usd: number): void {
    this.#moveTo(now);
    const { maxTokens, maxUsd } = this.#limit;
    const isOverTokens = maxTokens !== null && this.#state.tokens + tokens > maxTokens;
    const isOverUsd = maxUsd !== null && usd > 0 && this.#state.usd + usd > maxUsd;
    if (!isOverTokens && !isOverUsd) return;
    const limit = isOverTokens ? `${maxTokens} tokens` : `${maxUsd} US dollars`;
    const spent = isOverTokens ? `${this.#state.tokens} are` : `${this.#state.usd.toFixed(4)} are`;
    const needed = isOverTokens ? String(tokens) : usd.toFixed(4);
    throw modelError(
      'VTC_LLM_OVER_BUDGET',
      `The ${this.#name}'s budget for language models is ${limit}; ${spent} spent or reserved and this request may need ${needed}`,
      { isRetryable: true, facts: { window: this.#name, tokens: this.#state.tokens, usd: this.#state.usd } },
    );
  }

  /** Counts the amounts; what it returns replaces them by the real ones. */
  take(now: number, tokens: number, usd: number): (now: number, tokens: number, usd: number) => void {
    this.#moveTo(now);
    const { index } = this.#state;
    this.#add(tokens, usd);
    return (settledAt, spentTokens, spentUsd) => {
      this.#moveTo(settledAt);
      // A reservation of an earlier window is gone with it; what was spent counts where it ended.
      const isSame = this.#state.index === index;
      this.#add(spentTokens - (isSame ? tokens : 0), spentUsd - (isSame ? usd : 0));
    };
  }

  #add(tokens: number, usd: number): void {
    const { index } = this.#state;
    this.#state = {
      index,
      tokens: Math.max(0, this.#state.tokens + tokens),
      usd: Math.max(0, this.#state.usd + usd),
    };
  }

  /** A clock set back by up to one window does not begin the account afresh. */
  #moveTo(now: number): void {
    const index = Math.floor(now / this.#lengthMs);
    const ahead = index - this.#state.index;
    if (ahead > 0 || ahead < -1) this.#state = { index, tokens: 0, usd: 0 };
  }
}
