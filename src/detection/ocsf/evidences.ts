import type { SecurityEvent } from '../../contracts/security-event.ts';
import type { SigmaEvent } from '../sigma/sigma-event.ts';
import { toSigmaEvent } from '../sigma/taxonomy/to-sigma-event.ts';
import type { OcsfEvidence, OcsfFile, OcsfObservable, OcsfProcess } from './schema.ts';

/** Longest text taken from an event: attackers write it. */
const maxText = 2048;
/** Observables of one kind. */
const maxObservables = 32;

/** What the event shows, in OCSF's objects. The event is seen under the names of the Sigma taxonomy. */
export function evidenceOf(event: SecurityEvent): OcsfEvidence {
  const seen = toSigmaEvent(event);
  const { host, user } = event.context;
  const process = processOf(seen, event.context.entities?.hashes ?? []);
  const path = text(seen.field('TargetFilename'));
  return {
    uid: event.event_id,
    name: capped(event.event_type),
    ...(event.source_ip === undefined ? {} : { src_endpoint: { ip: event.source_ip } }),
    ...(event.destination_ip === undefined
      ? {}
      : {
          dst_endpoint: {
            ip: event.destination_ip,
            ...(event.port === undefined ? {} : { port: event.port }),
          },
        }),
    ...(host === undefined ? {} : { device: { hostname: capped(host), type_id: 0, type: 'Unknown' } }),
    ...(user === undefined ? {} : { user: { name: capped(user) } }),
    ...(process === null ? {} : { process }),
    ...(path === null ? {} : { file: fileOf(path, []) }),
  };
}

/** Null when the event speaks of no process. */
function processOf(seen: SigmaEvent, hashes: readonly string[]): OcsfProcess | null {
  const own = processFrom(seen, 'Image', 'CommandLine', 'ProcessId', 'ProcessGuid', hashes);
  if (own === null) return null;
  const parent = processFrom(
    seen,
    'ParentImage',
    'ParentCommandLine',
    'ParentProcessId',
    'ParentProcessGuid',
    [],
  );
  return parent === null ? own : { ...own, parent_process: parent };
}

function processFrom(
  seen: SigmaEvent,
  imageField: string,
  commandField: string,
  pidField: string,
  guidField: string,
  hashes: readonly string[],
): OcsfProcess | null {
  const image = text(seen.field(imageField));
  const commandLine = text(seen.field(commandField));
  // A process id alone stands in many events that are not about a process.
  if (image === null && commandLine === null) return null;
  const pid = integer(seen.field(pidField));
  const guid = text(seen.field(guidField));
  return {
    ...(pid === null ? {} : { pid }),
    ...(guid === null ? {} : { uid: guid }),
    ...(image === null ? {} : { name: baseName(image), file: fileOf(image, hashes) }),
    ...(commandLine === null ? {} : { cmd_line: commandLine }),
  };
}

const algorithms = new Map([
  [32, { algorithm_id: 1, algorithm: 'MD5' }],
  [40, { algorithm_id: 2, algorithm: 'SHA-1' }],
  [64, { algorithm_id: 3, algorithm: 'SHA-256' }],
] as const);

function fileOf(path: string, hashes: readonly string[]): OcsfFile {
  const fingerprints = hashes.slice(0, maxObservables).flatMap((value) => {
    const algorithm = [...algorithms].find(([length]) => length === value.length)?.[1];
    return algorithm === undefined ? [] : [{ ...algorithm, value }];
  });
  const name = baseName(path);
  return {
    name,
    ...(name === path ? {} : { path }),
    type_id: 0,
    type: 'Unknown',
    ...(fingerprints.length === 0 ? {} : { hashes: fingerprints }),
  };
}

/** What the event speaks of, for pivoting. */
export function observablesOf(event: SecurityEvent): OcsfObservable[] {
  const { entities = {}, user } = event.context;
  const seen = new Set<string>();
  const observables: OcsfObservable[] = [];
  const add = (
    name: string,
    typeId: OcsfObservable['type_id'],
    type: string,
    values: readonly (string | undefined)[],
  ): void => {
    for (const value of values.slice(0, maxObservables)) {
      if (value === undefined || value === '' || seen.has(`${typeId} ${value}`)) continue;
      seen.add(`${typeId} ${value}`);
      observables.push({ name, type_id: typeId, type, value: capped(value) });
    }
  };
  add('evidences.src_endpoint.ip', 2, 'IP Address', [event.source_ip]);
  add('evidences.dst_endpoint.ip', 2, 'IP Address', [event.destination_ip]);
  add('evidences.data.ips', 2, 'IP Address', entities.ips ?? []);
  add('evidences.device.hostname', 1, 'Hostname', [event.context.host]);
  add('evidences.data.hosts', 1, 'Hostname', entities.hosts ?? []);
  add('evidences.data.domains', 1, 'Hostname', entities.domains ?? []);
  add('evidences.user.name', 4, 'User Name', [user]);
  add('evidences.data.users', 4, 'User Name', entities.users ?? []);
  add('evidences.data.urls', 6, 'URL String', entities.urls ?? []);
  add('evidences.process.file.hashes.value', 8, 'Hash', entities.hashes ?? []);
  add('evidences.process.name', 9, 'Process Name', (entities.processes ?? []).map(baseName));
  return observables;
}

function baseName(path: string): string {
  const name = capped(path).split(/[\\/]/).at(-1) ?? '';
  return name === '' ? capped(path) : name;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value !== '-' ? capped(value) : null;
}

/** Windows writes process ids in decimal or, in the security log, as `0x1f4`. */
function integer(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

function capped(value: string): string {
  return value.length <= maxText ? value : value.slice(0, maxText);
}
