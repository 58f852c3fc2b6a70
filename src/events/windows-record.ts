import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { objectOf } from './record-fields.ts';

/** What all shapes of a Windows event say, in one shape. Values are as they came, except the event id. */
export interface WindowsRecord {
  /** 0 to 65,535; null when the record gives none. */
  readonly eventId: number | null;
  /** The event id as it stands. */
  readonly writtenEventId: Json | undefined;
  /** Log the event was written to, as it stands: `Security`, `Microsoft-Windows-Sysmon/Operational`, … */
  readonly channel: string;
  readonly provider: Json | undefined;
  readonly computer: Json | undefined;
  /** Number of the record in its log on its machine; it starts again when the log is cleared. */
  readonly recordId: Json | undefined;
  /** Fields that may hold the time, the best first. */
  readonly times: readonly (Json | undefined)[];
  /** The provider's own fields (EventData, UserData), by name. */
  readonly data: JsonObject;
}

/**
 * The parts of a Windows event in any of the shapes that shippers write: EVTX converted to JSON (`Event.System`
 * or `System`, attributes under `#attributes`, `@…` or bare), winlogbeat 6 (`event_data`), winlogbeat 7 and later
 * (`winlog.event_data`), and flat rows (NXLog and the like). Null when the record has none of these shapes.
 */
export function windowsRecord(record: JsonObject): WindowsRecord | null {
  const event = isJsonObject(record['Event']) ? record['Event'] : record;
  if (isJsonObject(event['System'])) return fromEvtx(event, event['System']);
  if (isJsonObject(record['winlog'])) return fromWinlog(record, record['winlog']);
  if (typeof record['log_name'] === 'string') return fromWinlogbeat6(record, record['log_name']);
  if (typeof record['Channel'] === 'string') return fromFlat(record, record['Channel']);
  return null;
}

/** Whether `windowsRecord` would find a shape and an event id. Only looks up a few keys. */
export function isWindowsRecord(record: JsonObject): boolean {
  const event = isJsonObject(record['Event']) ? record['Event'] : record;
  const system = event['System'];
  if (isJsonObject(system)) return system['EventID'] !== undefined && system['Channel'] !== undefined;
  const winlog = record['winlog'];
  if (isJsonObject(winlog)) return winlog['event_id'] !== undefined && winlog['channel'] !== undefined;
  if (record['event_id'] !== undefined) return typeof record['log_name'] === 'string';
  return record['EventID'] !== undefined && typeof record['Channel'] === 'string';
}

function fromEvtx(event: JsonObject, system: JsonObject): WindowsRecord {
  const eventData = dataOf(event['EventData']);
  return {
    eventId: eventIdOf(system['EventID']),
    writtenEventId: system['EventID'],
    channel: stringOf(textContent(system['Channel'])),
    provider: attribute(system['Provider'], 'Name'),
    computer: textContent(system['Computer']),
    recordId: textContent(system['EventRecordID']),
    times: [attribute(system['TimeCreated'], 'SystemTime')],
    data: eventData ?? userDataOf(event['UserData']),
  };
}

function fromWinlog(record: JsonObject, winlog: JsonObject): WindowsRecord {
  return {
    eventId: eventIdOf(winlog['event_id']),
    writtenEventId: winlog['event_id'],
    channel: stringOf(winlog['channel']),
    provider: winlog['provider_name'],
    computer: winlog['computer_name'] ?? objectOf(record['host'])['name'],
    recordId: winlog['record_id'],
    times: [record['@timestamp'], objectOf(record['event'])['created']],
    data: dataOf(winlog['event_data']) ?? objectOf(winlog['user_data']),
  };
}

function fromWinlogbeat6(record: JsonObject, channel: string): WindowsRecord {
  return {
    eventId: eventIdOf(record['event_id']),
    writtenEventId: record['event_id'],
    channel,
    provider: record['source_name'],
    computer: record['computer_name'],
    recordId: record['record_number'],
    times: [record['@timestamp']],
    data: dataOf(record['event_data']) ?? objectOf(record['user_data']),
  };
}

/**
 * Sysmon's own `UtcTime` comes last: only Sysmon's rows have it, and where a collector wrote local time as UTC
 * it would put them hours away from the other rows of the same machine.
 */
function fromFlat(record: JsonObject, channel: string): WindowsRecord {
  return {
    eventId: eventIdOf(record['EventID']),
    writtenEventId: record['EventID'],
    channel,
    provider: record['SourceName'] ?? record['Provider_Name'],
    computer: record['Hostname'] ?? record['Computer'],
    recordId: record['RecordNumber'] ?? record['EventRecordID'],
    times: [
      record['@timestamp'],
      record['TimeCreated'],
      record['SystemTime'],
      record['EventTime'],
      record['UtcTime'],
    ],
    data: record,
  };
}

function eventIdOf(value: Json | undefined): number | null {
  const content = textContent(value);
  const id = typeof content === 'string' && /^\d{1,5}$/.test(content) ? Number(content) : content;
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= 65_535 ? id : null;
}

/** The text of an XML element that a converter turned into a string or, for its attributes, into an object. */
function textContent(value: Json | undefined): Json | undefined {
  return isJsonObject(value) ? (value['#text'] ?? value['$t'] ?? value['_']) : value;
}

function attribute(element: Json | undefined, name: string): Json | undefined {
  if (!isJsonObject(element)) return element;
  return objectOf(element['#attributes'])[name] ?? element[`@${name}`] ?? element[name];
}

function dataOf(value: Json | undefined): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  const elements = value['Data'];
  if (Array.isArray(elements)) return named(elements) ?? value;
  return isJsonObject(elements) ? (named([elements]) ?? value) : value;
}

/** `<Data Name="…">` elements as fields; undefined when none of them has a name. */
function named(elements: readonly Json[]): JsonObject | undefined {
  const fields = new Map<string, Json | undefined>();
  for (const element of elements) {
    const name = isJsonObject(element) ? attribute(element, 'Name') : undefined;
    if (typeof name === 'string') fields.set(name, textContent(element));
  }
  return fields.size === 0 ? undefined : Object.fromEntries(fields);
}

/** UserData holds one element of the provider's own name, and that one holds the fields. */
function userDataOf(value: Json | undefined): JsonObject {
  const userData = objectOf(value);
  for (const element of Object.values(userData)) if (isJsonObject(element)) return element;
  return userData;
}

function stringOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
