import { createAPI, protocolErrorsCodesById, Writer } from '@platformatic/kafka';
import { ByteCursor } from './kafka-byte-cursor.ts';
import type { AbortedTransaction } from './kafka-record-batch.ts';

export interface FetchRequest {
  readonly topic: string;
  /** How long the broker waits for something new, milliseconds. */
  readonly maxWaitMs: number;
  readonly maxBytesPerPartition: number;
  readonly partitions: readonly { readonly partition: number; readonly offset: number }[];
}

export interface FetchedPartition {
  readonly partition: number;
  /** 0 when all is well, otherwise Kafka's error code. */
  readonly errorCode: number;
  readonly aborted: readonly AbortedTransaction[];
  /** Record batches as they lie on the broker's disk. */
  readonly bytes: Buffer;
}

const fetchKey = 1;
/** Names topics, not their ids, and is spoken by every broker from 2.7 to 4.2. */
const fetchVersion = 12;
const consumerReplica = -1;
const unknownEpoch = -1;
const noSession = 0;
const sessionlessEpoch = -1;
const readCommitted = 1;
const noBytes = Buffer.alloc(0);

/**
 * Fetch with the records left as bytes: the library's own parser builds every record from 64-bit BigInts and
 * is several times slower than `decodeRecordBatches`.
 */
export const fetchApi = createAPI<[FetchRequest], FetchedPartition[]>(
  fetchKey,
  fetchVersion,
  writeFetchRequest,
  (_correlationId, _key, _version, reader) =>
    readFetchResponse(reader.buffer.slice(reader.position, reader.length)),
);

function writeFetchRequest(request: FetchRequest): Writer {
  return Writer.create()
    .appendInt32(consumerReplica)
    .appendInt32(request.maxWaitMs)
    .appendInt32(1)
    .appendInt32(request.maxBytesPerPartition * request.partitions.length)
    .appendInt8(readCommitted)
    .appendInt32(noSession)
    .appendInt32(sessionlessEpoch)
    .appendArray([request.topic], (topicWriter, topic) => {
      topicWriter.appendString(topic).appendArray([...request.partitions], (writer, wanted) => {
        writer
          .appendInt32(wanted.partition)
          .appendInt32(unknownEpoch)
          .appendInt64(BigInt(wanted.offset))
          .appendInt32(unknownEpoch)
          .appendInt64(-1n)
          .appendInt32(request.maxBytesPerPartition);
      });
    })
    .appendArray([], () => {})
    .appendString('')
    .appendTaggedFields();
}

/** Kafka's error code when retention took the offset asked for, or nothing was ever written there. */
export const offsetOutOfRange = 1;

/** What a fetch of one partition failed with, by the name Kafka gives it. */
export function fetchErrorOf(errorCode: number): Error {
  return new Error(protocolErrorsCodesById[errorCode] ?? `error ${errorCode} of the broker`);
}

/** Reads the body of a Fetch response, version 12. */
export function readFetchResponse(body: Buffer): FetchedPartition[] {
  const cursor = new ByteCursor(body);
  cursor.position += 4;
  const errorCode = cursor.int16();
  cursor.position += 4;
  const partitions: FetchedPartition[] = [];
  const topics = cursor.unsignedVarint() - 1;
  for (let topic = 0; topic < topics; topic += 1) {
    cursor.bytes(cursor.unsignedVarint() - 1);
    const count = cursor.unsignedVarint() - 1;
    for (let index = 0; index < count; index += 1) partitions.push(readPartition(cursor, errorCode));
    skipTaggedFields(cursor);
  }
  return partitions;
}

function readPartition(cursor: ByteCursor, requestError: number): FetchedPartition {
  const partition = cursor.int32();
  const partitionError = cursor.int16();
  // High watermark, last stable offset and the oldest offset, which is not told when it would be needed.
  cursor.position += 24;
  const aborted: AbortedTransaction[] = [];
  const abortedCount = cursor.unsignedVarint() - 1;
  for (let index = 0; index < abortedCount; index += 1) {
    aborted.push({ producerId: cursor.int64(), firstOffset: cursor.int64() });
    skipTaggedFields(cursor);
  }
  cursor.position += 4;
  const length = cursor.unsignedVarint() - 1;
  const bytes = length <= 0 ? noBytes : cursor.bytes(length);
  skipTaggedFields(cursor);
  return {
    partition,
    errorCode: partitionError === 0 ? requestError : partitionError,
    aborted,
    bytes,
  };
}

function skipTaggedFields(cursor: ByteCursor): void {
  const count = cursor.unsignedVarint();
  for (let index = 0; index < count; index += 1) {
    cursor.unsignedVarint();
    cursor.bytes(cursor.unsignedVarint());
  }
}
