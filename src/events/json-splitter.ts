import { createJsonScan, isBlank, isOrderMark, type JsonScan } from './json-scan.ts';
import type { ChunkSplitter } from './line-splitter.ts';
import { createPendingRecord, type SplitRecord } from './split-record.ts';

/** A list of records: the stream itself, a top-level array, the array of `{"Records": […]}`. */
type List = 'stream' | 'array' | 'records';

/** Where the splitter stands. Behind `Records`, only the end of its object is expected. */
type Place = List | 'behind-records' | 'value' | 'scalar' | 'garbage';

const recordsHead = '{"Records":';
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const lineFeed = 0x0a;

/**
 * JSON documents one after the other, with any white space: of an array each element is a record, also of the array
 * in `{"Records": […]}` (as CloudTrail's files are), else each object. Where the JSON breaks, what came of the record
 * goes out as it is and reading goes on at the next bracket or line: no byte but white space, commas and brackets of
 * lists is left out.
 */
export function createJsonSplitter(maxRecordBytes: number): ChunkSplitter {
  const pending = createPendingRecord(maxRecordBytes);
  let place: Place = 'stream';
  /** The list that the present record is in. */
  let list: List = 'stream';
  let scan: JsonScan = createJsonScan();
  /** First characters of the present record without white space: enough to tell `{"Records":`. */
  let head = '';
  let isInString = false;
  let isEscaped = false;
  let chunk: Buffer = Buffer.alloc(0);
  let found: SplitRecord[] = [];
  /** Offset of the present chunk's first byte, and where in the chunk the present record begins or goes on. */
  let offset = 0;
  let from = 0;
  let recordStart = 0;
  let index = 0;

  function begin(next: 'value' | 'scalar' | 'garbage', at: number): void {
    place = next;
    from = at;
    recordStart = offset + at;
    scan = createJsonScan();
    head = '';
    isInString = false;
    isEscaped = false;
  }

  /** Ends the record before the byte at `to` of the present chunk. */
  function finish(to: number, next: Place): void {
    pending.add(chunk.subarray(from, to));
    const endOffset = recordStart + pending.length;
    const isOversize = pending.isOversize;
    const value = pending.take();
    const where = { position: index, byteOffset: recordStart, endOffset };
    found.push(isOversize ? { value, ...where, oversize: true } : { value, ...where });
    index += 1;
    place = next;
  }

  // The following take the byte at `at`, or leave it to be looked at again from where the splitter then stands.

  function takeInStream(byte: number, at: number): boolean {
    if (isSeparator(byte) || isOrderMark(byte, offset + at)) return true;
    if (byte === openBracket) place = 'array';
    // Closing brackets are left over where a list broke off in the middle.
    if (byte === openBracket || byte === closeBracket || byte === closeBrace) return true;
    list = 'stream';
    begin(byte === openBrace ? 'value' : 'garbage', at);
    return false;
  }

  function takeInList(within: 'array' | 'records', byte: number, at: number): boolean {
    if (isSeparator(byte)) return true;
    if (byte === closeBracket) {
      place = within === 'records' ? 'behind-records' : 'stream';
      return true;
    }
    list = within;
    begin(opens(byte) ? 'value' : 'scalar', at);
    return false;
  }

  function takeBehindRecords(byte: number, at: number): boolean {
    if (byte === closeBrace) place = 'stream';
    else if (!isSeparator(byte)) begin('garbage', at);
    return true;
  }

  function takeInValue(byte: number, at: number): boolean {
    const step = scan.step(byte);
    if (step === 'wrong') {
      finish(at, 'stream');
      return false;
    }
    if (step === 'end') {
      finish(at + 1, list);
    } else if (opensRecords(byte)) {
      pending.take();
      place = 'records';
    }
    return true;
  }

  function takeInScalar(byte: number, at: number): boolean {
    if (isOfScalar(byte)) return true;
    finish(at, isInString ? 'stream' : list);
    return false;
  }

  function takeInGarbage(byte: number, at: number): boolean {
    if (byte !== lineFeed && !(opens(byte) && offset + at > recordStart)) return true;
    finish(at, 'stream');
    return false;
  }

  /** Whether the byte opens `{"Records": [`, whose elements are the records and whose brackets are not. */
  function opensRecords(byte: number): boolean {
    if (list === 'stream' && byte === openBracket && head === recordsHead) return true;
    if (head.length <= recordsHead.length && !isBlank(byte)) head += String.fromCharCode(byte);
    return false;
  }

  /** Whether the byte belongs to a string, number or literal, or to what stands in the place of one. */
  function isOfScalar(byte: number): boolean {
    if (isInString) {
      if (isEscaped) isEscaped = false;
      else if (byte === backslash) isEscaped = true;
      else if (byte === quote) isInString = false;
      return byte >= 0x20;
    }
    if (byte === quote) isInString = true;
    return !isBlank(byte) && byte !== comma && byte !== closeBracket && !opens(byte);
  }

  function take(byte: number, at: number): boolean {
    switch (place) {
      case 'value':
        return takeInValue(byte, at);
      case 'scalar':
        return takeInScalar(byte, at);
      case 'garbage':
        return takeInGarbage(byte, at);
      case 'behind-records':
        return takeBehindRecords(byte, at);
      case 'stream':
        return takeInStream(byte, at);
      default:
        return takeInList(place, byte, at);
    }
  }

  return {
    push(bytes, records) {
      chunk = bytes;
      found = records;
      from = 0;
      for (let at = 0; at < chunk.length; ) {
        if (take(chunk[at] ?? 0, at)) at += 1;
        if (place === 'value' && head.length > recordsHead.length) at = scan.skipText(chunk, at);
      }
      if (isRecord(place)) pending.add(chunk.subarray(from));
      offset += chunk.length;
    },
    end(records) {
      found = records;
      from = chunk.length;
      if (isRecord(place)) finish(chunk.length, 'stream');
    },
  };
}

/** What stands between the elements of a list. */
function isSeparator(byte: number): boolean {
  return isBlank(byte) || byte === comma;
}

function opens(byte: number): boolean {
  return byte === openBrace || byte === openBracket;
}

function isRecord(place: Place): boolean {
  return place === 'value' || place === 'scalar' || place === 'garbage';
}
