/** The closed list of error codes. A code never changes its meaning; messages may. */
export type ErrorCode =
  | 'VTC_CONFIG_INVALID'
  | 'VTC_EVENT_INVALID'
  | 'VTC_BUS_UNAVAILABLE'
  | 'VTC_BUS_FULL'
  | 'VTC_BUS_CORRUPT'
  | 'VTC_BUS_OWNED'
  | 'VTC_RECORD_TOO_LARGE'
  | 'VTC_STORE_UNAVAILABLE'
  | 'VTC_STORE_CONFLICT'
  | 'VTC_STORE_FAILED'
  | 'VTC_ACTUATOR_FAILED'
  | 'VTC_ACTUATOR_REFUSED'
  | 'VTC_PLAYBOOK_INVALID'
  | 'VTC_INTEL_INVALID'
  | 'VTC_RULE_INVALID'
  | 'VTC_LLM_UNAVAILABLE'
  | 'VTC_LLM_REFUSED'
  | 'VTC_LLM_INVALID'
  | 'VTC_LLM_OVER_BUDGET'
  | 'VTC_API_FAILED'
  | 'VTC_USAGE'
  | 'VTC_SHUTTING_DOWN';

/** Facts an error carries as fields, so that nobody has to parse its message. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean | null>>;

/**
 * The one error class of the product. The message says what was expected, what came and what to do;
 * it never holds secrets or raw payloads.
 */
export class VerticeError extends Error {
  readonly code: ErrorCode;
  /** True when the same call may succeed later without anyone changing anything. */
  readonly isRetryable: boolean;
  readonly facts: ErrorFacts;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; isRetryable?: boolean; facts?: ErrorFacts } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'VerticeError';
    this.code = code;
    this.isRetryable = options.isRetryable ?? false;
    this.facts = options.facts ?? {};
  }
}

/** The message of anything thrown, for logs and answers. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
