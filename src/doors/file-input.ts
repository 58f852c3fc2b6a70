import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { messageOf, VerticeError } from '../errors.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

const chunkBytes = 262_144;
const magics: readonly { readonly compression: Compression; readonly bytes: Buffer }[] = [
  { compression: 'gzip', bytes: Buffer.from([0x1f, 0x8b]) },
  { compression: 'zstd', bytes: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]) },
];
const longestMagic = 4;

/** A file, or a stream, to be read once from beginning to end. */
export interface FileInput {
  readonly stream: Readable;
  /** Null when it is not known. */
  readonly totalBytes: number | null;
}

/** Opens a file for reading. Rejects with `VTC_USAGE` when there is none, or it may not be read. */
export async function openFileInput(path: string): Promise<FileInput> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new Error('it is a folder');
    const stream = createReadStream(path, { highWaterMark: chunkBytes });
    await new Promise((resolve, reject) => stream.once('open', resolve).once('error', reject));
    return { stream, totalBytes: found.isFile() ? found.size : null };
  } catch (cause) {
    throw new VerticeError('VTC_USAGE', `cannot read ${path}: ${messageOf(cause)}`, { cause });
  }
}

/**
 * The content of a stream, decompressed when its first bytes (not its name) say gzip or zstd. Rejects with
 * `VTC_EVENT_INVALID` when the compressed data is broken or breaks off.
 *
 * @param onRead told the bytes as they are read, before decompression
 */
export async function* contentOf(
  stream: Readable,
  onRead: (bytes: number, compression: Compression) => void,
): AsyncGenerator<Buffer> {
  const { head, rest } = await peek(stream);
  const compression = compressionOf(head);
  let readBytes = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of rest) {
      readBytes += chunk.length;
      onRead(chunk.length, compression);
      yield chunk;
    }
  }
  const decoder = decoderFor(compression);
  if (decoder === null) {
    yield* counted();
    return;
  }
  let failure: unknown = null;
  const piped = pipeline(counted, decoder).catch((cause: unknown) => {
    failure = cause;
  });
  try {
    for await (const chunk of decoder) yield bufferOf(chunk);
  } catch (cause) {
    failure ??= cause;
  }
  await piped;
  if (failure !== null) {
    throw new VerticeError(
      'VTC_EVENT_INVALID',
      `the ${compression} data is broken or breaks off at about byte ${readBytes}: ${messageOf(failure)}`,
      { cause: failure },
    );
  }
}

function decoderFor(compression: Compression): Transform | null {
  switch (compression) {
    case 'gzip':
      return createGunzip({ chunkSize: chunkBytes });
    case 'zstd':
      return createZstdDecompress({ chunkSize: chunkBytes });
    case 'none':
      return null;
  }
}

function compressionOf(head: Buffer): Compression {
  const magic = magics.find(({ bytes }) => head.subarray(0, bytes.length).equals(bytes));
  return magic?.compression ?? 'none';
}

/** The first bytes of a stream, enough to recognise it, and the whole stream. */
async function peek(stream: Readable): Promise<{ head: Buffer; rest: AsyncGenerator<Buffer> }> {
  const iterator: AsyncIterator<unknown> = stream[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let bytes = 0;
  let isDone = false;
  while (bytes < longestMagic && !isDone) {
    const next = await iterator.next();
    isDone = next.done === true;
    if (isDone) break;
    const chunk = bufferOf(next.value);
    first.push(chunk);
    bytes += chunk.length;
  }
  async function* rest(): AsyncGenerator<Buffer> {
    try {
      yield* first;
      while (!isDone) {
        const next = await iterator.next();
        if (next.done === true) return;
        yield bufferOf(next.value);
      }
    } finally {
      stream.destroy();
    }
  }
  return { head: Buffer.concat(first), rest: rest() };
}

function bufferOf(chunk: unknown): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
}
