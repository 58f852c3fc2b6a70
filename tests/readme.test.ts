import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configTable } from '../src/config/describe.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('the README', () => {
  it('lists every setting as the schema has it (scripts/config-table.ts writes the table)', () => {
    expect(readme).toContain(`<!-- settings -->\n${configTable()}<!-- end of settings -->`);
  });
});
