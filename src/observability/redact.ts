const redacted = '[redacted]';

const secretName =
  /password|passwd|passphrase|secret|token|authorization|apikey|privatekey|cookie|credential/;

/** Whether a field of this name holds a secret, however it is spelled (`API-Key`, `sasl_password`, `setCookie`). */
export function isSecretName(name: string): boolean {
  return secretName.test(name.toLowerCase().replace(/[-_.\s]/g, ''));
}

/** Quantifiers are bounded, so that hostile text costs linear time. */
const secretShapes: readonly (readonly [RegExp, string])[] = [
  [/\b(vk_[A-Za-z0-9]{1,64}_)[A-Za-z0-9_-]{1,128}/g, `$1${redacted}`],
  [/\b([a-z][a-z0-9+.-]{0,31}:\/\/)[^\s/?#]{1,512}@/gi, `$1${redacted}@`],
  [/\b(Bearer|Basic)(\s{1,8})[A-Za-z0-9._~+/=-]{8,4096}/gi, `$1$2${redacted}`],
  [/([?&;](?:api_?key|access_token|token|password|secret)=)[^&\s"']{1,4096}/gi, `$1${redacted}`],
];

/** Control characters that JSON leaves alone, and marks that hide or reorder text: what an attacker logs must not steer a terminal. */
const steeringCharacters = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

const longestText = 8192;
/** Read beyond the cut, so that a secret the cut runs through is still recognised. */
const cutMargin = 1024;

/** A text without API keys, credentials in URLs or terminal tricks, at most 8,192 characters long. */
export function redactText(text: string): string {
  let clean = text.slice(0, longestText + cutMargin);
  for (const [shape, replacement] of secretShapes) clean = clean.replace(shape, replacement);
  if (clean.length > longestText) clean = `${clean.slice(0, longestText)}…`;
  return clean.replace(steeringCharacters, (character) => {
    const digits = (character.codePointAt(0) ?? 0).toString(16);
    return digits.length > 4 ? `\\u{${digits}}` : `\\u${digits.padStart(4, '0')}`;
  });
}

const deepest = 8;
const mostEntries = 100;
/** Members of an aggregate error that are shown: a client that tries again collects the same one many times. */
const mostErrors = 3;

/**
 * A copy of anything, fit for a log line: secrets replaced, errors as objects with their causes, depth and
 * length bounded, never throwing on cycles.
 */
export function redactValue(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value);
    case 'bigint':
    case 'symbol':
      return String(value);
    case 'function':
      return '[function]';
    case 'object':
      return value === null ? null : redactObject(value, depth);
    default:
      return value;
  }
}

function redactObject(value: object, depth: number): unknown {
  if (depth >= deepest) return '[too deep]';
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Set) return redactList([...value], depth);
  if (value instanceof Map) return redactEntries([...value], depth);
  return Array.isArray(value) ? redactList(value, depth) : redactEntries(Object.entries(value), depth);
}

function redactList(items: readonly unknown[], depth: number): unknown {
  const shown = items.slice(0, mostEntries).map((item) => redactValue(item, depth + 1));
  return items.length > mostEntries ? [...shown, `[${items.length - mostEntries} more]`] : shown;
}

function redactEntries(entries: readonly (readonly [unknown, unknown])[], depth: number): unknown {
  return Object.fromEntries(
    entries.slice(0, mostEntries).map(([key, child]) => {
      const name = redactText(String(key));
      const isEmpty = child === null || child === undefined || child === '';
      return [name, isSecretName(name) && !isEmpty ? redacted : redactValue(child, depth + 1)];
    }),
  );
}

/** Own fields (code, facts, isRetryable, errno, …) beside what every error has. */
function redactError(error: Error, depth: number): unknown {
  const { name, message, stack, cause, ...fields } = error;
  return {
    name,
    message: redactText(message),
    ...Object(redactEntries(Object.entries(fields), depth)),
    ...(stack === undefined ? {} : { stack: redactText(stack) }),
    ...(cause === undefined ? {} : { cause: redactValue(cause, depth + 1) }),
    ...(error instanceof AggregateError ? { errors: error.errors.slice(0, mostErrors).map(inBrief) } : {}),
  };
}

/** A member of an aggregate error, without what hangs on it: the aggregate's own stack leads there. */
function inBrief(error: unknown): unknown {
  if (!(error instanceof Error)) return redactValue(error, deepest - 1);
  const code = 'code' in error ? { code: redactValue(error.code, deepest - 1) } : {};
  return { name: error.name, message: redactText(error.message), ...code };
}
