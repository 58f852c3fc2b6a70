import { eventTypes } from '../contracts/event-types.ts';
import { loginSteps, type ProgramMeaning } from './program-meaning.ts';

const entry = /^\s{0,32}(\S{1,256}) : (.*)$/s;
/** `3 incorrect password attempts`, `user NOT in sudoers`, `command not allowed`, … */
const refusal = /^[^;=]{1,128}$/;

/**
 * What a message of sudo means; null when it is none of its accounts of a command. A refusal is
 * `privilege_denied`: of a wrong password PAM's line is the `login_failed`.
 */
export function readSudo(message: string): ProgramMeaning | null {
  const parts = entry.exec(message);
  if (parts === null) return null;
  const [, user = '', account = ''] = parts;
  const commandAt = account.indexOf('COMMAND=');
  const command = commandAt === -1 ? undefined : account.slice(commandAt + 'COMMAND='.length);
  const words = (commandAt === -1 ? account : account.slice(0, commandAt)).split(' ; ', 32);
  const settings = new Map<string, string>();
  let reason: string | undefined;
  for (const word of words) {
    const setting = /^\s{0,4}([A-Z]{1,16})=(.*)$/s.exec(word);
    if (setting !== null) settings.set(setting[1] ?? '', setting[2]?.trim() ?? '');
    else if (reason === undefined && refusal.test(word)) reason = word;
  }
  const target = settings.get('USER');
  if (target === undefined) return null;
  const attempts = /^(\d{1,3}) incorrect/.exec(reason ?? '')?.[1];
  return {
    eventType: reason === undefined ? eventTypes.privilegeUsed : loginSteps.privilegeDenied,
    category: 'process',
    outcome: reason === undefined ? 'success' : 'failure',
    user,
    users: [target],
    processes: [command?.split(' ', 1)[0]],
    fields: {
      action: reason === undefined ? 'command' : 'refused',
      user,
      target_user: target,
      ...(command === undefined ? {} : { command }),
      ...(settings.has('PWD') ? { working_directory: settings.get('PWD') } : {}),
      ...(settings.has('TTY') ? { tty: settings.get('TTY') } : {}),
      ...(reason === undefined ? {} : { reason }),
      ...(attempts === undefined ? {} : { attempts: Number(attempts) }),
    },
  };
}
