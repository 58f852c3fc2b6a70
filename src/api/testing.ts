import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, onTestFinished } from 'vitest';
import { systemClock } from '../clock.ts';
import type { Detection } from '../contracts/detection.ts';
import type { IngestOptions, IngestSummary } from '../contracts/ingest.ts';
import type { Response } from '../contracts/response.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';
import type { Threat } from '../contracts/threat.ts';
import { deterministicId } from '../ids.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { Log, LogFields } from '../observability/log.ts';
import { Metrics } from '../observability/metrics.ts';
import { openStore } from '../store/open-store.ts';
import type { Role, Store } from '../store/store.ts';
import { createApiKey } from './api-keys.ts';
import { createApi } from './create-api.ts';
import type { Announcement, ApiConfig, ApiDependencies, ApiLimits } from './ports.ts';

/** A line as it would stand in the log. */
export interface LoggedLine {
  readonly severity: string;
  readonly message: string;
  readonly fields: LogFields | undefined;
}

/** A running server on loopback with a real database, and what tests ask of it. */
export interface RunningApi {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly store: Store;
  readonly keys: Readonly<Record<Role, string>>;
  readonly lines: readonly LoggedLine[];
  /** Ids of the events that were taken in, in order. */
  readonly taken: readonly string[];
  readonly requests: readonly IngestOptions[];
  announce(announcement: Announcement): void;
  /** A request with the administrator's key, unless other headers say otherwise. */
  call(path: string, init?: RequestInit): Promise<Answer>;
  close(): Promise<void>;
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as a JSON object; empty when it is none. */
  readonly body: JsonObject;
}

interface ApiOverrides {
  readonly config?: Partial<ApiConfig>;
  readonly limits?: Partial<ApiLimits>;
  readonly dependencies?: Partial<ApiDependencies>;
}

/** Starts a server for one test and stops it afterwards. */
export async function startApi(overrides: ApiOverrides = {}): Promise<RunningApi> {
  const { api, stop } = await openApi(overrides);
  onTestFinished(stop);
  return api;
}

/** One server for all tests of the block it is called in. */
export function shareApi(prepare: (store: Store) => Promise<void> = async () => {}): () => RunningApi {
  let running: RunningApi | null = null;
  beforeAll(async () => {
    const { api, stop } = await openApi({});
    await prepare(api.store);
    running = api;
    return stop;
  });
  return () => {
    if (running === null) throw new Error('The shared server is there inside tests only.');
    return running;
  };
}

async function openApi(
  overrides: ApiOverrides,
): Promise<{ readonly api: RunningApi; readonly stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'vertice-api-'));
  const lines: LoggedLine[] = [];
  const log = recordingLog(lines);
  const store = await openStore(
    { kind: 'sqlite', file: join(folder, 'ledger.db') },
    { clock: systemClock, log },
  );
  const listeners = new Set<(announcement: Announcement) => void>();
  const taken: string[] = [];
  const requests: IngestOptions[] = [];

  const api = await createApi(
    {
      store,
      log,
      clock: systemClock,
      metrics: new Metrics(),
      config: {
        host: '127.0.0.1',
        port: 0,
        maxBodyBytes: 65_536,
        rateLimitPerMinute: 100_000,
        ...overrides.config,
      },
      ingest: async (body, options) => {
        requests.push(options);
        return ingestLines(body, options, taken);
      },
      readiness: async () => ({ bus: null, store: await store.health() }),
      recentEvents: async (_filter, limit) => taken.slice(-limit).map((event_id) => sampleEvent(event_id)),
      eventStream: {
        subscribe: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
      approve: async (id, isApproved, by) => {
        const threat = await store.threat(id);
        return threat === null
          ? null
          : { ...threat, narrative: `${isApproved ? 'approved' : 'dismissed'} by ${by}` };
      },
      closeThreat: async (id, by) => {
        const threat = await store.threat(id);
        return threat === null ? null : { ...threat, status: 'closed', narrative: `closed by ${by}` };
      },
      rollback: async (id) => store.response(id),
      ...overrides.dependencies,
    },
    overrides.limits,
  );
  const { host, port } = await api.listen();
  const secretOf = async (role: Role) => (await createApiKey(store, { name: `the ${role}`, role })).secret;
  const keys = {
    viewer: await secretOf('viewer'),
    operator: await secretOf('operator'),
    admin: await secretOf('admin'),
  };
  const stop = async (): Promise<void> => {
    await api.close();
    await store.close();
    await rm(folder, { recursive: true });
  };

  const url = `http://${host}:${port}`;
  const running: RunningApi = {
    url,
    host,
    port,
    store,
    keys,
    lines,
    taken,
    requests,
    announce: (announcement) => {
      for (const listener of listeners) listener(announcement);
    },
    async call(path, init = {}) {
      const headers = new Headers(init.headers);
      if (!headers.has('authorization') && !headers.has('x-api-key')) headers.set('x-api-key', keys.admin);
      return read(await fetch(url + path, { ...init, headers }));
    },
    close: () => api.close(),
  };
  return { api: running, stop };
}

async function read(response: globalThis.Response): Promise<Answer> {
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
  const body: unknown = isJson ? JSON.parse(text) : {};
  return { status: response.status, headers: response.headers, text, body: isJsonObject(body) ? body : {} };
}

/** The items of a page. */
export function itemsOf({ body }: Answer): readonly Json[] {
  return Array.isArray(body['items']) ? body['items'] : [];
}

function recordingLog(lines: LoggedLine[]): Log {
  const write =
    (severity: string) =>
    (message: string, fields?: LogFields): void =>
      void lines.push({ severity, message, fields });
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => recordingLog(lines),
  };
}

/** The smallest ingest there can be: one JSON object a record, an id from its position and bytes. */
function ingestLines(body: Buffer, { requestId }: IngestOptions, taken: string[]): IngestSummary {
  const text = body.toString();
  const records = text.split('\n').filter((line) => line !== '');
  const rejected: { position: number; reason: 'not_json'; detail: string }[] = [];
  for (const [position, record] of records.entries()) {
    try {
      JSON.parse(record);
      taken.push(deterministicId('evt', requestId, String(position), record));
    } catch {
      rejected.push({ position, reason: 'not_json', detail: 'Expected JSON.' });
    }
  }
  const accepted = records.length - rejected.length;
  return { accepted, dead_lettered: rejected.length, rejected, formats: { native: accepted } };
}

const at = '2026-03-04T05:06:07.000Z';

export function sampleEvent(event_id: string): SecurityEvent {
  return { event_id, timestamp: at, source: 'sshd', event_type: 'login_failed', payload: {}, context: {} };
}

export function sampleDetection(detection_id: string, event_id: string): Detection {
  return {
    detection_id,
    event_id,
    threat_id: 'thr_1',
    is_threat: true,
    confidence: 0.9,
    severity: 'high',
    mitre_techniques: ['T1110'],
    timestamp: at,
    attacker: '192.0.2.7',
    target: 'host-1',
    findings: [
      {
        detector_id: 'failed-logins',
        title: 'Brute force',
        reason: '5 failed logins.',
        severity: 'high',
        confidence: 0.9,
        mitre_techniques: ['T1110'],
        evidence_event_ids: [event_id],
      },
    ],
  };
}

export function sampleThreat(threat_id: string): Threat {
  return {
    threat_id,
    version: 1,
    attacker: '192.0.2.7',
    target: 'host-1',
    technique: 'T1110',
    ttps: ['T1110'],
    confidence: 0.9,
    detected_severity: 7.5,
    detection_count: 1,
    first_detection_id: 'det_1',
    last_detection_id: 'det_1',
    first_seen: at,
    last_seen: at,
    status: 'active',
    phase: 'detected',
    assessed_version: 0,
    severity: 7.5,
    threat_actor: null,
    campaigns: [],
    indicators: [],
    narrative: '',
    decision: null,
    timestamp: at,
  };
}

export function sampleResponse(response_id: string): Response {
  return {
    response_id,
    playbook_id: 'contain-brute-force',
    threat_id: 'thr_1',
    success: true,
    dry_run: false,
    actions_executed: 1,
    actions: [
      {
        action_id: `${response_id}_0`,
        type: 'block_source',
        target: '192.0.2.7',
        status: 'validated',
        detail: 'Blocked.',
        lease_until: at,
        started_at: at,
        finished_at: at,
      },
    ],
    timestamp: at,
  };
}

/** Writes three events with detections, a threat, a response and a dead letter, as the pipeline would. */
export async function fillStore(store: Store): Promise<void> {
  const events = ['evt_1', 'evt_2', 'evt_3'].map(sampleEvent);
  await store.commitOutcomes({
    instance: 'test',
    group: 'vertice',
    topic: 'security.events',
    partition: 0,
    expectedOffset: null,
    progress: {
      partition: 0,
      nextOffset: 4,
      replayFrom: 0,
      watermarkMs: Date.parse(at),
      tally: { clean: 0, detected: 3, deadLettered: 1, duplicate: 0, forwarded: 0 },
    },
    events,
    detections: events.map(({ event_id }, index) => sampleDetection(`det_${index + 1}`, event_id)),
    threats: [sampleThreat('thr_1')],
    deadLetters: [
      {
        dead_letter_id: 'dlq_1',
        reason: 'not_json',
        detail: 'Expected JSON.',
        format: null,
        position: 'security.events-0@3',
        sample: '{',
        bytes: 1,
        timestamp: at,
      },
    ],
    outbox: [],
  });
  await store.saveResponse(sampleResponse('res_1'), 'test', []);
}
