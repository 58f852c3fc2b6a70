import type { Command } from 'commander';
import { collect, optionsOf } from '../command-options.ts';
import type { CliDependencies } from '../ports.ts';
import { serverSettingsOf, withListenOptions } from '../server-settings.ts';

export function addStartCommand(program: Command, { server }: CliDependencies): void {
  const command = withListenOptions(
    program
      .command('start')
      .description('Run the server: pipeline, doors and API, until it is told to stop.'),
  ).option('--tail <file>', 'log file to follow; repeatable', collect);
  command.action(async () => {
    const options = optionsOf(command);
    await server.start({ ...serverSettingsOf(options), tail: options.list('tail') });
  });
}
