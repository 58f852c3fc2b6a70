import { eventTypes } from '../contracts/event-types.ts';
import { accountPrograms, readAccountProgram } from './account-programs.ts';
import { readApplicationMessage } from './application-message.ts';
import { readCron } from './cron.ts';
import { readLogind } from './login-sessions.ts';
import { readNetfilter } from './netfilter.ts';
import { readPam } from './pam.ts';
import { type ProgramMeaning, plainLog } from './program-meaning.ts';
import { readSshd } from './sshd.ts';
import { readSu } from './su.ts';
import { readSudo } from './sudo.ts';
import { readWebAccess } from './web-access.ts';

type Reader = (message: string) => ProgramMeaning | null;

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['sshd', readSshd],
  ['sudo', readSudo],
  ['su', readSu],
  ['cron', readCron],
  ['systemd-logind', readLogind],
  ['kernel', readNetfilter],
  ['nginx', readAccessLine],
  ['apache2', readAccessLine],
  ['httpd', readAccessLine],
  ...[...accountPrograms].map((program): [string, Reader] => [program, readAccountProgram]),
]);

/** Names under which the same program logs. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['sshd-session', 'sshd'],
  ['sshd-auth', 'sshd'],
  ['crond', 'cron'],
  ['crontab', 'cron'],
  ['elogind', 'systemd-logind'],
  ['elogind-daemon', 'systemd-logind'],
]);

/** Programs whose readers know every login they tell of, and whose other lines repeat what clients write. */
const ownWordsOnly: ReadonlySet<string> = new Set([
  'sshd',
  'sudo',
  'su',
  'cron',
  'systemd-logind',
  ...accountPrograms,
]);

const repetition = /^message repeated (\d{1,9}) times: \[ ?(.*)\]$/s;

/**
 * A program's name as `source` says it: lower case, without folder, only `a-z 0-9 . _ -`, at most 64 characters, and
 * one name where a program has several. `syslog` when nothing is left.
 */
export function programSource(program: string): string {
  const name = program
    .slice(program.startsWith('/') ? program.lastIndexOf('/') + 1 : 0)
    .slice(0, 64)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^-|-$/g, '');
  return aliases.get(name) ?? (name || 'syslog');
}

/**
 * What a program says in a line of syslog or the journal. A line that stands for several equal ones has their
 * number as `repeated` among its fields. Never null: what nobody knows is a `log`.
 *
 * @param source the program, as `programSource` names it
 */
export function readProgramMessage(source: string, message: string): ProgramMeaning {
  const repeated = message.startsWith('message repeated ') ? repetition.exec(message) : null;
  if (repeated === null) return readOne(source, message);
  const [, times, repeatedMessage = ''] = repeated;
  const meaning = readOne(source, repeatedMessage);
  return { ...meaning, fields: { repeated: Number(times), ...meaning.fields } };
}

function readOne(source: string, message: string): ProgramMeaning {
  const known = readers.get(source);
  const meaning = known?.(message) ?? readPam(message);
  if (meaning !== null && meaning !== undefined) return meaning;
  const byWords = ownWordsOnly.has(source) ? null : readApplicationMessage(message, false);
  return byWords ?? { eventType: plainLog, fields: {} };
}

function readAccessLine(message: string): ProgramMeaning | null {
  const access = readWebAccess(message);
  if (access === null) return null;
  return {
    eventType: eventTypes.httpRequest,
    category: 'web',
    outcome: access.outcome,
    user: access.user,
    sourceIp: access.client,
    protocol: 'http',
    hosts: [access.client],
    urls: [access.referer, access.path],
    fields: access.fields,
  };
}
