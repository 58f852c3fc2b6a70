import type { Command } from 'commander';
import { VerticeError } from '../errors.ts';
import { type CommandOptions, collect, integerBetween } from './command-options.ts';
import type { ServerSettings } from './ports.ts';

/** Adds the options of commands that run the server, or open its data, in this process. */
export function withServerOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file (YAML)')
    .option('--data-dir <folder>', 'folder of bus, database and block list')
    .option(
      '--set <name=value>',
      'any setting by its dotted name, e.g. detection.failed_logins=8; repeatable',
      collect,
    );
}

/** Adds the options of commands that serve the API. */
export function withListenOptions(command: Command): Command {
  return withServerOptions(command)
    .option('--host <address>', 'address the API listens on')
    .option('--port <number>', 'port the API listens on; 0 picks a free one', integerBetween(0, 65_535))
    .option('--dry-run', 'decide and record everything, touch nothing');
}

/** What those options say. Throws `VTC_USAGE` for a `--set` that is none. */
export function serverSettingsOf(options: CommandOptions): ServerSettings {
  const settings: Record<string, string> = {};
  for (const assignment of options.list('set')) {
    const at = assignment.indexOf('=');
    if (at < 1) throw new VerticeError('VTC_USAGE', `expected --set name=value, got "${assignment}"`);
    settings[assignment.slice(0, at)] = assignment.slice(at + 1);
  }
  const dataDir = options.text('dataDir');
  const host = options.text('host');
  const port = options.number('port');
  if (dataDir !== null) settings['data_dir'] = dataDir;
  if (host !== null) settings['api.host'] = host;
  if (port !== null) settings['api.port'] = String(port);
  if (options.flag('dryRun')) settings['response.dry_run'] = 'true';
  return { configFile: options.text('config'), settings };
}
