import type { ServerResponse } from 'node:http';
import { messageOf } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import type { Announcement, ApiDependencies, ApiLimits } from './ports.ts';

/** One listener of the stream, its response head already written. */
export interface StreamClient {
  readonly response: ServerResponse;
  readonly topics: ReadonlySet<string>;
  /** Whether its key is still good; asked at each heartbeat. */
  isAllowed(): Promise<boolean>;
}

/** Hands announcements to the clients of the stream. */
export interface EventHub {
  readonly isFull: boolean;
  add(client: StreamClient): void;
  /** Ends every stream. */
  close(): void;
}

/**
 * One subscription for all clients; each announcement is written out once. A client that does not read is
 * cut when its unsent bytes pass the bound: it costs itself events, and nobody else anything.
 */
export function createEventHub(
  eventStream: ApiDependencies['eventStream'],
  limits: ApiLimits,
  log: Log,
): EventHub {
  const clients = new Set<StreamClient>();

  const send = (client: StreamClient, text: string): void => {
    const { response } = client;
    response.write(text);
    if (response.writableLength > limits.maxStreamBufferBytes) {
      log.warn('stream client cut: it reads too slowly', { buffered_bytes: response.writableLength });
      drop(client);
      response.destroy();
    }
  };
  const drop = (client: StreamClient): void => {
    clients.delete(client);
  };

  const unsubscribe = eventStream.subscribe((announcement) => {
    if (clients.size === 0) return;
    const text = frame(announcement);
    for (const client of clients) if (client.topics.has(announcement.topic)) send(client, text);
  });

  const heartbeat = setInterval(() => {
    for (const client of clients) {
      send(client, ': still here\n\n');
      client.isAllowed().then(
        (isAllowed) => {
          if (isAllowed) return;
          drop(client);
          client.response.end();
        },
        (error: unknown) => {
          // The store being away says nothing about the key: the next heartbeat asks again.
          log.warn('cannot check the key of a stream client', { detail: messageOf(error) });
        },
      );
    }
  }, limits.streamHeartbeatMs);
  heartbeat.unref();

  return {
    get isFull() {
      return clients.size >= limits.maxStreamClients;
    },
    add(client) {
      clients.add(client);
      client.response.on('close', () => drop(client));
      // A write can fail between the client's going and its `close`; without a listener that would end the process.
      client.response.on('error', () => drop(client));
      send(client, 'retry: 3000\n\n');
    },
    close() {
      unsubscribe();
      clearInterval(heartbeat);
      for (const { response } of clients) response.end();
      clients.clear();
    },
  };
}

/** One announcement as a server-sent event. */
function frame({ topic, id, value }: Announcement): string {
  return `id: ${oneLine(id)}\nevent: ${oneLine(topic)}\ndata: ${value.replace(/\r\n|\r|\n/g, '\ndata: ')}\n\n`;
}

function oneLine(text: string): string {
  return text.replace(/[\r\n\0]/g, ' ');
}
