import { VerticeError } from '../errors.ts';
import type { Budget } from './budget.ts';
import {
  estimatedInputTokens,
  type Model,
  type ModelName,
  type ModelRequest,
  type Spend,
  spendOf,
} from './model.ts';
import type { Prices } from './models.ts';

/**
 * Asks only what the budget can bear: sets aside the estimated input and the longest answer at this model's
 * price, and counts what was really spent when it is over. A request that was cut off without an account
 * (time-out, broken connection, left early) counts as its input and what came of the answer.
 */
export function withBudget(
  inner: Model,
  { model }: ModelName,
  { budget, prices }: { readonly budget: Budget; readonly prices: Prices },
): Model {
  async function reserve(request: ModelRequest) {
    const inputTokens = estimatedInputTokens(request);
    const costOf = (outputTokens: number) =>
      prices.costOf(model, { inputTokens, cachedInputTokens: 0, outputTokens });
    const { maxOutputTokens } = request;
    const reservation = await budget.reserve(inputTokens + maxOutputTokens, costOf(maxOutputTokens));
    return {
      spent({ usage, costUsd }: Spend): void {
        reservation.settle(usage.inputTokens + usage.cachedInputTokens + usage.outputTokens, costUsd);
      },
      cutOff(outputTokens: number): void {
        reservation.settle(inputTokens + outputTokens, costOf(outputTokens));
      },
      free(): void {
        reservation.settle(0, 0);
      },
    };
  }
  return {
    async generate(request) {
      const account = await reserve(request);
      try {
        const reply = await inner.generate(request);
        account.spent(reply);
        return reply;
      } catch (error) {
        const spend = spendOf(error);
        if (spend !== null) account.spent(spend);
        else if (mayBeCharged(error)) account.cutOff(0);
        else account.free();
        throw error;
      }
    },
    async *stream(request) {
      const account = await reserve(request);
      let length = 0;
      try {
        for await (const part of inner.stream(request)) {
          if (typeof part === 'string') length += part.length;
          else account.spent(part);
          yield part;
        }
      } catch (error) {
        const spend = spendOf(error);
        if (spend !== null) account.spent(spend);
        else if (length === 0 && !mayBeCharged(error)) account.free();
        throw error;
      } finally {
        // Does nothing where the account is settled already.
        account.cutOff(Math.ceil(length / 2));
      }
    },
  };
}

/** Reasons after which the provider may have read the question and be thinking about it still. */
const mayHaveBeenRead: ReadonlySet<string> = new Set(['timeout', 'deadline', 'broken_off']);

function mayBeCharged(error: unknown): boolean {
  return !(error instanceof VerticeError) || mayHaveBeenRead.has(String(error.facts['reason']));
}
