import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withPackLicences } from './pack-licence.ts';
import { loadRuleFolder } from './rule-folder.ts';

const rule = (title: string, more = '') => `
title: ${title}
id: ${title === 'One' ? '5d1f8a52-8f0e-4a9e-9f3c-3a7a2b1c0d01' : '5d1f8a52-8f0e-4a9e-9f3c-3a7a2b1c0d02'}
status: test
level: low
logsource: { product: linux }
detection: { selection: { a: b }, condition: selection }
${more}`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vertice-pack-'));
  await writeFile(join(folder, 'one.yml'), rule('One'));
  await writeFile(join(folder, 'two.yml'), rule('Two', 'license: MIT'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function licences(): Promise<(string | null)[]> {
  const set = await withPackLicences(await loadRuleFolder([folder]), [folder]);
  return set.detections.map(({ license }) => license);
}

describe('the licence of a folder of rules', () => {
  it('goes with the rules that name none', async () => {
    await writeFile(
      join(folder, 'LICENSE'),
      'The rules are released under the Detection Rule License (DRL) 1.1',
    );
    expect(await licences()).toEqual(['DRL 1.1', 'MIT']);
  });

  it('is unknown when there is no such file, or nobody knows its wording', async () => {
    expect(await licences()).toEqual([null, 'MIT']);
    await writeFile(join(folder, 'LICENSE'), 'Do what you like.');
    expect(await licences()).toEqual([null, 'MIT']);
  });
});
