import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DoorRecord } from './door.ts';
import { type FileProgress, type IngestFileOptions, ingestFile } from './file.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'vertice-file-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

async function ingest(source: string | Readable, options: Partial<IngestFileOptions> = {}) {
  const records: DoorRecord[] = [];
  const result = await ingestFile(source, {
    accept: async (batch) => void records.push(...batch),
    maxRecordBytes: 4096,
    ...options,
  });
  return { records, result, texts: records.map((record) => record.value.toString()) };
}

const lines = Array.from({ length: 3000 }, (_unused, index) => `line ${index} ${'x'.repeat(index % 50)}`);
const content = `${lines.join('\n')}\n`;

describe('ingestFile', () => {
  it.each([
    ['plain', (bytes: Buffer) => bytes, 'none'],
    ['gzip', (bytes: Buffer) => gzipSync(bytes), 'gzip'],
    [
      'gzip in two members',
      (bytes: Buffer) => Buffer.concat([gzipSync(bytes.subarray(0, 5000)), gzipSync(bytes.subarray(5000))]),
      'gzip',
    ],
    ['zstd', (bytes: Buffer) => zstdCompressSync(bytes), 'zstd'],
  ])('reads a %s file, whatever its name, with the same positions', async (_name, encode, compression) => {
    const path = join(folder(), 'name-says-nothing.txt');
    writeFileSync(path, encode(Buffer.from(content)));
    const progress: FileProgress[] = [];
    const read = await ingest(path, { onProgress: (step) => void progress.push(step) });
    expect(read.texts).toEqual(lines);
    expect(read.result).toMatchObject({ records: 3000, compression });
    expect(progress.at(-1)).toMatchObject({
      records: 3000,
      bytes: read.result.bytes,
      totalBytes: read.result.bytes,
    });
    const plain = await ingest(Readable.from([Buffer.from(content)]));
    expect(read.records).toEqual(plain.records);
  });

  it('gives the same positions when the file is renamed, and others to another file', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'a.log'), 'one\ntwo\n');
    writeFileSync(join(dir, 'c.log'), 'one\nthree\n');
    const before = await ingest(join(dir, 'a.log'));
    renameSync(join(dir, 'a.log'), join(dir, 'b.log'));
    const after = await ingest(join(dir, 'b.log'));
    const other = await ingest(join(dir, 'c.log'));
    expect(after.records).toEqual(before.records);
    expect(before.records[1]?.position).toMatch(/^[0-9a-f]{32}:4$/);
    expect(other.records[0]?.position).not.toBe(before.records[0]?.position);
  });

  it('does not depend on how a stream is cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.string({ minLength: 1, maxLength: 60 }).map((text) => `>${text.replaceAll(/[\r\n]/g, '.')}`),
          { minLength: 1 },
        ),
        fc.array(fc.nat(40)),
        async (texts, sizes) => {
          const bytes = Buffer.from(texts.join('\n'));
          const chunks: Buffer[] = [];
          let start = 0;
          for (const size of sizes) {
            chunks.push(bytes.subarray(start, start + size));
            start += size;
          }
          chunks.push(bytes.subarray(start));
          const read = await ingest(Readable.from(chunks));
          expect(read.texts).toEqual(texts);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('takes text from a stream, and reads nothing from an empty one', async () => {
    expect((await ingest(Readable.from(['a\n', 'b']))).texts).toEqual(['a', 'b']);
    expect((await ingest(Readable.from([]))).result).toEqual({ records: 0, bytes: 0, compression: 'none' });
  });

  it('marks a record that is too large with its size and reads on', async () => {
    const { records } = await ingest(Readable.from([`${'y'.repeat(9000)}\nnext\n`]));
    expect(records.map((record) => [record.value.length, record.oversizeBytes])).toEqual([
      [2048, 9001],
      [4, undefined],
    ]);
  });

  it.each([
    ['gzip', gzipSync(content)],
    ['zstd', zstdCompressSync(content)],
  ])('says where %s data breaks off', async (name, bytes) => {
    const path = join(folder(), 'broken');
    writeFileSync(path, bytes.subarray(0, bytes.length / 2));
    await expect(ingest(path)).rejects.toMatchObject({
      code: 'VTC_EVENT_INVALID',
      message: expect.stringMatching(`the ${name} data is broken or breaks off at about byte \\d+`),
    });
    writeFileSync(path, Buffer.concat([bytes.subarray(0, 20), Buffer.alloc(500, 0xff)]));
    await expect(ingest(path)).rejects.toMatchObject({ code: 'VTC_EVENT_INVALID' });
  });

  it('says that there is no such file, or that it is a folder', async () => {
    const dir = folder();
    await expect(ingest(join(dir, 'absent'))).rejects.toMatchObject({
      code: 'VTC_USAGE',
      message: expect.stringContaining('absent'),
    });
    await expect(ingest(dir)).rejects.toMatchObject({
      code: 'VTC_USAGE',
      message: expect.stringContaining('folder'),
    });
  });

  it.each([
    ['plain', Buffer.from(content)],
    ['gzip', gzipSync(content)],
  ])('stops where accept fails, or when it is told to (%s)', async (_name, bytes) => {
    const path = join(folder(), 'input');
    writeFileSync(path, bytes);
    await expect(ingest(path, { accept: () => Promise.reject(new Error('full')) })).rejects.toThrow('full');
    await expect(ingest(path, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
  });
});
