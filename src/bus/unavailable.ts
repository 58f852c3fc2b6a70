import { messageOf, VerticeError } from '../errors.ts';

/** An error of the disk as the product speaks of it: retryable, for the disk may have room or be back later. */
export function unavailable(doing: string, path: string, cause: unknown): VerticeError {
  if (cause instanceof VerticeError) return cause;
  return new VerticeError(
    'VTC_BUS_UNAVAILABLE',
    `cannot ${doing} ${path}: ${messageOf(cause)}; check the disk (space, quota, permissions, health)`,
    { cause, isRetryable: true, facts: { file: path } },
  );
}
