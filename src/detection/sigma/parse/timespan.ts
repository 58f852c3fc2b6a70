/** Milliseconds of a unit; months and years are the mean ones of the Gregorian calendar. */
const units = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 7 * 86_400_000],
  ['M', 2_629_746_000],
  ['y', 31_556_952_000],
]);

/** A time such as `90s`, `5m`, `1h`, `7d`, `2w`, `1M` (a month) or `1y`, in milliseconds; null when it is none. */
export function parseTimespan(text: string): number | null {
  const found = /^\s*(\d{1,9})\s*([smhdwMy])\s*$/.exec(text);
  const unit = units.get(found?.[2] ?? '');
  const count = Number(found?.[1]);
  return found === null || unit === undefined || count === 0 ? null : count * unit;
}
