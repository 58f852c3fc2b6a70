import { type Command, InvalidArgumentError } from 'commander';
import { isTechnique } from '../../detection/attack/attack.ts';
import type { ReadOptions } from '../../detection/sigma/parse/options.ts';
import { type CommandOptions, collect } from '../command-options.ts';

/** What reading rules may be told on the command line. */
export function withReadOptions(command: Command): Command {
  return command.option(
    '--placeholder <name=value>',
    'a value for %name% in rules with "expand" (may be repeated)',
    (text: string, before: readonly string[] | undefined) => {
      if (!/^[^=\s%]+=/.test(text)) throw new InvalidArgumentError('Expected name=value.');
      return collect(text, before);
    },
  );
}

export function readOptionsOf(options: CommandOptions): ReadOptions {
  const placeholders = new Map<string, string[]>();
  for (const given of options.list('placeholder')) {
    const at = given.indexOf('=');
    const name = given.slice(0, at);
    placeholders.set(name, [...(placeholders.get(name) ?? []), given.slice(at + 1)]);
  }
  return { placeholders, isKnownTechnique: isTechnique };
}

/** `1 rule`, `2 rules`. */
export function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
}
