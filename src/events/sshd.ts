import { eventTypes } from '../contracts/event-types.ts';
import type { Json } from '../json.ts';
import { loginSteps, type ProgramMeaning } from './program-meaning.ts';

/** Who a message speaks of, and from where. */
interface Peer {
  readonly user?: string | undefined;
  /** Address or, with `UseDNS yes`, host name. */
  readonly host?: string | undefined;
  readonly port?: string | undefined;
}

/**
 * What a message of OpenSSH's server means; null when it is none that we know.
 *
 * An attempt has several lines (`Invalid user`, PAM's, `Failed password`, the closing). Only `Failed …` is
 * `login_failed`, and of those neither `Failed none`, the question every client opens with, nor `Failed publickey`
 * for an existing account, because agents offer every key they hold before the right one.
 *
 * The attacker writes the user name, and so anything before the address that sshd appends: addresses are read
 * from the end of the line, and where the attacker may have written its end too, only an unmistakable one is.
 */
export function readSshd(written: Json | undefined): ProgramMeaning | null {
  if (typeof written !== 'string') return null;
  const message = written
    .trim()
    .replace(/^(?:error|fatal): /, '')
    .replace(/ \[(?:pre|post)auth\]$/, '');
  const space = message.indexOf(' ');
  return readers.get(message.slice(0, space))?.(message) ?? null;
}

type Reader = (message: string) => ProgramMeaning | null;

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['Accepted', readVerdict],
  ['Failed', readVerdict],
  ['Postponed', readVerdict],
  ['Partial', readVerdict],
  ['Invalid', readInvalidUser],
  ['User', readNotAllowed],
  ['ROOT', readRootRefused],
  ['maximum', readMaximumAttempts],
  ['Connection', readConnection],
  ['Disconnected', readClosing],
  ['Disconnecting', readDisconnecting],
  ['Timeout', readTimeout],
  ['Received', readReceivedDisconnect],
  ['Unable', readNoMatch],
  ['banner', readBanner],
  ['ssh_dispatch_run_fatal:', readBanner],
  ['kex_exchange_identification:', readKex],
  ['Did', readNoIdentification],
  ['Bad', readBadVersion],
  ['drop', readDrop],
  ['PAM:', readPamError],
]);

const verdict = /^(Accepted|Failed|Postponed|Partial) (\S{1,64}) for (invalid user )?(.*)$/s;

function readVerdict(message: string): ProgramMeaning | null {
  const peer = peerAfterFrom(message);
  const parts = verdict.exec(peer.before);
  if (parts === null) return null;
  const [, word = '', method = '', invalid, user = ''] = parts;
  const isValid = invalid === undefined;
  const fields = { method, ...(isValid ? {} : { invalid_user: true }) };
  const found = { ...peer, user };
  if (word === 'Accepted') {
    return meaning(eventTypes.loginSucceeded, 'accepted', found, { outcome: 'success', fields });
  }
  if (word !== 'Failed') {
    return meaning(loginSteps.authenticationContinued, word.toLowerCase(), found, { fields });
  }
  const isAttempt = method !== 'none' && (method !== 'publickey' || !isValid);
  const eventType = isAttempt ? eventTypes.loginFailed : loginSteps.authenticationDenied;
  const action = `failed_${method.replace(/\/.*$/, '').replaceAll('-', '_')}`;
  return meaning(eventType, action, found, { outcome: 'failure', fields });
}

function readInvalidUser(message: string): ProgramMeaning | null {
  if (!message.startsWith('Invalid user ')) return null;
  const peer = peerAfterFrom(message);
  const user = peer.before.slice('Invalid user '.length);
  return meaning(loginSteps.userUnknown, 'invalid_user', { ...peer, user }, { outcome: 'failure' });
}

const notAllowed =
  /^User (.*) from (\S{1,255}) not allowed because (?:not listed in AllowUsers|listed in DenyUsers|not in any group|a group is listed in DenyGroups|none of user's groups are listed in AllowGroups|account is locked|shell .{1,4096} (?:does not exist|is not executable))$/s;

function readNotAllowed(message: string): ProgramMeaning | null {
  const parts = notAllowed.exec(message);
  if (parts === null) return null;
  const [, user, host] = parts;
  return denied('not_allowed', { user, host });
}

function readRootRefused(message: string): ProgramMeaning | null {
  const parts = /^ROOT LOGIN REFUSED FROM (\S{1,255})(?: port (\d{1,5}))?$/.exec(message);
  return parts && denied('root_login_refused', { user: 'root', host: parts[1], port: parts[2] });
}

function readMaximumAttempts(message: string): ProgramMeaning | null {
  const peer = peerAfterFrom(message);
  const parts = /^maximum authentication attempts exceeded for (invalid user )?(.*)$/s.exec(peer.before);
  return parts && denied('maximum_attempts', { ...peer, user: parts[2] });
}

function readConnection(message: string): ProgramMeaning | null {
  const parts = /^Connection from (\S{1,255}) port (\d{1,5})(?: on \S{1,255} port \d{1,5}.*)?$/.exec(message);
  if (parts === null) return readClosing(message);
  const peer = { host: parts[1], port: parts[2] };
  return meaning('connection_opened', 'connection', peer, { category: 'network' });
}

const closing =
  /^(?:Connection (?:closed|reset) by|Disconnected from)(?: (authenticating user|invalid user|user) (.*))?$/s;

function readClosing(message: string): ProgramMeaning | null {
  const peer = endpointAtEnd(message);
  const parts = peer && closing.exec(peer.before);
  if (!parts) return null;
  const [, kind, user] = parts;
  if (kind === undefined) return meaning('connection_closed', 'closed', peer, { category: 'network' });
  if (kind === 'user') {
    return meaning(eventTypes.sessionClosed, 'closed', { ...peer, user }, { category: 'session' });
  }
  return meaning(loginSteps.authenticationAbandoned, 'closed', { ...peer, user });
}

/** The reason after the address repeats what the client asked for, so both ends are the attacker's. */
function readDisconnecting(message: string): ProgramMeaning | null {
  const parts = /^Disconnecting (authenticating|invalid) user (.*)$/s.exec(message);
  if (parts === null) return null;
  const peer = onlyEndpoint(parts[2] ?? '');
  return meaning(loginSteps.authenticationAbandoned, 'disconnecting', peer ?? {});
}

const timeout =
  /^Timeout before authentication for (?:connection from )?(\S{1,255})(?: port (\d{1,5})| to \S{1,255}, pid = \d{1,10})?\.?$/;

function readTimeout(message: string): ProgramMeaning | null {
  const parts = timeout.exec(message);
  return parts && meaning(loginSteps.authenticationAbandoned, 'timeout', { host: parts[1], port: parts[2] });
}

function readReceivedDisconnect(message: string): ProgramMeaning | null {
  const parts = /^Received disconnect from (\S{1,255}?)(?: port (\d{1,5}))?: ?\d{1,10}:/.exec(message);
  if (parts === null) return null;
  const peer = { host: parts[1], port: parts[2] };
  return meaning('connection_closed', 'received_disconnect', peer, { category: 'network' });
}

function readNoMatch(message: string): ProgramMeaning | null {
  const parts =
    /^Unable to negotiate with (\S{1,255}) port (\d{1,5}): no matching ([\w ]{1,64}) found\. Their offer: (.*)$/s.exec(
      message,
    );
  if (parts === null) return null;
  const [, host, port, kind = '', offer = ''] = parts;
  return anomaly('no_match', { host, port }, { kind, offer });
}

function readBanner(message: string): ProgramMeaning | null {
  const parts = /^[a-z_ ]{1,64}: Connection from (\S{1,255}) port (\d{1,5}): (.*)$/s.exec(message);
  return parts && anomaly('bad_exchange', { host: parts[1], port: parts[2] }, { reason: parts[3] ?? '' });
}

function readKex(message: string): ProgramMeaning {
  return anomaly('bad_exchange', {}, { reason: message.slice(message.indexOf(' ') + 1) });
}

function readNoIdentification(message: string): ProgramMeaning | null {
  const parts = /^Did not receive identification string from (\S{1,255})(?: port (\d{1,5}))?(?:: .*)?$/s.exec(
    message,
  );
  return parts && anomaly('no_identification', { host: parts[1], port: parts[2] });
}

function readBadVersion(message: string): ProgramMeaning | null {
  if (!message.startsWith('Bad protocol version identification ')) return null;
  return anomaly('bad_version', peerAfterFrom(message));
}

function readDrop(message: string): ProgramMeaning | null {
  const parts = /^drop connection #\d{1,10} from \[([^\]\s]{2,64})\]:(\d{1,5}) on /.exec(message);
  return parts && denied('connection_dropped', { host: parts[1], port: parts[2] });
}

/** PAM's own word on a `keyboard-interactive` attempt; `Failed keyboard-interactive/pam` tells of the same one. */
function readPamError(message: string): ProgramMeaning | null {
  const parts = /^PAM: .{1,128} for (?:illegal user )?(.*) from (\S{1,255})$/s.exec(message);
  return parts && denied('pam_failure', { user: parts[1], host: parts[2] });
}

function denied(action: string, peer: Peer): ProgramMeaning {
  return meaning(loginSteps.authenticationDenied, action, peer, { outcome: 'failure' });
}

function anomaly(action: string, peer: Peer, fields: ProgramMeaning['fields'] = {}): ProgramMeaning {
  return meaning(eventTypes.protocolAnomaly, action, peer, { category: 'network', fields });
}

function meaning(
  eventType: string,
  action: string,
  { user, host, port }: Peer,
  { category = 'authentication', outcome, fields = {} }: Partial<ProgramMeaning> = {},
): ProgramMeaning {
  return {
    eventType,
    category,
    outcome,
    user,
    sourceIp: host,
    protocol: 'ssh',
    hosts: [host],
    fields: {
      action,
      ...(user === undefined ? {} : { user }),
      ...(host === undefined ? {} : { src_ip: host }),
      ...(port === undefined ? {} : { client_port: Number(port) }),
      ...fields,
    },
  };
}

const afterFrom = /^(\S{1,255})(?: port (\d{1,5}))?(?:\s{1,4}ssh2)?(?:: .*)?$/s;

/**
 * `… from <host> port <port> ssh2` at the end of a message, with what stands before it. A certificate's name and
 * a host-based client's come after the address and are the attacker's, so with them a second ` from ` makes the
 * address unknown.
 */
function peerAfterFrom(message: string): Peer & { readonly before: string } {
  const at = message.lastIndexOf(' from ');
  if (at === -1) return { before: message };
  const hasMore = message.includes('-CERT ') || message.includes(', client user ');
  const isAmbiguous = hasMore && message.indexOf(' from ') !== at;
  const parts = isAmbiguous ? null : afterFrom.exec(message.slice(at + ' from '.length));
  const first = isAmbiguous ? message.indexOf(' from ') : at;
  return { before: message.slice(0, first), host: parts?.[1], port: parts?.[2] };
}

/** `… <host> port <port>` at the very end. */
function endpointAtEnd(message: string): (Peer & { readonly before: string }) | null {
  const portAt = message.lastIndexOf(' port ');
  const port = message.slice(portAt + ' port '.length);
  if (portAt === -1 || !/^\d{1,5}$/.test(port)) return null;
  const hostAt = message.lastIndexOf(' ', portAt - 1);
  if (hostAt === -1) return null;
  return { before: message.slice(0, hostAt), host: message.slice(hostAt + 1, portAt), port };
}

/** The one `<user> <host> port <port>: ` of a text; null when there are two that could be it. */
function onlyEndpoint(text: string): Peer | null {
  const [found, second] = [...text.matchAll(/ (\S{1,255}) port (\d{1,5}): /g)];
  if (found === undefined || second !== undefined) return null;
  return { user: text.slice(0, found.index), host: found[1], port: found[2] };
}
