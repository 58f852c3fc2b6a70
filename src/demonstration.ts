import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createApiKey } from './api/api-keys.ts';
import { assemble, type Vertice } from './assemble.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/schema.ts';
import { runLive } from './demo/live.ts';
import { readRecording } from './demo/recording.ts';
import { replay } from './demo/replay.ts';
import { buildScene, type Scene, sceneHost } from './demo/scene.ts';
import { createTimeline, type Timeline } from './demo/timeline.ts';
import { VerticeError } from './errors.ts';
import type { Log } from './observability/log.ts';
import type { Metrics } from './observability/metrics.ts';
import { untilAborted } from './until-aborted.ts';

export interface DemonstrationOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly write: (text: string) => void;
  readonly signal: AbortSignal;
  /** Attack a real sshd instead of replaying the recording. */
  readonly live: boolean;
  /** See `ReplayOptions.speed`. */
  readonly speed: number;
  /** Stay up until `signal`. */
  readonly stay: boolean;
}

const CONTAINMENT_PATIENCE_MS = 30_000;

/**
 * Shows an attack being detected and contained, on the real path, in a data folder of its own that is made anew.
 * Rejects when the attack was not contained.
 */
export async function demonstrate(options: DemonstrationOptions): Promise<void> {
  const { clock, write, signal } = options;
  await rm(demonstrationFolder(options.config), { recursive: true, force: true });
  const startedMs = clock.now();
  const timeline = createTimeline(write, () => clock.now() - startedMs);
  const lines: string[] = [];
  let hearLog = (line: string): void => void lines.push(line);
  const scene = options.live ? await buildScene((line) => hearLog(line)) : null;
  const config = demonstrationConfig(options.config, scene);
  const failed = Promise.withResolvers<never>();
  try {
    const vertice = await assemble({ ...options, config, onFailed: failed.reject });
    try {
      vertice.announcements.subscribe(timeline.hear);
      const { secret } = await createApiKey(vertice.store, { name: 'demonstration', role: 'admin' });
      const url = `http://${vertice.address.host}:${vertice.address.port}`;
      const play =
        scene === null
          ? playRecording(vertice, timeline, options)
          : playLive(vertice, scene, timeline, options);
      hearLog = play.hearLog;
      for (const line of lines) hearLog(line);
      await Promise.race([play.done, failed.promise, untilAborted(signal)]);
      if (!signal.aborted) {
        await summarise(vertice, timeline, config, write);
        if (options.stay) {
          inviteToLook(url, secret, write);
          await Promise.race([failed.promise, untilAborted(signal)]);
        }
      }
    } finally {
      hearLog = () => {};
      await vertice.close();
    }
  } finally {
    scene?.destroy();
  }
}

interface Play {
  readonly done: Promise<void>;
  /** Takes a line that the scene's sshd wrote. */
  readonly hearLog: (line: string) => void;
}

function playRecording(vertice: Vertice, timeline: Timeline, options: DemonstrationOptions): Play {
  const recording = readRecording();
  const durationMs = recording.at(-1)?.at_ms ?? 0;
  timeline.say(
    'start',
    `Replaying a recorded attack on an SSH server, ${options.speed} times as fast as it happened`,
  );
  const done = async (): Promise<void> => {
    await replay({
      recording,
      startMs: options.clock.now() - durationMs,
      speed: options.speed,
      run: randomUUID(),
      accept: async (records) => void (await vertice.intake('demonstration', records)),
      onRecord: ({ format }, line) => {
        const said = format === 'syslog' ? worthTelling(line) : null;
        if (said !== null) timeline.say('event', said);
      },
    });
    await vertice.settle();
    await withinPatience(timeline.contained);
  };
  return { done: done(), hearLog: () => {} };
}

function playLive(vertice: Vertice, scene: Scene, timeline: Timeline, options: DemonstrationOptions): Play {
  timeline.say(
    'start',
    `A real sshd and a real attacker, in the network namespaces ${scene.serverNamespace} and ${scene.outsideNamespace}`,
  );
  let count = 0;
  const run = randomUUID();
  const hearLog = (line: string): void => {
    const told = `${new Date(options.clock.now()).toISOString()} ${sceneHost} sshd: ${line}`;
    const said = worthTelling(told);
    if (said !== null) timeline.say('event', said);
    vertice
      .intake('demonstration', [{ value: Buffer.from(told), position: `live/${run}/${count++}` }])
      .catch((error: unknown) => options.log.error('A line of the scene was not taken', { error }));
  };
  const done = async (): Promise<void> => {
    const summary = await runLive({
      scene,
      contained: timeline.contained.then(() => undefined),
      onStep: (message) => timeline.say('scene', message),
      signal: options.signal,
    });
    if (options.signal.aborted) return;
    if (!summary.couldConnectBefore || summary.canConnectAfter || !summary.adminCanConnectAfter) {
      throw new VerticeError(
        'VTC_ACTUATOR_FAILED',
        'The block did not do what it should: see the lines above.',
      );
    }
    await vertice.settle();
  };
  return { done: done(), hearLog };
}

/** The part of an sshd line that a reader of the timeline wants; null for the rest. */
function worthTelling(line: string): string | null {
  return /sshd: ((?:Failed|Accepted) password .*)$/.exec(line)?.[1] ?? null;
}

async function withinPatience(contained: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new VerticeError('VTC_ACTUATOR_FAILED', 'No threat was contained within 30 s.')),
    CONTAINMENT_PATIENCE_MS,
  );
  await Promise.race([contained, late.promise]).finally(() => clearTimeout(timer));
}

async function summarise(
  vertice: Vertice,
  timeline: Timeline,
  config: Config,
  write: (text: string) => void,
): Promise<void> {
  const detections = await vertice.store.detections({}, { limit: 1000 });
  const threats = await vertice.store.threats({}, { limit: 1000 });
  const contained = threats.items.filter((threat) => threat.status === 'contained').length;
  timeline.say(
    'done',
    `${detections.items.length} detections, ${threats.items.length} threats, ${contained} contained`,
  );
  for (const threat of threats.items) write(`\n${threat.narrative}\n`);
  const firewall =
    config.response.firewall === 'blocklist'
      ? `The block list is ${join(config.data_dir, 'blocklist.txt')}.`
      : 'The block was in the kernel of the server’s namespace.';
  write(`\n${firewall}\n`);
}

function inviteToLook(url: string, secret: string, write: (text: string) => void): void {
  const lines = [
    '',
    `API      ${url}/api/v1   (OpenAPI: ${url}/api/v1/openapi.json, metrics: ${url}/metrics)`,
    `API key  ${secret}   (of this demonstration, shown this once)`,
    '',
    'It stays up; Ctrl-C stops it. In another terminal:',
    `  export VERTICE_URL=${url} VERTICE_API_KEY=${secret}`,
    '  ./bin/vertice threats',
    '  ./bin/vertice inject brute-force --source-ip 198.51.100.99',
    '',
  ];
  write(lines.join('\n'));
}

function demonstrationFolder(config: Config): string {
  return join(config.data_dir, 'demo');
}

/** A folder of its own, the list of the recording's bad address, and for the live scene its kernel. */
function demonstrationConfig(config: Config, scene: Scene | null): Config {
  const indicatorsFile = fileURLToPath(new URL('./demo/indicators.csv', import.meta.url));
  return {
    ...config,
    data_dir: demonstrationFolder(config),
    intelligence: { ...config.intelligence, indicators_file: indicatorsFile },
    response:
      scene === null
        ? config.response
        : {
            ...config.response,
            firewall: 'nftables',
            network_namespace: scene.serverNamespace,
            dry_run: false,
          },
  };
}
