import { eventTypes } from '../contracts/event-types.ts';
import type { EventContext } from '../contracts/security-event.ts';
import type { Json } from '../json.ts';

export interface WindowsMeaning {
  readonly eventType: string;
  /** ECS event.category. */
  readonly category?: string;
  readonly outcome?: EventContext['outcome'];
}

const process = { category: 'process' } as const;
const network = { category: 'network' } as const;
const file = { category: 'file' } as const;
const registry = { eventType: eventTypes.registryChanged, category: 'registry' } as const;
const pipe = { eventType: eventTypes.pipeOpened, ...process };
const login = { category: 'authentication' } as const;
const loggedIn: WindowsMeaning = { eventType: eventTypes.loginSucceeded, ...login, outcome: 'success' };
const loginFailed: WindowsMeaning = { eventType: eventTypes.loginFailed, ...login, outcome: 'failure' };
const sessionOpened: WindowsMeaning = { eventType: eventTypes.sessionOpened, category: 'session' };
const sessionClosed: WindowsMeaning = { eventType: eventTypes.sessionClosed, category: 'session' };
const privilegeUsed: WindowsMeaning = { eventType: eventTypes.privilegeUsed, category: 'iam' };
const serviceInstalled: WindowsMeaning = {
  eventType: eventTypes.serviceInstalled,
  category: 'configuration',
};
const logCleared: WindowsMeaning = { eventType: eventTypes.logCleared, category: 'configuration' };
const scriptRun: WindowsMeaning = { eventType: eventTypes.scriptRun, ...process };
const accountChanged: WindowsMeaning = { eventType: eventTypes.accountChanged, category: 'iam' };

const sysmon: ReadonlyMap<number, WindowsMeaning> = new Map<number, WindowsMeaning>([
  [1, { eventType: eventTypes.processStarted, ...process }],
  [2, { eventType: eventTypes.fileChanged, ...file }],
  [3, { eventType: eventTypes.networkFlow, ...network }],
  [5, { eventType: eventTypes.processEnded, ...process }],
  [6, { eventType: eventTypes.driverLoaded, category: 'driver' }],
  [7, { eventType: eventTypes.imageLoaded, category: 'library' }],
  [8, { eventType: eventTypes.processAccessed, ...process }],
  [10, { eventType: eventTypes.processAccessed, ...process }],
  [11, { eventType: eventTypes.fileCreated, ...file }],
  [12, registry],
  [13, registry],
  [14, registry],
  [15, { eventType: eventTypes.fileCreated, ...file }],
  [17, pipe],
  [18, pipe],
  [22, { eventType: eventTypes.dnsQuery, ...network }],
  [23, { eventType: eventTypes.fileDeleted, ...file }],
  [26, { eventType: eventTypes.fileDeleted, ...file }],
  [29, { eventType: eventTypes.fileCreated, ...file }],
]);

const security: ReadonlyMap<number, WindowsMeaning> = new Map<number, WindowsMeaning>([
  [1102, logCleared],
  [4624, loggedIn],
  [4625, loginFailed],
  [4634, sessionClosed],
  [4647, sessionClosed],
  [4657, registry],
  [4672, privilegeUsed],
  [4673, privilegeUsed],
  [4674, privilegeUsed],
  [4688, { eventType: eventTypes.processStarted, ...process }],
  [4689, { eventType: eventTypes.processEnded, ...process }],
  [4697, serviceInstalled],
  // Users: created, enabled, password changed and reset, disabled, deleted, changed, locked, unlocked, renamed.
  ...[4720, 4722, 4723, 4724, 4725, 4726, 4738, 4740, 4767, 4781].map(accountEntry),
  // Groups and their members; then computers; then universal groups.
  ...[4727, 4728, 4729, 4730, 4731, 4732, 4733, 4734, 4735, 4737].map(accountEntry),
  ...[4741, 4742, 4743, 4754, 4755, 4756, 4757, 4758].map(accountEntry),
  [4778, sessionOpened],
  [4779, sessionClosed],
  [5156, { eventType: eventTypes.networkFlow, ...network, outcome: 'success' }],
  [5157, { eventType: eventTypes.networkFlow, ...network, outcome: 'failure' }],
]);

const others: ReadonlyMap<string, WindowsMeaning> = new Map<string, WindowsMeaning>([
  ['system:104', logCleared],
  ['system:7045', serviceInstalled],
  ['powershell:4103', scriptRun],
  ['powershell:4104', scriptRun],
  ['powershell-classic:800', scriptRun],
  ['terminalservices-localsessionmanager:21', sessionOpened],
  ['terminalservices-localsessionmanager:23', sessionClosed],
  ['terminalservices-localsessionmanager:24', sessionClosed],
  ['terminalservices-localsessionmanager:25', sessionOpened],
]);

/** Kerberos tickets asked for, Kerberos pre-authentication, NTLM: one event for both outcomes, told by `Status`. */
const credentialChecks: ReadonlySet<number> = new Set([4768, 4771, 4776]);

/**
 * What an event of a Windows log means. Anything not in the lists keeps its number: `windows_5145`, `sysmon_25`.
 *
 * @param service Sigma's name of the log, see `windowsLogsource`
 * @param status the field `Status`: zero, in any notation, is success
 */
export function windowsMeaning(
  service: string | undefined,
  eventId: number,
  status: Json | undefined,
): WindowsMeaning {
  if (service === 'sysmon') return sysmon.get(eventId) ?? { eventType: `sysmon_${eventId}` };
  const numbered = { eventType: `windows_${eventId}` };
  if (service !== 'security') return others.get(`${service}:${eventId}`) ?? numbered;
  if (!credentialChecks.has(eventId)) return security.get(eventId) ?? numbered;
  if (isFailure(status)) return loginFailed;
  // Success is no login yet: 4624 says so on the machine that lets the account in.
  return { ...numbered, ...login, outcome: 'success' };
}

function isFailure(status: Json | undefined): boolean {
  if (typeof status === 'number') return status !== 0;
  return typeof status === 'string' && /^(?:0x)?0*[1-9a-f][0-9a-f]*$/i.test(status);
}

function accountEntry(eventId: number): [number, WindowsMeaning] {
  return [eventId, accountChanged];
}
