import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Response } from '../../src/contracts/response.ts';
import type { Threat } from '../../src/contracts/threat.ts';
import { topics } from '../../src/contracts/topics.ts';
import { parseHostAddress } from '../../src/response/actuators/address.ts';
import { createHostNetwork } from '../../src/response/actuators/host-network.ts';
import { bruteForce, every, type Program, startProgram } from './program.ts';

const mostBlocks = 5;
let program: Program;

async function start(environment: Readonly<Record<string, string>>): Promise<void> {
  program = await startProgram({ environment });
}
afterEach(() => program.close());

/** Everybody in the list guesses passwords, one after the other. */
async function attackFrom(addresses: readonly string[]): Promise<void> {
  const headers = { 'content-type': 'application/x-ndjson' };
  const body = addresses.map((address) => bruteForce(address)).join('\n');
  const answer = await program.call('/api/v1/events', { method: 'POST', headers, body });
  expect(answer).toMatchObject({ status: 202, body: { dead_lettered: 0 } });
  await program.vertice.settle();
}

function blocked(): string[] {
  const list = readFileSync(join(program.config.data_dir, 'blocklist.txt'), 'utf8');
  return list
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' ')[0] ?? '');
}

async function threatOf(attacker: string): Promise<Threat> {
  const { items } = await program.vertice.store.threats({ attacker }, { limit: 10 });
  const [threat] = items;
  if (items.length !== 1 || threat === undefined) throw new Error(`${items.length} threats of ${attacker}`);
  return threat;
}

async function runOf({ threat_id }: Threat): Promise<Response> {
  const { items } = await program.vertice.store.responses({ threatId: threat_id }, { limit: 10 });
  const [run] = items;
  if (items.length !== 1 || run === undefined) throw new Error(`${items.length} responses to ${threat_id}`);
  return run;
}

async function alerts(): Promise<readonly unknown[]> {
  const { bus } = program.vertice;
  const values: unknown[] = [];
  for (const [partition, { begin, end }] of await bus.ranges(topics.alerts)) {
    for await (const records of bus.read(topics.alerts, partition, begin, end))
      for (const { value } of records) values.push(JSON.parse(value.toString()));
  }
  return values;
}

async function approve(threat: Threat): Promise<void> {
  const answer = await program.call(`/api/v1/threats/${threat.threat_id}/approve`, { method: 'POST' });
  expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('"approved_by":"tester ')]);
  await program.vertice.settle();
}

function canonical(reported: string): string {
  const host = parseHostAddress(reported);
  return host.kind === 'host' ? host.address : reported;
}

describe('the defended', () => {
  const network = createHostNetwork();
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, scopeid }) => family === 'IPv4' || scopeid === 0)
    .map(({ address }) => address);
  /** Who it is, under which name events report it, and a part of the reason. */
  const defended: readonly (readonly [who: string, reported: string, why: string])[] = [
    ...own.map((address) => ['this host', address, ''] as const),
    ...network.defaultGateways().map((address) => ['its gateway', address, ''] as const),
    ...network.nameservers().map((address) => ['its DNS server', address, ''] as const),
    ['loopback', '127.0.0.53', 'loopback'],
    ['loopback in IPv6 clothes', '::ffff:127.0.0.9', 'loopback'],
    ['loopback of IPv6', '::1', 'loopback'],
    ['an unset address', '0.0.0.0', 'unspecified'],
    ['everybody', '255.255.255.255', 'broadcast'],
    ['a group', '224.0.0.251', 'multicast'],
    ['a neighbour without a network', '169.254.7.7', 'link-local'],
    ['a neighbour by IPv6', 'fe80::1', 'link-local'],
    ['the console', '203.0.113.5', '203.0.113.5 is on the never-block list'],
    ['the console in IPv6 clothes', '::ffff:203.0.113.6', '203.0.113.6 is on the never-block list'],
    ['the office', '203.0.113.130', '203.0.113.128/26 is on the never-block list'],
    ['the office by IPv6', '2001:DB8:77:0::7', '2001:db8:77::/48 is on the never-block list'],
  ];

  beforeEach(() =>
    start({
      VERTICE_NEVER_BLOCK: '203.0.113.5,203.0.113.6,203.0.113.128/26,2001:db8:77::/48',
      VERTICE_MAX_BLOCKS_PER_MINUTE: '1000',
    }),
  );

  it('are never blocked, whatever the events say, and each refusal says why; others are', async () => {
    const attackers = ['203.0.113.7', '203.0.113.127', '203.0.113.192', '2001:db8:78::1'];
    await attackFrom([...defended.map(([, reported]) => reported), ...attackers]);
    expect(blocked().sort()).toEqual([...attackers].sort());
    const threats = await every((page) => program.vertice.store.threats({}, page));
    const refused = threats.filter(({ attacker }) => !attackers.includes(attacker));
    expect(refused).toHaveLength(new Set(defended.map(([, reported]) => canonical(reported))).size);
    for (const threat of refused) {
      const run = await runOf(threat);
      expect(threat.status).toBe('active');
      expect(run.success).toBe(false);
      expect(run.actions).toMatchObject([
        { status: 'refused', detail: expect.stringContaining(`is never acted on: `) },
      ]);
    }
    const reasons = await Promise.all(
      refused.map(async (threat) => (await runOf(threat)).actions[0]?.detail),
    );
    for (const [who, , why] of defended)
      expect([who, reasons.some((detail) => detail?.includes(why))]).toEqual([who, true]);
    for (const attacker of attackers) expect((await threatOf(attacker)).status).toBe('contained');
  });

  it('are not blocked when a person approves it either', async () => {
    await attackFrom(['203.0.113.5', '127.0.0.1']);
    for (const attacker of ['203.0.113.5', '127.0.0.1']) {
      await approve(await threatOf(attacker));
      const threat = await threatOf(attacker);
      expect(threat.status).toBe('active');
      expect(await runOf(threat)).toMatchObject({ success: false, actions: [{ status: 'refused' }] });
    }
    expect(blocked()).toEqual([]);
  });

  it('are alerted about, since a person has to look', async () => {
    await attackFrom(['203.0.113.5']);
    expect(await alerts()).toMatchObject([{ attacker: '203.0.113.5', kind: 'containment_failed' }]);
  });
});

describe('the blast radius', () => {
  const attackers = Array.from({ length: mostBlocks + 4 }, (_, index) => `198.51.100.${index + 1}`);

  it(`lets ${mostBlocks} new attackers a minute be blocked; the others wait for a person, whose yes blocks them`, async () => {
    await start({ VERTICE_MAX_BLOCKS_PER_MINUTE: String(mostBlocks) });
    await attackFrom(attackers);
    const inForce = blocked();
    expect(inForce).toHaveLength(mostBlocks);
    const waiting = attackers.filter((attacker) => !inForce.includes(attacker));
    for (const attacker of waiting) {
      const threat = await threatOf(attacker);
      expect(threat.status).toBe('active');
      const [action] = (await runOf(threat)).actions;
      expect(action).toMatchObject({ status: 'refused', detail: expect.stringContaining('blast radius') });
    }
    const told = await alerts();
    expect(told).toHaveLength(waiting.length);
    expect(told).toEqual(
      expect.arrayContaining(waiting.map((attacker) => expect.objectContaining({ attacker }))),
    );

    const [first = ''] = waiting;
    await approve(await threatOf(first));
    expect((await threatOf(first)).status).toBe('contained');
    expect(blocked().sort()).toEqual([...inForce, first].sort());
    expect(await runOf(await threatOf(first))).toMatchObject({
      success: true,
      actions: [{ status: 'validated' }],
    });
  });

  it('holds while those who wait go on attacking, and across a restart', async () => {
    const environment = { VERTICE_MAX_BLOCKS_PER_MINUTE: String(mostBlocks) };
    await start(environment);
    await attackFrom(attackers);
    const inForce = blocked();
    const waiting = attackers.filter((attacker) => !inForce.includes(attacker));
    const again = (startMs: number) => {
      const headers = { 'content-type': 'application/x-ndjson' };
      const body = waiting.map((attacker) => bruteForce(attacker, 20, startMs)).join('\n');
      return program.call('/api/v1/events', { method: 'POST', headers, body });
    };
    await again(Date.now() - 20_000);
    await program.vertice.settle();
    expect(blocked()).toEqual(inForce);
    await program.stop();
    program = await startProgram({ environment, folder: program.folder });
    await again(Date.now() - 15_000);
    await program.vertice.settle();
    expect(blocked().sort()).toEqual([...inForce].sort());
  });
});

describe('dry run', () => {
  it('decides and records everything, and touches nothing', async () => {
    await start({ VERTICE_DRY_RUN: 'true' });
    await attackFrom(['198.51.100.1']);
    expect(() => blocked()).toThrow('ENOENT');
    const threat = await threatOf('198.51.100.1');
    expect(threat.status).toBe('active');
    expect(await runOf(threat)).toMatchObject({
      dry_run: true,
      success: true,
      actions: [{ status: 'simulated' }],
    });
  });
});
