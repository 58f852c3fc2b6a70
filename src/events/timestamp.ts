const dateTime =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,20}))?)? ?(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?(?:\[[\w!./+=:-]{1,40}\])?$/;
const epoch = /^\d{9,19}(?:\.\d{1,9})?$/;
const lastMs = 253_402_300_799_999; // 9999-12-31T23:59:59.999Z: RFC 3339 knows no fifth digit of a year
const daysInMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/**
 * A sensor's time as RFC 3339 in UTC with millisecond precision (finer digits are cut, so that all
 * timestamps sort as text), or null when it is no time. Takes
 * - RFC 3339 with any offset, also `-0600`, a blank instead of `T`, any number of fraction digits, no seconds, a
 *   zone's name in brackets after it (RFC 9557); with no offset it is UTC;
 * - seconds, milliseconds, microseconds or nanoseconds since the epoch, told apart by their size, as a number
 *   or as a string of at least nine digits.
 */
export function timestampFrom(value: unknown): string | null {
  if (typeof value === 'number') return fromEpoch(value);
  if (typeof value !== 'string' || value.length > 48) return null;
  if (isPlainUtc(value)) return `${value.slice(0, 19)}.${value.slice(20, -1).slice(0, 3).padEnd(3, '0')}Z`;
  const parts = dateTime.exec(value);
  if (parts !== null) return fromParts(parts);
  return epoch.test(value) ? fromEpoch(Number(value)) : null;
}

/** Milliseconds since the epoch as RFC 3339 in UTC, or null when the year would not have four digits. */
export function timestampFromMs(ms: number): string | null {
  return ms >= 0 && ms <= lastMs ? new Date(ms).toISOString() : null;
}

/**
 * Whether the text is a valid time as nearly every record writes it: `2026-05-01T12:00:00Z`, with or without a
 * fraction. Every reader takes such a time, which does not hold for all that RFC 3339 allows (leap seconds).
 */
export function isPlainUtc(text: string): boolean {
  const last = text.length - 1;
  if (last < 19 || text.charCodeAt(last) !== 0x5a || text.charCodeAt(10) !== 0x54) return false;
  if (text.charCodeAt(4) !== 0x2d || text.charCodeAt(7) !== 0x2d) return false;
  if (text.charCodeAt(13) !== 0x3a || text.charCodeAt(16) !== 0x3a) return false;
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  // The 29th of February is left to the thorough check.
  const lastDay = month === 2 ? 28 : daysInMonth[month - 1];
  // Written so that NaN fails, which stands for something else than digits.
  if (lastDay === undefined || !(day >= 1 && day <= lastDay)) return false;
  if (!(twoDigits(text, 0) >= 0 && twoDigits(text, 2) >= 0)) return false;
  if (!(twoDigits(text, 11) <= 23 && twoDigits(text, 14) <= 59 && twoDigits(text, 17) <= 59)) return false;
  if (last === 19) return true;
  if (last < 21 || text.charCodeAt(19) !== 0x2e) return false;
  for (let i = 20; i < last; i += 1) if (!isDigit(text.charCodeAt(i))) return false;
  return true;
}

/** Value of the two digits at `at`; NaN when they are none. */
function twoDigits(text: string, at: number): number {
  const high = text.charCodeAt(at);
  const low = text.charCodeAt(at + 1);
  return isDigit(high) && isDigit(low) ? (high - 48) * 10 + low - 48 : Number.NaN;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function fromEpoch(value: number): string | null {
  // By way of whole microseconds, because 1588205199.999 × 1000 comes out a hair too small.
  if (value < 1e11) return timestampFromMs(Math.floor(Math.round(value * 1e6) / 1e3));
  if (value < 1e14) return timestampFromMs(value);
  if (value < 1e17) return timestampFromMs(value / 1e3);
  return timestampFromMs(value / 1e6);
}

function fromParts(parts: RegExpExecArray): string | null {
  const [, year, month, day, hour, minute, second = '0', fraction = '0', offset = 'Z'] = parts;
  const monthIndex = Number(month) - 1;
  const lastDay = monthIndex === 1 && !isLeapYear(Number(year)) ? 28 : daysInMonth[monthIndex];
  if (lastDay === undefined || Number(day) < 1 || Number(day) > lastDay) return null;
  // A leap second (60) is a valid time: it becomes the first second of the next minute.
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null;
  const offsetMs = offsetMilliseconds(offset);
  // Date.UTC takes a year below 100 for one of the twentieth century.
  if (offsetMs === null || Number(year) < 100) return null;
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'));
  const ms =
    Date.UTC(
      Number(year),
      monthIndex,
      Number(day),
      Number(hour),
      Number(minute),
      Number(second),
      milliseconds,
    ) - offsetMs;
  return ms <= lastMs ? new Date(ms).toISOString() : null;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function offsetMilliseconds(offset: string): number | null {
  const sign = offset[0];
  if (sign !== '+' && sign !== '-') return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(-2)) * (offset.length > 3 ? 1 : 0);
  if (hours > 23 || minutes > 59) return null;
  return (sign === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
