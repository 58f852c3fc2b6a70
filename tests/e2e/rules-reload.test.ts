import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Program, startProgram } from '../promises/program.ts';

const rule = (title: string, condition = 'selection') => `
title: ${title}
id: 5d1f8a52-8f0e-4a9e-9f3c-3a7a2b1c0d01
status: test
level: high
author: Someone
tags: [attack.t1059.004]
logsource: { product: linux, category: process_creation }
detection:
  selection: { CommandLine|contains: 'evil' }
  condition: ${condition}
`;

let folder: string;
let program: Program | null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vertice-rules-'));
  await mkdir(join(folder, 'rules'));
  program = null;
});
afterEach(async () => {
  await program?.close();
  await rm(folder, { recursive: true, force: true });
});

function start(): Promise<Program> {
  return startProgram({
    environment: { VERTICE_STARTER_RULES: 'false', VERTICE_RULES_DIRS: join(folder, 'rules') },
  });
}

/** Shows an event that the rule hits, and returns the titles of what was found in it. */
async function titlesFor(running: Program, id: string): Promise<readonly string[]> {
  const event = {
    event_id: id,
    timestamp: new Date().toISOString(),
    source: 'sysmon',
    event_type: 'process_started',
    payload: { CommandLine: '/bin/sh -c evil' },
    context: { host: 'web-1', logsource: { product: 'linux', category: ['process_creation'] } },
  };
  await running.vertice.intake('test', [{ value: Buffer.from(JSON.stringify(event)), position: id }]);
  await running.vertice.settle();
  const { items } = await running.vertice.store.detections({}, { limit: 100 });
  return items
    .filter(({ event_id }) => event_id === id)
    .flatMap(({ findings }) => findings.map((one) => one.title));
}

describe('rules in a folder', () => {
  it('are in force at the start, and anew when they change', async () => {
    await writeFile(join(folder, 'rules', 'a.yml'), rule('The first'));
    program = await start();
    expect(await titlesFor(program, 'e1')).toEqual(['The first']);
    await writeFile(join(folder, 'rules', 'a.yml'), rule('The second'));
    const running = program;
    let serial = 1;
    await expect
      .poll(() => titlesFor(running, `e${++serial}`), { timeout: 20_000, interval: 500 })
      .toEqual(['The second']);
  });

  it('stay as they are when a change is wrong', async () => {
    await writeFile(join(folder, 'rules', 'a.yml'), rule('The first'));
    program = await start();
    await writeFile(join(folder, 'rules', 'a.yml'), rule('The second', 'no_such_selection'));
    const running = program;
    await expect
      .poll(() => running.log.some((line) => line.includes('those in force stay')), { timeout: 20_000 })
      .toBe(true);
    expect(running.log.join('')).toMatch(/a\.yml:\d+: .*no_such_selection/);
    expect(await titlesFor(program, 'e1')).toEqual(['The first']);
  });

  it('keep the program from starting when they are wrong, with file, line and what was expected', async () => {
    await writeFile(join(folder, 'rules', 'a.yml'), rule('The first', 'selection and'));
    await expect(start()).rejects.toThrow(/a\.yml:\d+: /);
  });
});
