import { afterEach, describe, expect, it } from 'vitest';
import { bruteForce, type Program, startProgram } from './program.ts';

/** Anybody who can log in somewhere can make a clock lie, or write a time into a syslog message. */
const farTimes = ['9999-12-31T23:59:59Z', '2100-01-01T00:00:00Z', '0001-01-01T00:00:00Z'];

let program: Program;
afterEach(() => program.close());

async function post(body: string): Promise<void> {
  const headers = { 'content-type': 'application/x-ndjson' };
  expect(await program.call('/api/v1/events', { method: 'POST', headers, body })).toMatchObject({
    status: 202,
  });
}

/** One failed login of this address at a time that cannot be. */
function failureAt(sourceIp: string, timestamp: string): string {
  const [line = ''] = bruteForce(sourceIp, 1).split('\n');
  const event: object = JSON.parse(line);
  return JSON.stringify({ ...event, event_id: `far-${sourceIp}-${timestamp}`, timestamp });
}

/** Such a login from so many addresses that every partition has one. */
async function poisonEveryPartition(): Promise<void> {
  const addresses = Array.from({ length: 64 }, (_, index) => `10.66.0.${index}`);
  await post(addresses.flatMap((address) => farTimes.map((time) => failureAt(address, time))).join('\n'));
}

async function threatsOf(attacker: string) {
  await program.vertice.settle();
  return (await program.vertice.store.threats({ attacker }, { limit: 10 })).items;
}

describe('an event of an impossible time', () => {
  it('does not hide what its own source does now', async () => {
    program = await startProgram();
    await post(farTimes.map((time) => failureAt('198.51.100.7', time)).join('\n'));
    await post(bruteForce('198.51.100.7'));
    expect(await threatsOf('198.51.100.7')).toMatchObject([{ status: 'contained' }]);
  });

  it('does not split the threats of others', async () => {
    program = await startProgram();
    await poisonEveryPartition();
    const startMs = Date.now() - 10_000;
    await post(bruteForce('198.51.100.8', 6, startMs));
    await program.vertice.settle();
    await post(bruteForce('198.51.100.8', 12, startMs + 4_000));
    const threats = await threatsOf('198.51.100.8');
    expect(threats).toHaveLength(1);
    expect(threats[0]?.detection_count).toBeGreaterThan(1);
  });

  it('does not make the program forget its windows at a restart', async () => {
    program = await startProgram();
    await poisonEveryPartition();
    const startMs = Date.now() - 10_000;
    await post(bruteForce('198.51.100.9', 3, startMs));
    await program.vertice.settle();
    expect(await threatsOf('198.51.100.9')).toEqual([]);
    await program.stop();
    program = await startProgram({ folder: program.folder });
    await post(bruteForce('198.51.100.9', 3, startMs + 2_000));
    expect(await threatsOf('198.51.100.9')).toMatchObject([{ status: 'contained' }]);
  });
});
