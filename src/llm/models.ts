import type { LlmUsage } from './llm.ts';

/** US dollars for a million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}

interface ListedPrice extends ModelPrice {
  /** Prompts with more input tokens than `above` pay this on the whole request. */
  readonly longPrompt?: ModelPrice & { readonly above: number };
}

/**
 * The models asked when the configuration names none: the middle tier of each vendor, which triage needs
 * and can pay. A server of one's own has no default: it serves what was loaded into it.
 */
export const defaultModels = { openai: 'gpt-6.1-terra', anthropic: 'claude-sonnet-5-5' } as const;

/**
 * List prices, standard tier, as of November 2026, by https://developers.openai.com/api/docs/pricing and
 * https://platform.claude.com/docs/en/about-claude/pricing, read through the model pages and the release
 * notes of price tables that quote them. `llm.prices` overrides them.
 */
const listPrices: Readonly<Record<string, ListedPrice>> = {
  'gpt-6-astra': gpt(10, 1, 50),
  'gpt-6.1-sol': gpt(2, 0.1, 10),
  'gpt-6-sol': gpt(2, 0.2, 10),
  'gpt-6.1-terra': gpt(1, 0.05, 5),
  'gpt-6-luna': gpt(0.1, 0.01, 0.5),
  'gpt-5.6-terra': gpt(2, 0.2, 12),
  'gpt-5.6-luna': gpt(0.2, 0.02, 1.2),
  'claude-fable-5-1': { input: 10, cachedInput: 0.25, output: 50 },
  'claude-opus-5-5': { input: 4, cachedInput: 0.2, output: 20 },
  'claude-opus-5': { input: 5, cachedInput: 0.5, output: 25 },
  'claude-sonnet-5-5': { input: 2, cachedInput: 0.1, output: 10 },
  'claude-sonnet-5': { input: 2, cachedInput: 0.2, output: 10 },
  'claude-haiku-5-5': {
    input: 0.1,
    cachedInput: 0.01,
    output: 0.5,
    longPrompt: { above: 100_000, input: 0.5, cachedInput: 0.05, output: 2.5 },
  },
  'claude-haiku-4-5': { input: 1, cachedInput: 0.1, output: 5 },
};

/** OpenAI's long prompts pay twice for input and half more for output. */
function gpt(input: number, cachedInput: number, output: number): ListedPrice {
  return {
    input,
    cachedInput,
    output,
    longPrompt: { above: 272_000, input: 2 * input, cachedInput: 2 * cachedInput, output: 1.5 * output },
  };
}

/** What tokens cost, in US dollars. */
export interface Prices {
  /** False: nothing is known about this model, and its cost counts as 0. */
  has(model: string): boolean;
  costOf(model: string, usage: LlmUsage): number;
}

/** List prices with the configured ones before them (`{ model: { input, cachedInput, output } }`). */
export function createPrices(overrides: Readonly<Record<string, ModelPrice>> = {}): Prices {
  const table = new Map<string, ListedPrice>([...Object.entries(listPrices), ...Object.entries(overrides)]);
  return {
    has: (model) => priceOf(table, model) !== undefined,
    costOf(model, usage) {
      const listed = priceOf(table, model);
      if (listed === undefined) return 0;
      const long = listed.longPrompt;
      const isLong = long !== undefined && usage.inputTokens + usage.cachedInputTokens > long.above;
      const price = isLong ? long : listed;
      return (
        (usage.inputTokens * price.input +
          usage.cachedInputTokens * price.cachedInput +
          usage.outputTokens * price.output) /
        1_000_000
      );
    },
  };
}

/** A dated snapshot (`claude-haiku-4-5-20251001`, `gpt-6-sol-2026-09-22`) costs what its model costs. */
function priceOf(table: ReadonlyMap<string, ListedPrice>, model: string): ListedPrice | undefined {
  return table.get(model) ?? table.get(model.replace(/-\d{4}-?\d{2}-?\d{2}$/, ''));
}

const overridePattern =
  /^(.{1,200})=(\d{1,6}(?:\.\d{1,9})?)\/(\d{1,6}(?:\.\d{1,9})?)\/(\d{1,6}(?:\.\d{1,9})?)$/;

/** Reads `model=input/cached/output` (dollars a million tokens); null when it is not of that form. */
export function readPriceOverride(text: string): readonly [model: string, price: ModelPrice] | null {
  const [, model, input, cachedInput, output] = overridePattern.exec(text) ?? [];
  if (model === undefined) return null;
  return [model, { input: Number(input), cachedInput: Number(cachedInput), output: Number(output) }];
}
