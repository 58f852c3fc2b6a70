import { APICallError } from 'ai';
import type { Clock } from '../clock.ts';
import { VerticeError } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import { type ModelName, modelError, type Spend } from './model.ts';

/**
 * Turns what the SDK throws into an error of ours. Nothing of the request, the answer or the headers comes
 * along: they hold keys and prompts, and providers quote both back.
 */
export function errorOfSdk(error: unknown, { provider, model }: ModelName, clock: Clock): VerticeError {
  const ours = causesOf(error).find((cause) => cause instanceof VerticeError);
  if (ours !== undefined) return ours;
  const facts = { provider, model };
  const call = causesOf(error).find((cause) => APICallError.isInstance(cause));
  if (call === undefined || call.statusCode === undefined || call.statusCode < 400) {
    const code = networkCodeOf(error);
    const isMalformed = code === null && call !== undefined;
    return modelError(
      'VTC_LLM_UNAVAILABLE',
      isMalformed
        ? `${provider} sent an answer that is not in its own format`
        : `The connection to ${provider} failed${code === null ? '' : ` (${code})`}`,
      {
        isRetryable: true,
        facts: { ...facts, reason: isMalformed ? 'malformed' : 'broken_off', network: code },
      },
    );
  }
  return errorOfStatus(call, call.statusCode, { provider, model }, clock);
}

/** Statuses that may pass by themselves; 529 is Anthropic's "overloaded". */
const passing: ReadonlySet<number> = new Set([408, 409, 425, 429, 500, 502, 503, 504, 529]);
/** Statuses that say no to this question, not to every question. */
const refusing: ReadonlySet<number> = new Set([400, 413, 422]);

function errorOfStatus(
  call: APICallError,
  status: number,
  { provider, model }: ModelName,
  clock: Clock,
): VerticeError {
  const type = errorTypeOf(call);
  const said = `HTTP ${status}${type === null ? '' : `, ${type}`}`;
  const facts = { provider, model, status, type };
  if (type === 'insufficient_quota' || status === 402) {
    return modelError('VTC_LLM_UNAVAILABLE', `The account at ${provider} has no credit left (${said})`, {
      facts: { ...facts, reason: 'no_credit' },
    });
  }
  if (status === 401 || status === 403) {
    return modelError('VTC_LLM_UNAVAILABLE', `${provider} does not accept the key (${said}); check it`, {
      facts: { ...facts, reason: 'key_refused' },
    });
  }
  if (status === 404) {
    return modelError(
      'VTC_LLM_UNAVAILABLE',
      `${provider} does not know the model ${model} or the path (${said}); check both`,
      { facts: { ...facts, reason: 'not_found' } },
    );
  }
  if (refusing.has(status)) {
    return modelError('VTC_LLM_REFUSED', `${provider} does not take this request (${said})`, {
      facts: { ...facts, reason: 'bad_request' },
    });
  }
  const retryAfterMs = retryAfterOf(call, clock);
  return modelError('VTC_LLM_UNAVAILABLE', `${provider} cannot answer at the moment (${said})`, {
    isRetryable: passing.has(status) || status >= 500,
    facts: { ...facts, reason: 'status', ...(retryAfterMs === null ? {} : { retry_after_ms: retryAfterMs }) },
  });
}

/** The error's type in the provider's vocabulary, such as `rate_limit_error`; null when it is no such word. */
function errorTypeOf(call: APICallError): string | null {
  const error = isJsonObject(call.data) && isJsonObject(call.data['error']) ? call.data['error'] : {};
  const word = [error['code'], error['type']].find(
    (value) => typeof value === 'string' && /^[a-z][a-z_]{1,39}$/.test(value),
  );
  return typeof word === 'string' ? word : null;
}

/** `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110, section 10.2.3). */
function retryAfterOf(call: APICallError, clock: Clock): number | null {
  const headers = call.responseHeaders ?? {};
  const milliseconds = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (milliseconds >= 0) return Math.ceil(milliseconds);
  const header = headers['retry-after'];
  if (header === undefined) return null;
  if (/^\d{1,9}(?:\.\d{1,9})?$/.test(header.trim())) return Math.ceil(Number(header) * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - clock.now());
}

function networkCodeOf(error: unknown): string | null {
  for (const cause of causesOf(error)) {
    const code = 'code' in cause ? cause.code : undefined;
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,39}$/.test(code)) return code;
  }
  return null;
}

/** The error and what caused it, outermost first. */
function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let cause = error; cause instanceof Error && causes.length < 10; cause = cause.cause)
    causes.push(cause);
  return causes;
}

/** How an answer ended that came whole, in the SDK's words. */
export function errorOfFinish(
  finish: string,
  { provider, model }: ModelName,
  spend: Spend,
): VerticeError | null {
  const facts = { provider, model, finish };
  switch (finish) {
    case 'stop':
      return null;
    case 'content-filter':
      return modelError('VTC_LLM_REFUSED', `${model} of ${provider} declined to answer`, {
        facts: { ...facts, reason: 'declined' },
        spend,
      });
    case 'length':
      return modelError(
        'VTC_LLM_INVALID',
        'Expected a whole answer; it was cut off at the most tokens allowed. Allow more',
        { facts: { ...facts, reason: 'cut_off' }, spend },
      );
    default:
      return modelError('VTC_LLM_UNAVAILABLE', `The answer of ${provider} broke off`, {
        isRetryable: true,
        facts: { ...facts, reason: 'broken_off' },
        ...(spend.usage.outputTokens > 0 ? { spend } : {}),
      });
  }
}
