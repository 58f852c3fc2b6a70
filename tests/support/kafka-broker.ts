import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, rmSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Admin } from '@platformatic/kafka';
import { createBrokerCertificates } from './kafka-certificates.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
const host = '127.0.0.1';
const startLimitMs = 90_000;

/** Where clients that authenticate connect to; every mechanism knows the same user. */
export interface SaslListener {
  readonly brokers: string[];
  readonly username: string;
  readonly password: string;
}

/** Where encrypted clients connect to. A client certificate is asked for, and checked when one is shown. */
export interface TlsListener {
  readonly brokers: string[];
  /** PEM of the authority that signed the broker's certificate. */
  readonly ca: string;
  /** PEM of a client certificate the broker trusts, and of its key. */
  readonly clientCert: string;
  readonly clientKey: string;
}

/** Addresses of a broker, as a test file gets them. */
export interface KafkaAddresses {
  /** `host:port` of the plain listener. */
  readonly brokers: string[];
  /** PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512; null unless started with `secure`. */
  readonly sasl: SaslListener | null;
  /** Null unless started with `secure`. */
  readonly tls: TlsListener | null;
}

export interface KafkaBroker extends KafkaAddresses {
  /** Ends the broker in order and removes its data. */
  stop(): Promise<void>;
  /** SIGKILL: what a crash looks like. The data stays for `restart`. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT: a broker that hangs, and goes on. */
  pause(): void;
  resume(): void;
  /** Starts it again on the same data and ports; kills it first when it runs. */
  restart(): Promise<void>;
}

export interface KafkaBrokerOptions {
  /** Adds the SASL and the TLS listener. Default false. */
  readonly secure?: boolean;
  /** Heap of the broker's JVM. Default 384. */
  readonly heapMegabytes?: number;
  /** Further lines of `server.properties`. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** Why no broker can be started here, in one sentence; null when one can. Downloads Kafka on first use. */
export async function kafkaMissing(): Promise<string | null> {
  if (process.env['KAFKA_BROKERS'] !== undefined) return null;
  try {
    await run('java', ['-version']);
    await run(join(root, 'scripts/kafka-libs'));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error);
  }
}

/**
 * One real broker (KRaft, single node) on free loopback ports, ready when the promise resolves. With
 * `KAFKA_BROKERS` set (`host:port`, comma-separated) nothing is started: those are used, and only `stop`
 * (which does nothing then) can be called.
 */
export async function startKafkaBroker(options: KafkaBrokerOptions = {}): Promise<KafkaBroker> {
  const external = process.env['KAFKA_BROKERS'];
  if (external !== undefined) return externalBroker(external.split(',').map((broker) => broker.trim()));

  const { stdout } = await run(join(root, 'scripts/kafka-libs'));
  const classPath = join(stdout.trim(), '*');
  const folder = await mkdtemp(join(tmpdir(), 'vertice-kafka-'));
  const ports = await freePorts(options.secure === true ? 4 : 2);
  const [plainPort = 0, controllerPort = 0, saslPort = 0, tlsPort = 0] = ports;
  const sasl: SaslListener | null =
    options.secure === true
      ? { brokers: [`${host}:${saslPort}`], username: 'vertice', password: 'loopback' }
      : null;
  const certificates = options.secure === true ? await createBrokerCertificates(folder) : null;
  const settings = {
    ...plainSettings(folder, controllerPort),
    ...(sasl === null ? {} : saslSettings(sasl)),
    ...(certificates === null ? {} : certificates.settings),
    ...options.properties,
  };
  const listeners = [`PLAINTEXT://${host}:${plainPort}`];
  if (options.secure === true)
    listeners.push(`SASL_PLAINTEXT://${host}:${saslPort}`, `SSL://${host}:${tlsPort}`);
  const propertiesFile = join(folder, 'server.properties');
  const lines = Object.entries({
    ...settings,
    listeners: [...listeners, `CONTROLLER://${host}:${controllerPort}`].join(','),
    'advertised.listeners': listeners.join(','),
  }).map(([name, value]) => `${name}=${value}`);
  await writeFile(propertiesFile, `${lines.join('\n')}\n`);
  const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) =>
    sasl === null ? [] : ['--add-scram', `${mechanism}=[name=${sasl.username},password=${sasl.password}]`],
  );
  await run('java', [
    ...['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', classPath, 'kafka.tools.StorageTool', 'format'],
    ...['-t', 'dmVydGljZS10ZXN0LTAwMQ', '-c', propertiesFile, ...scram],
  ]);

  const logFile = join(folder, 'broker.log');
  let child: ChildProcess | null = null;
  const killNow = (): void => {
    child?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', killNow);

  const start = async (): Promise<void> => {
    const log = openSync(logFile, 'a');
    const heap = `-Xmx${options.heapMegabytes ?? 384}m`;
    const started = spawn(
      'java',
      [heap, '-XX:+UseSerialGC', '-Xshare:auto', '-cp', classPath, 'kafka.Kafka', propertiesFile],
      { cwd: folder, stdio: ['ignore', log, log] },
    );
    closeSync(log);
    child = started;
    await untilReady(plainPort, started, logFile);
  };
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    const ending = child;
    child = null;
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
    const exited = once(ending, 'exit');
    ending.kill(signal);
    ending.kill('SIGCONT');
    await Promise.race([exited, delay(15_000, undefined, { ref: false })]);
    if (ending.exitCode === null && ending.signalCode === null) {
      ending.kill('SIGKILL');
      await exited;
    }
  };

  await start();
  return {
    brokers: [`${host}:${plainPort}`],
    sasl,
    tls:
      certificates === null
        ? null
        : {
            brokers: [`${host}:${tlsPort}`],
            ca: certificates.ca,
            clientCert: certificates.clientCert,
            clientKey: certificates.clientKey,
          },
    async stop() {
      await end('SIGTERM');
      process.removeListener('exit', killNow);
      await rm(folder, { recursive: true, force: true });
    },
    kill: () => end('SIGKILL'),
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    async restart() {
      await end('SIGKILL');
      await start();
    },
  };
}

function plainSettings(folder: string, controllerPort: number): Readonly<Record<string, string>> {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@${host}:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map':
      'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    'num.network.threads': '2',
    'num.io.threads': '4',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'auto.create.topics.enable': 'false',
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    'log.cleaner.enable': 'false',
    'initial.broker.registration.timeout.ms': '60000',
  };
}

function saslSettings({ username, password }: SaslListener): Readonly<Record<string, string>> {
  const modules = 'org.apache.kafka.common.security';
  const listener = 'listener.name.sasl_plaintext';
  return {
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    [`${listener}.plain.sasl.jaas.config`]: `${modules}.plain.PlainLoginModule required user_${username}="${password}";`,
    [`${listener}.scram-sha-256.sasl.jaas.config`]: `${modules}.scram.ScramLoginModule required;`,
    [`${listener}.scram-sha-512.sasl.jaas.config`]: `${modules}.scram.ScramLoginModule required;`,
  };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      server.listen(0, host);
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map(async (server) => once(server.close(), 'close')));
  return ports;
}

/** Ready is when the broker answers a client and is a member of its own cluster. */
async function untilReady(port: number, child: ChildProcess, logFile: string): Promise<void> {
  const giveUpAt = Date.now() + startLimitMs;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > giveUpAt) {
      const log = await readFile(logFile, 'utf8');
      child.kill('SIGKILL');
      throw new Error(`the Kafka broker did not start within ${startLimitMs} ms:\n${log.slice(-4000)}`);
    }
    const admin = new Admin({
      clientId: 'test-broker',
      bootstrapBrokers: [`${host}:${port}`],
      retries: 0,
      connectTimeout: 2_000,
      requestTimeout: 2_000,
    });
    try {
      const metadata = await admin.metadata({ topics: [] });
      if (metadata.brokers.size > 0) return;
    } catch {
      await delay(100);
    } finally {
      await admin.close();
    }
  }
}

function externalBroker(brokers: string[]): KafkaBroker {
  const refuse = (): never => {
    throw new Error('the broker of KAFKA_BROKERS is not ours to stop; unset KAFKA_BROKERS to run this test');
  };
  return {
    brokers,
    sasl: null,
    tls: null,
    stop: async () => {},
    kill: async () => refuse(),
    pause: refuse,
    resume: refuse,
    restart: async () => refuse(),
  };
}
