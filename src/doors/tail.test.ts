import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Log } from '../observability/log.ts';
import { silentLog } from '../observability/log.ts';
import type { FileCheckpoint } from '../store/store.ts';
import type { DoorRecord } from './door.ts';
import { startTail, type Tail, type TailOptions } from './tail.ts';

/** What a run of the door leaves behind for the next one. */
interface World {
  readonly dir: string;
  readonly path: string;
  readonly checkpoints: Map<string, FileCheckpoint>;
  readonly records: DoorRecord[];
}

function createWorld(): World {
  const dir = mkdtempSync(join(tmpdir(), 'vertice-tail-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return { dir, path: join(dir, 'app.log'), checkpoints: new Map(), records: [] };
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

function start(world: World, overrides: Partial<TailOptions> = {}): Tail {
  const tail = startTail({
    paths: [world.path],
    accept: async (batch) => void world.records.push(...batch),
    checkpoints: {
      load: async (path) => world.checkpoints.get(path) ?? null,
      save: async (path, checkpoint) => void world.checkpoints.set(path, checkpoint),
    },
    pollMs: 15,
    rotateWaitMs: 30,
    maxRecordBytes: 4096,
    log: silentLog,
    count: () => {},
    onFailed: (path, error) => {
      throw new Error(`${path} failed`, { cause: error });
    },
    ...overrides,
  });
  onTestFinished(() => tail.close());
  return tail;
}

/** Records in order, a re-delivered one (same position, same bytes, hence same event id) once. */
function delivered(records: readonly DoorRecord[]): string[] {
  const known = new Map(
    records.map(({ position, value }) => [`${position} ${value.toString()}`, value.toString()]),
  );
  return [...known.values()];
}

function expectDelivered(world: World, expected: readonly string[]): Promise<void> {
  return vi.waitFor(() => expect(delivered(world.records)).toEqual(expected), {
    timeout: 5_000,
    interval: 5,
  });
}

describe('startTail', () => {
  it('reads what is there, then what comes, once a line has its end', async () => {
    const world = createWorld();
    writeFileSync(world.path, 'one\ntwo\nthr');
    start(world);
    await expectDelivered(world, ['one', 'two']);
    appendFileSync(world.path, 'ee\nfour\n');
    await expectDelivered(world, ['one', 'two', 'three', 'four']);
    const inode = statSync(world.path).ino;
    expect(world.records.map((record) => record.position)).toEqual(
      [0, 4, 8, 14].map((at) => `file:${inode}:${at}`),
    );
  });

  it('waits for a file, and a folder, that is not there yet', async () => {
    const world = createWorld();
    const path = join(world.dir, 'later', 'app.log');
    start(world, { paths: [path] });
    mkdirSync(join(world.dir, 'later'));
    writeFileSync(path, 'one\n');
    await expectDelivered(world, ['one']);
    appendFileSync(path, 'two\n');
    await expectDelivered(world, ['one', 'two']);
  });

  it('notices changes at once where the system reports them', async () => {
    const world = createWorld();
    writeFileSync(world.path, 'one\n');
    start(world, { pollMs: 3_600_000 });
    await expectDelivered(world, ['one']);
    appendFileSync(world.path, 'two\n');
    await expectDelivered(world, ['one', 'two']);
  });

  it('begins at the end where it is told to, but not in a file that comes later', async () => {
    const world = createWorld();
    writeFileSync(world.path, 'old\n');
    const later = join(world.dir, 'later.log');
    start(world, { paths: [world.path, later], startAt: 'end' });
    await vi.waitFor(() => expect(world.checkpoints.get(world.path)?.offset).toBe(4));
    appendFileSync(world.path, 'new\n');
    await expectDelivered(world, ['new']);
    writeFileSync(later, 'first\n');
    await expectDelivered(world, ['new', 'first']);
  });

  it('follows several files', async () => {
    const world = createWorld();
    const paths = ['a.log', 'b.log', 'c.log'].map((name) => join(world.dir, name));
    for (const path of paths) writeFileSync(path, `${path}\n`);
    start(world, { paths });
    await vi.waitFor(() => expect(delivered(world.records).sort()).toEqual(paths));
  });

  it('follows a rename in the middle of a line: the writer ends it in the old file', async () => {
    const world = createWorld();
    writeFileSync(world.path, 'one\ntw');
    start(world);
    await expectDelivered(world, ['one']);
    renameSync(world.path, `${world.path}.1`);
    appendFileSync(`${world.path}.1`, 'o\n');
    writeFileSync(world.path, 'three\n');
    await expectDelivered(world, ['one', 'two', 'three']);
    renameSync(`${world.path}.1`, `${world.path}.2`);
    renameSync(world.path, `${world.path}.1`);
    writeFileSync(world.path, 'four\n');
    await expectDelivered(world, ['one', 'two', 'three', 'four']);
  });

  it('hands on a line that never ends when its file is rotated away', async () => {
    const world = createWorld();
    writeFileSync(world.path, 'one\ntw');
    start(world);
    await expectDelivered(world, ['one']);
    renameSync(world.path, `${world.path}.1`);
    writeFileSync(world.path, 'three\n');
    await expectDelivered(world, ['one', 'tw', 'three']);
  });

  it('reads what the copy holds and we had not read when a file is copied and truncated', async () => {
    const world = createWorld();
    writeFileSync(world.path, 'one\ntwo\n');
    const tail = start(world);
    await expectDelivered(world, ['one', 'two']);
    await tail.close();
    appendFileSync(world.path, 'three\nfo');
    copyFileSync(world.path, `${world.path}.1`);
    truncateSync(world.path);
    appendFileSync(world.path, 'five\n');
    start(world);
    await expectDelivered(world, ['one', 'two', 'three', 'fo', 'five']);
  });

  it('notices a truncated file that has already grown past where it was', async () => {
    const world = createWorld();
    writeFileSync(world.path, 'one\n');
    start(world);
    await expectDelivered(world, ['one']);
    writeFileSync(world.path, 'another beginning\nand more\n');
    await expectDelivered(world, ['one', 'another beginning', 'and more']);
  });

  it('says so when what was replaced is gone, and hands on the line it broke off in', async () => {
    const world = createWorld();
    const warn = vi.fn();
    const log: Log = { ...silentLog, warn };
    writeFileSync(world.path, 'one\ntw');
    start(world, { log });
    await expectDelivered(world, ['one']);
    await vi.waitFor(() => expect(world.checkpoints.get(world.path)?.offset).toBe(4));
    writeFileSync(world.path, 'x\n');
    await expectDelivered(world, ['one', 'tw', 'x']);
    expect(warn).toHaveBeenCalledWith(
      expect.stringContaining('predecessor is not beside it'),
      expect.anything(),
    );
  });

  it('reads every file of several rotations that took place while it was away', async () => {
    const world = createWorld();
    writeFileSync(world.path, 'one\n');
    const tail = start(world);
    await expectDelivered(world, ['one']);
    await tail.close();
    appendFileSync(world.path, 'two\n');
    for (const line of ['three', 'four', 'five']) {
      renameSync(
        world.path,
        join(
          world.dir,
          `app.log-2026${line}`.replace('three', '1').replace('four', '2').replace('five', '3'),
        ),
      );
      // Creation times must differ, as they do when days lie between rotations.
      await pause(12);
      writeFileSync(world.path, `${line}\n`);
    }
    writeFileSync(join(world.dir, 'app-errors.log'), 'not ours\n');
    writeFileSync(join(world.dir, 'app.log.1.gz'), 'not ours\n');
    mkdirSync(join(world.dir, 'app.log.9'));
    start(world);
    await expectDelivered(world, ['one', 'two', 'three', 'four', 'five']);
  });

  it('goes on where it was in a file that was restored under another inode', async () => {
    const world = createWorld();
    writeFileSync(world.path, `${'x'.repeat(2000)}\n`);
    const tail = start(world);
    await vi.waitFor(() => expect(world.records).toHaveLength(1));
    await tail.close();
    copyFileSync(world.path, join(world.dir, 'restored'));
    unlinkSync(world.path);
    renameSync(join(world.dir, 'restored'), world.path);
    appendFileSync(world.path, 'more\n');
    start(world);
    await vi.waitFor(() => expect(world.records.map((record) => record.value.length)).toEqual([2000, 4]));
  });

  it('keeps the lines of one audit event together', async () => {
    const world = createWorld();
    const line = (type: string, serial: number): string =>
      `type=${type} msg=audit(1700000000.123:${serial}): arch=c000003e`;
    writeFileSync(world.path, `${line('SYSCALL', 7)}\n${line('EXECVE', 7)}\n`);
    const tail = start(world);
    await vi.waitFor(() => expect(world.checkpoints.get(world.path)?.offset).toBe(0));
    await tail.close();
    appendFileSync(world.path, `${line('PROCTITLE', 7)}\nplain\n`);
    start(world);
    await expectDelivered(world, [
      [line('SYSCALL', 7), line('EXECVE', 7), line('PROCTITLE', 7)].join('\n'),
      'plain',
    ]);
  });

  it('lets go of an audit event that never ends', async () => {
    const world = createWorld();
    const line = 'type=SYSCALL msg=audit(1700000000.123:7): arch=c000003e';
    writeFileSync(world.path, `${line}\n`);
    start(world);
    await expectDelivered(world, [line]);
  });

  it('marks a line that is too large with its size', async () => {
    const world = createWorld();
    writeFileSync(world.path, `${'x'.repeat(10_000)}\nnext\n`);
    start(world);
    await vi.waitFor(() => expect(world.records).toHaveLength(2));
    expect(world.records.map((record) => record.oversizeBytes)).toEqual([10_001, undefined]);
  });

  it('reads a file much larger than a chunk without holding it', async () => {
    const world = createWorld();
    const block = `${'y'.repeat(99)}\n`.repeat(10_000);
    for (let index = 0; index < 40; index += 1) appendFileSync(world.path, block);
    let bytes = 0;
    let records = 0;
    const accept = async (batch: readonly DoorRecord[]): Promise<void> => {
      records += batch.length;
      for (const record of batch) bytes += record.value.length;
    };
    start(world, { accept });
    await vi.waitFor(() => expect([records, bytes]).toEqual([400_000, 39_600_000]), { timeout: 20_000 });
    expect(world.checkpoints.get(world.path)?.offset).toBe(40_000_000);
  });

  it('reports a path that is no file, and one whose records are refused; the others go on', async () => {
    const world = createWorld();
    const good = join(world.dir, 'good.log');
    const bad = join(world.dir, 'bad.log');
    writeFileSync(good, 'one\n');
    writeFileSync(bad, 'two\n');
    const onFailed = vi.fn();
    const count = vi.fn();
    const accept = async (batch: readonly DoorRecord[]): Promise<void> => {
      if (batch[0]?.value.toString() === 'two') throw new Error('refused');
      world.records.push(...batch);
    };
    start(world, { paths: [good, bad, world.dir], onFailed, count, accept });
    await vi.waitFor(() => expect(onFailed).toHaveBeenCalledTimes(2));
    expect(onFailed).toHaveBeenCalledWith(world.dir, expect.objectContaining({ code: 'VTC_CONFIG_INVALID' }));
    expect(onFailed).toHaveBeenCalledWith(bad, expect.objectContaining({ message: 'refused' }));
    expect(count).toHaveBeenCalledWith('refused', 1);
    appendFileSync(good, 'three\n');
    await expectDelivered(world, ['one', 'three']);
  });

  it('survives the loss of the folder it watches', async () => {
    const world = createWorld();
    const dir = join(world.dir, 'logs');
    const path = join(dir, 'app.log');
    mkdirSync(dir);
    writeFileSync(path, 'one\n');
    start(world, { paths: [path] });
    await expectDelivered(world, ['one']);
    rmSync(dir, { recursive: true });
    mkdirSync(dir);
    writeFileSync(path, 'two\n');
    await expectDelivered(world, ['one', 'two']);
  });

  it('polls where a folder cannot be watched', async () => {
    const world = createWorld();
    const warn = vi.fn();
    const parent = join(world.dir, 'parent');
    writeFileSync(parent, 'a file where a folder should be');
    const path = join(parent, 'logs', 'app.log');
    start(world, { paths: [path], log: { ...silentLog, warn } });
    await vi.waitFor(() =>
      expect(warn).toHaveBeenCalledWith(expect.stringContaining('polled'), expect.anything()),
    );
    rmSync(parent);
    mkdirSync(join(parent, 'logs'), { recursive: true });
    writeFileSync(path, 'one\n');
    await expectDelivered(world, ['one']);
  });

  it('watches the folder that takes the place of one that went away', async () => {
    const world = createWorld();
    const dir = join(world.dir, 'logs');
    const path = join(dir, 'app.log');
    mkdirSync(dir);
    writeFileSync(path, 'one\n');
    const pollMs = 300;
    start(world, { paths: [path], pollMs });
    await expectDelivered(world, ['one']);
    rmSync(dir, { recursive: true });
    mkdirSync(dir);
    await pause(2 * pollMs);
    const startedAt = performance.now();
    writeFileSync(path, 'two\n');
    await expectDelivered(world, ['one', 'two']);
    expect(performance.now() - startedAt).toBeLessThan(pollMs / 2);
  });

  it('waits for a file that may not be read yet', async () => {
    const world = createWorld();
    const warn = vi.fn();
    chmodSync(world.dir, 0o755);
    writeFileSync(world.path, 'one\n', { mode: 0o000 });
    // Root may read everything: go on as somebody else.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      start(world, { log: { ...silentLog, warn } });
      await vi.waitFor(() =>
        expect(warn).toHaveBeenCalledWith(expect.stringContaining('may not be read'), expect.anything()),
      );
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
    chmodSync(world.path, 0o600);
    await expectDelivered(world, ['one']);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('loses nothing and doubles nothing, whatever happens to the file and whenever it is killed', async () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ do: fc.constant('write'), lines: fc.integer({ min: 1, max: 4 }) }),
      },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('rotate'), lines: fc.constant(0) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('kill'), lines: fc.integer({ min: 0, max: 2 }) }) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(step, { minLength: 4, maxLength: 12 }),
        async (isRenaming, steps) => {
          const world = createWorld();
          const written: string[] = [];
          let saves = Number.POSITIVE_INFINITY;
          const run = (): Tail =>
            start(world, {
              pollMs: 3,
              rotateWaitMs: 0,
              checkpoints: {
                load: async (path) => world.checkpoints.get(path) ?? null,
                // A kill between accept and the checkpoint: the save never takes place.
                save: async (path, checkpoint) => {
                  if (saves <= 0) throw new Error('killed');
                  saves -= 1;
                  world.checkpoints.set(path, checkpoint);
                },
              },
              onFailed: () => {},
            });
          // What was rotated before anyone looked is history; and so the first line is seen first.
          writeFileSync(world.path, 'first line\n');
          written.push('first line');
          let tail = run();
          await expectDelivered(world, written);
          await vi.waitFor(() => expect(world.checkpoints.get(world.path)?.offset).toBe(11), {
            interval: 2,
            timeout: 5_000,
          });
          let rotations = 0;
          const write = (lines: number): void => {
            for (let line = 0; line < lines; line += 1) {
              written.push(`line ${written.length} of this log`);
              appendFileSync(world.path, `${written.at(-1)}\n`);
            }
          };
          /**
           * Nobody can tell that a file was filled, copied and emptied again between two looks at it, or while the
           * program was starting; and a line that was read before a kill, but not noted, has another place in the
           * copy than it had. So before a file is copied and emptied, all of it has been read and noted.
           */
          const noted = async (): Promise<void> => {
            write(1);
            await vi.waitFor(
              () => expect(world.checkpoints.get(world.path)?.offset).toBe(statSync(world.path).size),
              { interval: 2, timeout: 5_000 },
            );
          };
          const kill = async (allowedSaves: number): Promise<void> => {
            saves = allowedSaves;
            await pause(4);
            await tail.close();
            saves = Number.POSITIVE_INFINITY;
            tail = run();
          };
          const rotate = async (): Promise<void> => {
            if (statSync(world.path).size === 0) return;
            if (!isRenaming) await noted();
            rotations += 1;
            const target = `${world.path}.${rotations}`;
            if (isRenaming) renameSync(world.path, target);
            else copyFileSync(world.path, target);
            await pause(6);
            if (isRenaming) writeFileSync(world.path, '');
            else truncateSync(world.path);
          };
          for (const { do: what, lines } of steps) {
            if (what === 'write') write(lines);
            else if (what === 'kill') await kill(lines);
            else await rotate();
          }
          await expectDelivered(world, written);
          await tail.close();
        },
      ),
      { numRuns: 30, endOnFailure: true },
    );
  }, 60_000);
});
