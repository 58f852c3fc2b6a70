import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { silentLog } from '../observability/log.ts';
import { at } from './contract-records.ts';
import { openStore } from './open-store.ts';

const kills = 20;
const child = fileURLToPath(new URL('./sqlite-crash-child.mjs', import.meta.url));

/** Lets a process commit, kills it after so many acknowledgements, and returns the last one. */
async function commitUntilKilled(file: string, acknowledgements: number): Promise<number> {
  const writer = spawn(process.execPath, [child, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  writer.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.split('\n').length > acknowledgements) writer.kill('SIGKILL');
  });
  const [code, signal] = await once(writer, 'close');
  expect([code, signal]).toEqual([null, 'SIGKILL']);
  return Number(output.split('\n').at(-2));
}

it(`loses nothing acknowledged and writes nothing by halves in ${kills} kills`, {
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vertice-crash-'));
  const file = join(folder, 'ledger.db');
  try {
    for (let kill = 0; kill < kills; kill += 1) {
      const acknowledged = await commitUntilKilled(file, 1 + ((kill * 7) % 30));
      const store = await openStore({ kind: 'sqlite', file }, { clock: systemClock, log: silentLog });
      const next = (await store.progress('vertice', 'security.events')).get(0)?.nextOffset ?? 0;
      expect(next).toBeGreaterThanOrEqual(acknowledged);
      expect(await store.countOutbox()).toBe(next);
      const pending = await store.pendingOutbox('a', at(0), 100_000);
      expect(pending.map(({ value }) => JSON.parse(value).name)).toEqual(
        Array.from({ length: next }, (_, index) => String(index)),
      );
      const found = await Promise.all(
        Array.from({ length: next }, (_, index) => store.detection(String(index))),
      );
      expect(found.filter((detection) => detection === null)).toEqual([]);
      expect(await store.detection(String(next))).toBeNull();
      await store.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
