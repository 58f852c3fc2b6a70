import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  canUseNamespaces,
  createNetworkNamespace,
  type NetworkNamespace,
} from '../../../tests/support/network-namespace.ts';
import { systemClock } from '../../clock.ts';
import { silentLog } from '../../observability/log.ts';
import type { Effect } from './actuator.ts';
import { type ActuatorWorld, describeHostActuator } from './contract.ts';
import { leaseToleranceMs } from './leased-actuator.ts';
import { createNeverBlock, type HostNetwork } from './never-block.ts';
import { createNftablesActuator, type NftablesOptions } from './nftables.ts';

const usable = canUseNamespaces();
const table = 'vertice_test';
const protectedAddress = '192.0.2.66';
const elsewhere: HostNetwork = { ownAddresses: () => [], defaultGateways: () => [], nameservers: () => [] };

function open(options: Partial<NftablesOptions>) {
  return createNftablesActuator({
    table,
    clock: systemClock,
    log: silentLog,
    neverBlock: createNeverBlock({
      configured: [protectedAddress],
      network: elsewhere,
      clock: systemClock,
    }),
    ...options,
  });
}

function createWorld(): ActuatorWorld {
  const namespace = createNetworkNamespace();
  return {
    open: () => open({ namespace: namespace.name }),
    now: () => Date.now(),
    elapse: async (ms) => void (await delay(ms)),
    async isActedOn(address) {
      const set = address.includes(':') ? 'blocked6' : 'blocked4';
      return namespace.exec('nft', ['get', 'element', 'inet', table, set, `{ ${address} }`]).code === 0;
    },
    protectedAddress,
    close: async () => namespace.destroy(),
  };
}

if (usable) describeHostActuator('nftables', createWorld);

describe.runIf(usable)('nftables in a network namespace', () => {
  let namespace: NetworkNamespace;
  beforeAll(() => {
    namespace = createNetworkNamespace();
  });
  afterAll(() => namespace.destroy());

  const effect = (target: string, leaseMs = 60_000): Effect => ({
    key: `act_${target}`,
    target,
    leaseUntilMs: Date.now() + leaseMs,
  });
  const nft = (...args: string[]) => namespace.exec('nft', args);

  it('touches no table but its own', async () => {
    nft('add', 'table', 'inet', 'someone');
    nft('add', 'chain', 'inet', 'someone', 'input', '{ type filter hook input priority 0; }');
    nft('add', 'rule', 'inet', 'someone', 'input', 'tcp dport 22 accept');
    const before = nft('list', 'table', 'inet', 'someone').stdout;
    const actuator = open({ namespace: namespace.name });
    await actuator.prepare();
    await actuator.apply(effect('198.51.100.1'));
    await actuator.revert(effect('198.51.100.1'));
    expect(nft('list', 'table', 'inet', 'someone').stdout).toBe(before);
    expect(nft('list', 'tables').stdout.trim().split('\n').sort()).toEqual([
      'table inet someone',
      `table inet ${table}`,
    ]);
  });

  it('keeps elements and counters when prepared again', async () => {
    const actuator = open({ namespace: namespace.name });
    await actuator.prepare();
    await actuator.apply(effect('198.51.100.2'));
    const handles = nft('-a', 'list', 'chain', 'inet', table, 'incoming').stdout;
    await open({ namespace: namespace.name }).prepare();
    expect(nft('-a', 'list', 'chain', 'inet', table, 'incoming').stdout).toBe(handles);
    expect(await actuator.probe(effect('198.51.100.2', 50_000))).toBe(true);
  });

  it('says that nothing is in force when the table, a rule or a chain is gone, and restores it at the next apply', async () => {
    const actuator = open({ namespace: namespace.name });
    await actuator.prepare();
    const kept = effect('198.51.100.3');
    for (const damage of [
      ['delete', 'table', 'inet', table],
      ['flush', 'chain', 'inet', table, 'incoming'],
      ['flush', 'ruleset'],
    ]) {
      await actuator.apply(kept);
      expect(await actuator.probe(kept)).toBe(true);
      expect(nft(...damage).code).toBe(0);
      expect(await actuator.probe(kept)).toBe(false);
      expect(await actuator.health()).toContain('next change restores it');
      await actuator.apply(kept);
      expect(await actuator.probe(kept)).toBe(true);
      expect(await actuator.health()).toBeNull();
    }
  });

  it('restores the table within the very apply that finds it gone', async () => {
    const actuator = open({ namespace: namespace.name });
    await actuator.prepare();
    nft('delete', 'table', 'inet', table);
    expect(await actuator.apply(effect('198.51.100.4'))).toMatchObject({ kind: 'applied' });
    expect(await actuator.probe(effect('198.51.100.4', 50_000))).toBe(true);
  });

  it('gives an element without an end the lease it should have', async () => {
    const actuator = open({ namespace: namespace.name });
    await actuator.prepare();
    nft('add', 'element', 'inet', table, 'blocked4', '{ 198.51.100.5 }');
    expect((await actuator.inForce?.())?.get('198.51.100.5')).toBe(Number.POSITIVE_INFINITY);
    const again = open({ namespace: namespace.name });
    await again.prepare();
    for (const [leaseMs, applying] of [
      [30_000, actuator],
      [60_000, again],
    ] as const) {
      await applying.apply(effect('198.51.100.5', leaseMs));
      const untilMs = (await actuator.inForce?.())?.get('198.51.100.5') ?? 0;
      expect(Math.abs(untilMs - Date.now() - leaseMs)).toBeLessThan(leaseToleranceMs);
    }
  });

  it('takes the longest lease there is', async () => {
    const actuator = open({ namespace: namespace.name });
    const month = effect('198.51.100.6', 2_592_000_000);
    await actuator.apply(month);
    expect(await actuator.probe(month)).toBe(true);
  });

  it('blocks 1,000 hosts with a few processes', async () => {
    const actuator = open({ namespace: namespace.name });
    await actuator.prepare();
    const hosts = Array.from({ length: 1000 }, (_, i) => effect(`10.9.${i >> 8}.${i & 255}`));
    const started = performance.now();
    await Promise.all(hosts.map((host) => actuator.apply(host)));
    const elapsedMs = performance.now() - started;
    process.stdout.write(`nftables: 1,000 concurrent applies in ${elapsedMs.toFixed(1)} ms\n`);
    expect((await actuator.inForce?.())?.size).toBeGreaterThanOrEqual(1000);
    const single: number[] = [];
    for (let i = 0; i < 20; i += 1) {
      const at = performance.now();
      await actuator.apply(effect(`10.10.0.${i}`));
      single.push(performance.now() - at);
    }
    single.sort((a, b) => a - b);
    process.stdout.write(
      `nftables: one apply p50 ${single[10]?.toFixed(1)} ms, max ${single[19]?.toFixed(1)} ms\n`,
    );
  });

  it('tells what is wrong and what to do', async () => {
    const missing = open({ command: '/nonexistent/nft', namespace: namespace.name });
    await expect(missing.prepare()).rejects.toMatchObject({
      code: 'VTC_ACTUATOR_FAILED',
      message: expect.stringContaining('install the nftables package'),
    });
    expect(await missing.health()).toContain('install the nftables package');
    await expect(open({ command: '/nonexistent/nft' }).prepare()).rejects.toThrow(
      'install the nftables package',
    );
    await expect(open({ namespace: 'vtc-test-none' }).apply(effect('198.51.100.7'))).rejects.toThrow(
      'there is no network namespace vtc-test-none',
    );
  });

  it('says so when the kernel lets this process change nothing, or nft speaks in tongues', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vertice-nft-'));
    const script = (name: string, body: string): string => {
      const file = join(folder, name);
      writeFileSync(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
      return file;
    };
    chmodSync(folder, 0o755);
    const powerless = script('powerless', 'exec setpriv --reuid 65534 --clear-groups nft "$@"');
    await expect(open({ command: powerless, namespace: namespace.name }).prepare()).rejects.toThrow(
      'run as root or with CAP_NET_ADMIN',
    );
    const babbling = script('babbling', 'echo what?');
    await expect(open({ command: babbling, namespace: namespace.name }).prepare()).rejects.toThrow(
      'in a form we do not know',
    );
    const failing = script('failing', 'exit 3');
    await expect(open({ command: failing, namespace: namespace.name }).prepare()).rejects.toThrow(
      'nft failed',
    );
    rmSync(folder, { recursive: true });
  });
});
