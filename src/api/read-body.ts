import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib';
import { ApiProblem } from './problem.ts';

/** RFC 9659: the largest window a zstd content coding may ask for, 8 MiB. */
const maxZstdWindowLog = 23;

const decoders: Readonly<Record<string, () => Transform | null>> = {
  identity: () => null,
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: maxZstdWindowLog } }),
};

/** Memory that the bodies of all requests share. */
export class BodyBudget {
  readonly #mostBytes: number;
  #takenBytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** False, and nothing taken, when there is no room. */
  take(bytes: number): boolean {
    if (this.#takenBytes + bytes > this.#mostBytes) return false;
    this.#takenBytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#takenBytes -= bytes;
  }
}

export interface HeldBody {
  readonly bytes: Buffer;
  /** Gives the memory back to the budget; to be called once, when nobody needs the bytes any more. */
  release(): void;
}

export interface BodyLimits {
  /** As sent, and after decompression. */
  readonly maxBytes: number;
  readonly budget: BodyBudget;
}

/**
 * The whole body, decompressed. Whole, so that a body that breaks off, cannot be decompressed or is too
 * large leaves nothing half taken in. Rejects with an `ApiProblem`; what is still to come is then read and
 * dropped, so that the sender gets to read the answer.
 */
export function readBody(request: IncomingMessage, { maxBytes, budget }: BodyLimits): Promise<HeldBody> {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() || 'identity';
  const createDecoder = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
  if (createDecoder === undefined) {
    const known = 'gzip, deflate, br, zstd';
    const detail = `Cannot undo the Content-Encoding "${encoding.slice(0, 100)}". Use one of ${known}, or none.`;
    return Promise.reject(
      new ApiProblem('unsupported-media-type', detail, { headers: { 'accept-encoding': known } }),
    );
  }
  if (Number(request.headers['content-length']) > maxBytes) return Promise.reject(tooLarge(maxBytes));

  const { promise, resolve, reject } = Promise.withResolvers<HeldBody>();
  const decoder = createDecoder();
  const source = decoder === null ? request : request.pipe(decoder);
  const chunks: Buffer[] = [];
  let heldBytes = 0;
  let sentBytes = 0;
  let isSettled = false;

  const fail = (problem: ApiProblem): void => {
    if (isSettled) return;
    isSettled = true;
    chunks.length = 0;
    budget.release(heldBytes);
    if (decoder !== null) {
      request.unpipe(decoder);
      decoder.destroy();
    }
    request.resume();
    reject(problem);
  };

  request.on('data', (chunk: Buffer) => {
    sentBytes += chunk.length;
    if (sentBytes > maxBytes) fail(tooLarge(maxBytes));
  });
  source.on('data', (chunk: Buffer) => {
    if (isSettled) return;
    if (heldBytes + chunk.length > maxBytes) fail(tooLarge(maxBytes));
    else if (!budget.take(chunk.length)) {
      fail(
        new ApiProblem('unavailable', 'Too many request bodies at the moment. Send it again later.', {
          retryAfterSeconds: 1,
        }),
      );
    } else {
      heldBytes += chunk.length;
      chunks.push(chunk);
    }
  });
  source.on('end', () => {
    if (isSettled) return;
    isSettled = true;
    resolve({ bytes: Buffer.concat(chunks, heldBytes), release: () => budget.release(heldBytes) });
  });
  decoder?.on('error', () => {
    fail(new ApiProblem('invalid-request', `The body is not valid ${encoding}, or it breaks off.`));
  });
  request.on('error', () => fail(new ApiProblem('invalid-request', 'The body breaks off.')));
  return promise;
}

function tooLarge(maxBytes: number): ApiProblem {
  const detail = `A body may have ${maxBytes} bytes at most, as sent and after decompression. Send smaller batches.`;
  return new ApiProblem('too-large', detail);
}
