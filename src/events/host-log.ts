import type { SecurityEvent } from '../contracts/security-event.ts';
import type { JsonObject } from '../json.ts';
import { buildEvent } from './build-event.ts';
import { EntityCollector } from './entities.ts';
import type { Origin } from './events.ts';
import { programSource, readProgramMessage } from './program-message.ts';

/** One message of one program on one machine, however it was carried. */
export interface HostLog {
  readonly format: string;
  readonly origin: Origin;
  /** The carrier's own fields. */
  readonly record: JsonObject;
  readonly raw?: string;
  readonly ownId?: string | undefined;
  readonly timestamp: string | null;
  readonly host: string | undefined;
  /** As the carrier names it; empty when it does not. */
  readonly program: string;
  readonly message: string;
  /** Syslog facility by name. */
  readonly facility: string | undefined;
}

/** The event of a program's message: what the message says goes into the payload beside the carrier's fields. */
export function hostLogEvent(log: HostLog): SecurityEvent {
  const source = programSource(log.program);
  const meaning = readProgramMessage(source, log.message);
  const entities = new EntityCollector();
  for (const user of meaning.users ?? []) entities.user(user);
  for (const host of meaning.hosts ?? []) entities.host(host);
  for (const process of meaning.processes ?? []) entities.process(process);
  for (const url of meaning.urls ?? []) entities.url(url);
  return buildEvent({
    format: log.format,
    origin: log.origin,
    record: { ...log.record, ...meaning.fields },
    ...(log.raw === undefined ? {} : { raw: log.raw }),
    ownId: log.ownId,
    timestamp: log.timestamp,
    source,
    eventType: meaning.eventType,
    sourceIp: meaning.sourceIp,
    destinationIp: meaning.destinationIp,
    port: meaning.port,
    protocol: meaning.protocol,
    host: log.host,
    user: meaning.user,
    category: meaning.category,
    outcome: meaning.outcome,
    logsource: { product: 'linux', service: servicesOf(source, log.facility) },
    entities,
  });
}

const authPrograms: ReadonlySet<string> = new Set(['sshd', 'sudo', 'su', 'systemd-logind', 'login']);

/** Sigma names a program's own log, the file of logins (`auth.log`) and the file of everything. */
function servicesOf(source: string, facility: string | undefined): string[] {
  const isAuth = facility === 'auth' || facility === 'authpriv' || authPrograms.has(source);
  const services = isAuth ? [source, 'auth', 'syslog'] : [source, 'syslog'];
  return [...new Set(services)];
}
