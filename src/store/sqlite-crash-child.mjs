import { writeSync } from 'node:fs';
import { silentLog } from '../observability/log.ts';
import {
  actionRecord,
  detectionRecord,
  outboxRecord,
  outcomeBatch,
  responseRecord,
} from './contract-records.ts';
import { openStore } from './open-store.ts';

// Commits stretches of a partition and says so, until it is killed.
const store = await openStore({ kind: 'sqlite', file: process.argv[2] }, { clock: Date, log: silentLog });
let offset = (await store.progress('vertice', 'security.events')).get(0)?.nextOffset ?? null;
for (;;) {
  const from = offset ?? 0;
  const size = 1 + (from % 40);
  const ids = Array.from({ length: size }, (_, index) => String(from + index));
  await Promise.all([
    store.commitOutcomes(
      outcomeBatch(offset, from + size, {
        detections: ids.map((id) => detectionRecord(id)),
        outbox: ids.map(outboxRecord),
      }),
    ),
    store.saveResponse(responseRecord(`r${from}`, [actionRecord('a')]), 'a', []),
  ]);
  offset = from + size;
  writeSync(1, `${offset}\n`);
}
