import { eventTypes } from '../contracts/event-types.ts';
import { loginSteps, type ProgramMeaning, plainLog } from './program-meaning.ts';

const entry = /^(pam_[a-z0-9_-]{1,32})\(([^():\s]{1,64}):([a-z]{1,32})\): (.*)$/s;
const more = /^(?:PAM )?(\d{1,9}) more authentication failures?; (.*)$/s;
const failure = /^logname=\S* uid=\d* euid=\d* tty=\S* ruser=(.*)$/s;

/**
 * What a message of a PAM module means, whichever program carries it; null when it is none.
 *
 * `pam_unix`'s authentication failure is the `login_failed` of programs that log no other (su, sudo, display
 * managers, mail servers). Not of sshd, which writes `Failed password` besides, and not of other modules, which
 * are asked after pam_unix has failed and tell of the same attempt.
 */
export function readPam(message: string): ProgramMeaning | null {
  const summary = more.exec(message);
  if (summary !== null) return readFailure('sshd', 'pam', summary[2] ?? '', Number(summary[1]));
  const parts = entry.exec(message);
  if (parts === null) return null;
  const [, module = '', service = '', stage = '', text = ''] = parts;
  if (stage === 'auth') return readAuth(service, module, text);
  if (stage === 'session') return readSession(service, module, text);
  if (stage === 'chauthtok') return readPasswordChange(service, module, text);
  return unknown(service, module);
}

function readAuth(service: string, module: string, text: string): ProgramMeaning {
  if (text.startsWith('authentication failure; ')) {
    return readFailure(service, module, text.slice('authentication failure; '.length), 1);
  }
  const summary = more.exec(text);
  if (summary !== null) return readFailure(service, module, summary[2] ?? '', Number(summary[1]));
  return unknown(service, module);
}

function readFailure(service: string, module: string, text: string, times: number): ProgramMeaning {
  const isAttempt = module === 'pam_unix' && service !== 'sshd';
  const { user, rhost } = remoteOf(text);
  return {
    eventType: isAttempt ? eventTypes.loginFailed : loginSteps.authenticationDenied,
    category: 'authentication',
    outcome: 'failure',
    user,
    sourceIp: rhost,
    hosts: [rhost],
    fields: {
      action: 'pam_failure',
      pam_module: module,
      pam_service: service,
      ...(user === undefined ? {} : { user }),
      ...(rhost === undefined ? {} : { rhost, src_ip: rhost }),
      ...(times === 1 ? {} : { repeated: times }),
    },
  };
}

/**
 * `rhost` and `user`, which stand at the end after names that the attacker may have chosen: with a second
 * `rhost=` in sight nobody can tell which is PAM's, unless `ruser` is empty, so that PAM's comes first.
 */
function remoteOf(text: string): { user?: string | undefined; rhost?: string | undefined } {
  const rest = failure.exec(text)?.[1];
  if (rest === undefined) return {};
  const at = rest.indexOf(' rhost=');
  if (at === -1 || (at > 0 && rest.includes(' rhost=', at + 1))) return {};
  const parts = /^(\S{0,255})(?: {1,4}user=(.*))?$/s.exec(rest.slice(at + ' rhost='.length));
  return parts === null ? {} : { rhost: parts[1] || undefined, user: parts[2] || undefined };
}

function readSession(service: string, module: string, text: string): ProgramMeaning {
  const parts = /^session (opened|closed) for user ([^\s(]{1,256})/.exec(text);
  if (parts === null) return unknown(service, module);
  const [, change, user = ''] = parts;
  return {
    eventType: change === 'opened' ? eventTypes.sessionOpened : eventTypes.sessionClosed,
    category: 'session',
    outcome: 'success',
    user,
    fields: { action: `session_${change}`, pam_module: module, pam_service: service, user },
  };
}

function readPasswordChange(service: string, module: string, text: string): ProgramMeaning {
  const user = /^password changed for (\S{1,256})$/.exec(text)?.[1];
  if (user === undefined) return unknown(service, module);
  return {
    eventType: eventTypes.accountChanged,
    category: 'iam',
    outcome: 'success',
    user,
    fields: { action: 'password_changed', pam_module: module, pam_service: service, user },
  };
}

function unknown(service: string, module: string): ProgramMeaning {
  return { eventType: plainLog, fields: { pam_module: module, pam_service: service } };
}
