import type { Readable } from 'node:stream';
import type { Clock } from '../clock.ts';
import type { Llm } from '../llm/llm.ts';
import type { ApiKey, Role } from '../store/store.ts';

/** Where commands write. `process.stdout` is one. */
export interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Settings of the server that commands which run it in this process share. */
export interface ServerSettings {
  /** Configuration file, or null: environment and defaults alone. */
  readonly configFile: string | null;
  /** Settings from the command line, by dotted name (`api.port`); they win over environment and file. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface StartOptions extends ServerSettings {
  /** Log files to follow. */
  readonly tail: readonly string[];
}

export interface DemoOptions extends ServerSettings {
  /** Play a real attack in network namespaces (root) instead of the recording. */
  readonly live: boolean;
  /** How many times faster than recorded. */
  readonly speed: number;
  /** Stay up after the last step, for a look at the API. */
  readonly stay: boolean;
}

export interface BenchOptions {
  /** Events per measurement. */
  readonly events: number;
}

export interface BenchFigure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

export interface EffectiveSetting {
  /** Dotted name. */
  readonly name: string;
  /** As text; secrets masked. */
  readonly value: string;
  readonly from: 'default' | 'file' | 'environment' | 'command line';
}

/** What runs the server, or opens its data, in this process. `main.ts` implements it. */
export interface ServerCommands {
  /** Runs until it is told to stop. Rejects when it cannot start, or fails. */
  start(options: StartOptions): Promise<void>;
  demo(options: DemoOptions): Promise<void>;
  bench(options: BenchOptions): Promise<readonly BenchFigure[]>;
  /** Rejects with `VTC_CONFIG_INVALID` and a message naming file, line, field and what was expected. */
  configCheck(options: ServerSettings): Promise<readonly EffectiveSetting[]>;
  /** `secret` is the whole key, shown this once. */
  keysAdd(
    options: ServerSettings,
    key: { readonly name: string; readonly role: Role },
  ): Promise<{ readonly key: ApiKey; readonly secret: string }>;
  keysList(options: ServerSettings): Promise<readonly ApiKey[]>;
  /** False when there is no such live key. */
  keysRevoke(options: ServerSettings, keyId: string): Promise<boolean>;
}

/** Everything the command line touches. */
export interface CliDependencies {
  readonly server: ServerCommands;
  /** Opens the configured language models; null when none is configured. */
  readonly openLlm?: () => Promise<Llm | null>;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  readonly clock: Clock;
  /** Aborted when the user wants out (Ctrl-C). */
  readonly signal: AbortSignal;
}
