import { isUtf8 } from 'node:buffer';
import type { DeadLetterReason } from '../contracts/dead-letter.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';
import { messageOf } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import { describeValue } from './envelope-fault.ts';
import type { Origin, ReadResult } from './events.ts';
import {
  isRejection,
  type JsonFormat,
  type Rejection,
  type SensorFormat,
  type TextFormat,
} from './format.ts';
import { formats as allFormats, formatById } from './formats.ts';
import { describeJsonError, exceedsDepth, withoutUnstorable } from './json-text.ts';

export interface ReaderOptions {
  /** Largest record taken, bytes. */
  readonly maxRecordBytes: number;
  /** Deepest nesting of objects and arrays taken; 64 by default. */
  readonly maxDepth?: number;
  /** Formats to recognise, in this order; all of them by default. */
  readonly formats?: readonly SensorFormat[];
}

/** Turns the bytes of one record into events and rejections: at least one result, in the record's order. */
export type Reader = (value: Buffer, origin: Origin) => readonly ReadResult[];

/** Most events that one record may hold. */
const maxEventsPerRecord = 10_000;

/**
 * The door that every record passes, whichever way it came in. Pure and synchronous; never throws, whatever
 * the bytes are. JSON must be valid UTF-8; in text lines invalid bytes are read as U+FFFD, because the
 * attacker chooses user names and must not vanish from sight by sending one bad byte.
 */
export function createReader(options: ReaderOptions): Reader {
  const { maxRecordBytes, maxDepth = 64, formats = allFormats } = options;
  const jsonFormats = formats.filter((format) => format.kind === 'json');
  const textFormats = formats.filter((format) => format.kind === 'text');
  const textTitles = textFormats.map((format) => format.title).join(', ');

  function read(value: Buffer, origin: Origin): readonly ReadResult[] {
    if (value.length > maxRecordBytes) {
      const detail = `expected at most ${maxRecordBytes} bytes, got ${value.length}`;
      return [rejected('too_large', detail)];
    }
    const start = contentStart(value);
    if (start === value.length) {
      return [rejected('empty', `expected a record, got ${value.length} bytes of white space`)];
    }
    const end = contentEnd(value);
    const text = value.toString('utf8', start, end);
    const forced = origin.format === undefined ? undefined : formatById(origin.format, formats);
    if (origin.format !== undefined && forced === undefined) {
      const ids = formats.map((format) => format.id).join(', ');
      return [
        rejected('unrecognised', `expected one of the formats ${ids}, got "${origin.format.slice(0, 64)}"`),
      ];
    }
    if (forced?.kind === 'text') return [readText(text, origin, forced)];
    const first = value[start];
    if (first === 0x7b || first === 0x5b || forced !== undefined) {
      return readJson(value, text, start === 0 && end === value.length, origin, forced);
    }
    return [recogniseText(text, origin)];
  }

  function readJson(
    value: Buffer,
    text: string,
    isWhole: boolean,
    origin: Origin,
    forced: JsonFormat | undefined,
  ): readonly ReadResult[] {
    if (text.includes('\ufffd') && !isUtf8(value)) {
      const detail = `expected UTF-8, got other bytes at about character ${text.indexOf('\ufffd') + 1}`;
      return [rejected('not_utf8', detail)];
    }
    if (exceedsDepth(text, maxDepth)) {
      return [rejected('too_deep', `expected at most ${maxDepth} levels of nesting, got more`)];
    }
    const storable = withoutUnstorable(text);
    let parsed: unknown;
    try {
      parsed = JSON.parse(storable);
    } catch {
      return [forced === undefined && isBracketedText(text) ? recogniseText(text, origin) : notJson(text)];
    }
    const records = recordsIn(parsed);
    if (records !== null) return readAll(records, origin, forced).map(notVerbatim);
    const result = readValue(parsed, origin, forced);
    return [isWhole && storable === text ? result : notVerbatim(result)];
  }

  function readAll(
    records: readonly unknown[],
    origin: Origin,
    forced: JsonFormat | undefined,
  ): readonly ReadResult[] {
    if (records.length === 0) return [rejected('empty', 'expected records, got an empty array')];
    if (records.length > maxEventsPerRecord) {
      const detail = `expected at most ${maxEventsPerRecord} events in a record, got ${records.length}`;
      return [rejected('too_large', detail)];
    }
    return records.map((record, index) => {
      const result = readValue(record, { ...origin, position: `${origin.position}#${index}` }, forced);
      return result.kind === 'event' ? result : { ...result, detail: `record ${index}: ${result.detail}` };
    });
  }

  function readValue(value: unknown, origin: Origin, forced: JsonFormat | undefined): ReadResult {
    if (!isJsonObject(value)) {
      return rejected('not_an_object', `expected a JSON object, got ${describeValue(value)}`);
    }
    if (forced !== undefined) return readAs(forced, value, origin);
    for (const format of jsonFormats) {
      if (format.recognise(value)) return readAs(format, value, origin);
    }
    const members = Object.keys(value).slice(0, 8);
    const names = members.map((name) => JSON.stringify(name.slice(0, 64))).join(', ');
    return rejected('unrecognised', `no format knows an object with the members ${names || '(none)'}`);
  }

  function recogniseText(text: string, origin: Origin): ReadResult {
    for (const format of textFormats) if (format.recognise(text)) return readText(text, origin, format);
    if (isJsonScalar(text)) {
      return rejected('not_an_object', 'expected a JSON object, got a bare JSON value');
    }
    const detail = `expected a JSON object or a line of ${textTitles}; no format knows this text of ${text.length} characters`;
    return rejected('unrecognised', detail);
  }

  return read;
}

/** The event is not what the record's bytes parse to: there is more around it, or something in it was replaced. */
function notVerbatim(result: ReadResult): ReadResult {
  return result.kind === 'event' ? { ...result, isVerbatim: false } : result;
}

function readText(text: string, origin: Origin, format: TextFormat): ReadResult {
  return readAs(format, text.replaceAll('\0', '\ufffd'), origin);
}

function readAs<Raw>(format: Normaliser<Raw>, raw: Raw, origin: Origin): ReadResult {
  try {
    const result = format.normalise(raw, origin);
    return isRejection(result)
      ? rejected(result.rejected, result.detail, format.id)
      : { kind: 'event', event: result, format: format.id, isVerbatim: result === raw };
  } catch (error) {
    // A fault of ours in one format must not stop the stream: the record goes where a person sees it.
    return rejected('invalid_record', `format ${format.id} failed: ${messageOf(error)}`, format.id);
  }
}

interface Normaliser<Raw> {
  readonly id: string;
  normalise(raw: Raw, origin: Origin): SecurityEvent | Rejection;
}

function rejected(reason: DeadLetterReason, detail: string, format: string | null = null): ReadResult {
  return { kind: 'rejected', reason, detail, format };
}

/** The records of an array or of CloudTrail's and Azure's files (`{"Records": […]}`); null for a single one. */
function recordsIn(parsed: unknown): readonly unknown[] | null {
  if (Array.isArray(parsed)) return parsed;
  if (!isJsonObject(parsed)) return null;
  const records = parsed['Records'] ?? parsed['records'];
  return Array.isArray(records) && Object.keys(parsed).length === 1 ? records : null;
}

/** Index of the first byte after white space, NULs (a torn file ends in them) and a byte order mark. */
function contentStart(value: Buffer): number {
  let start = 0;
  if (value[0] === 0xef && value[1] === 0xbb && value[2] === 0xbf) start = 3;
  while (start < value.length && isBlank(value[start])) start += 1;
  return start;
}

function contentEnd(value: Buffer): number {
  let end = value.length;
  while (isBlank(value[end - 1])) end -= 1;
  return end;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09 || byte === 0;
}

function notJson(text: string): ReadResult {
  return rejected('not_json', describeJsonError(text));
}

/** Some logs open their lines with a bracket: `[error] …`, `[2026-05-01 …] …`. */
function isBracketedText(text: string): boolean {
  return /^\[\s*[^[\]{"\s]/.test(text);
}

function isJsonScalar(text: string): boolean {
  if (!/^["\dtfn-]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
