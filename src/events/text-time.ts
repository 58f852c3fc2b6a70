import { timestampFrom, timestampFromMs } from './timestamp.ts';

/** A time that stands in a line, and where. */
export interface TextTime {
  /** RFC 3339; null when day and month cannot be told apart, or the time never was. */
  readonly timestamp: string | null;
  /** Index of its first character. */
  readonly start: number;
  /** Index after its last character. */
  readonly end: number;
}

/** So far into a line a time is looked for: after a level, a program, a virtual host and its like. */
const searched = 256;
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const month = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const clock = String.raw`\d{1,2}:\d{2}:\d{2}(?:[.,:]\d{1,9})?`;
const zone = String.raw`(?: ?(?:Z\b|UTC\b|GMT\b|[+-]\d{2}:?\d{2}\b))?`;

/** Shapes that applications write, each with named parts; the one that begins first counts. */
const shapes = [
  // 2026-01-05T12:00:00.123Z, 2026-01-05  5:13:11, 2026/01/05 - 12:00:00, date=2026-01-05 time=12:00:00
  String.raw`(?<![\d.])(?<year1>\d{4})(?<sep>[-/])(?<month1>\d{2})\k<sep>(?<day1>\d{2})(?:[Tt]|[ _-]{1,3}| time=)(?<clock1>${clock})(?<zone1>${zone})`,
  // Mon Jan 05 12:00:00.123456 2026
  String.raw`\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? {1,2}(?<month2>${month}) {1,2}(?<day2>\d{1,2}) (?<clock2>${clock})(?: (?:UTC|GMT|[A-Z]{3,4}))? (?<year2>\d{4})\b`,
  // 05/Jan/2026:12:00:00 +0100, 05-Jan-2026 12:00:00.123, 05 Jan 2026 12:00:00
  String.raw`(?<!\d)(?<day3>\d{1,2})[ /-](?<month3>${month})[ /-](?<year3>\d{4})[ :T]{1,2}(?<clock3>${clock})(?<zone3>${zone})`,
  // Jan 05, 2026 9:24:18 AM; Jan 05 2026 12:00:00; Jan  5 12:00:00
  String.raw`\b(?<month4>${month}) {1,2}(?<day4>\d{1,2})(?:,? (?<year4>\d{4}))?,? (?<clock4>${clock})(?: (?<half4>[AP]M)\b)?`,
  // 05.01.2026 12:00:00, 05/01/2026 12:00:00: which of the two is the day, only a number above 12 tells
  String.raw`(?<!\d)(?<first5>\d{1,2})(?<sep5>[./-])(?<second5>\d{1,2})\k<sep5>(?<year5>\d{4}),? (?<clock5>${clock})(?: (?<half5>[AP]M)\b)?`,
  // I0105 12:00:00.123456, as glog writes
  String.raw`^[IWEF](?<month6>\d{2})(?<day6>\d{2}) (?<clock6>${clock})`,
  // 260105 12:00:00, as old MySQL writes
  String.raw`^(?<year7>\d{2})(?<month7>\d{2})(?<day7>\d{2}) {1,2}(?<clock7>${clock})`,
  // [1767614400.123], 1767614400.123 at the beginning, ts=1767614400
  String.raw`(?:\[|^|\b(?:ts|time|timestamp)=)(?<epoch>1\d{9}(?:\d{3})?(?:\.\d{1,9})?)(?=[\]\s.]|$)`,
];
const anyShape = new RegExp(shapes.join('|'));

/**
 * The time that stands near the beginning of an application's log line; null when there is none. Work is linear in
 * the part looked at: every repetition is bounded, and none holds another.
 *
 * @param receivedAtMs decides the year of a time that has none: the latest that is not over a day in the future
 */
export function findTextTime(text: string, receivedAtMs: number): TextTime | null {
  const found = anyShape.exec(text.length > searched ? text.slice(0, searched) : text);
  if (found === null) return null;
  const parts: Readonly<Record<string, string | undefined>> = found.groups ?? {};
  return {
    timestamp: timestampOf(parts, receivedAtMs),
    start: found.index,
    end: found.index + found[0].length,
  };
}

type Parts = Readonly<Record<string, string | undefined>>;

function timestampOf(parts: Parts, receivedAtMs: number): string | null {
  const { epoch } = parts;
  if (epoch !== undefined) return timestampFrom(Number(epoch));
  if (parts['clock1'] !== undefined) {
    return composed(parts['year1'], Number(parts['month1']), parts['day1'], parts['clock1'], parts['zone1']);
  }
  if (parts['clock2'] !== undefined) {
    return composed(parts['year2'], monthOf(parts['month2']), parts['day2'], parts['clock2']);
  }
  if (parts['clock3'] !== undefined) {
    return composed(parts['year3'], monthOf(parts['month3']), parts['day3'], parts['clock3'], parts['zone3']);
  }
  if (parts['clock4'] !== undefined) {
    const time = withHalf(parts['clock4'], parts['half4']);
    const named = monthOf(parts['month4']);
    if (parts['year4'] !== undefined) return composed(parts['year4'], named, parts['day4'], time);
    return withoutYear(named, parts['day4'], time, receivedAtMs);
  }
  if (parts['clock5'] !== undefined) return ofNumbers(parts);
  if (parts['clock6'] !== undefined) {
    return withoutYear(Number(parts['month6']), parts['day6'], parts['clock6'], receivedAtMs);
  }
  if (parts['clock7'] === undefined) return null;
  return composed(`20${parts['year7']}`, Number(parts['month7']), parts['day7'], parts['clock7']);
}

function ofNumbers({ first5, second5, sep5, year5, clock5, half5 }: Parts): string | null {
  const first = Number(first5);
  const second = Number(second5);
  const time = withHalf(clock5 ?? '', half5);
  // With dots the day comes first wherever such dates are written; with strokes both orders are common.
  if (sep5 === '.' || first > 12) return composed(year5, second, String(first), time);
  if (second > 12) return composed(year5, first, String(second), time);
  return first === second ? composed(year5, first, String(second), time) : null;
}

function monthOf(name: string | undefined): number {
  return months.indexOf((name ?? '').toLowerCase()) + 1;
}

function withHalf(time: string, half: string | undefined): string {
  if (half === undefined) return time;
  const colon = time.indexOf(':');
  const hour = (Number(time.slice(0, colon)) % 12) + (half === 'PM' ? 12 : 0);
  return `${hour}${time.slice(colon)}`;
}

function composed(
  year: string | undefined,
  monthNumber: number,
  day: string | undefined,
  time: string,
  offset = '',
): string | null {
  const [hour = '', minute = '', second = '', fraction = '0'] = time.split(/[:.,]/);
  const date = `${year}-${String(monthNumber).padStart(2, '0')}-${(day ?? '').padStart(2, '0')}`;
  const written = `${date}T${hour.padStart(2, '0')}:${minute}:${second}.${fraction}${offset.trim()}`;
  return timestampFrom(written);
}

/** February 29th goes back to the last leap year. */
function withoutYear(
  monthNumber: number,
  day: string | undefined,
  time: string,
  receivedAtMs: number,
): string | null {
  const latest = timestampFromMs(receivedAtMs + 86_400_000);
  if (latest === null) return null;
  const lastYear = Number(latest.slice(0, 4));
  for (let year = lastYear; year >= lastYear - 8 && year >= 1970; year -= 1) {
    const timestamp = composed(String(year), monthNumber, day, time);
    if (timestamp !== null && timestamp <= latest) return timestamp;
  }
  return null;
}
