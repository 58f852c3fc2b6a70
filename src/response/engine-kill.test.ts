import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { sampleThreat } from '../../tests/support/response-threats.ts';
import { systemClock } from '../clock.ts';
import { silentLog } from '../observability/log.ts';
import { openStore } from '../store/open-store.ts';
import { runId } from './run.ts';

const threatCount = 250;
const mostKills = 22;

/** Runs the child until it ends, or until it is killed at a random instant after it has started work. */
async function runChild(folder: string, killAfterMs: number | null): Promise<'finished' | 'killed'> {
  const child = spawn(
    process.execPath,
    ['tests/support/response-crash-child.ts', folder, String(threatCount)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  for await (const line of createInterface({ input: child.stdout })) {
    if (line !== 'started' || killAfterMs === null) continue;
    await delay(killAfterMs);
    child.kill('SIGKILL');
  }
  const code = await ended;
  if (code !== null && code !== 0) throw new Error(`the child failed with ${code}`);
  return code === 0 ? 'finished' : 'killed';
}

it('does no effect twice and forgets none, however often the process is killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vertice-kill-'));
  try {
    let kills = 0;
    let isFinished = false;
    while (!isFinished && kills < mostKills) {
      isFinished = (await runChild(folder, Math.random() * 45)) === 'finished';
      if (!isFinished) kills += 1;
    }
    if (!isFinished) expect(await runChild(folder, null)).toBe('finished');
    expect(kills).toBeGreaterThanOrEqual(20);

    const effects = readFileSync(join(folder, 'effects.log'), 'utf8').trim().split('\n');
    const targets = effects.map((line) => line.split(' ')[0] ?? '');
    expect(effects).toHaveLength(threatCount);
    expect(new Set(targets).size).toBe(threatCount);
    expect(existsSync(join(folder, 'ledger.db'))).toBe(true);
    const store = await openStore(
      { kind: 'sqlite', file: join(folder, 'ledger.db') },
      { clock: systemClock, log: silentLog },
    );
    for (const target of targets) {
      const { threat_id } = sampleThreat(target);
      expect(await store.response(runId(threat_id, 'guess'))).toMatchObject({
        success: true,
        actions: [{ status: 'validated', target }],
      });
    }
    const announced = await store.pendingOutbox('one', new Date(0).toISOString(), 10_000);
    expect(new Set(announced.map(({ key }) => key)).size).toBe(threatCount);
    await store.close();
    process.stdout.write(`response: ${kills} kills, ${threatCount} threats, ${effects.length} effects\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 180_000);
