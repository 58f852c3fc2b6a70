import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { runCli } from './cli.ts';
import type { CliDependencies, ServerCommands } from './ports.ts';

/** A request as the stand-in got it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Status, body (JSON unless it is text) and headers of an answer. */
export type Answer = readonly [number, unknown, Readonly<Record<string, string>>?];

export interface StandIn {
  readonly url: string;
  readonly requests: SeenRequest[];
}

/** A real HTTP server on loopback that answers as the API does; gone when the test is. */
export async function startStandIn(answer: (request: SeenRequest) => Answer): Promise<StandIn> {
  const requests: SeenRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const url = new URL(incoming.url ?? '/', 'http://stand-in');
    const request = {
      method: incoming.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString(),
    };
    requests.push(request);
    const [status, body, headers = {}] = answer(request);
    outgoing.writeHead(status, { 'content-type': 'application/json', ...headers });
    outgoing.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, requests };
}

export interface Surroundings {
  readonly url?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: Readable;
  readonly server?: Partial<ServerCommands>;
  readonly signal?: AbortSignal;
  readonly isTTY?: boolean;
  readonly now?: () => number;
}

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process. */
export async function runLine(args: readonly string[], surroundings: Surroundings = {}): Promise<CliResult> {
  let stdout = '';
  let stderr = '';
  const isTTY = surroundings.isTTY ?? false;
  const unexpected = async (): Promise<never> => {
    throw new Error('the command ran something the test did not expect');
  };
  const dependencies: CliDependencies = {
    server: {
      start: unexpected,
      demo: unexpected,
      bench: unexpected,
      configCheck: unexpected,
      keysAdd: unexpected,
      keysList: unexpected,
      keysRevoke: unexpected,
      ...surroundings.server,
    },
    version: '1.2.3',
    environment: {
      ...(surroundings.url === undefined ? {} : { VERTICE_URL: surroundings.url }),
      ...surroundings.environment,
    },
    stdin: surroundings.stdin ?? Readable.from([]),
    stdout: {
      write(text) {
        stdout += text;
      },
      isTTY,
    },
    stderr: {
      write(text) {
        stderr += text;
      },
      isTTY,
    },
    clock: { now: surroundings.now ?? Date.now },
    signal: surroundings.signal ?? new AbortController().signal,
  };
  const code = await runCli(args, dependencies);
  return { code, stdout, stderr };
}
