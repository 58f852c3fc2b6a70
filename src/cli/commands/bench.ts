import type { Command } from 'commander';
import { integerBetween, optionsOf } from '../command-options.ts';
import type { CliDependencies } from '../ports.ts';
import { createPaint, renderTable } from '../terminal-text.ts';

const defaultEvents = 100_000;

export function addBenchCommand(program: Command, { server, stdout, environment }: CliDependencies): void {
  const command = program
    .command('bench')
    .description('Measure this machine: events per second and latency of the pipeline, in this process.')
    .option(
      '--events <number>',
      `events per measurement (default: ${defaultEvents})`,
      integerBetween(100, 100_000_000),
    )
    .option('--json', 'print JSON');
  command.action(async () => {
    const options = optionsOf(command);
    const figures = await server.bench({ events: options.number('events') ?? defaultEvents });
    if (options.flag('json')) stdout.write(`${JSON.stringify({ figures })}\n`);
    else {
      stdout.write(
        renderTable(
          [{ title: 'MEASURED', maxWidth: 80 }, { title: 'VALUE', align: 'right' }, { title: 'UNIT' }],
          figures.map(({ name, value, unit }) => [name, figureText(value), unit]),
          createPaint(stdout, environment),
        ),
      );
    }
  });
}

function figureText(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 2 : 0 });
}
