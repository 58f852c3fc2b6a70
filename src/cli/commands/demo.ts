import type { Command } from 'commander';
import { optionsOf, positiveNumber } from '../command-options.ts';
import type { CliDependencies } from '../ports.ts';
import { serverSettingsOf, withListenOptions } from '../server-settings.ts';

/** The recording takes seven seconds: at this pace it can still be read as it goes by. */
const defaultSpeed = 2;

export function addDemoCommand(program: Command, { server }: CliDependencies): void {
  const command = withListenOptions(
    program
      .command('demo')
      .description('Run the server and show it an attack: a recorded one, or with --live a real one.'),
  )
    .option('--live', 'attack a real sshd in network namespaces of its own (needs root, Linux)')
    .option(
      '--speed <factor>',
      `how many times faster than recorded (default: ${defaultSpeed})`,
      positiveNumber,
    )
    .option('--stay', 'go on running afterwards, for a look at the API');
  command.action(async () => {
    const options = optionsOf(command);
    await server.demo({
      ...serverSettingsOf(options),
      live: options.flag('live'),
      speed: options.number('speed') ?? defaultSpeed,
      stay: options.flag('stay'),
    });
  });
}
