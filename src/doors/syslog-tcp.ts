import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { VerticeError } from '../errors.ts';
import type { DoorContext, NetworkDoor } from './door.ts';
import { createSyslogFraming, type SyslogFrame } from './syslog-framing.ts';

export interface SyslogTcpOptions extends DoorContext {
  /** Address to listen on. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Connections at a time; further ones are closed at once. Default 1,000. */
  readonly maxConnections?: number;
  /** A connection that sends nothing for this long is closed. Default 10 minutes. */
  readonly idleTimeoutMs?: number;
  /** Names this run of the door in positions; random by default. */
  readonly nonce?: string;
}

/**
 * Takes syslog over TCP, RFC 6587, both framings. A connection is read no further while `accept` is pending, so
 * a slow pipeline slows the sender; when `accept` rejects, the connection is closed and the sender sees it.
 * Rejects with `VTC_CONFIG_INVALID` when it cannot listen.
 */
export async function startSyslogTcp(options: SyslogTcpOptions): Promise<NetworkDoor> {
  const { accept, log, count } = options;
  const idleTimeoutMs = options.idleTimeoutMs ?? 600_000;
  const nonce = options.nonce ?? randomBytes(8).toString('hex');
  const connections = new Map<Socket, { close(): Promise<void> }>();
  let counter = 0;

  function serve(socket: Socket): { close(): Promise<void> } {
    const framing = createSyslogFraming({ maxRecordBytes: options.maxRecordBytes });
    const peer = socket.remoteAddress;
    let pending: Promise<void> | null = null;

    async function take(frames: readonly SyslogFrame[]): Promise<void> {
      if (frames.length === 0) return;
      const records = frames.map((frame) => ({ ...frame, position: `${nonce}:${counter++}` }));
      try {
        await accept(records);
      } catch (error) {
        count('refused', records.length);
        log.error('syslog records were refused', {
          door: 'syslog-tcp',
          peer,
          records: records.length,
          error,
        });
        socket.destroy();
      }
    }

    socket.setTimeout(idleTimeoutMs);
    socket.on('timeout', () => {
      if (pending !== null) return;
      log.info('idle syslog connection closed', { peer });
      socket.destroy();
    });
    socket.on('error', (error) => log.debug('syslog connection broke', { peer, error }));
    socket.on('data', (chunk) => {
      const frames = framing.push(chunk);
      if (frames.length === 0) return;
      socket.pause();
      pending = take(frames).then(() => {
        pending = null;
        socket.setTimeout(idleTimeoutMs);
        socket.resume();
      });
    });
    const finished = new Promise<void>((resolve) => socket.on('close', () => resolve())).then(async () => {
      await pending;
      await take(framing.end());
      connections.delete(socket);
    });
    return {
      async close() {
        await pending;
        socket.destroy();
        await finished;
      },
    };
  }

  const server = createServer((socket) => connections.set(socket, serve(socket)));
  server.maxConnections = options.maxConnections ?? 1_000;
  server.on('drop', (dropped) =>
    log.warn('syslog connection refused: too many are open', { peer: dropped?.remoteAddress }),
  );
  server.listen(options.port, options.host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new VerticeError(
      'VTC_CONFIG_INVALID',
      `syslog over TCP cannot listen on ${options.host} port ${options.port}; choose another address or port`,
      { cause },
    );
  }
  server.on('error', (error) => log.error('syslog server failed', { door: 'syslog-tcp', error }));
  const address = server.address();

  return {
    port: address !== null && typeof address === 'object' ? address.port : options.port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      await Promise.all([...connections.values()].map((connection) => connection.close()));
      await closed;
    },
  };
}
