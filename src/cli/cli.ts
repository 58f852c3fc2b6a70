import { Command, CommanderError } from 'commander';
import { messageOf, VerticeError } from '../errors.ts';
import { addApproveCommand } from './commands/approve.ts';
import { addBenchCommand } from './commands/bench.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addConfigCommand } from './commands/config.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addDetectionsCommand } from './commands/detections.ts';
import { addDismissCommand } from './commands/dismiss.ts';
import { addEvalCommand } from './commands/eval.ts';
import { addEventsCommand } from './commands/events.ts';
import { addFormatsCommand } from './commands/formats.ts';
import { addIngestCommand } from './commands/ingest.ts';
import { addInjectCommand } from './commands/inject.ts';
import { addKeysCommand } from './commands/keys.ts';
import { addResponsesCommand } from './commands/responses.ts';
import { addRollbackCommand } from './commands/rollback.ts';
import { addRulesCommand } from './commands/rules.ts';
import { addStartCommand } from './commands/start.ts';
import { addStatusCommand } from './commands/status.ts';
import { addTailCommand } from './commands/tail.ts';
import { addThreatsCommand } from './commands/threats.ts';
import type { CliDependencies } from './ports.ts';
import { createPaint, printable } from './terminal-text.ts';

/** What the process ends with. */
export const exitCodes = { ok: 0, failure: 1, usage: 2, unreachable: 3, interrupted: 130 } as const;

/** The program: every command, none of them run. */
export function createCli(dependencies: CliDependencies): Command {
  const { stdout, stderr, version } = dependencies;
  const program = new Command('vertice')
    .description(
      'Autonomous cyber defence: detects attacks in a stream of security events and contains them.',
    )
    .version(version, '-v, --version')
    .showSuggestionAfterError()
    .showHelpAfterError('(--help shows what there is)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
    });
  for (const add of [
    addStartCommand,
    addDemoCommand,
    addStatusCommand,
    addThreatsCommand,
    addApproveCommand,
    addDismissCommand,
    addResponsesCommand,
    addRollbackCommand,
    addDetectionsCommand,
    addEventsCommand,
    addIngestCommand,
    addTailCommand,
    addInjectCommand,
    addFormatsCommand,
    addRulesCommand,
    addConfigCommand,
    addKeysCommand,
    addBenchCommand,
    addEvalCommand,
    addCompletionCommand,
  ]) {
    add(program, dependencies);
  }
  return program;
}

/**
 * Runs one command line (without the program's name) to its end.
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage or configuration, 3 no server answers, 130 interrupted
 */
export async function runCli(args: readonly string[], dependencies: CliDependencies): Promise<number> {
  const { stderr, environment, signal } = dependencies;
  const program = createCli(dependencies);
  try {
    if (args.length === 0) program.help({ error: true });
    await program.parseAsync([...args], { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    // Commander has printed it.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (signal.aborted) return exitCodes.interrupted;
    const paint = createPaint(stderr, environment);
    const message = messageOf(error).split('\n').map(printable).join('\n');
    stderr.write(`${paint('red', 'error:')} ${message}\n`);
    return exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  if (!(error instanceof VerticeError)) return exitCodes.failure;
  if (error.facts['unreachable'] === true) return exitCodes.unreachable;
  return error.code === 'VTC_USAGE' || error.code === 'VTC_CONFIG_INVALID'
    ? exitCodes.usage
    : exitCodes.failure;
}
