import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf, VerticeError } from '../errors.ts';

/** One line of a file, without its line end. */
export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/** Longest line read, bytes: above what any door takes, with room for the row around the record. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;
const LINE_END = 0x0a;

/**
 * The lines of a gzip file, a stretch at a time, in memory that does not grow with the file. Blank lines are left
 * out, but counted.
 * @throws VerticeError `VTC_EVENT_INVALID` when the file cannot be read, is no gzip, or holds a longer line
 */
export async function* gzipLines(
  path: string,
  maxLineBytes: number = MAX_LINE_BYTES,
): AsyncGenerator<readonly Line[]> {
  const stream = pipeline(createReadStream(path), createGunzip({ chunkSize: 256 * 1024 }), () => {
    // The loop below meets the same error.
  });
  let rest: Buffer[] = [];
  let restBytes = 0;
  let number = 0;
  const lineOf = (bytes: Buffer): Line | null => {
    number++;
    const text = bytes.toString('utf8').trim();
    return text === '' ? null : { text, number };
  };
  try {
    for await (const chunk of stream) {
      if (!Buffer.isBuffer(chunk)) continue;
      const lines: Line[] = [];
      let start = 0;
      for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, start)) {
        const tail = chunk.subarray(start, end);
        const line = lineOf(rest.length === 0 ? tail : Buffer.concat([...rest, tail]));
        if (line !== null) lines.push(line);
        rest = [];
        restBytes = 0;
        start = end + 1;
      }
      if (start < chunk.length) {
        rest.push(chunk.subarray(start));
        restBytes += chunk.length - start;
      }
      if (restBytes > maxLineBytes) {
        throw new VerticeError(
          'VTC_EVENT_INVALID',
          `${path}:${number + 1}: expected lines of at most ${maxLineBytes} bytes, got a longer one.`,
        );
      }
      if (lines.length > 0) yield lines;
    }
  } catch (error) {
    if (error instanceof VerticeError) throw error;
    throw new VerticeError(
      'VTC_EVENT_INVALID',
      `${path}: expected a gzip file of JSON lines: ${messageOf(error)}.`,
      { cause: error },
    );
  }
  const last = restBytes > 0 ? lineOf(Buffer.concat(rest)) : null;
  if (last !== null) yield [last];
}

/** The JSON object on a line. */
export function objectOn(path: string, line: Line): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line.text);
  } catch (error) {
    throw new VerticeError('VTC_EVENT_INVALID', `${path}:${line.number}: not JSON: ${messageOf(error)}.`, {
      cause: error,
    });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new VerticeError('VTC_EVENT_INVALID', `${path}:${line.number}: expected a JSON object.`);
  }
  return { ...parsed };
}
