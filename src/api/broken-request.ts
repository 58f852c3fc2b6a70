import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { ApiProblem, type ProblemKind } from './problem.ts';
import { standardHeaders } from './standard-headers.ts';

/** What Node calls a request it gave up on, and what we call it. */
const kindOfCode: Readonly<Record<string, readonly [kind: ProblemKind, detail: string]>> = {
  HPE_HEADER_OVERFLOW: ['headers-too-large', 'The head of a request may have 16,384 bytes.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['too-large', 'The chunk extensions are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request-timeout', 'The request took too long to arrive.'],
};

/** Answers a request that never became one, by hand, and closes the connection. */
export function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [kind, detail] = kindOfCode[error.code ?? ''] ?? [
    'invalid-request',
    'This is not a valid HTTP/1.1 request.',
  ];
  const problem = new ApiProblem(kind, detail);
  const requestId = `req_${randomUUID()}`;
  const body = JSON.stringify(problem.body(requestId));
  const headers = {
    ...standardHeaders(requestId),
    ...problem.headers(),
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${head.join('')}\r\n${body}`);
}
