import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { VerticeError } from '../errors.ts';
import type { DoorContext, DoorRecord, NetworkDoor } from './door.ts';

const batchRecords = 500;

export interface SyslogUdpOptions extends DoorContext {
  /** Address to listen on. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Bytes that may wait for `accept`; beyond them datagrams are dropped and counted. Default 32 MiB. */
  readonly maxQueuedBytes?: number;
  /** Names this run of the door in positions; random by default. */
  readonly nonce?: string;
}

/**
 * Takes syslog over UDP, one message a datagram (RFC 5426). UDP cannot be slowed down: when `accept` is behind
 * by more than the queue holds, datagrams are dropped, counted and reported.
 * Rejects with `VTC_CONFIG_INVALID` when it cannot listen.
 */
export async function startSyslogUdp(options: SyslogUdpOptions): Promise<NetworkDoor> {
  const { accept, log, count, maxRecordBytes } = options;
  const maxQueuedBytes = options.maxQueuedBytes ?? 33_554_432;
  const nonce = options.nonce ?? randomBytes(8).toString('hex');
  const socket = createSocket({
    type: options.host.includes(':') ? 'udp6' : 'udp4',
    recvBufferSize: 4_194_304,
  });

  let counter = 0;
  let queue: DoorRecord[] = [];
  let queuedBytes = 0;
  let isOverflowing = false;
  let draining: Promise<void> | null = null;

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const taken = queue;
      queue = [];
      for (let start = 0; start < taken.length; start += batchRecords) {
        const batch = taken.slice(start, start + batchRecords);
        try {
          await accept(batch);
        } catch (error) {
          count('refused', batch.length);
          log.error('syslog records were refused', { door: 'syslog-udp', records: batch.length, error });
        }
        for (const record of batch) queuedBytes -= record.value.length;
      }
    }
    isOverflowing = false;
    draining = null;
  }

  socket.on('message', (message) => {
    if (queuedBytes + message.length > maxQueuedBytes) {
      count('dropped', 1);
      if (!isOverflowing) log.warn('syslog datagrams are dropped: the pipeline is behind', { queuedBytes });
      isOverflowing = true;
      return;
    }
    const position = `${nonce}:${counter}`;
    counter += 1;
    queuedBytes += Math.min(message.length, maxRecordBytes);
    queue.push(
      message.length > maxRecordBytes
        ? { value: message.subarray(0, maxRecordBytes), position, oversizeBytes: message.length }
        : { value: message, position },
    );
    draining ??= drain();
  });

  socket.bind(options.port, options.host);
  try {
    await once(socket, 'listening');
  } catch (cause) {
    socket.close();
    throw new VerticeError(
      'VTC_CONFIG_INVALID',
      `syslog over UDP cannot listen on ${options.host} port ${options.port}; choose another address or port`,
      { cause },
    );
  }
  socket.on('error', (error) => log.error('syslog socket failed', { door: 'syslog-udp', error }));

  return {
    port: socket.address().port,
    async close() {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
      await draining;
    },
  };
}
