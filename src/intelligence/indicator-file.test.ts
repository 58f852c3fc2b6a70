import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Log, silentLog } from '../observability/log.ts';
import { openIndicatorFile } from './indicator-file.ts';

let folder: string;
const warnings: string[] = [];
const log: Log = { ...silentLog, warn: (message) => warnings.push(message) };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'indicators-'));
  warnings.length = 0;
});
afterEach(() => rm(folder, { recursive: true }));

describe('the indicator file', () => {
  it('is an empty list when none is configured', async () => {
    const file = await openIndicatorFile('', log);
    await file.refresh();
    expect(file.current().size).toBe(0);
  });

  it('that is missing at first is an error that names the setting', async () => {
    await expect(openIndicatorFile(join(folder, 'none'), log)).rejects.toThrow(
      /intelligence.indicators_file/,
    );
  });

  it('is read again when it has changed, and reports its bad lines', async () => {
    const path = join(folder, 'list');
    await writeFile(path, 'ip,192.0.2.1,0.5,a\n');
    const file = await openIndicatorFile(path, log);
    expect(file.current().size).toBe(1);
    const before = file.current();
    await file.refresh();
    expect(file.current()).toBe(before);
    await writeFile(path, 'ip,192.0.2.1,0.5,a\nip,192.0.2.2,0.5,a\nnonsense\n');
    await file.refresh();
    expect(file.current().size).toBe(2);
    expect(warnings).toContain('Indicator skipped');
  });

  it('that shrinks by more than half warns', async () => {
    const path = join(folder, 'list');
    await writeFile(path, 'ip,192.0.2.1,0.5,a\nip,192.0.2.2,0.5,a\nip,192.0.2.3,0.5,a\n');
    const file = await openIndicatorFile(path, log);
    await writeFile(path, 'ip,192.0.2.1,0.5,a\n');
    await file.refresh();
    expect(warnings.join()).toContain('shrank');
  });

  it('that goes away leaves the old list in force', async () => {
    const path = join(folder, 'list');
    await writeFile(path, 'ip,192.0.2.1,0.5,a\n');
    const file = await openIndicatorFile(path, log);
    await rm(path);
    await file.refresh();
    expect(file.current().size).toBe(1);
    expect(warnings.join()).toContain('stays in force');
  });
});
