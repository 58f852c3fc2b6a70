import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createApiKey, ensureFirstKey } from './api/api-keys.ts';
import { assemble, openLedger } from './assemble.ts';
import { measureEmbedded } from './bench/embedded.ts';
import type { BenchFigure, EffectiveSetting, ServerCommands, ServerSettings } from './cli/ports.ts';
import type { Clock } from './clock.ts';
import { type ConfigResult, loadConfig } from './config/load.ts';
import { describeProblem } from './config/problem.ts';
import { redactConfig } from './config/redact.ts';
import type { Config } from './config/schema.ts';
import { settings } from './config/settings.ts';
import { demonstrate } from './demonstration.ts';
import { VerticeError } from './errors.ts';
import { isJsonObject } from './json.ts';
import { createFileBudgetStore } from './llm/budget-store.ts';
import { createLlm } from './llm/create-llm.ts';
import type { Llm } from './llm/llm.ts';
import { type Log, silentLog } from './observability/log.ts';
import { createLog } from './observability/logger.ts';
import { Metrics } from './observability/metrics.ts';
import { collectRuntime } from './observability/runtime.ts';
import type { Store } from './store/store.ts';
import { untilAborted } from './until-aborted.ts';

export interface ServerEnvironment {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  /** Aborts when the program is told to stop. */
  readonly signal: AbortSignal;
}

type LoadedConfig = Extract<ConfigResult, { ok: true }>;

/** The configuration of these sources; what is only doubtful goes to standard error. */
function loadFrom(
  { environment, stderr }: ServerEnvironment,
  { configFile, settings: flags }: ServerSettings,
): LoadedConfig {
  const result = loadConfig({
    ...(configFile === null ? {} : { file: configFile }),
    env: environment,
    flags,
    readFile: (path) => readFileSync(path, 'utf8'),
  });
  for (const warning of result.warnings) stderr.write(`warning: ${describeProblem(warning)}\n`);
  if (result.ok) return result;
  const problems = result.problems.map((problem) => `  ${describeProblem(problem)}`).join('\n');
  throw new VerticeError('VTC_CONFIG_INVALID', `The configuration is not valid:\n${problems}`);
}

/** The language models of the configuration, for a command without a server; null when none is configured. */
export function openConfiguredLlm(surroundings: ServerEnvironment): Llm | null {
  const { config } = loadFrom(surroundings, { configFile: null, settings: {} });
  return createLlm(config.llm, {
    clock: surroundings.clock,
    log: silentLog,
    metrics: new Metrics(),
    budgetStore: createFileBudgetStore(join(config.data_dir, 'llm-budget.json'), silentLog),
  });
}

/** The commands that run the server, or open its data, in this process. */
export function createServerCommands(surroundings: ServerEnvironment): ServerCommands {
  const { clock, stdout, stderr, signal } = surroundings;

  const load = (options: ServerSettings): LoadedConfig => loadFrom(surroundings, options);
  const openLog = (config: Config): Log =>
    createLog({ level: config.log_level, stream: { write: (line) => void stderr.write(line) }, clock });
  const withLedger = async <T>(options: ServerSettings, work: (store: Store) => Promise<T>): Promise<T> => {
    const store = await openLedger(load(options).config, clock, silentLog);
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  };

  return {
    async start(options) {
      const { config } = load(options);
      const log = openLog(config);
      const metrics = new Metrics();
      const stopRuntime = collectRuntime(metrics);
      const failed = Promise.withResolvers<never>();
      const vertice = await assemble({
        config,
        clock,
        log,
        metrics,
        tail: options.tail,
        onFailed: failed.reject,
      });
      try {
        const secret = await ensureFirstKey(vertice.store);
        if (secret !== null) stdout.write(`First API key (admin), shown this once: ${secret}\n`);
        const { host, port } = vertice.address;
        stdout.write(`Vértice listens on http://${host.includes(':') ? `[${host}]` : host}:${port}\n`);
        await Promise.race([failed.promise, untilAborted(signal)]);
        log.info('Stopping');
      } finally {
        await vertice.close();
        stopRuntime();
      }
    },

    async demo(options) {
      const { config } = load(options);
      const metrics = new Metrics();
      const stopRuntime = collectRuntime(metrics);
      try {
        await demonstrate({
          config,
          clock,
          log: openLog({ ...config, log_level: config.log_level === 'info' ? 'warn' : config.log_level }),
          metrics,
          write: (text) => void stdout.write(text),
          signal,
          live: options.live,
          speed: options.speed,
          stay: options.stay,
        });
      } finally {
        stopRuntime();
      }
    },

    async bench({ events }): Promise<readonly BenchFigure[]> {
      return measureEmbedded(events);
    },

    async configCheck(options): Promise<readonly EffectiveSetting[]> {
      const { config, origins } = load(options);
      const shown = redactConfig(config);
      return settings.map(({ path }) => ({
        name: path,
        value: textOf(valueAt(shown, path)),
        from: originOf(origins.get(path)),
      }));
    },

    keysAdd: (options, key) => withLedger(options, (store) => createApiKey(store, key)),
    keysList: (options) => withLedger(options, (store) => store.apiKeys()),
    keysRevoke: (options, keyId) =>
      withLedger(options, (store) => store.revokeApiKey(keyId, new Date(clock.now()).toISOString())),
  };
}

function valueAt(config: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce((value: unknown, name) => (isJsonObject(value) ? value[name] : undefined), config);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function originOf(where: string | undefined): EffectiveSetting['from'] {
  if (where === undefined) return 'default';
  if (where.startsWith('environment')) return 'environment';
  return where.startsWith('--') ? 'command line' : 'file';
}
