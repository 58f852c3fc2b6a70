import { limits } from './limits.ts';
import type { YamlEntry, YamlMap, YamlNode, YamlScalar } from './yaml-tree.ts';

/**
 * Reads the YAML that nearly all rules are written in: one document of block mappings and lists with values on one
 * line, folded plain text and `|` blocks. Some ten times faster than the YAML library, which reading 4,000 rules
 * at start needs.
 *
 * @returns null for everything else, valid or not: then the library reads it. What is returned is what the library
 *   would have made of it, places included.
 */
export function readPlainYaml(text: string): YamlMap | null {
  // Tabs, other control characters, carriage returns, a byte order mark: seldom, and not as simple as they look.
  if (unusual.test(text) || !text.endsWith('\n')) return null;
  try {
    const map = new PlainReader(text).document();
    return map;
  } catch (error) {
    if (error === notPlain) return null;
    throw error;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unusual = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/;

/** Thrown to give up. */
const notPlain = Symbol('not plain YAML');

/** What a plain value cannot begin with, or what begins something that is not read here. */
const special = /^[-?:](?: |$)|^[:,[\]{}#&*!|>'"%@`]/;
const documentMark = /^(?:---|\.\.\.)(?: |$)/;

interface Line {
  /** Offset of the first character that is not a space. */
  readonly start: number;
  readonly end: number;
  readonly indent: number;
}

class PlainReader {
  readonly #text: string;
  readonly #lines: Line[] = [];
  #at = 0;
  #left: number = limits.nodes;

  constructor(text: string) {
    this.#text = text;
    for (let from = 0; from < text.length; ) {
      const end = text.indexOf('\n', from);
      let start = from;
      while (start < end && text.charCodeAt(start) === 0x20) start += 1;
      this.#lines.push({ start, end, indent: start - from });
      from = end + 1;
    }
  }

  document(): YamlMap {
    const first = this.#next();
    if (first === null || first.indent !== 0 || this.#isItem(first)) throw notPlain;
    const map = this.#map(first.start, 0, 0);
    if (this.#next() !== null) throw notPlain;
    return map;
  }

  /** The next line with something on it, which is not taken yet. */
  #next(): Line | null {
    for (; this.#at < this.#lines.length; this.#at += 1) {
      const line = this.#lines[this.#at];
      if (line === undefined) return null;
      if (line.start === line.end || this.#text.charCodeAt(line.start) === 0x23) continue;
      if (line.indent === 0 && documentMark.test(this.#text.slice(line.start, line.start + 4)))
        throw notPlain;
      return line;
    }
    return null;
  }

  #isItem(line: Line): boolean {
    if (this.#text.charCodeAt(line.start) !== 0x2d) return false;
    return line.start + 1 === line.end || this.#text.charCodeAt(line.start + 1) === 0x20;
  }

  #spend(depth: number): void {
    this.#left -= 1;
    if (this.#left < 0 || depth > limits.depth) throw notPlain;
  }

  /** @param start of the first key, which may stand behind the dash of a list */
  #map(start: number, indent: number, depth: number): YamlMap {
    this.#spend(depth);
    const entries: YamlEntry[] = [];
    const keys = new Set<string>();
    let keyStart = start;
    for (;;) {
      const line = this.#lines[this.#at];
      if (line === undefined) throw notPlain;
      const { key, valueStart } = this.#key(keyStart, line.end);
      if (key === '<<' || keys.has(key)) throw notPlain;
      keys.add(key);
      entries.push({
        key,
        keyOffset: keyStart,
        value: this.#value(valueStart, line.end, indent, true, depth + 1),
      });
      const next = this.#next();
      if (next === null || next.indent < indent) break;
      if (next.indent > indent || this.#isItem(next)) {
        // Below a list a dash of the same column is the next item.
        if (next.indent === indent) break;
        throw notPlain;
      }
      keyStart = next.start;
    }
    return { kind: 'map', entries, offset: start };
  }

  #key(start: number, end: number): { readonly key: string; readonly valueStart: number } {
    const line = this.#text.slice(start, end);
    if (line.startsWith("'")) {
      const quoted = /^'((?:[^']|'')*)':(?= |$)/.exec(line);
      if (quoted === null) throw notPlain;
      return { key: (quoted[1] ?? '').replaceAll("''", "'"), valueStart: start + quoted[0].length };
    }
    const colon = line.search(/:(?: |$)/);
    if (colon <= 0 || colon > 1_000 || special.test(line)) throw notPlain;
    const key = line.slice(0, colon);
    if (key.endsWith(' ') || key.includes(' #')) throw notPlain;
    return { key, valueStart: start + colon + 1 };
  }

  /**
   * What stands behind a key or a dash.
   *
   * @param indent of the mapping or list around it
   * @param isInMap a list may then begin in the column of the key
   */
  #value(from: number, end: number, indent: number, isInMap: boolean, depth: number): YamlNode {
    let start = from;
    while (start < end && this.#text.charCodeAt(start) === 0x20) start += 1;
    // A comment must have a space before it.
    const isComment = this.#text.charCodeAt(start) === 0x23 && start > from;
    if (start === end || isComment) {
      this.#at += 1;
      return this.#block(indent, isInMap, depth);
    }
    if (!isInMap) {
      // "- key: value": a mapping that goes on in the column of the key.
      const rest = this.#text.slice(start, end);
      const column = start - (from - 1) + indent;
      if (/^- |^-$/.test(rest)) throw notPlain;
      const isKey = /^(?:'(?:[^']|'')*'|[^'"[{&*!|>#][^#]*?):(?: |$)/.test(rest);
      if (isKey) return this.#map(start, column, depth);
    }
    return this.#scalar(start, end, indent, depth);
  }

  /** What stands below a key or a dash. */
  #block(indent: number, isInMap: boolean, depth: number): YamlNode {
    const next = this.#next();
    if (next === null) throw notPlain;
    if (this.#isItem(next) && (next.indent > indent || (isInMap && next.indent === indent))) {
      return this.#list(next, depth);
    }
    if (next.indent <= indent) throw notPlain;
    return this.#map(next.start, next.indent, depth);
  }

  #list(first: Line, depth: number): YamlNode {
    this.#spend(depth);
    const items: YamlNode[] = [];
    for (let line: Line | null = first; line !== null && line.indent >= first.indent; line = this.#next()) {
      if (line.indent > first.indent) throw notPlain;
      if (!this.#isItem(line)) break;
      items.push(this.#value(line.start + 1, line.end, first.indent, false, depth + 1));
    }
    return { kind: 'list', items, offset: first.start };
  }

  #scalar(start: number, end: number, indent: number, depth: number): YamlScalar {
    this.#spend(depth);
    this.#at += 1;
    const line = this.#text.slice(start, end);
    const head = line.charAt(0);
    if (head === "'") return this.#quoted(/^'((?:[^']|'')*)'(?: +#.*| *)$/.exec(line), start, "''", "'");
    if (head === '"') return this.#quoted(/^"([^"\\]*)"(?: +#.*| *)$/.exec(line), start, '', '');
    if (head === '|') return this.#literal(line, start, indent);
    if (special.test(line) || line.endsWith(':') || line.includes(': ')) throw notPlain;
    const comment = line.indexOf(' #');
    const first = (comment === -1 ? line : line.slice(0, comment)).trimEnd();
    const value = comment === -1 ? this.#folded(first, indent) : first;
    // A comment ends the value: what is indented below it is a fault.
    const next = this.#next();
    if (next !== null && next.indent > indent) throw notPlain;
    return plainScalar(value, start);
  }

  #quoted(found: RegExpExecArray | null, start: number, escaped: string, plain: string): YamlScalar {
    if (found === null) throw notPlain;
    const inner = found[1] ?? '';
    const value = escaped === '' ? inner : inner.replaceAll(escaped, plain);
    return { kind: 'scalar', value, text: value, textOffset: start + 1, offset: start };
  }

  /** Plain text that goes on in the lines below: a line end is a space, each empty line a line end. */
  #folded(first: string, indent: number): string {
    let value = first;
    let empty = 0;
    for (let ahead = this.#at; ; ahead += 1) {
      const line = this.#lines[ahead];
      if (line === undefined) break;
      if (line.start === line.end) {
        empty += 1;
        continue;
      }
      if (line.indent <= indent) break;
      const more = this.#text.slice(line.start, line.end).trimEnd();
      if (more.startsWith('#') || more.includes(' #') || more.includes(': ') || more.endsWith(':'))
        throw notPlain;
      value += empty === 0 ? ` ${more}` : '\n'.repeat(empty) + more;
      empty = 0;
      this.#at = ahead + 1;
    }
    return value;
  }

  /** `|` and `|-`: the lines below as they are. */
  #literal(header: string, offset: number, indent: number): YamlScalar {
    const found = /^\|(-?) *$/.exec(header);
    if (found === null) throw notPlain;
    const lines: string[] = [];
    let inner = -1;
    for (; this.#at < this.#lines.length; this.#at += 1) {
      const line = this.#lines[this.#at];
      if (line === undefined) break;
      const isEmpty = line.start === line.end;
      if (inner === -1 && !isEmpty) inner = line.indent;
      if (isEmpty) {
        if (line.indent > 0) throw notPlain;
        lines.push('');
      } else if (line.indent <= indent) break;
      else if (line.indent < inner) throw notPlain;
      else lines.push(this.#text.slice(line.start - line.indent + inner, line.end));
    }
    while (lines.at(-1) === '') lines.pop();
    if (lines.length === 0) throw notPlain;
    const value = lines.join('\n') + (found[1] === '-' ? '' : '\n');
    return { kind: 'scalar', value, text: value, textOffset: null, offset };
  }
}

/** Other spellings of numbers, of true and false, and of nothing. */
const otherTypes =
  /^[-+]?\d+$|^0o[0-7]+$|^0x[\da-f]+$|^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:e[-+]?\d+)?$|^[-+]?\.(?:inf|nan)$|^(?:true|false|null|~)$/i;

/** A plain value by the types of YAML 1.2's core schema. */
function plainScalar(text: string, offset: number): YamlScalar {
  if (/^(?:true|false)$/.test(text)) {
    return { kind: 'scalar', value: text === 'true', text, textOffset: null, offset };
  }
  if (/^(?:0|[1-9]\d{0,14})$/.test(text)) {
    return { kind: 'scalar', value: Number(text), text, textOffset: null, offset };
  }
  if (text === 'null') return { kind: 'scalar', value: null, text, textOffset: null, offset };
  if (otherTypes.test(text)) throw notPlain;
  return { kind: 'scalar', value: text, text, textOffset: offset, offset };
}
