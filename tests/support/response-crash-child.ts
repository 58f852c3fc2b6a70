import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/clock.ts';
import { silentLog } from '../../src/observability/log.ts';
import { Metrics } from '../../src/observability/metrics.ts';
import { holdsLease, type LeasedActuator } from '../../src/response/actuators/leased-actuator.ts';
import { createResponseEngine } from '../../src/response/engine.ts';
import { openStore } from '../../src/store/open-store.ts';
import { addThreats, sampleThreat } from './response-threats.ts';

/**
 * A process that answers a number of Threats and may be killed at any instant. Its world is a file with a line
 * for each effect, so that every one of them can be counted afterwards.
 *
 * Usage: response-crash-child.ts FOLDER THREATS
 */
const [folder = '', count = '0'] = process.argv.slice(2);
const effectsFile = join(folder, 'effects.log');

function createFileActuator(): LeasedActuator {
  const leases = (): Map<string, number> => {
    const lines = existsSync(effectsFile) ? readFileSync(effectsFile, 'utf8').trim().split('\n') : [];
    return new Map(
      lines.map((line) => line.split(' ')).map(([target = '', until]) => [target, Number(until)]),
    );
  };
  return {
    type: 'block_source',
    title: 'A line in a file',
    async prepare() {},
    async apply(effect) {
      // Waits on both sides of the effect are where a kill hurts most.
      await delay(Math.random() * 5);
      appendFileSync(effectsFile, `${effect.target} ${effect.leaseUntilMs} ${effect.key}\n`);
      await delay(Math.random() * 5);
      return { kind: 'applied', detail: 'written' };
    },
    probe: async (effect) => holdsLease(leases().get(effect.target), effect.leaseUntilMs),
    async revert() {},
    inForce: async () => leases(),
    health: async () => null,
    async close() {},
  };
}

const threats = Array.from({ length: Number(count) }, (_, index) =>
  sampleThreat(`10.${index >> 8}.${index & 255}.1`),
);
const store = await openStore(
  { kind: 'sqlite', file: join(folder, 'ledger.db') },
  { clock: systemClock, log: silentLog },
);
if ((await store.progress('test', 'threats')).size === 0) await addThreats(store, threats);
const engine = createResponseEngine({
  store,
  actuators: [createFileActuator()],
  playbooks: [
    {
      id: 'guess',
      title: 'Shut out',
      description: 'Shuts out.',
      trigger: { techniques: ['T1110'] },
      actions: [{ type: 'block_source', target: 'attacker' }],
    },
  ],
  clock: systemClock,
  instance: 'one',
  settings: { dryRun: false, leaseSeconds: 3600, maxLeaseSeconds: 86_400, maxBlocksPerMinute: 1_000_000 },
  metrics: new Metrics(),
  log: silentLog,
});
process.stdout.write('started\n');
await engine.recover();
const waiting = threats.toReversed();
// A few at a time, so that every kill finds work at every stage.
await Promise.all(
  Array.from({ length: 4 }, async () => {
    for (let threat = waiting.pop(); threat !== undefined; threat = waiting.pop()) {
      await engine.validate(await engine.execute('guess', threat));
    }
  }),
);
await engine.close();
await store.close();
process.stdout.write('finished\n');
