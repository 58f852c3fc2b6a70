import type { Command } from 'commander';
import { formats } from '../../events/formats.ts';
import { optionsOf } from '../command-options.ts';
import type { CliDependencies } from '../ports.ts';
import { createPaint, renderTable } from '../terminal-text.ts';

export function addFormatsCommand(program: Command, { stdout, environment }: CliDependencies): void {
  const command = program
    .command('formats')
    .description('List the sensor formats that are recognised.')
    .option('--json', 'print JSON');
  command.action(() => {
    const known = formats.map(({ id, title, kind }) => ({ id, title, kind }));
    if (optionsOf(command).flag('json')) stdout.write(`${JSON.stringify({ items: known })}\n`);
    else {
      stdout.write(
        renderTable(
          [{ title: 'FORMAT' }, { title: 'LAYOUT' }, { title: 'WHAT', maxWidth: 80 }],
          known.map(({ id, kind, title }) => [id, kind, title]),
          createPaint(stdout, environment),
        ),
      );
    }
  });
}
