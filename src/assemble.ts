import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createApi } from './api/create-api.ts';
import type { ApiServer } from './api/ports.ts';
import type { Bus } from './bus/bus.ts';
import { createEmbeddedBus } from './bus/embedded.ts';
import { createKafkaBus } from './bus/kafka.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/schema.ts';
import type { Analysis } from './contracts/analysis.ts';
import type { IngestOptions, IngestSummary } from './contracts/ingest.ts';
import { topics } from './contracts/topics.ts';
import { createDetectors } from './detection/detectors.ts';
import { createSentinelDesk, type SentinelDesk } from './detection/sentinel/desk.ts';
import { createDeterministicSentinel } from './detection/sentinel/deterministic.ts';
import { createLlmSentinel } from './detection/sentinel/llm-analyst.ts';
import type { Accept, DoorContext } from './doors/door.ts';
import { createPatientAccept } from './doors/patient-accept.ts';
import { ingestRequest } from './doors/request.ts';
import { startSyslogTcp } from './doors/syslog-tcp.ts';
import { startSyslogUdp } from './doors/syslog-udp.ts';
import { startTail } from './doors/tail.ts';
import { messageOf } from './errors.ts';
import { createReader } from './events/read.ts';
import { openIndicatorFile } from './intelligence/indicator-file.ts';
import { createIndicatorIntelligence } from './intelligence/indicator-intelligence.ts';
import { createFileBudgetStore } from './llm/budget-store.ts';
import { createLlm } from './llm/create-llm.ts';
import type { Log } from './observability/log.ts';
import type { Metrics } from './observability/metrics.ts';
import { openRules } from './open-rules.ts';
import { type Announcements, createAnnouncements } from './orchestration/announcements.ts';
import { startCorrelator } from './orchestration/correlator.ts';
import { type Cycle, createCycle } from './orchestration/cycle.ts';
import { createIntake, type Intake } from './orchestration/intake.ts';
import { startOutboxRelay } from './orchestration/outbox-relay.ts';
import { startPipeline } from './orchestration/pipeline.ts';
import { createRecentEvents } from './orchestration/recent-events.ts';
import { untilProcessed } from './orchestration/until-processed.ts';
import { createBlocklistActuator } from './response/actuators/blocklist.ts';
import { createHostNetwork } from './response/actuators/host-network.ts';
import type { LeasedActuator } from './response/actuators/leased-actuator.ts';
import { createNeverBlock } from './response/actuators/never-block.ts';
import { createNftablesActuator } from './response/actuators/nftables.ts';
import { createResponseEngine } from './response/engine.ts';
import { loadPlaybooks } from './response/playbook-file.ts';
import { openStore } from './store/open-store.ts';
import type { Store } from './store/store.ts';

/** A running Vértice. */
export interface Vertice {
  readonly store: Store;
  readonly bus: Bus;
  readonly intake: Intake;
  readonly announcements: Announcements;
  readonly cycle: Cycle;
  /** Where the API listens. */
  readonly address: { readonly host: string; readonly port: number };
  /** Resolves when every record published so far has its outcome and every threat has been through the cycle. */
  settle(): Promise<void>;
  /** Stops in the order in which work flows, so that what is under way finishes. Idempotent. */
  close(): Promise<void>;
}

export interface AssembleOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Log files to follow. */
  readonly tail?: readonly string[];
  /** The program cannot go on; it should be stopped. */
  readonly onFailed: (error: Error) => void;
}

const RECONCILE_MS = 1_000;
const REFRESH_MS = 5_000;
const RECENT_SCANNED = 20_000;
/** Event ids remembered for each partition: what tells a sender's second delivery. */
const REMEMBERED_IDS = 32_768;

const outputTopics = [
  topics.signals,
  topics.detections,
  topics.threats,
  topics.responses,
  topics.alerts,
  topics.deadLetters,
];

/** Opens the ledger named by the configuration, making its folder first. */
export async function openLedger(config: Config, clock: Clock, log: Log): Promise<Store> {
  if (config.store.kind === 'postgres') {
    return openStore({ kind: 'postgres', url: config.store.postgres_url }, { clock, log });
  }
  await mkdir(config.data_dir, { recursive: true, mode: 0o700 });
  return openStore({ kind: 'sqlite', file: join(config.data_dir, 'vertice.db') }, { clock, log });
}

/** Opens the bus named by the configuration. */
export function openBus(config: Config, clock: Clock, log: Log): Promise<Bus> {
  const { bus, kafka } = config;
  if (bus.kind === 'embedded') {
    return createEmbeddedBus({
      dir: join(config.data_dir, 'bus'),
      partitions: bus.partitions,
      maxRecordBytes: bus.max_record_bytes,
      segmentBytes: bus.segment_bytes,
      retentionBytes: bus.retention_bytes,
      retentionMs: bus.retention_hours * 3_600_000,
      fsync: bus.fsync,
      fullTimeoutMs: bus.full_timeout_ms,
      clock,
      log,
    });
  }
  const readIfNamed = (file: string): string | undefined =>
    file === '' ? undefined : readFileSync(file, 'utf8');
  const ca = readIfNamed(kafka.tls_ca_file);
  const cert = readIfNamed(kafka.tls_cert_file);
  const key = readIfNamed(kafka.tls_key_file);
  return createKafkaBus({
    brokers: kafka.brokers,
    clientId: instanceName(config),
    // A host name may stand for several processes; only a name that was given is known to be one's own.
    ...(config.instance === '' ? {} : { instanceId: config.instance }),
    partitions: bus.partitions,
    replicationFactor: kafka.replication_factor,
    maxRecordBytes: bus.max_record_bytes,
    tls: kafka.tls
      ? {
          ...(ca === undefined ? {} : { ca }),
          ...(cert === undefined ? {} : { cert }),
          ...(key === undefined ? {} : { key }),
        }
      : undefined,
    sasl:
      kafka.sasl_mechanism === 'none'
        ? undefined
        : { mechanism: kafka.sasl_mechanism, username: kafka.sasl_username, password: kafka.sasl_password },
    clock,
    log,
  });
}

export function instanceName(config: Config): string {
  return config.instance === '' ? hostname() : config.instance;
}

/** The Sentinel's second analyst, when a language model is configured. */
function openDesk(
  config: Config,
  parts: { readonly clock: Clock; readonly metrics: Metrics; readonly log: Log },
  onAnalysis: (threatId: string, analysis: Analysis) => Promise<void>,
): SentinelDesk | null {
  const { log } = parts;
  const budgetStore = createFileBudgetStore(join(config.data_dir, 'llm-budget.json'), log);
  const llm = createLlm(config.llm, { ...parts, budgetStore });
  if (llm === null) return null;
  log.info('The Sentinel asks a language model too', { providers: llm.status().providers });
  const analyst = createLlmSentinel({
    ...parts,
    llm,
    randomWord: () => randomBytes(16).toString('hex'),
    deadlineMs: config.llm.deadline_ms,
  });
  const desk = createSentinelDesk({ ...parts, analyst, onAnalysis });
  return {
    ...desk,
    async close() {
      await desk.close();
      await budgetStore.settled();
    },
  };
}

function openActuator(config: Config, clock: Clock, log: Log): LeasedActuator {
  const { response } = config;
  const isKernel = response.firewall === 'nftables';
  const namespace = isKernel ? response.network_namespace : '';
  const neverBlock = createNeverBlock({
    configured: response.never_block,
    network: createHostNetwork(namespace),
    clock,
  });
  return isKernel
    ? createNftablesActuator({ table: response.nftables_table, namespace, neverBlock, clock, log })
    : createBlocklistActuator({ file: join(config.data_dir, 'blocklist.txt'), neverBlock, clock, log });
}

/** Builds the program from its configuration and starts it. Whatever was opened is closed again when it fails. */
export async function assemble(options: AssembleOptions): Promise<Vertice> {
  const closers: (() => Promise<void> | void)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return await build(options, closers, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function build(
  { config, clock, log, metrics, tail = [], onFailed }: AssembleOptions,
  closers: (() => Promise<void> | void)[],
  closeAll: () => Promise<void>,
): Promise<Vertice> {
  const instance = instanceName(config);
  const every = (milliseconds: number, work: () => Promise<void>): void => {
    const timer = setInterval(() => {
      work().catch((error: unknown) => log.error('A periodic task failed', { error }));
    }, milliseconds);
    timer.unref();
    closers.push(() => clearInterval(timer));
  };

  const store = await openLedger(config, clock, log);
  closers.push(() => store.close());
  const bus = await openBus(config, clock, log);
  closers.push(() => bus.close());
  await bus.ensureTopics([topics.events, ...outputTopics]);

  const rules = await openRules(config, metrics, log);
  closers.push(() => rules.close());
  const read = createReader({ maxRecordBytes: config.bus.max_record_bytes });
  const indicators = await openIndicatorFile(config.intelligence.indicators_file, log);
  every(REFRESH_MS, () => indicators.refresh());
  const intelligence = createIndicatorIntelligence({
    list: indicators.current,
    countEarlierThreats: (attacker, before) => store.countEarlierThreats(attacker, before),
  });

  const actuator = openActuator(config, clock, log);
  closers.push(() => actuator.close());
  const response = createResponseEngine({
    store,
    actuators: [actuator],
    playbooks: await loadPlaybooks(fileURLToPath(new URL('../playbooks', import.meta.url)), [actuator.type]),
    clock,
    instance,
    settings: {
      dryRun: config.response.dry_run,
      leaseSeconds: config.response.lease_seconds,
      maxLeaseSeconds: config.response.max_lease_seconds,
      maxBlocksPerMinute: config.response.max_blocks_per_minute,
    },
    metrics,
    log,
  });
  closers.push(() => response.close());
  await response.recover();
  every(RECONCILE_MS, async () => {
    const { repaired, unrepaired } = await response.reconcile();
    metrics.enforcementDrift.inc({ outcome: 'repaired' }, repaired);
    metrics.enforcementDrift.inc({ outcome: 'unrepaired' }, unrepaired);
    if (repaired > 0) log.warn('Enforcement had drifted and was repaired', { repaired });
    if (unrepaired > 0) log.error('Enforcement has drifted and could not be repaired', { unrepaired });
  });

  const announcements = createAnnouncements();
  const relay = await startOutboxRelay(
    { store, bus, clock, metrics, log, instance, announcements },
    outputTopics,
  );
  closers.push(() => relay.close());

  const sentinel = createDeterministicSentinel({ clock, metrics });
  const desk = openDesk(config, { clock, metrics, log }, (threatId, analysis) =>
    cycle.amend(threatId, analysis),
  );
  if (desk !== null) closers.push(() => desk.close());
  const cycle: Cycle = createCycle({
    store,
    intelligence,
    response,
    analyse: (subject) => sentinel.analyse(subject),
    review: (threatId, subject, floor) => desk?.submit(threatId, subject, floor),
    thresholds: {
      minThreatConfidence: config.detection.min_threat_confidence,
      autoResponseThreshold: config.response.auto_response_threshold,
    },
    clock,
    metrics,
    log,
    instance,
    onOutbox: relay.kick,
  });
  closers.push(() => cycle.close());

  const pipeline = await startPipeline({
    bus,
    store,
    clock,
    metrics,
    log,
    read,
    detectors: createDetectors({
      rules: rules.book,
      failedLogins: {
        count: config.detection.failed_logins,
        windowMs: config.detection.failed_login_window_seconds * 1_000,
      },
    }),
    intelligence,
    seed: [randomInt(2 ** 31), randomInt(2 ** 31)],
    settings: {
      instance,
      group: config.kafka.group,
      minThreatConfidence: config.detection.min_threat_confidence,
      threatWindowMs: config.detection.threat_window_seconds * 1_000,
      rememberedIds: REMEMBERED_IDS,
      publishesOcsf: config.detection.publish_ocsf,
    },
    onThreats: cycle.enqueue,
    onOwnership: cycle.own,
    onOutbox: relay.kick,
    onFailed,
  });
  closers.push(() => pipeline.close());
  const correlationGroup = `${config.kafka.group}-correlations`;
  const correlator = await startCorrelator({
    bus,
    store,
    metrics,
    log,
    correlations: () => rules.book.active.correlations,
    seed: [randomInt(2 ** 31), randomInt(2 ** 31)],
    settings: { instance, group: correlationGroup, rememberedIds: REMEMBERED_IDS },
    onOutbox: relay.kick,
    onFailed,
  });
  closers.push(() => correlator.close());

  every(REFRESH_MS, async () => {
    metrics.activeThreats.set(await store.countThreats('active'));
    metrics.consumerLag.reset();
    for (const [partition, lag] of await pipeline.lag())
      metrics.consumerLag.set({ partition: String(partition) }, lag);
  });

  const intake = createIntake({ bus, read, clock, metrics });
  const stop = new AbortController();
  await openDoors({ config, log, metrics, intake, store, tail, onFailed, closers, signal: stop.signal });
  closers.push(() => stop.abort());

  const api = await openApi();
  const address = await api.listen();
  log.info('Vértice is up', { ...address, instance, bus: config.bus.kind, store: config.store.kind });

  async function openApi(): Promise<ApiServer> {
    const server = await createApi({
      store,
      metrics,
      log,
      clock,
      config: {
        host: config.api.host,
        port: config.api.port,
        maxBodyBytes: config.api.max_body_bytes,
        rateLimitPerMinute: config.api.rate_limit_per_minute,
      },
      ingest: (body: Buffer, ingestOptions: IngestOptions): Promise<IngestSummary> =>
        ingestRequest(body, ingestOptions, intake, config.bus.max_record_bytes),
      readiness: async () => ({
        bus: await bus.health(),
        store: await store.health(),
        pipeline: pipeline.problem() ?? correlator.problem(),
        firewall: config.response.dry_run ? null : await actuator.health(),
      }),
      recentEvents: createRecentEvents({ bus, read, maxScanned: RECENT_SCANNED }),
      eventStream: announcements,
      approve: cycle.approve,
      closeThreat: cycle.closeThreat,
      async rollback(responseId, by) {
        const run = await response.rollback(responseId, `Taken back by ${by}.`);
        if (run !== null) await cycle.closeThreat(run.threat_id, by);
        relay.kick();
        return run;
      },
    });
    closers.push(() => server.close());
    return server;
  }

  return {
    store,
    bus,
    intake,
    announcements,
    cycle,
    address,
    async settle() {
      await untilProcessed(bus, store, config.kafka.group);
      // What the rules hit goes once more over the bus to the correlations, and back when one comes true.
      await pipeline.flush();
      await relay.drain();
      await untilProcessed(bus, store, correlationGroup, topics.signals);
      await correlator.flush();
      await relay.drain();
      await untilProcessed(bus, store, config.kafka.group);
      // The ledger shows an outcome a moment before the cycle is told of it.
      await pipeline.flush();
      await cycle.idle();
      await relay.drain();
    },
    close: closeAll,
  };
}

interface Doorways {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly intake: Intake;
  readonly store: Store;
  readonly tail: readonly string[];
  readonly onFailed: (error: Error) => void;
  readonly closers: (() => Promise<void> | void)[];
  readonly signal: AbortSignal;
}

async function openDoors(ways: Doorways): Promise<void> {
  const { config, log, metrics, intake, store, closers } = ways;
  const context = (door: string): DoorContext => {
    const accept: Accept = async (records) => void (await intake(door, records));
    return {
      accept: createPatientAccept(accept, { log, signal: ways.signal }),
      log: log.child({ door }),
      count: (status, records) => metrics.doorRecords.inc({ door, status }, records),
      maxRecordBytes: config.bus.max_record_bytes,
    };
  };
  const { host, udp_port: udpPort, tcp_port: tcpPort } = config.syslog;
  if (udpPort !== null) {
    const door = await startSyslogUdp({ ...context('syslog-udp'), host, port: udpPort });
    closers.push(() => door.close());
    log.info('Syslog over UDP is open', { host, port: door.port });
  }
  if (tcpPort !== null) {
    const door = await startSyslogTcp({ ...context('syslog-tcp'), host, port: tcpPort });
    closers.push(() => door.close());
    log.info('Syslog over TCP is open', { host, port: door.port });
  }
  if (ways.tail.length > 0) {
    const door = startTail({
      ...context('tail'),
      paths: ways.tail,
      checkpoints: {
        load: (path) => store.fileCheckpoint(path),
        save: (path, checkpoint) => store.saveFileCheckpoint(path, checkpoint),
      },
      onFailed: (path, error) => ways.onFailed(new Error(`${path} cannot be followed: ${messageOf(error)}`)),
    });
    closers.push(() => door.close());
  }
}
