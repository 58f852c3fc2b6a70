import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configTable } from '../src/config/describe.ts';

/** Writes the table of settings into the README. `tests/readme.test.ts` fails when it is out of date. */
const readme = fileURLToPath(new URL('../README.md', import.meta.url));
const [before, , after] = readFileSync(readme, 'utf8').split(/<!-- (?:settings|end of settings) -->\n/);
writeFileSync(readme, `${before}<!-- settings -->\n${configTable()}<!-- end of settings -->\n${after}`);
