import { STATUS_CODES } from 'node:http';
import Type, { type Static } from 'typebox';

/** An error answer (RFC 9457). */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'What kind of problem, as a URN that never changes its meaning.' }),
    title: Type.String({ description: 'The HTTP status in words.' }),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String({ description: 'What was expected, what came, what to do.' }),
    request_id: Type.String({ description: 'The request, as it stands in the log.' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          field: Type.String({ description: 'Part of the request and path in it, e.g. querystring/limit.' }),
          expected: Type.String(),
        }),
        { description: 'Each field that is wrong.' },
      ),
    ),
    rejected: Type.Optional(
      Type.Array(Type.Object({ position: Type.Integer(), reason: Type.String(), detail: Type.String() }), {
        description: 'Each record that could not be read.',
      }),
    ),
  },
  { $id: 'Problem' },
);
export type Problem = Static<typeof ProblemSchema>;

export const problemMediaType = 'application/problem+json; charset=utf-8';

/** The closed list of problem types, `urn:vertice:problem:<kind>`, and the status of each. */
const statusOf = {
  'invalid-request': 400,
  'nothing-readable': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'request-timeout': 408,
  conflict: 409,
  'too-large': 413,
  'uri-too-long': 414,
  'unsupported-media-type': 415,
  'rate-limited': 429,
  'headers-too-large': 431,
  internal: 500,
  unavailable: 503,
} as const;
export type ProblemKind = keyof typeof statusOf;

export interface ProblemDetails {
  /** Seconds after which the same request may succeed. */
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly errors?: Problem['errors'];
  readonly rejected?: Problem['rejected'];
}

/** Thrown in a handler or hook to end the request with this answer. */
export class ApiProblem extends Error {
  readonly kind: ProblemKind;
  readonly details: ProblemDetails;

  constructor(kind: ProblemKind, detail: string, details: ProblemDetails = {}) {
    super(detail);
    this.name = 'ApiProblem';
    this.kind = kind;
    this.details = details;
  }

  get status(): number {
    return statusOf[this.kind];
  }

  /** The headers that belong to the answer. */
  headers(): Record<string, string> {
    const { retryAfterSeconds, headers } = this.details;
    return {
      'content-type': problemMediaType,
      ...headers,
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    };
  }

  /** The body of the answer. */
  body(requestId: string): Problem {
    const { errors, rejected } = this.details;
    return {
      type: `urn:vertice:problem:${this.kind}`,
      title: STATUS_CODES[this.status] ?? 'Error',
      status: this.status,
      detail: this.message,
      request_id: requestId,
      ...(errors === undefined ? {} : { errors }),
      ...(rejected === undefined ? {} : { rejected }),
    };
  }
}

/** The problem kind that stands for a 4xx status a library chose. */
export function kindOfStatus(status: number): ProblemKind {
  for (const kind of problemKinds) if (statusOf[kind] === status) return kind;
  return 'invalid-request';
}

const problemKinds: readonly ProblemKind[] = [
  'unauthenticated',
  'forbidden',
  'not-found',
  'method-not-allowed',
  'request-timeout',
  'conflict',
  'too-large',
  'uri-too-long',
  'unsupported-media-type',
  'rate-limited',
  'headers-too-large',
  'unavailable',
];
