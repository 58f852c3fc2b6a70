import type { Framing, IngestOptions, IngestSummary, RejectedRecord } from '../contracts/ingest.ts';
import { createAuditGrouping } from '../events/audit-grouping.ts';
import { createLineSplitter } from '../events/line-splitter.ts';
import { createSplitter } from '../events/split.ts';
import type { SplitRecord } from '../events/split-record.ts';
import type { Intake } from '../orchestration/intake.ts';

/** Records put on the bus in one go: bounds what waits for one write. */
const BATCH_RECORDS = 2_000;
const SHOWN_REJECTIONS = 100;

/**
 * The door of HTTP: cuts a request's body into records and puts them on the bus. Resolves when all are durable.
 * Records that were taken before a later batch failed come again with the retry, under the same positions.
 */
export async function ingestRequest(
  body: Buffer,
  { requestId, framing, format }: IngestOptions,
  intake: Intake,
  maxRecordBytes: number,
): Promise<IngestSummary> {
  const grouping = createAuditGrouping({ maxRecordBytes });
  const records: SplitRecord[] = [];
  for (const record of cut(body, framing, maxRecordBytes)) records.push(...grouping.push(record, 0));
  records.push(...grouping.flush());
  const rejected: RejectedRecord[] = [];
  const formats: Record<string, number> = {};
  let accepted = 0;
  let deadLettered = 0;
  for (let start = 0; start < records.length; start += BATCH_RECORDS) {
    const batch = records.slice(start, start + BATCH_RECORDS);
    const answers = await intake(
      'http',
      batch.map((record) => doorRecord(record, requestId)),
      format,
    );
    for (const [index, results] of answers.entries()) {
      for (const result of results) {
        if (result.kind === 'event') {
          accepted++;
          formats[result.format] = (formats[result.format] ?? 0) + 1;
        } else {
          deadLettered++;
          if (rejected.length < SHOWN_REJECTIONS) {
            rejected.push({ position: start + index, reason: result.reason, detail: result.detail });
          }
        }
      }
    }
  }
  return { accepted, dead_lettered: deadLettered, rejected, formats };
}

function cut(body: Buffer, framing: Framing, maxRecordBytes: number): readonly SplitRecord[] {
  if (framing === 'detect') {
    const splitter = createSplitter({ maxRecordBytes });
    return [...splitter.push(body), ...splitter.end()];
  }
  const records: SplitRecord[] = [];
  const splitter = createLineSplitter(maxRecordBytes);
  splitter.push(body, records);
  splitter.end(records);
  return records;
}

function doorRecord(record: SplitRecord, requestId: string): Parameters<Intake>[1][number] {
  return {
    value: record.value,
    position: `${requestId}/${record.position}`,
    ...(record.oversize === true ? { oversizeBytes: record.endOffset - record.byteOffset } : {}),
  };
}
