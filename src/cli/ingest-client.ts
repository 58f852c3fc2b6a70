import { setTimeout as delay } from 'node:timers/promises';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { VerticeError } from '../errors.ts';
import type { ApiClient, PostRequest } from './api-client.ts';
import type { IngestReport } from './ingest-report.ts';

const Summary = Compile(
  Type.Object({
    accepted: Type.Integer(),
    dead_lettered: Type.Integer(),
    rejected: Type.Array(
      Type.Object({ position: Type.Integer(), reason: Type.String(), detail: Type.String() }),
    ),
    formats: Type.Record(Type.String(), Type.Integer()),
  }),
);
const NothingReadable = Compile(
  Type.Object({
    type: Type.Literal('urn:vertice:problem:nothing-readable'),
    rejected: Type.Array(
      Type.Object({ position: Type.Integer(), reason: Type.String(), detail: Type.String() }),
    ),
  }),
);

export interface IngestRecord {
  readonly value: Buffer;
  /** Where it came from, as the report names it. */
  readonly label: string;
  /** Set when `value` is only the beginning of a record that is too large: its true size. */
  readonly oversizeBytes?: number;
}

/** Records that go to the server in one request. */
export interface IngestBatch {
  readonly records: readonly IngestRecord[];
  /**
   * Names the place of the first record and so the request: repeated, even with more records behind, it counts
   * nothing twice.
   */
  readonly idempotencyKey: string;
}

export interface IngestClientOptions {
  readonly client: ApiClient;
  readonly format: string | null;
  readonly signal: AbortSignal;
  /** Attempts for a request the server has no room for, or that breaks off. */
  readonly attempts: number;
}

/**
 * Sends a batch of records, and enters into the report what became of each. Records that are too large stay here:
 * only the report has them. Rejects when the server did not take the others.
 */
export async function sendBatch(
  batch: IngestBatch,
  report: IngestReport,
  options: IngestClientOptions,
): Promise<void> {
  const records = batch.records.filter((record) => record.oversizeBytes === undefined);
  const request = {
    body: Buffer.concat(records.flatMap(({ value }) => [onOneLine(value), newline])),
    query: { format: options.format ?? undefined },
    headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': batch.idempotencyKey },
    alsoExpected: [400],
  };
  const positionOf = (index: number): string => records[index]?.label ?? `record ${index}`;
  if (records.length > 0) await send(request, records.length, report, positionOf, options);
  for (const { label, oversizeBytes } of batch.records) {
    if (oversizeBytes !== undefined) report.addTooLarge(label, oversizeBytes);
  }
}

async function send(
  request: PostRequest,
  recordCount: number,
  report: IngestReport,
  positionOf: (index: number) => string,
  options: IngestClientOptions,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await options.client.post('/api/v1/events', request);
      if (Summary.Check(answer.body)) {
        report.add(answer.body, positionOf);
      } else if (NothingReadable.Check(answer.body)) {
        const { rejected } = answer.body;
        report.add({ accepted: 0, dead_lettered: recordCount, rejected, formats: {} }, positionOf);
      } else {
        throw refusal(answer.body);
      }
      return;
    } catch (error) {
      const mayRetry = error instanceof VerticeError && error.isRetryable && attempt < options.attempts;
      if (!mayRetry) throw error;
      const seconds = Number(error.facts['retry_after_s'] ?? 0) || Math.min(5, 0.2 * 2 ** attempt);
      await delay(seconds * 1_000, undefined, { signal: options.signal });
    }
  }
}

const newline = Buffer.from('\n');

/** The server reads lines. Between the parts of a JSON document a space says the same; audit events keep their lines. */
function onOneLine(value: Buffer): Buffer {
  const isJson = value[0] === 0x7b || value[0] === 0x5b;
  if (!isJson || !(value.includes(0x0a) || value.includes(0x0d))) return value;
  return Buffer.from(value.map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte)));
}

function refusal(body: unknown): VerticeError {
  const said = Compile(Type.Object({ detail: Type.String() }));
  const detail = said.Check(body) ? body.detail : 'it gave no reason';
  return new VerticeError('VTC_API_FAILED', `the server refused the records: ${detail}`);
}
