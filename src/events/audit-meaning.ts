import { eventTypes } from '../contracts/event-types.ts';
import type { AuditLine, AuditValue } from './audit-line.ts';
import type { EventParts } from './build-event.ts';
import { loginOr } from './login.ts';
import { loginSteps } from './program-meaning.ts';
import { snakeCase } from './record-fields.ts';

export type AuditMeaning = Pick<
  EventParts,
  'eventType' | 'category' | 'outcome' | 'sourceIp' | 'destinationIp' | 'port' | 'protocol' | 'user'
>;

/** Numbers of the calls that mean something to us, by the kernel's name of the architecture. */
const systemCalls: ReadonlyMap<string, string> = new Map([
  ['c000003e:59', 'execve'],
  ['c000003e:322', 'execveat'],
  ['c000003e:42', 'connect'],
  ['c000003e:43', 'accept'],
  ['c000003e:288', 'accept4'],
  ['c00000b7:221', 'execve'],
  ['c00000b7:281', 'execveat'],
  ['c00000b7:203', 'connect'],
  ['c00000b7:202', 'accept'],
  ['c00000b7:242', 'accept4'],
  ['40000003:11', 'execve'],
  ['40000003:358', 'execveat'],
  ['40000003:362', 'connect'],
  ['40000003:364', 'accept4'],
]);

const accountTypes: ReadonlySet<string> = new Set([
  'ADD_USER',
  'DEL_USER',
  'ADD_GROUP',
  'DEL_GROUP',
  'USER_CHAUTHTOK',
  'USER_MGMT',
  'GRP_MGMT',
  'GRP_CHAUTHTOK',
  'ACCT_LOCK',
  'ACCT_UNLOCK',
]);

/** Programs that ask for a password but never write USER_LOGIN. */
const switchingPrograms = /\/(?:su|sudo|doas|pkexec|polkit-agent-helper-1)$/;

/**
 * What the lines of one audit event mean.
 *
 * A failed login through sshd, login or a display manager has a USER_AUTH of PAM and a USER_LOGIN of the program:
 * only USER_LOGIN is `login_failed`, since it is also there when PAM was never asked (unknown account, public key).
 * USER_AUTH is the failure of programs that write no USER_LOGIN.
 */
export function auditMeaning(lines: readonly [AuditLine, ...AuditLine[]]): AuditMeaning {
  const [first] = lines;
  const call = lines.find((line) => line.type === 'SYSCALL');
  const outcome = outcomeOf(call ?? first);
  const common = { outcome, user: userOf(lines), sourceIp: textField(first, 'addr') };
  const kind = call === undefined ? kindOf(first, outcome) : callKind(call, lines, outcome);
  return { ...common, ...kind };
}

function kindOf(line: AuditLine, outcome: AuditMeaning['outcome']): AuditMeaning {
  const { type } = line;
  if (type === 'USER_LOGIN') return loginOr(outcome === 'success', { eventType: 'user_login' });
  if (type === 'USER_AUTH' && outcome === 'failure') {
    const isOnly = switchingPrograms.test(textField(line, 'exe') ?? '');
    return {
      eventType: isOnly ? eventTypes.loginFailed : loginSteps.authenticationDenied,
      category: 'authentication',
    };
  }
  if (type === 'USER_START') return { eventType: eventTypes.sessionOpened, category: 'session' };
  if (type === 'USER_END' || type === 'USER_LOGOUT') {
    return { eventType: eventTypes.sessionClosed, category: 'session' };
  }
  if (type === 'USER_CMD') return { eventType: eventTypes.privilegeUsed, category: 'process' };
  if (type === 'EXECVE') return { eventType: eventTypes.processStarted, category: 'process' };
  if (accountTypes.has(type)) return { eventType: eventTypes.accountChanged, category: 'iam' };
  return { eventType: snakeCase(type) };
}

function callKind(
  call: AuditLine,
  lines: readonly [AuditLine, ...AuditLine[]],
  outcome: AuditMeaning['outcome'],
): AuditMeaning {
  const number = `${textField(call, 'arch')}:${textField(call, 'syscall')}`;
  const name = textField(call, 'SYSCALL') ?? systemCalls.get(number);
  const isExecution =
    name === 'execve' || name === 'execveat' || lines.some((line) => line.type === 'EXECVE');
  // A shell tries every folder of its path: an execution that failed started nothing.
  if (isExecution && outcome !== 'failure') {
    return { eventType: eventTypes.processStarted, category: 'process' };
  }
  const socket = lines.map((line) => line.fields.get('saddr')).find(isAddress);
  if (socket !== undefined && name === 'connect') {
    return {
      eventType: eventTypes.networkFlow,
      category: 'network',
      destinationIp: socket.address,
      port: socket.port,
    };
  }
  if (socket !== undefined && (name === 'accept' || name === 'accept4')) {
    return { eventType: eventTypes.networkFlow, category: 'network', sourceIp: socket.address };
  }
  const isDone = outcome === 'success';
  const changes = lines.filter((line) => line.type === 'PATH').map((line) => line.fields.get('nametype'));
  if (isDone && changes.includes('CREATE')) return { eventType: eventTypes.fileCreated, category: 'file' };
  if (isDone && changes.includes('DELETE')) return { eventType: eventTypes.fileDeleted, category: 'file' };
  return { eventType: snakeCase(lines[0].type) };
}

interface SocketAddress {
  readonly [name: string]: string | number;
  readonly address: string;
  readonly port: number;
}

function isAddress(value: AuditValue | undefined): value is SocketAddress {
  return typeof value === 'object' && 'address' in value;
}

function outcomeOf(line: AuditLine): 'success' | 'failure' | undefined {
  const result = textField(line, 'res') ?? textField(line, 'success') ?? '';
  if (/^(?:success|yes|1)$/.test(result)) return 'success';
  return /^(?:failed|no|0)$/.test(result) ? 'failure' : undefined;
}

/** The account a program speaks of, else the one that logged in, else the one that acts, where auditd named them. */
function userOf(lines: readonly AuditLine[]): string | undefined {
  for (const name of ['acct', 'AUID', 'UID'] as const) {
    for (const line of lines) {
      const user = textField(line, name);
      if (user !== undefined && user !== 'unset' && user !== '(unknown)' && user !== '?') return user;
    }
  }
  return undefined;
}

function textField(line: AuditLine, name: string): string | undefined {
  const value = line.fields.get(name);
  return typeof value === 'string' ? value : undefined;
}
