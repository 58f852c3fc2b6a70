import { windowsRecord } from '../../../events/windows-record.ts';
import { isJsonObject, type JsonObject } from '../../../json.ts';
import type { FieldValue } from '../sigma-event.ts';
import { type FieldSource, PlainFields, type SensorView, type SigmaLogSource } from './field-source.ts';
import { leavesOf } from './leaves.ts';
import { fieldAt, ownMember } from './lookup.ts';

type WindowsRecord = NonNullable<ReturnType<typeof windowsRecord>>;

/** Logs whose providers name no field with a blank: of these, which are most, a miss needs no second look. */
const plainNamed: ReadonlySet<string> = new Set(['sysmon', 'security', 'powershell', 'system']);

/**
 * Windows event logs and Sysmon in any shipper's JSON. The start of a process in the Security log (4688) is
 * `process_creation` under its own names: what rules of that category ask of the command line is answered, but its
 * `NewProcessName` is no `Image`, because most of those rules are written for what only Sysmon tells.
 */
export function windowsView(record: JsonObject, logSource: SigmaLogSource): SensorView {
  const parts = windowsRecord(record);
  if (parts === null) return { fields: new PlainFields(record), logSource };
  const hasBlanks = !logSource.services.some((service) => plainNamed.has(service));
  return { fields: new WindowsFields(record, parts, hasBlanks), logSource };
}

class WindowsFields implements FieldSource {
  readonly #record: JsonObject;
  readonly #parts: WindowsRecord;
  readonly #mayHaveBlanks: boolean;
  #unblanked: ReadonlyMap<string, FieldValue> | null = null;

  constructor(record: JsonObject, parts: WindowsRecord, mayHaveBlanks: boolean) {
    this.#record = record;
    this.#parts = parts;
    this.#mayHaveBlanks = mayHaveBlanks;
  }

  field(name: string): FieldValue {
    if (name === 'EventID') return this.#parts.eventId ?? this.#parts.writtenEventId;
    const value = ownMember(this.#parts.data, name);
    if (value !== undefined) return name === 'Data' ? withoutElements(value) : value;
    const elsewhere = elsewhereOf(name);
    return elsewhere === null && !this.#mayHaveBlanks ? undefined : this.#outsideData(name, elsewhere);
  }

  leaves(): readonly string[] {
    return leavesOf(this.#record);
  }

  #outsideData(name: string, elsewhere: Elsewhere | null): FieldValue {
    if (this.#mayHaveBlanks) {
      this.#unblanked ??= unblanked(this.#parts.data);
      const value = this.#unblanked.get(name);
      if (value !== undefined) return value;
    }
    if (elsewhere === null) return undefined;
    if (elsewhere.kind === 'part') return elsewhere.of(this.#parts);
    if (elsewhere.kind === 'record') return fieldAt(this.#record, name);
    return inSystem(this.#record, elsewhere);
  }
}

/** Where a field that is no data of the provider's can be. */
type Elsewhere =
  | { readonly kind: 'part'; readonly of: (parts: WindowsRecord) => FieldValue }
  /** An element below System, or one of its attributes. */
  | { readonly kind: 'system'; readonly element: string; readonly attribute: string | null }
  /** What the shipper has put around the event. */
  | { readonly kind: 'record' };

/** Most names that rules ask for are nowhere else; that is worked out once a name, not once an event. */
const places = new Map<string, Elsewhere | null>([
  ['Channel', { kind: 'part', of: ({ channel }) => channel || undefined }],
  ['Provider_Name', { kind: 'part', of: ({ provider }) => provider }],
  ['Computer', { kind: 'part', of: ({ computer }) => computer }],
  ['EventRecordID', { kind: 'part', of: ({ recordId }) => recordId }],
  ['TimeCreated', { kind: 'part', of: ({ times }) => times.find((time) => time !== undefined) }],
  ['Data', { kind: 'part', of: ({ data }) => numberedData(data) }],
]);
const maxPlaces = 20_000;
const elements: ReadonlySet<string> = new Set([
  'Level',
  'Task',
  'Opcode',
  'Keywords',
  'Version',
  'Qualifiers',
]);
const attributes = /^(Provider|Execution|Security|TimeCreated|Correlation)_(.+)$/;

function elsewhereOf(name: string): Elsewhere | null {
  const known = places.get(name);
  if (known !== undefined) return known;
  const place = placeOf(name);
  if (places.size < maxPlaces) places.set(name, place);
  return place;
}

function placeOf(name: string): Elsewhere | null {
  if (elements.has(name)) return { kind: 'system', element: name, attribute: null };
  const [, element, attribute] = attributes.exec(name) ?? [];
  if (element !== undefined && attribute !== undefined) return { kind: 'system', element, attribute };
  return name.includes('.') || /^[a-z@_]/.test(name) ? { kind: 'record' } : null;
}

const none: ReadonlyMap<string, FieldValue> = new Map();

/** Fields with blanks in their names (`Threat Name`) by the names that rules give them (`ThreatName`, `Threat_Name`). */
function unblanked(data: JsonObject): ReadonlyMap<string, FieldValue> {
  let found: Map<string, FieldValue> | null = null;
  for (const name in data) {
    if (!name.includes(' ')) continue;
    found ??= new Map();
    const value = ownMember(data, name);
    found.set(name.replaceAll(' ', ''), value);
    found.set(name.replaceAll(' ', '_'), value);
  }
  return found ?? none;
}

/** `Level`, or an attribute as converters of EVTX name it: `Execution_ProcessID`, `Security_UserID`. */
function inSystem(record: JsonObject, place: { element: string; attribute: string | null }): FieldValue {
  const event = isJsonObject(record['Event']) ? record['Event'] : record;
  const system = event['System'];
  if (!isJsonObject(system)) return undefined;
  const element = ownMember(system, place.element);
  if (!isJsonObject(element)) return place.attribute === null ? element : undefined;
  return place.attribute === null ? textOf(element) : attributeOf(element, place.attribute);
}

function attributeOf(element: JsonObject, name: string): FieldValue {
  const attributes = element['#attributes'];
  const converted = isJsonObject(attributes) ? ownMember(attributes, name) : undefined;
  return converted ?? ownMember(element, `@${name}`) ?? ownMember(element, name);
}

function textOf(element: JsonObject): FieldValue {
  return element['#text'] ?? element['$t'] ?? element['_'];
}

/** The texts of `<Data>` elements that have no names. */
function withoutElements(value: FieldValue): FieldValue {
  if (isJsonObject(value)) return textOf(value);
  if (!Array.isArray(value)) return value;
  return value.map((element: unknown) => (isJsonObject(element) ? textOf(element) : element));
}

/** winlogbeat writes elements without names as `param1`, `param2`, … */
function numberedData(data: JsonObject): FieldValue {
  if (data['param1'] === undefined) return undefined;
  const values: FieldValue[] = [];
  for (let number = 1; number <= 64; number += 1) {
    const value = ownMember(data, `param${number}`);
    if (value === undefined) break;
    values.push(value);
  }
  return values;
}
