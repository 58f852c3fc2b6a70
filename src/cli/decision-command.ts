import type { Command } from 'commander';
import type { Static, TObject } from 'typebox';
import { Compile } from 'typebox/compile';
import { VerticeError } from '../errors.ts';
import { clientFor, withClientOptions } from './api-client.ts';
import { optionsOf } from './command-options.ts';
import { renderFields } from './list-command.ts';
import type { CliDependencies } from './ports.ts';
import { createPaint } from './terminal-text.ts';

/** A command by which a person decides about one thing. */
export interface DecisionCommand<Schema extends TObject> {
  readonly name: string;
  readonly description: string;
  readonly argument: string;
  readonly schema: Schema;
  path(id: string): string;
  describe(item: Static<Schema>): readonly (readonly [string, string])[];
}

/** Adds a decision command to the program. It prints what it decided about, as it stands afterwards. */
export function addDecisionCommand<Schema extends TObject>(
  program: Command,
  dependencies: CliDependencies,
  decision: DecisionCommand<Schema>,
): void {
  const answer = Compile(decision.schema);
  const command = withClientOptions(
    program.command(decision.name).description(decision.description).argument(`<${decision.argument}>`),
  );
  command.action(async () => {
    const [id = ''] = command.args;
    const { stdout, environment } = dependencies;
    const { body } = await clientFor(command, dependencies).post(decision.path(encodeURIComponent(id)));
    if (optionsOf(command).flag('json')) {
      stdout.write(`${JSON.stringify(body)}\n`);
    } else if (answer.Check(body)) {
      stdout.write(renderFields(decision.describe(body), createPaint(stdout, environment)));
    } else {
      throw new VerticeError(
        'VTC_API_FAILED',
        'the server did it, and answered in another shape than expected; do server and command have the same version?',
      );
    }
  });
}
