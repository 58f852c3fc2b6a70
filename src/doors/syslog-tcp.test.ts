import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLog } from '../observability/log.ts';
import type { DoorRecord } from './door.ts';
import { type SyslogTcpOptions, startSyslogTcp } from './syslog-tcp.ts';

function optionsFor(records: DoorRecord[], overrides: Partial<SyslogTcpOptions> = {}): SyslogTcpOptions {
  return {
    accept: async (batch) => void records.push(...batch),
    log: silentLog,
    count: () => {},
    maxRecordBytes: 4096,
    host: '127.0.0.1',
    port: 0,
    nonce: 'boot',
    ...overrides,
  };
}

async function open(options: SyslogTcpOptions) {
  const door = await startSyslogTcp(options);
  onTestFinished(() => door.close());
  return door;
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const texts = (records: readonly DoorRecord[]): string[] => records.map((record) => record.value.toString());

describe('syslog over TCP', () => {
  it('takes both framings on one connection, in order, each record under its own position', async () => {
    const records: DoorRecord[] = [];
    const door = await open(optionsFor(records));
    const socket = await dial(door.port);
    socket.end('<34>one\n7 <34>two<34>three');
    await vi.waitFor(() => expect(texts(records)).toEqual(['<34>one', '<34>two', '<34>three']));
    expect(records.map((record) => record.position)).toEqual(['boot:0', 'boot:1', 'boot:2']);
  });

  it('loses and doubles nothing however the stream is cut', async () => {
    const messages = fc.array(fc.string({ minLength: 1, maxLength: 200 }), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(messages, fc.array(fc.nat(90)), async (bodies, sizes) => {
        const records: DoorRecord[] = [];
        const door = await startSyslogTcp(optionsFor(records));
        const sent = bodies.map((body, index) => `<34>${index} ${body.replaceAll(/[\r\n\0]/g, '.')}`);
        const stream = Buffer.from(
          sent
            .map((line, index) => (index % 2 === 0 ? `${Buffer.byteLength(line)} ${line}` : `${line}\n`))
            .join(''),
        );
        const socket = connect(door.port, '127.0.0.1');
        socket.setNoDelay(true);
        let start = 0;
        for (const size of sizes) {
          socket.write(stream.subarray(start, start + size));
          start += size;
          await new Promise(setImmediate);
        }
        socket.end(stream.subarray(start));
        await vi.waitFor(() => expect(texts(records)).toEqual(sent), { interval: 2 });
        await door.close();
      }),
      { numRuns: 25 },
    );
  });

  it('reads no further while accept is pending', async () => {
    const records: DoorRecord[] = [];
    let calls = 0;
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const accept = async (batch: readonly DoorRecord[]): Promise<void> => {
      calls += 1;
      await held;
      records.push(...batch);
    };
    const door = await open(optionsFor(records, { accept, maxRecordBytes: 65_536 }));
    const socket = await dial(door.port);
    const line = `<34>${'x'.repeat(60_000)}\n`;
    let isBlocked = false;
    for (let sent = 0; sent < 2000 && !isBlocked; sent += 1) {
      isBlocked = !socket.write(line) && socket.writableLength > 8_000_000;
      await new Promise(setImmediate);
    }
    expect(isBlocked).toBe(true);
    expect(calls).toBe(1);
    socket.destroy();
    release();
  });

  it('closes the connection whose records are refused, and counts them', async () => {
    const count = vi.fn();
    const accept = async (): Promise<void> => {
      throw new Error('no');
    };
    const door = await open(optionsFor([], { accept, count }));
    const socket = await dial(door.port);
    socket.resume();
    socket.write('<34>one\n');
    await once(socket, 'close');
    expect(count).toHaveBeenCalledWith('refused', 1);
  });

  it('closes idle connections and those above the limit', async () => {
    const door = await open(optionsFor([], { maxConnections: 1, idleTimeoutMs: 100 }));
    const first = await dial(door.port);
    first.resume();
    const second = connect(door.port, '127.0.0.1');
    second.on('error', () => {});
    second.resume();
    await once(second, 'close');
    expect(first.closed).toBe(false);
    await once(first, 'close');
  });

  it('does not take a connection for idle that waits for accept', async () => {
    const records: DoorRecord[] = [];
    let release = (): void => {};
    const accept = async (batch: readonly DoorRecord[]): Promise<void> => {
      if (records.length === 0) {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
      records.push(...batch);
    };
    const door = await open(optionsFor(records, { accept, idleTimeoutMs: 30 }));
    const socket = await dial(door.port);
    socket.write('<34>one\n');
    await new Promise((resolve) => setTimeout(resolve, 120));
    socket.write('<34>two\n');
    release();
    await vi.waitFor(() => expect(texts(records)).toEqual(['<34>one', '<34>two']));
  });

  it('survives garbage and connections that break off', async () => {
    const records: DoorRecord[] = [];
    const door = await open(optionsFor(records));
    for (const bytes of fc.sample(fc.uint8Array({ maxLength: 3000 }), { numRuns: 40, seed: 3 })) {
      const socket = await dial(door.port);
      socket.write(bytes);
      socket.resetAndDestroy();
    }
    const socket = await dial(door.port);
    socket.write('<34>good\n');
    await vi.waitFor(() => expect(texts(records)).toContain('<34>good'));
  });

  it('hands on an unfinished message when it is closed', async () => {
    const records: DoorRecord[] = [];
    const door = await startSyslogTcp(optionsFor(records));
    const socket = await dial(door.port);
    socket.write('<34>one\n<34>tw');
    await vi.waitFor(() => expect(records).toHaveLength(1));
    await door.close();
    expect(texts(records)).toEqual(['<34>one', '<34>tw']);
  });

  it('names each run anew, so that no position comes twice', async () => {
    const records: DoorRecord[] = [];
    const { nonce: _named, ...unnamed } = optionsFor(records);
    for (const _run of [1, 2]) {
      const door = await open(unnamed);
      (await dial(door.port)).end('<34>one\n');
    }
    await vi.waitFor(() => expect(records).toHaveLength(2));
    expect(records.map((record) => record.position)).toEqual([
      expect.stringMatching(/^[0-9a-f]{16}:0$/),
      expect.stringMatching(/^[0-9a-f]{16}:0$/),
    ]);
    expect(records[0]?.position).not.toBe(records[1]?.position);
  });

  it('says what to do about a port that is taken', async () => {
    const door = await open(optionsFor([]));
    await expect(startSyslogTcp(optionsFor([], { port: door.port }))).rejects.toMatchObject({
      code: 'VTC_CONFIG_INVALID',
      message: expect.stringContaining('choose another'),
    });
  });
});
