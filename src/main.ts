import { runCli } from './cli/cli.ts';
import type { ServerCommands } from './cli/ports.ts';
import { systemClock } from './clock.ts';
import { version } from './version.ts';

const SECOND_SIGNAL_EXIT = 130;

/** The first Ctrl-C or SIGTERM lets what is under way finish; the second does not wait. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(SECOND_SIGNAL_EXIT);
      stop.abort();
    });
  }
  return stop.signal;
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads our output (`head`) has had enough.
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const surroundings = {
  environment: process.env,
  clock: systemClock,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stopSignal(),
};
/** Loaded when a command needs it: a command that only talks to a server starts in half the time. */
async function loaded(): Promise<ServerCommands> {
  const { createServerCommands } = await import('./server-commands.ts');
  return createServerCommands(surroundings);
}
const server: ServerCommands = {
  start: async (options) => (await loaded()).start(options),
  demo: async (options) => (await loaded()).demo(options),
  bench: async (options) => (await loaded()).bench(options),
  configCheck: async (options) => (await loaded()).configCheck(options),
  keysAdd: async (options, key) => (await loaded()).keysAdd(options, key),
  keysList: async (options) => (await loaded()).keysList(options),
  keysRevoke: async (options, keyId) => (await loaded()).keysRevoke(options, keyId),
};

const exitCode = await runCli(process.argv.slice(2), {
  ...surroundings,
  server,
  openLlm: async () => (await import('./server-commands.ts')).openConfiguredLlm(surroundings),
  version,
  stdin: process.stdin,
});
process.exitCode = exitCode;
