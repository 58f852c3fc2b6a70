import type { Clock } from '../../clock.ts';
import { type Analysis, type Verdict, VerdictSchema } from '../../contracts/analysis.ts';
import { VerticeError } from '../../errors.ts';
import type { Llm } from '../../llm/llm.ts';
import type { Log } from '../../observability/log.ts';
import type { Metrics } from '../../observability/metrics.ts';
import type { Case } from './case.ts';
import { faultsOf } from './grounding.ts';
import { repeatsInstructions } from './leak.ts';
import { isBelow, merged } from './merge.ts';
import { type PromptSecrets, type Question, questionOf } from './prompt.ts';
import type { Sentinel } from './sentinel.ts';

export interface LlmSentinelOptions {
  readonly llm: Llm;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Fresh random text of at least 24 letters and digits: for the marker and the canary of each question. */
  readonly randomWord: () => string;
  /** For everything about one case, a second question included, milliseconds. */
  readonly deadlineMs: number;
}

/** Most tokens of one answer, a model's own thinking included. */
const MAX_OUTPUT_TOKENS = 6_000;
const MAX_QUESTIONS = 2;

/** Why an answer of a model came to nothing: label of `sentinel_llm_errors_total`. */
export type LlmFailure =
  | 'unavailable'
  | 'refused'
  | 'invalid'
  | 'over_budget'
  /** It named what does not exist, twice. */
  | 'ungrounded'
  /** It would have lowered the verdict. */
  | 'below_floor'
  /** It repeated our instructions. */
  | 'leak'
  | 'aborted'
  | 'failed';

type Outcome =
  | {
      readonly kind: 'answer';
      readonly verdict: Verdict;
      readonly question: Question;
      readonly model: string;
    }
  | { readonly kind: 'failure'; readonly reason: LlmFailure; readonly error?: unknown };

/**
 * The analyst that asks a language model. It is given no tools, sees the case as data alone, and is believed only
 * where the case bears it out: else it is asked once more with what was wrong, and then the floor stands. Never
 * rejects: whatever goes wrong, the answer is the floor itself, and the reason is counted.
 */
export function createLlmSentinel(options: LlmSentinelOptions): Sentinel {
  const { clock, metrics, log } = options;
  return {
    async analyse(subject, floor, signal) {
      const startedAtMs = clock.now();
      const outcome = await ask(subject, floor, signal, options);
      metrics.sentinelLatency.observe({ analyst: 'llm' }, Math.max(0, clock.now() - startedAtMs) / 1000);
      if (outcome.kind === 'failure') {
        metrics.sentinelLlmErrors.inc({ reason: outcome.reason });
        log.warn('A model\u2019s analysis came to nothing; the deterministic one stands', {
          reason: outcome.reason,
          ...(outcome.error === undefined ? {} : { error: outcome.error }),
        });
        return floor;
      }
      const { verdict, question, model } = outcome;
      const timestamp = new Date(clock.now()).toISOString();
      const analysis: Analysis = merged(floor, verdict, question.shown, question.eventIds, {
        model,
        timestamp,
      });
      metrics.sentinelDetections.inc({ severity: analysis.severity, is_threat: String(analysis.is_threat) });
      return analysis;
    },
  };
}

async function ask(
  subject: Case,
  floor: Analysis,
  signal: AbortSignal,
  options: LlmSentinelOptions,
): Promise<Outcome> {
  const deadlineAtMs = options.clock.now() + options.deadlineMs;
  let faults: readonly string[] = [];
  let failure: LlmFailure = 'invalid';
  for (let round = 0; round < MAX_QUESTIONS; round += 1) {
    const secrets: PromptSecrets = { marker: options.randomWord(), canary: options.randomWord() };
    const question = questionOf(subject, floor, secrets, faults);
    const deadlineMs = deadlineAtMs - options.clock.now();
    if (deadlineMs <= 0) return { kind: 'failure', reason: 'unavailable' };
    let verdict: Verdict;
    let model: string;
    try {
      const answer = await options.llm.generateObject({
        purpose: 'triage',
        system: question.system,
        prompt: question.prompt,
        schema: VerdictSchema,
        maxOutputTokens: MAX_OUTPUT_TOKENS,
        temperature: 0,
        deadlineMs,
        signal,
        cacheable: false,
      });
      verdict = answer.object;
      model = `${answer.provider}/${answer.model}`;
    } catch (error) {
      failure = failureOf(error, signal);
      if (failure !== 'invalid' || round + 1 === MAX_QUESTIONS)
        return { kind: 'failure', reason: failure, error };
      faults = ['It was not one complete JSON object of the schema.'];
      continue;
    }
    if (repeatsInstructions(textsOf(verdict), question.system, secrets.canary)) {
      return { kind: 'failure', reason: 'leak' };
    }
    if (isBelow(verdict, floor)) return { kind: 'failure', reason: 'below_floor' };
    faults = faultsOf(verdict, question.shown, question.eventIds);
    if (faults.length === 0) return { kind: 'answer', verdict, question, model };
    failure = 'ungrounded';
  }
  return { kind: 'failure', reason: failure };
}

function textsOf(verdict: Verdict): string[] {
  const { tools, objectives } = verdict.attacker_profile;
  return [
    verdict.description,
    verdict.reasoning,
    ...verdict.recommended_actions,
    ...tools,
    ...objectives,
    ...verdict.techniques.flatMap(({ evidence_event_ids }) => evidence_event_ids),
    // What was cut into pieces is put together again.
    [...verdict.recommended_actions, ...objectives, ...tools].join(''),
  ];
}

function failureOf(error: unknown, signal: AbortSignal): LlmFailure {
  if (signal.aborted) return 'aborted';
  if (!(error instanceof VerticeError)) return 'failed';
  switch (error.code) {
    case 'VTC_LLM_UNAVAILABLE':
      return 'unavailable';
    case 'VTC_LLM_REFUSED':
      return 'refused';
    case 'VTC_LLM_INVALID':
      return 'invalid';
    case 'VTC_LLM_OVER_BUDGET':
      return 'over_budget';
    default:
      return 'failed';
  }
}
