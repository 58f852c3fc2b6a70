import { timestampFrom } from '../../../events/timestamp.ts';
import type { TimePart } from '../rule.ts';

/** A part of the time that a value states, UTC; NaN when it states none. `week` is the week of ISO 8601. */
export function timePart(value: string | number, part: TimePart): number {
  const timestamp = timestampFrom(value);
  if (timestamp === null) return Number.NaN;
  const time = new Date(timestamp);
  switch (part) {
    case 'minute':
      return time.getUTCMinutes();
    case 'hour':
      return time.getUTCHours();
    case 'day':
      return time.getUTCDate();
    case 'week':
      return isoWeek(time);
    case 'month':
      return time.getUTCMonth() + 1;
    case 'year':
      return time.getUTCFullYear();
  }
}

const dayMs = 86_400_000;

/** A week belongs to the year that holds its Thursday (ISO 8601). */
function isoWeek(time: Date): number {
  const midnight = Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate());
  const daysAfterMonday = (time.getUTCDay() + 6) % 7;
  const thursday = new Date(midnight + (3 - daysAfterMonday) * dayMs);
  const newYear = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return Math.floor((thursday.getTime() - newYear) / dayMs / 7) + 1;
}
