import { createRequire } from 'node:module';
import { runCli } from './cli/cli.ts';
import { systemClock } from './clock.ts';
import { createServerCommands } from './server-commands.ts';

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

function ownVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)('../package.json');
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
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
const exitCode = await runCli(process.argv.slice(2), {
  ...surroundings,
  server: createServerCommands(surroundings),
  version: ownVersion(),
  stdin: process.stdin,
});
process.exitCode = exitCode;
