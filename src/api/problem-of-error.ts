import type { FastifyError } from 'fastify';
import { VerticeError } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import { ApiProblem, kindOfStatus, type Problem } from './problem.ts';

/** Seconds a sender should wait for a bus or store that is full or away. */
const retryAfterSeconds = 5;

/**
 * The answer to anything thrown while a request was handled. What we do not know becomes a plain 500: its
 * message may hold internals, and belongs in the log.
 */
export function problemOfError(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (error instanceof VerticeError) return problemOfOurs(error);
  if (isFastifyError(error)) {
    if (error.validation !== undefined) {
      return new ApiProblem(
        'invalid-request',
        'The request does not fit the description of this operation.',
        {
          errors: fieldErrors(error),
        },
      );
    }
    if (error.code === 'FST_ERR_HANDLER_TIMEOUT') {
      return new ApiProblem('unavailable', 'The request took too long. Try again.', { retryAfterSeconds });
    }
    const { statusCode } = error;
    if (error.code.startsWith('FST_') && statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
      return new ApiProblem(kindOfStatus(statusCode), error.message);
    }
  }
  return new ApiProblem(
    'internal',
    'Something went wrong on our side. The log has the details under request_id.',
  );
}

function problemOfOurs(error: VerticeError): ApiProblem {
  switch (error.code) {
    case 'VTC_USAGE':
    case 'VTC_EVENT_INVALID':
      return new ApiProblem('invalid-request', error.message);
    case 'VTC_RECORD_TOO_LARGE':
      return new ApiProblem('too-large', error.message);
    case 'VTC_STORE_CONFLICT':
      if (!error.isRetryable) return new ApiProblem('conflict', error.message);
      break;
    case 'VTC_BUS_FULL':
    case 'VTC_BUS_UNAVAILABLE':
    case 'VTC_STORE_UNAVAILABLE':
    case 'VTC_SHUTTING_DOWN':
      break;
    default:
      return new ApiProblem(
        'internal',
        'Something went wrong on our side. The log has the details under request_id.',
      );
  }
  const detail = `Cannot take this request at the moment (${error.code}). Send it again later.`;
  return new ApiProblem('unavailable', detail, { retryAfterSeconds });
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** Which field is wrong, and how, in the words of the schema. */
function fieldErrors({
  validation = [],
  validationContext = 'querystring',
}: FastifyError): Problem['errors'] {
  const errors = validation.flatMap((issue) => {
    const params: unknown = issue.params;
    const named = isJsonObject(params)
      ? (params['additionalProperties'] ?? params['requiredProperties'])
      : null;
    // An unexpected field is also reported as failing the schema `false`, which says nothing.
    if (issue.keyword === 'boolean') return [];
    const field = validationContext + issue.instancePath;
    if (Array.isArray(named)) {
      const isUnexpected = issue.keyword === 'additionalProperties';
      return named.map((name) => ({
        field: `${field}/${String(name).slice(0, 100)}`,
        expected: isUnexpected ? 'no such field' : 'to be present',
      }));
    }
    return [{ field, expected: expectedOf(issue.keyword, params) ?? issue.message ?? 'another value' }];
  });
  return errors.slice(0, 20);
}

function expectedOf(keyword: string, params: unknown): string | null {
  if (keyword === 'enum' && isJsonObject(params) && Array.isArray(params['allowedValues'])) {
    return `one of ${params['allowedValues'].join(', ')}`;
  }
  return null;
}
