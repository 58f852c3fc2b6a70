import { describe, expect, it } from 'vitest';
import { createPrices, defaultModels, readPriceOverride } from './models.ts';

const million = { inputTokens: 1_000_000, cachedInputTokens: 0, outputTokens: 0 };

describe('createPrices', () => {
  it('knows the price of the models that are asked by default', () => {
    const prices = createPrices();
    for (const model of Object.values(defaultModels)) expect(prices.has(model)).toBe(true);
  });

  it('charges input, cached input and output apart', () => {
    const prices = createPrices({ own: { input: 1, cachedInput: 0.1, output: 5 } });
    const usage = { inputTokens: 1000, cachedInputTokens: 10_000, outputTokens: 100 };
    expect(prices.costOf('own', usage)).toBeCloseTo((1000 + 1000 + 500) / 1e6, 12);
  });

  it('charges a long prompt its own price, the cached part counted in its length', () => {
    const prices = createPrices();
    const usage = { inputTokens: 50_000, cachedInputTokens: 50_000, outputTokens: 0 };
    expect(prices.costOf('claude-haiku-5-5', usage)).toBeCloseTo(0.0055, 9);
    expect(prices.costOf('claude-haiku-5-5', { ...usage, inputTokens: 50_001 })).toBeCloseTo(0.0275005, 9);
  });

  it('takes a dated snapshot for its model', () => {
    const prices = createPrices();
    expect(prices.costOf('claude-haiku-4-5-20251001', million)).toBe(1);
    expect(prices.has('gpt-6-sol-2026-09-22')).toBe(true);
  });

  it('counts nothing for a model it does not know', () => {
    const prices = createPrices();
    expect(prices.has('llama3.2:3b')).toBe(false);
    expect(prices.costOf('llama3.2:3b', million)).toBe(0);
  });

  it('prefers the configured price', () => {
    const prices = createPrices({ [defaultModels.openai]: { input: 9, cachedInput: 0, output: 0 } });
    expect(prices.costOf(defaultModels.openai, million)).toBe(9);
  });
});

describe('readPriceOverride', () => {
  it('reads a model and its three prices, whatever the model is called', () => {
    expect(readPriceOverride('qwen3:8b=0.1/0.01/0.4')).toEqual([
      'qwen3:8b',
      { input: 0.1, cachedInput: 0.01, output: 0.4 },
    ]);
    expect(readPriceOverride('a=b=1/0/2')?.[0]).toBe('a=b');
  });

  it.each(['', 'model', 'model=1/2', '=1/2/3', 'model=1/2/-3', 'model=1/2/3/4', 'model=a/b/c'])(
    'refuses %j',
    (text) => {
      expect(readPriceOverride(text)).toBeNull();
    },
  );
});
