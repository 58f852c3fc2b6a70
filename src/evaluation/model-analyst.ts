import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { createLlmSentinel } from '../detection/sentinel/llm-analyst.ts';
import type { Sentinel } from '../detection/sentinel/sentinel.ts';
import type { Llm } from '../llm/llm.ts';
import { silentLog } from '../observability/log.ts';
import { Metrics } from '../observability/metrics.ts';

/** For everything about one case, milliseconds: generous, for nobody waits for a single answer here. */
const CASE_DEADLINE_MS = 120_000;

/** The Sentinel's analyst on a language model, as the product runs it. */
export function openModelAnalyst(llm: Llm, clock: Clock): Sentinel {
  return createLlmSentinel({
    llm,
    clock,
    metrics: new Metrics(),
    log: silentLog,
    randomWord: () => randomBytes(16).toString('hex'),
    deadlineMs: CASE_DEADLINE_MS,
  });
}
