import { timestampFrom, timestampFromMs } from './timestamp.ts';

/** The parts of a syslog line (RFC 3164, RFC 5424, or what rsyslog writes to files). */
export interface SyslogLine {
  readonly facility: string | undefined;
  readonly severity: string | undefined;
  /** RFC 3339; null when the line has no time or one that never was. */
  readonly timestamp: string | null;
  readonly host: string | undefined;
  /** Empty when the line names none. */
  readonly program: string;
  readonly pid: string | undefined;
  readonly messageId: string | undefined;
  /** RFC 5424's structured data: parameters by element. */
  readonly structuredData:
    | { readonly [element: string]: { readonly [parameter: string]: string } }
    | undefined;
  readonly message: string;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const octetCount = /^\d{1,7} (?=<\d{1,3}>)/;
const priority = /^<(\d{1,3})>/;
const rfc5424 = /^1 (\S{1,64}) (\S{1,255}) (\S{1,128}) (\S{1,128}) (\S{1,128}) (?=[-[])/;
const bsdTime =
  /^(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}(\d{1,2})(?: (\d{4}))? (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?:? /;
const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2}) /;
const hostAndTag =
  /^([A-Za-z0-9_.:%-]{0,254}[A-Za-z0-9_.%-]) ([^\s:[\]]{1,128})(?:\[(\w{1,32})\])?:(?: |$)(.*)$/s;
const tagOnly = /^([^\s:[\]]{1,128})(?:\[(\w{1,32})\])?:(?: |$)(.*)$/s;
const hostOnly = /^([A-Za-z0-9_.:%-]{1,255}) (.*)$/s;
/** An application's own log often has its level where syslog has the host. */
const level = /^(?:trace|debug|info|notice|warn|warning|error|err|crit|critical|fatal)$/i;

/**
 * Reads a syslog line; null when the text is none. Without a priority (as in files) it must begin with a time, and
 * an ISO time must be followed by host and program, since many other logs begin with one.
 *
 * @param receivedAtMs decides the year of a time that has none: the latest that is not over a day in the future
 */
export function readSyslogLine(text: string, receivedAtMs: number): SyslogLine | null {
  const unframed = text.slice(octetCount.exec(text)?.[0].length ?? 0);
  const code = priority.exec(unframed);
  const pri = code === null ? undefined : Number(code[1]);
  if (pri !== undefined && pri > 191) return null;
  const rest = unframed.slice(code?.[0].length ?? 0);
  const labels = {
    facility: pri === undefined ? undefined : facilities[pri >> 3],
    severity: pri === undefined ? undefined : severities[pri & 7],
  };
  const versioned = pri === undefined ? null : rfc5424.exec(rest);
  if (versioned !== null) return { ...labels, ...readRfc5424(versioned, rest.slice(versioned[0].length)) };
  const bsd = bsdTime.exec(rest);
  if (bsd !== null) {
    const timestamp = bsdTimestamp(bsd, receivedAtMs);
    return { ...labels, timestamp, ...readTag(rest.slice(bsd[0].length)) };
  }
  const iso = isoTime.exec(rest);
  if (iso !== null) {
    const line = readTag(rest.slice(iso[0].length));
    const isSure =
      pri !== undefined || (line.host !== undefined && line.program !== '' && !level.test(line.host));
    return isSure ? { ...labels, timestamp: timestampFrom(iso[0].trim()), ...line } : null;
  }
  return pri === undefined ? null : { ...labels, timestamp: null, ...readTag(rest) };
}

type TagAndMessage = Omit<SyslogLine, 'facility' | 'severity' | 'timestamp'>;

function readTag(text: string): TagAndMessage {
  const none = {
    host: undefined,
    program: '',
    pid: undefined,
    messageId: undefined,
    structuredData: undefined,
  };
  const full = hostAndTag.exec(text);
  if (full !== null) {
    return { ...none, host: full[1], program: full[2] ?? '', pid: full[3], message: full[4] ?? '' };
  }
  const tag = tagOnly.exec(text);
  if (tag !== null) return { ...none, program: tag[1] ?? '', pid: tag[2], message: tag[3] ?? '' };
  const host = hostOnly.exec(text);
  return host === null ? { ...none, message: text } : { ...none, host: host[1], message: host[2] ?? '' };
}

function readRfc5424(header: RegExpExecArray, rest: string): Omit<SyslogLine, 'facility' | 'severity'> {
  const [, time, host, program, pid, messageId] = header;
  const { elements, length } = readStructuredData(rest);
  return {
    timestamp: timestampFrom(time),
    host: present(host),
    program: present(program) ?? '',
    pid: present(pid),
    messageId: present(messageId),
    structuredData: elements,
    message: rest.slice(length).replace(/^ ?\ufeff?/, ''),
  };
}

const maxElements = 64;
const elementStart = /\[([^\s=\]"]{1,64})/y;
const parameter = / ([^\s=\]"]{1,64})="((?:[^"\\\]]|\\.)*)"/sy;

/** Structured data at the start of the text, as far as it is well formed, and its length. */
function readStructuredData(text: string): { elements: SyslogLine['structuredData']; length: number } {
  if (text.startsWith('-')) return { elements: undefined, length: 1 };
  const elements = new Map<string, { readonly [parameter: string]: string }>();
  let at = 0;
  while (elements.size < maxElements) {
    elementStart.lastIndex = at;
    const start = elementStart.exec(text);
    if (start === null) break;
    const parameters = new Map<string, string>();
    let end = elementStart.lastIndex;
    for (;;) {
      parameter.lastIndex = end;
      const pair = parameter.exec(text);
      if (pair === null) break;
      parameters.set(pair[1] ?? '', (pair[2] ?? '').replace(/\\(["\\\]])/g, '$1'));
      end = parameter.lastIndex;
    }
    const name = start[1] ?? '';
    if (text[end] !== ']' || elements.has(name)) break;
    elements.set(name, Object.fromEntries(parameters));
    at = end + 1;
  }
  return { elements: elements.size === 0 ? undefined : Object.fromEntries(elements), length: at };
}

/** A time without zone is UTC. February 29th goes back to the last leap year. */
function bsdTimestamp(parts: RegExpExecArray, receivedAtMs: number): string | null {
  const [, monthName = '', day, year, hour, minute, second, fraction = '0'] = parts;
  const month = months.indexOf(monthName);
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null;
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'));
  const inYear = (y: number) => {
    const date = new Date(0);
    date.setUTCFullYear(y, month, Number(day));
    const isReal = date.getUTCMonth() === month;
    date.setUTCHours(Number(hour), Number(minute), Number(second), milliseconds);
    return isReal ? date.getTime() : null;
  };
  if (year !== undefined) return timestampFromMs(inYear(Number(year)) ?? -1);
  const latest = receivedAtMs + 86_400_000;
  const lastYear = new Date(latest).getUTCFullYear();
  for (let y = lastYear; y >= lastYear - 8; y -= 1) {
    const ms = inYear(y);
    if (ms !== null && ms <= latest) return timestampFromMs(ms);
  }
  return null;
}

function present(value: string | undefined): string | undefined {
  return value === '-' ? undefined : value;
}

export const severities = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];

export const facilities = [
  'kern',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
  'authpriv',
  'ftp',
  'ntp',
  'audit',
  'alert',
  'clock',
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7',
];
