import type { Command } from 'commander';
import { optionsOf } from '../command-options.ts';
import type { CliDependencies } from '../ports.ts';
import { serverSettingsOf, withServerOptions } from '../server-settings.ts';
import { createPaint, renderTable } from '../terminal-text.ts';

export function addConfigCommand(program: Command, { server, stdout, environment }: CliDependencies): void {
  const config = program.command('config').description('The configuration.');
  const command = withServerOptions(
    config
      .command('check')
      .description('Check the configuration, and show what is in effect and from where.'),
  ).option('--json', 'print JSON');
  command.action(async () => {
    const options = optionsOf(command);
    const settings = await server.configCheck(serverSettingsOf(options));
    if (options.flag('json')) stdout.write(`${JSON.stringify({ items: settings })}\n`);
    else {
      stdout.write(
        renderTable(
          [{ title: 'SETTING' }, { title: 'VALUE' }, { title: 'FROM' }],
          settings.map(({ name, value, from }) => [name, value, from]),
          createPaint(stdout, environment),
        ),
      );
    }
  });
}
