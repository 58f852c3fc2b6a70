import type { EventContext, SecurityEvent } from '../contracts/security-event.ts';
import type { Json, JsonObject } from '../json.ts';
import { EntityCollector } from './entities.ts';
import type { Origin } from './events.ts';
import { eventIdentity } from './identity.ts';
import { canonicalIp } from './ip-address.ts';
import { portOf, textOf } from './record-fields.ts';

type Logsource = NonNullable<EventContext['logsource']>;

const maxLogsourceName = 64;

/** What a format read from a record. Fields of the record are passed as they are: what does not fit is left out. */
export interface EventParts {
  /** Id of the format. */
  readonly format: string;
  readonly origin: Origin;
  /** The sensor's own fields: becomes the payload, untouched. */
  readonly record: JsonObject;
  /** The sensor's own unique id; without one the id comes from `raw` or the record, and the position. */
  readonly ownId?: Json | undefined;
  /** The text the record was read from, when it was not JSON. */
  readonly raw?: string;
  /** RFC 3339, from `timestampFrom`; null when the record has none: then the time of receipt stands in. */
  readonly timestamp: string | null;
  readonly source: string;
  readonly eventType: string;
  readonly sourceIp?: Json | undefined;
  readonly destinationIp?: Json | undefined;
  readonly port?: Json | undefined;
  readonly protocol?: Json | undefined;
  readonly host?: Json | undefined;
  readonly user?: Json | undefined;
  readonly category?: string | undefined;
  readonly outcome?: EventContext['outcome'];
  readonly logsource?: EventContext['logsource'];
  /** What else the record speaks of; addresses, host and user above are added here. */
  readonly entities?: EntityCollector;
}

/** Puts a valid SecurityEvent together, whatever types a hostile record's fields have. */
export function buildEvent(parts: EventParts): SecurityEvent {
  const { format, origin, record } = parts;
  const entities = parts.entities ?? new EntityCollector();
  const context: EventContext = { format };
  const event: SecurityEvent = {
    event_id: eventIdentity(format, parts.raw ?? record, origin, textOf(parts.ownId, 2048)),
    timestamp: parts.timestamp ?? new Date(origin.receivedAtMs).toISOString(),
    source: parts.source.slice(0, 128) || format,
    event_type: parts.eventType.slice(0, 128) || 'event',
    payload: record,
    context,
  };
  const sourceIp = canonicalIp(parts.sourceIp);
  if (sourceIp !== null) event.source_ip = sourceIp;
  const destinationIp = canonicalIp(parts.destinationIp);
  if (destinationIp !== null) event.destination_ip = destinationIp;
  entities.ip(sourceIp);
  entities.ip(destinationIp);
  const port = portOf(parts.port);
  if (port !== undefined) event.port = port;
  const protocol = textOf(parts.protocol, 32);
  // Cut again, because lower case can be longer ('İ').
  if (protocol !== undefined) event.protocol = protocol.toLowerCase().slice(0, 32);
  const host = textOf(parts.host);
  if (host !== undefined) context.host = host;
  entities.host(host);
  const user = textOf(parts.user);
  if (user !== undefined) context.user = user;
  entities.user(user);
  if (parts.category !== undefined) context.category = parts.category.slice(0, 64);
  if (parts.outcome !== undefined) context.outcome = parts.outcome;
  if (parts.logsource !== undefined) context.logsource = bounded(parts.logsource);
  const found = entities.done();
  if (found !== undefined) context.entities = found;
  return event;
}

/** A service is often named by what the record says, such as the program of a syslog line. */
function bounded(logsource: Logsource): Logsource {
  const { service } = logsource;
  if (service === undefined || service.every((name) => name.length <= maxLogsourceName)) return logsource;
  return { ...logsource, service: service.map((name) => name.slice(0, maxLogsourceName)) };
}
