import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Model, ModelReply, ModelRequest } from './model.ts';
import { orAborted } from './timing.ts';

export interface CacheOptions {
  readonly maxEntries: number;
  /** Of answers and their keys together. */
  readonly maxBytes: number;
  readonly ttlMs: number;
  readonly clock: Clock;
}

/**
 * Answers an identical question (`isCacheable`, `generate` alone) from memory, and lets identical questions
 * of the same moment share one request. Only whole, valid answers are kept; the least recently used ones
 * leave first. A shared request ends when everyone who asked has gone.
 */
export function withCache(inner: Model, { maxEntries, maxBytes, ttlMs, clock }: CacheOptions): Model {
  const entries = new Map<string, { reply: ModelReply; bytes: number; expiresAt: number }>();
  const flights = new Map<string, Flight>();
  let bytesKept = 0;

  function forget(key: string): void {
    bytesKept -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  }

  function find(key: string): ModelReply | null {
    const entry = entries.get(key);
    if (entry === undefined) return null;
    forget(key);
    if (entry.expiresAt <= clock.now()) return null;
    entries.set(key, entry);
    bytesKept += entry.bytes;
    return entry.reply;
  }

  function keep(key: string, reply: ModelReply): void {
    forget(key);
    const bytes = 2 * (reply.text.length + key.length);
    if (bytes > maxBytes) return;
    entries.set(key, { reply, bytes, expiresAt: clock.now() + ttlMs });
    bytesKept += bytes;
    for (const oldest of entries.keys()) {
      if (entries.size <= maxEntries && bytesKept <= maxBytes) break;
      forget(oldest);
    }
  }

  function startFlight(key: string, request: ModelRequest): Flight {
    const controller = new AbortController();
    const reply = inner.generate({ ...request, signal: controller.signal }).then((answer) => {
      keep(key, answer);
      return answer;
    });
    const flight: Flight = { reply, controller, passengers: 0 };
    flights.set(key, flight);
    const land = (): void => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    reply.then(land, land);
    return flight;
  }

  return {
    async generate(request) {
      if (!request.isCacheable) return inner.generate(request);
      const key = keyOf(request);
      const kept = find(key);
      if (kept !== null) return unpaid(kept);
      request.signal.throwIfAborted();
      const shared = flights.get(key);
      const flight = shared ?? startFlight(key, request);
      flight.passengers++;
      try {
        const reply = await orAborted(flight.reply, request.signal);
        return shared === undefined ? reply : unpaid(reply);
      } finally {
        flight.passengers--;
        if (flight.passengers === 0) {
          // Whoever asks from now on is not to board what is being cancelled.
          if (flights.get(key) === flight) flights.delete(key);
          flight.controller.abort(request.signal.reason);
        }
      }
    },
    stream: (request) => inner.stream(request),
  };
}

interface Flight {
  readonly reply: Promise<ModelReply>;
  readonly controller: AbortController;
  passengers: number;
}

function unpaid(reply: ModelReply): ModelReply {
  return { ...reply, wasCached: true, costUsd: 0, usage: noUsage };
}

const noUsage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 } as const;

function keyOf({ system, messages, maxOutputTokens, temperature, shape }: ModelRequest): string {
  const parts = [system, messages, maxOutputTokens, temperature, shape?.wireSchema ?? null];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}
