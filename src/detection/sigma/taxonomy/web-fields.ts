import type { JsonObject } from '../../../json.ts';
import type { FieldValue } from '../sigma-event.ts';
import { type FieldSource, type SensorView, type SigmaLogSource, withCategories } from './field-source.ts';
import { leavesOf } from './leaves.ts';
import { fieldAt, ownMember } from './lookup.ts';

/** Access logs of web servers, under the W3C names. */
export function webView(record: JsonObject, logSource: SigmaLogSource): SensorView {
  return { fields: new WebFields(record), logSource: withCategories(logSource, 'webserver') };
}

/**
 * `cs-uri-query` answers with the whole request target, the query alone, and both decoded where that differs: rules look in it for
 * paths as well as for parameters, and for text as well as for its percent encoding.
 */
export class WebFields implements FieldSource {
  readonly #record: JsonObject;
  #query: FieldValue;

  constructor(record: JsonObject) {
    this.#record = record;
  }

  field(name: string): FieldValue {
    if (name === 'cs-uri-query' || name === 'c-uri-query') {
      this.#query ??= targetsOf(this.#record);
      return this.#query;
    }
    const value = fieldAt(this.#record, name);
    if (value !== undefined) return value;
    const own = names.get(name);
    return own === undefined ? undefined : ownMember(this.#record, own);
  }

  leaves(): readonly string[] {
    return leavesOf(this.#record);
  }
}

const names: ReadonlyMap<string, string> = new Map([
  ['cs-uri', 'c-uri'],
  ['c-useragent', 'cs-user-agent'],
  ['src_ip', 'c-ip'],
]);

function targetsOf(record: JsonObject): FieldValue {
  const { 'c-uri': target, 'cs-uri-query': query } = record;
  const written = [target, query].filter((text) => typeof text === 'string');
  const decoded = written.map(decodedTarget).filter((text) => text !== null && !written.includes(text));
  return written.length === 0 ? undefined : [...written, ...decoded];
}

/** Null when there is nothing to decode, or it is no valid encoding. */
function decodedTarget(text: string): string | null {
  if (!/[%+]/.test(text)) return null;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
