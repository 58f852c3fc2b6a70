import { eventTypes } from '../contracts/event-types.ts';
import { loginSteps, type ProgramMeaning } from './program-meaning.ts';

/** Shadow's and util-linux's words for the same two outcomes: target, account, success. */
const forms: readonly {
  readonly pattern: RegExp;
  readonly isSuccess: boolean;
  readonly targetFirst: boolean;
}[] = [
  { pattern: /^Successful su for (\S{1,256}) by (\S{1,256})$/, isSuccess: true, targetFirst: true },
  { pattern: /^FAILED su for (\S{1,256}) by (\S{1,256})$/, isSuccess: false, targetFirst: true },
  { pattern: /^\(to (\S{1,256})\) (\S{1,256}) on \S{1,256}$/, isSuccess: true, targetFirst: true },
  { pattern: /^FAILED SU \(to (\S{1,256})\) (\S{1,256}) on \S{1,256}$/, isSuccess: false, targetFirst: true },
  { pattern: /^\+ \S{1,256} ([^:\s]{1,256}):(\S{1,256})$/, isSuccess: true, targetFirst: false },
  { pattern: /^- \S{1,256} ([^:\s]{1,256}):(\S{1,256})$/, isSuccess: false, targetFirst: false },
];

/** What a message of su means; null when it is none we know. Of a failure PAM's line is the `login_failed`. */
export function readSu(message: string): ProgramMeaning | null {
  for (const { pattern, isSuccess, targetFirst } of forms) {
    const parts = pattern.exec(message);
    if (parts === null) continue;
    const [, first = '', second = ''] = parts;
    const user = targetFirst ? second : first;
    const target = targetFirst ? first : second;
    return {
      eventType: isSuccess ? eventTypes.privilegeUsed : loginSteps.privilegeDenied,
      category: 'authentication',
      outcome: isSuccess ? 'success' : 'failure',
      user,
      users: [target],
      fields: { action: isSuccess ? 'switched_user' : 'refused', user, target_user: target },
    };
  }
  return null;
}
