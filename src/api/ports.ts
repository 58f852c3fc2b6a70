import type { Clock } from '../clock.ts';
import type { IngestOptions, IngestSummary } from '../contracts/ingest.ts';
import type { Response } from '../contracts/response.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';
import type { Threat } from '../contracts/threat.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { EventFilter, Store } from '../store/store.ts';

/** Something the pipeline has published; `value` is its JSON. */
export interface Announcement {
  readonly topic: string;
  readonly id: string;
  readonly value: string;
}

/** What the API asks of the rest of the program. */
export interface ApiDependencies {
  readonly store: Store;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock: Clock;
  readonly config: ApiConfig;
  /**
   * The body is one JSON document, or one record a line; the bytes tell which.
   * Resolves when every record has a durable place on the bus. Rejects with a retryable `VerticeError`
   * (`VTC_BUS_FULL`, `VTC_BUS_UNAVAILABLE`, `VTC_SHUTTING_DOWN`) when the sender should try again.
   */
  ingest(body: Buffer, options: IngestOptions): Promise<IngestSummary>;
  /** What each dependency complains of, by name; null when it is ready. */
  readiness(): Promise<Readonly<Record<string, string | null>>>;
  /** The newest events on the bus, clean ones included, newest first. */
  recentEvents(filter: EventFilter, limit: number): Promise<readonly SecurityEvent[]>;
  readonly eventStream: {
    /** Listeners neither throw nor wait. Returns the end of the subscription. */
    subscribe(listener: (announcement: Announcement) => void): () => void;
  };
  /** A person's answer to a Threat that waits. Null when there is no such Threat; not retryable `VTC_STORE_CONFLICT` when it does not wait. */
  approve(threatId: string, isApproved: boolean, by: string): Promise<Threat | null>;
  /** Takes back what a run has in force. Null when there is no such run. */
  rollback(responseId: string, by: string): Promise<Response | null>;
  /** A person says it is over. Null when there is no such Threat. */
  closeThreat(threatId: string, by: string): Promise<Threat | null>;
}

export interface ApiConfig {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Largest request body, as sent and after decompression. */
  readonly maxBodyBytes: number;
  /** For each client address (IPv6: each /64). */
  readonly rateLimitPerMinute: number;
}

/** Bounds that only tests have a reason to change. Times in milliseconds. */
export interface ApiLimits {
  /** Whole request head, from the first byte. */
  readonly headersTimeoutMs: number;
  /** Whole request, from the first byte: what a slow sender gets. */
  readonly requestTimeoutMs: number;
  /** Everything after the head of a request; taking events in has three minutes. */
  readonly handlerTimeoutMs: number;
  /** An idle connection. */
  readonly keepAliveTimeoutMs: number;
  /** How often unfinished requests are looked for. */
  readonly timeoutCheckMs: number;
  readonly maxStreamClients: number;
  /** Unsent bytes at which a stream's client is cut. */
  readonly maxStreamBufferBytes: number;
  readonly streamHeartbeatMs: number;
  /** How long a revoked key may go on working. */
  readonly keyCacheMs: number;
  /** What requests under way get at shutdown. */
  readonly closeTimeoutMs: number;
}

export const defaultLimits: ApiLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  handlerTimeoutMs: 60_000,
  keepAliveTimeoutMs: 30_000,
  timeoutCheckMs: 2_000,
  maxStreamClients: 64,
  maxStreamBufferBytes: 1_048_576,
  streamHeartbeatMs: 15_000,
  keyCacheMs: 3_000,
  closeTimeoutMs: 10_000,
};

/** The running server. */
export interface ApiServer {
  /** Binds and starts to answer; rejects with `VTC_API_FAILED` when the address cannot be had. */
  listen(): Promise<{ readonly host: string; readonly port: number }>;
  /** Ends streams, lets requests under way finish (up to ten seconds), stops. Idempotent. */
  close(): Promise<void>;
}
