import { VerticeError } from '../errors.ts';
import type { BusRecord } from './bus.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { fetchApi, fetchErrorOf, offsetOutOfRange } from './kafka-fetch-api.ts';
import { patiently } from './kafka-patience.ts';
import { decodeRecordBatches } from './kafka-record-batch.ts';

export interface ReplayRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

const maxBytesPerFetch = 1_048_576;
const maxWaitMs = 500;
const lanes = 4;

/** Fetches a range outside any group. Survives a broker that is away for less than `patienceMs`. */
export async function* replay(
  cluster: KafkaCluster,
  range: ReplayRange,
  patienceMs: number,
): AsyncGenerator<readonly BusRecord[]> {
  const { topic, partition, to } = range;
  let position = range.from;
  const kept = await patiently(cluster, patienceMs, `learn what ${topic} keeps`, async () =>
    (await cluster.ranges(topic)).get(partition),
  );
  if (kept === undefined || range.from < kept.begin || to > kept.end || range.from > to)
    throw new VerticeError(
      'VTC_USAGE',
      `cannot read ${range.from} to ${to} of ${topic} partition ${partition}: it keeps ` +
        `${kept === undefined ? 'nothing, for there is no such partition' : `${kept.begin} to ${kept.end}`}`,
      { facts: { topic, partition, from: range.from, to } },
    );
  while (position < to) {
    const { records, nextOffset } = await patiently(cluster, patienceMs, `read ${topic}`, async () => {
      const leader = (await cluster.partitions(topic))[partition]?.leader ?? -1;
      const lane = { name: `replay-${partition % lanes}` };
      const wanted = { topic, maxWaitMs, maxBytesPerPartition: maxBytesPerFetch };
      const [fetched] = await cluster.call(lane, leader, fetchApi, {
        ...wanted,
        partitions: [{ partition, offset: position }],
      });
      if (fetched?.errorCode === offsetOutOfRange)
        throw new VerticeError(
          'VTC_USAGE',
          `offset ${position} of ${topic} partition ${partition} was removed by retention while it was read`,
          { facts: { topic, partition, offset: position } },
        );
      if (fetched === undefined || fetched.errorCode !== 0) throw fetchErrorOf(fetched?.errorCode ?? 0);
      return decodeRecordBatches(fetched.bytes, { topic, partition, from: position }, fetched.aborted);
    });
    const wanted = nextOffset > to ? records.filter(({ offset }) => offset < to) : records;
    if (wanted.length > 0) yield wanted;
    position = nextOffset;
  }
}
