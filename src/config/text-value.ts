import type { Setting } from './settings.ts';

const booleans: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  '1': true,
  false: false,
  no: false,
  '0': false,
};

/**
 * What a text (environment variable, flag) means to a setting. Numbers are decimal, booleans are
 * true/false/1/0/yes/no, lists are comma-separated. An empty text is null for a setting that can be off,
 * an empty list or string for those, and `undefined` (not set) for the rest. A text that cannot be read as
 * the setting's kind is returned as it is, for the schema to refuse.
 */
export function valueOfText(setting: Setting, text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === '' && setting.nullable) return null;
  switch (setting.kind) {
    case 'string':
      return setting.secret ? text : trimmed;
    case 'list':
      return trimmed.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]));
    case 'boolean':
      return trimmed === '' ? undefined : (booleans[trimmed.toLowerCase()] ?? text);
    case 'integer':
    case 'number':
      if (trimmed === '') return undefined;
      return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : text;
    case 'choice':
      return trimmed === '' ? undefined : trimmed;
  }
}
