import { type Command, InvalidArgumentError } from 'commander';

/** The options of a command as they were given, read by name with the type they were declared with. */
export interface CommandOptions {
  text(name: string): string | null;
  number(name: string): number | null;
  flag(name: string): boolean;
  list(name: string): readonly string[];
}

export function optionsOf(command: Command): CommandOptions {
  const values: Readonly<Record<string, unknown>> = command.opts();
  return {
    text: (name) => {
      const value = values[name];
      return typeof value === 'string' ? value : null;
    },
    number: (name) => {
      const value = values[name];
      return typeof value === 'number' ? value : null;
    },
    flag: (name) => values[name] === true,
    list: (name) => {
      const value = values[name];
      return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
    },
  };
}

/** Parser of an option that is a whole number in a range. */
export function integerBetween(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < minimum || value > maximum) {
      throw new InvalidArgumentError(`Expected a whole number from ${minimum} to ${maximum}.`);
    }
    return value;
  };
}

/** Parser of an option that is a number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError('Expected a number above 0.');
  }
  return value;
}

/** Parser of an option that may be given several times. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}
