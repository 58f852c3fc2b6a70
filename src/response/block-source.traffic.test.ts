import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  canUseNamespaces,
  connectNamespaces,
  createNetworkNamespace,
  type NetworkNamespace,
} from '../../tests/support/network-namespace.ts';
import { addThreats, sampleThreat } from '../../tests/support/response-threats.ts';
import { systemClock } from '../clock.ts';
import { silentLog } from '../observability/log.ts';
import { Metrics } from '../observability/metrics.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { createHostNetwork } from './actuators/host-network.ts';
import type { LeasedActuator } from './actuators/leased-actuator.ts';
import { createNeverBlock } from './actuators/never-block.ts';
import { createNftablesActuator } from './actuators/nftables.ts';
import { createResponseEngine, type ReconcilingResponseEngine } from './engine.ts';
import { loadPlaybooks } from './playbook-file.ts';

const defender = { v4: '10.77.0.1', v6: '2001:db8:77::1' };
const attacker = { v4: '10.77.0.2', v6: '2001:db8:77::2' };
const colleague = '10.77.0.9';
const port = 4022;

/** An echo server on TCP. On UDP it keeps the time of the last datagram, and tells it for every line it reads. */
const serverScript = `
  let last = 0n;
  const datagrams = require('node:dgram').createSocket('udp4');
  datagrams.on('message', () => { last = process.hrtime.bigint(); });
  require('node:readline').createInterface({ input: process.stdin }).on('line', () => console.log(String(last)));
  datagrams.bind(${port}, () => {
    require('node:net').createServer((socket) => socket.on('error', () => {}).pipe(socket))
      .listen(${port}, '::', () => console.log('listening'));
  });`;

/**
 * Takes a command a line and answers each with a line: `connect HOST FROM` opens the connection that it keeps,
 * `echo` sends a byte over it and waits for it to come back, `try HOST FROM` opens and closes another, and
 * `send HOST COUNT` sends so many datagrams, one a millisecond.
 */
const clientScript = `
  const net = require('node:net');
  let kept;
  const open = (host, from, done) => {
    const socket = net.connect({ host, port: ${port}, localAddress: from });
    const timer = setTimeout(() => { socket.destroy(); done('timeout'); }, 400);
    socket.once('connect', () => { clearTimeout(timer); done('ok', socket); });
    socket.once('error', (error) => { clearTimeout(timer); done(error.code); });
  };
  const commands = {
    connect: (host, from) => open(host, from, (answer, socket) => { kept = socket; console.log(answer); }),
    try: (host, from) => open(host, from, (answer, socket) => { socket?.destroy(); console.log(answer); }),
    send: (host, count) => {
      const socket = require('node:dgram').createSocket('udp4');
      let left = Number(count);
      const timer = setInterval(() => {
        if (left-- > 0) return socket.send('x', ${port}, host);
        clearInterval(timer);
        socket.close();
        console.log('sent');
      }, 1);
    },
    echo: () => {
      const timer = setTimeout(() => { kept.removeAllListeners('data'); console.log('timeout'); }, 400);
      kept.once('data', () => { clearTimeout(timer); console.log('ok'); });
      kept.write('x');
    },
  };
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const [command, ...args] = line.split(' ');
    commands[command](...args);
  });`;

class Client {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  constructor(child: ChildProcess) {
    if (child.stdout === null) throw new Error('the child must have a standard output');
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }
  async ask(command: string): Promise<string> {
    this.#child.stdin?.write(`${command}\n`);
    return await this.answer();
  }
  async answer(): Promise<string> {
    return String((await this.#lines.next()).value);
  }
}

describe.runIf(canUseNamespaces())('blocking a source on a real network', () => {
  let inside: NetworkNamespace;
  let outside: NetworkNamespace;
  let client: Client;
  let server: Client;
  let actuator: LeasedActuator;
  let engine: ReconcilingResponseEngine;
  let store: Store;
  const folder = mkdtempSync(join(tmpdir(), 'vertice-traffic-'));

  beforeAll(async () => {
    inside = createNetworkNamespace();
    outside = createNetworkNamespace();
    connectNamespaces(
      { namespace: inside, addresses: [`${defender.v4}/24`, `${defender.v6}/64`] },
      { namespace: outside, addresses: [`${attacker.v4}/24`, `${colleague}/24`, `${attacker.v6}/64`] },
    );
    server = new Client(
      inside.spawn(process.execPath, ['-e', serverScript], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    expect(await server.answer()).toBe('listening');
    client = new Client(
      outside.spawn(process.execPath, ['-e', clientScript], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );

    actuator = createNftablesActuator({
      table: 'vertice',
      namespace: inside.name,
      clock: systemClock,
      log: silentLog,
      neverBlock: createNeverBlock({
        configured: [colleague],
        network: createHostNetwork(inside.name),
        clock: systemClock,
      }),
    });
    store = await openStore(
      { kind: 'sqlite', file: join(folder, 'ledger.db') },
      { clock: systemClock, log: silentLog },
    );
    engine = createResponseEngine({
      store,
      actuators: [actuator],
      playbooks: await loadPlaybooks('playbooks', [actuator.type]),
      clock: systemClock,
      instance: 'one',
      settings: { dryRun: false, leaseSeconds: 3600, maxLeaseSeconds: 86_400, maxBlocksPerMinute: 30 },
      metrics: new Metrics(),
      log: silentLog,
    });
    await engine.recover();
  });
  afterAll(async () => {
    inside.destroy();
    outside.destroy();
    await store.close();
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['IPv4', defender.v4, attacker.v4],
    ['IPv6', defender.v6, attacker.v6],
  ])(
    'cuts an established connection and new ones, and lets both go on when the lease ends: %s',
    async (_family, to, from) => {
      expect(await client.ask(`connect ${to} ${from}`)).toBe('ok');
      expect(await client.ask('echo')).toBe('ok');
      const leaseUntilMs = Date.now() + 2500;
      expect(await actuator.apply({ key: 'act', target: from, leaseUntilMs })).toMatchObject({
        kind: 'applied',
      });
      expect(await client.ask('echo')).toBe('timeout');
      expect(await client.ask(`try ${to} ${from}`)).toBe('timeout');
      let freedMs = 0;
      while (freedMs === 0 && Date.now() < leaseUntilMs + 5000) {
        if ((await client.ask(`try ${to} ${from}`)) === 'ok') freedMs = Date.now();
      }
      // The kernel counts from the moment it takes the element, in ticks of its own.
      expect(freedMs).toBeGreaterThan(leaseUntilMs - 20);
      // What was lost meanwhile is sent again by TCP: the connection was cut off, not killed.
      let answer = '';
      for (let tries = 0; tries < 20 && answer !== 'ok'; tries += 1) answer = await client.ask('echo');
      expect(answer).toBe('ok');
    },
  );

  it('lets the source in again at once when it is taken back', async () => {
    const effect = { key: 'act', target: attacker.v4, leaseUntilMs: Date.now() + 60_000 };
    await actuator.apply(effect);
    expect(await client.ask(`try ${defender.v4} ${attacker.v4}`)).toBe('timeout');
    await actuator.revert(effect);
    expect(await client.ask(`try ${defender.v4} ${attacker.v4}`)).toBe('ok');
  });

  it('never blocks a defended address, nor this host itself', async () => {
    for (const target of [colleague, defender.v4, defender.v6]) {
      const result = await actuator.apply({ key: 'act', target, leaseUntilMs: Date.now() + 60_000 });
      expect(result).toMatchObject({ kind: 'refused' });
    }
    expect(await client.ask(`try ${defender.v4} ${colleague}`)).toBe('ok');
  });

  it('answers a threat by its playbook, survives the loss of its table, and ends on rollback', async () => {
    const threat = sampleThreat(attacker.v4);
    await addThreats(store, [threat]);
    const playbook = engine.playbookFor(threat);
    expect(playbook).toBe('brute_force_response');
    const run = await engine.validate(await engine.execute(playbook ?? '', threat));
    expect(run).toMatchObject({ success: true, actions: [{ status: 'validated' }] });
    expect(await client.ask(`try ${defender.v4} ${attacker.v4}`)).toBe('timeout');
    expect(await client.ask(`try ${defender.v4} ${colleague}`)).toBe('ok');

    expect(inside.exec('nft', ['delete', 'table', 'inet', 'vertice']).code).toBe(0);
    expect(await client.ask(`try ${defender.v4} ${attacker.v4}`)).toBe('ok');
    expect(await engine.reconcile()).toEqual({ expired: 0, repaired: 1, unrepaired: 0 });
    expect(await client.ask(`try ${defender.v4} ${attacker.v4}`)).toBe('timeout');

    await engine.rollback(run.response_id, 'the test is over');
    expect(await client.ask(`try ${defender.v4} ${attacker.v4}`)).toBe('ok');
  });

  it('takes effect within milliseconds of the call, and before the call resolves', async () => {
    const toEffect: number[] = [];
    const toAnswer: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const effect = { key: 'act', target: attacker.v4, leaseUntilMs: Date.now() + 60_000 };
      const sent = client.ask(`send ${defender.v4} 150`);
      // Until the first of them are through, there is nothing to cut off.
      const before = process.hrtime.bigint();
      while (BigInt(await server.ask('')) < before);
      const called = process.hrtime.bigint();
      await actuator.apply(effect);
      const answered = process.hrtime.bigint();
      expect(await sent).toBe('sent');
      const last = BigInt(await server.ask(''));
      toEffect.push(Number(last - called) / 1e6);
      toAnswer.push(Number(answered - called) / 1e6);
      // The receiver may read late what the kernel let in before.
      expect(Number(last - answered) / 1e6).toBeLessThan(20);
      await actuator.revert(effect);
    }
    const show = (figures: number[]): string => {
      const sorted = figures.toSorted((a, b) => a - b);
      return `p50 ${sorted[5]?.toFixed(1)} ms, max ${sorted[9]?.toFixed(1)} ms`;
    };
    process.stdout.write(`nftables: apply to last packet ${show(toEffect)}; to answer ${show(toAnswer)}\n`);
  });
});
