import { isDeepStrictEqual } from 'node:util';
import { VerticeError } from '../errors.ts';
import type { Database, Row, Step } from './database.ts';
import { deadLetterRows, detectionRows, eventRows } from './evidence.ts';
import { outboxStep } from './outbox.ts';
import { numberOf } from './rows.ts';
import { insertInto, oneByOne } from './statements.ts';
import type { OutcomeBatch, Progress } from './store.ts';
import { sightingSteps } from './threats.ts';

const firstProgress = insertInto(
  'progress',
  {
    group_name: 'text',
    topic: 'text',
    partition_id: 'integer',
    instance: 'text',
    next_offset: 'integer',
    replay_from: 'integer',
    watermark_ms: 'integer',
    clean: 'integer',
    detected: 'integer',
    dead_lettered: 'integer',
    duplicate: 'integer',
    forwarded: 'integer',
  },
  'DO NOTHING',
);
const nextProgress = oneByOne(
  `UPDATE progress SET instance = ?, next_offset = ?, replay_from = ?, watermark_ms = ?,
     clean = ?, detected = ?, dead_lettered = ?, duplicate = ?, forwarded = ?
   WHERE group_name = ? AND topic = ? AND partition_id = ? AND next_offset = ?`,
);

function progressStep(batch: OutcomeBatch): Step {
  const { group, topic, partition, expectedOffset, progress } = batch;
  const key = [group, topic, partition];
  const state = [
    batch.instance,
    progress.nextOffset,
    progress.replayFrom,
    progress.watermarkMs,
    progress.tally.clean,
    progress.tally.detected,
    progress.tally.deadLettered,
    progress.tally.duplicate,
    progress.tally.forwarded,
  ];
  const orElse = () =>
    new VerticeError(
      'VTC_STORE_CONFLICT',
      `Expected ${topic}-${partition} of group ${group} to stand at ${expectedOffset === null ? 'no offset yet' : `offset ${expectedOffset}`}, and it does not: another process has moved it. Nothing was written; read the progress and go on from there.`,
      { facts: { group, topic, partition, expected_offset: expectedOffset } },
    );
  return expectedOffset === null
    ? { statement: firstProgress, rows: [[...key, ...state]], orElse }
    : { statement: nextProgress, rows: [[...state, ...key, expectedOffset]], orElse };
}

function readProgress(row: Row): Progress {
  return {
    partition: numberOf(row, 'partition_id'),
    nextOffset: numberOf(row, 'next_offset'),
    replayFrom: numberOf(row, 'replay_from'),
    watermarkMs: numberOf(row, 'watermark_ms'),
    tally: {
      clean: numberOf(row, 'clean'),
      detected: numberOf(row, 'detected'),
      deadLettered: numberOf(row, 'dead_lettered'),
      duplicate: numberOf(row, 'duplicate'),
      forwarded: numberOf(row, 'forwarded'),
    },
  };
}

/** The repository of what has been processed, and how far. */
export function createOutcomes(database: Database, now: () => number) {
  /** Partitions whose last commit was cut off: whether it has happened is unknown until the next one. */
  const uncertain = new Set<string>();

  async function isWritten(batch: OutcomeBatch): Promise<boolean> {
    const [row] = await database.query(
      'SELECT * FROM progress WHERE group_name = ? AND topic = ? AND partition_id = ?',
      [batch.group, batch.topic, batch.partition],
    );
    return (
      row?.['instance'] === batch.instance && isDeepStrictEqual(readProgress(row), { ...batch.progress })
    );
  }

  return {
    async commitOutcomes(batch: OutcomeBatch): Promise<void> {
      const key = JSON.stringify([batch.group, batch.topic, batch.partition]);
      try {
        await database.write([
          progressStep(batch),
          eventRows(batch.events),
          detectionRows(batch.detections),
          ...sightingSteps(batch.threats, batch.partition),
          deadLetterRows(batch.deadLetters),
          outboxStep(batch.instance, batch.outbox, now()),
        ]);
      } catch (error) {
        const code = error instanceof VerticeError ? error.code : null;
        if (code === 'VTC_STORE_UNAVAILABLE') uncertain.add(key);
        // It was not somebody else who moved the progress, but this very batch, before its reply got lost.
        const isOurs = code === 'VTC_STORE_CONFLICT' && uncertain.has(key) && (await isWritten(batch));
        if (!isOurs) throw error;
      }
      uncertain.delete(key);
    },

    async progress(group: string, topic: string): Promise<ReadonlyMap<number, Progress>> {
      const rows = await database.query(
        'SELECT * FROM progress WHERE group_name = ? AND topic = ? ORDER BY partition_id',
        [group, topic],
      );
      return new Map(rows.map(readProgress).map((progress) => [progress.partition, progress]));
    },
  };
}
