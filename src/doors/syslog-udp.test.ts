import { createSocket } from 'node:dgram';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLog } from '../observability/log.ts';
import type { DoorContext, DoorRecord } from './door.ts';
import { startSyslogUdp } from './syslog-udp.ts';

function context(records: DoorRecord[], overrides: Partial<DoorContext> = {}) {
  const losses = { refused: 0, dropped: 0 };
  return {
    losses,
    accept: async (batch: readonly DoorRecord[]) => void records.push(...batch),
    log: silentLog,
    count: (loss: 'refused' | 'dropped', amount: number) => {
      losses[loss] += amount;
    },
    maxRecordBytes: 1024,
    host: '127.0.0.1',
    port: 0,
    nonce: 'boot',
    ...overrides,
  };
}

async function send(port: number, datagrams: readonly (string | Uint8Array)[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const datagram of datagrams) {
    await new Promise<void>((resolve, reject) =>
      socket.send(datagram, port, '127.0.0.1', (error) => (error ? reject(error) : resolve())),
    );
  }
  socket.close();
}

describe('syslog over UDP', () => {
  it('hands on one record a datagram, each under its own position', async () => {
    const records: DoorRecord[] = [];
    const door = await startSyslogUdp(context(records));
    onTestFinished(() => door.close());
    await send(door.port, ['<34>one', '<34>two\n<34>still two', '']);
    await vi.waitFor(() => expect(records).toHaveLength(3));
    expect(records.map(({ value, position }) => [value.toString(), position])).toEqual([
      ['<34>one', 'boot:0'],
      ['<34>two\n<34>still two', 'boot:1'],
      ['', 'boot:2'],
    ]);
  });

  it('hands on the beginning of a datagram that is too large, with its true size', async () => {
    const records: DoorRecord[] = [];
    const door = await startSyslogUdp(context(records));
    onTestFinished(() => door.close());
    await send(door.port, ['x'.repeat(5000)]);
    await vi.waitFor(() => expect(records).toHaveLength(1));
    expect(records[0]?.value).toHaveLength(1024);
    expect(records[0]?.oversizeBytes).toBe(5000);
  });

  it('survives 1,000 malformed datagrams and takes the next good one', async () => {
    const records: DoorRecord[] = [];
    const door = await startSyslogUdp(context(records));
    onTestFinished(() => door.close());
    const garbage = fc.sample(fc.uint8Array({ maxLength: 1200 }), { numRuns: 1000, seed: 7 });
    for (let start = 0; start < garbage.length; start += 50) {
      await send(door.port, garbage.slice(start, start + 50));
      await vi.waitFor(() => expect(records).toHaveLength(start + 50), { interval: 2 });
    }
    await send(door.port, ['<34>good']);
    await vi.waitFor(() => expect(records.at(-1)?.value.toString()).toBe('<34>good'));
    expect(new Set(records.map((record) => record.position)).size).toBe(1001);
  });

  it('drops and counts what the queue cannot hold while the pipeline is behind, and recovers', async () => {
    const records: DoorRecord[] = [];
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const accept = async (batch: readonly DoorRecord[]): Promise<void> => {
      await held;
      records.push(...batch);
    };
    const options = { ...context(records, { accept }), maxQueuedBytes: 1000 };
    const door = await startSyslogUdp(options);
    onTestFinished(() => door.close());
    await send(
      door.port,
      Array.from({ length: 30 }, () => 'y'.repeat(100)),
    );
    await vi.waitFor(() => expect(options.losses.dropped).toBe(20));
    release();
    await vi.waitFor(() => expect(records).toHaveLength(10));
    await send(door.port, ['<34>later']);
    await vi.waitFor(() => expect(records).toHaveLength(11));
  });

  it('counts what is refused and stays open', async () => {
    const records: DoorRecord[] = [];
    let isBroken = true;
    const accept = async (batch: readonly DoorRecord[]): Promise<void> => {
      if (isBroken) throw new Error('no');
      records.push(...batch);
    };
    const options = context(records, { accept });
    const door = await startSyslogUdp(options);
    await send(door.port, ['<34>lost']);
    await vi.waitFor(() => expect(options.losses.refused).toBe(1));
    isBroken = false;
    await send(door.port, ['<34>taken']);
    await vi.waitFor(() => expect(records).toHaveLength(1));
    await door.close();
  });

  it('names each run anew, so that no position comes twice', async () => {
    const records: DoorRecord[] = [];
    const { nonce: _named, ...unnamed } = context(records);
    for (const run of [1, 2]) {
      const door = await startSyslogUdp(unnamed);
      await send(door.port, ['<34>one']);
      await vi.waitFor(() => expect(records).toHaveLength(run));
      await door.close();
    }
    expect(records[0]?.position).toMatch(/^[0-9a-f]{16}:0$/);
    expect(records[0]?.position).not.toBe(records[1]?.position);
  });

  it('listens on IPv6, and says what to do about a port that is taken', async () => {
    const first = await startSyslogUdp({ ...context([]), host: '::1' });
    onTestFinished(() => first.close());
    await expect(startSyslogUdp({ ...context([]), host: '::1', port: first.port })).rejects.toMatchObject({
      code: 'VTC_CONFIG_INVALID',
      message: expect.stringContaining(`::1 port ${first.port}; choose another`),
    });
  });
});
