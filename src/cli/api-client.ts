import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import Type, { type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { messageOf, VerticeError } from '../errors.ts';
import { optionsOf } from './command-options.ts';
import type { CliDependencies } from './ports.ts';

export const defaultUrl = 'http://127.0.0.1:8787';

const Problem = Compile(
  Type.Object({
    detail: Type.Optional(Type.String()),
    errors: Type.Optional(Type.Array(Type.Object({ field: Type.String(), expected: Type.String() }))),
    rejected: Type.Optional(Type.Array(Type.Unknown())),
  }),
);

export interface ApiAnswer {
  readonly status: number;
  /** Parsed JSON. */
  readonly body: unknown;
}

export interface PostRequest {
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses beside 2xx that are an answer and no error. */
  readonly alsoExpected?: readonly number[];
}

/**
 * The server's API as commands use it. Rejects with a `VerticeError` that says what to do: `VTC_API_FAILED`,
 * with the fact `unreachable` when there was no answer, and retryable when waiting may help.
 */
export interface ApiClient {
  readonly url: string;
  /** Rejects also when the answer does not fit the schema. */
  get<Schema extends TSchema>(
    path: string,
    query: Readonly<Record<string, string | undefined>>,
    schema: Schema,
    alsoExpected?: readonly number[],
  ): Promise<Static<Schema>>;
  post(path: string, request?: PostRequest): Promise<ApiAnswer>;
}

/** Adds the options that say which server to talk to, and how to print. */
export function withClientOptions(command: Command): Command {
  return command
    .option('--url <url>', `server to talk to (environment: VERTICE_URL; default: ${defaultUrl})`)
    .option('--key-file <file>', 'file with the API key (environment: VERTICE_API_KEY, VERTICE_API_KEY_FILE)')
    .option('--json', 'print JSON');
}

/** The client that a command's options and the environment ask for. */
export function clientFor(command: Command, dependencies: CliDependencies): ApiClient {
  const { environment, signal } = dependencies;
  const options = optionsOf(command);
  const url = baseUrl(options.text('url') ?? environment['VERTICE_URL'] ?? defaultUrl);
  const key = apiKey(options.text('keyFile'), environment);

  async function request(method: string, path: string, sent: PostRequest): Promise<ApiAnswer> {
    const target = new URL(`${url}${path}`);
    for (const [name, value] of Object.entries(sent.query ?? {})) {
      if (value !== undefined) target.searchParams.set(name, value);
    }
    let response: Response;
    let text: string;
    try {
      response = await fetch(target, {
        method,
        headers: {
          accept: 'application/json',
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          ...sent.headers,
        },
        ...(sent.body === undefined ? {} : { body: new Uint8Array(sent.body) }),
        signal,
      });
      text = await response.text();
    } catch (cause) {
      if (signal.aborted)
        throw new VerticeError('VTC_SHUTTING_DOWN', 'stopped before the server answered', { cause });
      throw unreachable(url, cause);
    }
    const body = parseJson(text);
    if (response.ok || sent.alsoExpected?.includes(response.status)) {
      if (body === undefined) {
        const detail = `${url} answered something else than JSON; is it a Vértice server? Set --url.`;
        throw new VerticeError('VTC_API_FAILED', detail);
      }
      return { status: response.status, body };
    }
    throw failure(response, body, url, path);
  }

  return {
    url,
    async get(path, query, schema, alsoExpected = []) {
      const { body } = await request('GET', path, { query, alsoExpected });
      const compiled = Compile(schema);
      if (compiled.Check(body)) return body;
      const [first] = compiled.Errors(body);
      const where = first === undefined ? '' : ` (${first.instancePath || '/'} ${first.message})`;
      throw new VerticeError(
        'VTC_API_FAILED',
        `${url}${path} answered in another shape than expected${where}; do server and command have the same version?`,
      );
    },
    post: (path, sent = {}) => request('POST', path, sent),
  };
}

function baseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    const detail = `expected the server's address as http://host:port, got "${text}"`;
    throw new VerticeError('VTC_USAGE', detail);
  }
  return text.replace(/\/+$/, '');
}

function apiKey(
  file: string | null,
  environment: Readonly<Record<string, string | undefined>>,
): string | null {
  const direct = environment['VERTICE_API_KEY'] ?? '';
  if (file === null && direct !== '') return direct.trim();
  const path = file ?? environment['VERTICE_API_KEY_FILE'] ?? '';
  if (path === '') return null;
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new VerticeError('VTC_USAGE', `the key file cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreachable(url: string, cause: unknown): VerticeError {
  const reason =
    cause instanceof Error && cause.cause !== undefined ? messageOf(cause.cause) : messageOf(cause);
  return new VerticeError(
    'VTC_API_FAILED',
    `no server answers at ${url} (${reason || 'connection failed'}). Start one with "vertice start" (or "vertice demo"), ` +
      'or say where it is with --url or VERTICE_URL.',
    { cause, isRetryable: true, facts: { unreachable: true } },
  );
}

function failure(response: Response, body: unknown, url: string, path: string): VerticeError {
  const problem = Problem.Check(body) ? body : {};
  const fields = (problem.errors ?? [])
    .map(({ field, expected }) => `${field}: expected ${expected}`)
    .join('; ');
  const said = [problem.detail ?? `HTTP ${response.status} from ${url}${path}.`, fields]
    .filter(Boolean)
    .join(' ');
  return new VerticeError('VTC_API_FAILED', [said, adviceFor(response.status)].filter(Boolean).join(' '), {
    isRetryable: response.status === 429 || response.status === 503,
    facts: {
      status: response.status,
      retry_after_s: Number(response.headers.get('retry-after') ?? 0) || null,
    },
  });
}

function adviceFor(status: number): string {
  switch (status) {
    case 401:
      return (
        'Make a key on the server\'s machine with "vertice keys add NAME --role operator", then put it into ' +
        'VERTICE_API_KEY or a file named by VERTICE_API_KEY_FILE.'
      );
    case 403:
      return 'Make a key with a higher role: "vertice keys add NAME --role operator" (or admin).';
    default:
      return '';
  }
}
