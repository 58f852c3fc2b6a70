import { VerticeError } from '../errors.ts';

/** RFC 3339 allows second 60, which Date does not read. */
function parse(timestamp: string): number {
  return Date.parse(timestamp.replace(/:60(?=[.Zz+-])/, ':59'));
}

/**
 * Where a record stands in time, milliseconds since the epoch. A record is never refused for its time:
 * one that cannot be read counts as the oldest.
 */
export function recordMs(timestamp: string): number {
  const ms = parse(timestamp);
  return Number.isNaN(ms) ? 0 : ms;
}

/** A bound given by the caller, milliseconds since the epoch. Throws `VTC_USAGE` when it is no RFC 3339 time. */
export function boundMs(timestamp: string): number {
  const ms = parse(timestamp);
  if (Number.isNaN(ms)) {
    throw new VerticeError(
      'VTC_USAGE',
      `Expected an RFC 3339 time such as 2026-01-31T12:00:00Z, got ${JSON.stringify(timestamp.slice(0, 64))}.`,
    );
  }
  return ms;
}
