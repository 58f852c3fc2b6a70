import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isJsonObject } from '../json.ts';
import { formatById, formats } from './formats.ts';

describe('formats', () => {
  it('lists every file of this folder that holds a format, under the file’s name', async () => {
    const files = readdirSync(new URL('.', import.meta.url)).filter(
      (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
    );
    const found: unknown[] = [];
    for (const file of files) {
      const exported: unknown = await import(new URL(file, import.meta.url).href);
      if (!isJsonObject(exported)) continue;
      for (const value of Object.values(exported)) {
        if (isJsonObject(value) && 'recognise' in value && 'normalise' in value) {
          expect(`${String(value['id'])}.ts`).toBe(file);
          found.push(value);
        }
      }
    }
    expect(new Set(formats)).toEqual(new Set(found));
    expect(formats).toHaveLength(found.length);
  });

  it('asks the generic format last', () => {
    expect(formats.at(-1)?.id).toBe('generic-json');
  });

  it('finds a format by its id', () => {
    for (const format of formats) expect(formatById(format.id)).toBe(format);
    expect(formatById('no-such')).toBeUndefined();
  });
});
