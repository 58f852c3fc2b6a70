import { eventTypes } from '../contracts/event-types.ts';
import type { ProgramMeaning } from './program-meaning.ts';

/** Programs that change accounts and groups. */
export const accountPrograms: ReadonlySet<string> = new Set([
  'useradd',
  'userdel',
  'usermod',
  'groupadd',
  'groupdel',
  'groupmod',
  'gpasswd',
  'passwd',
  'chpasswd',
  'chage',
  'chfn',
  'chsh',
  'adduser',
  'deluser',
]);

/** Each names the account or group in its first group. */
const changes: readonly (readonly [action: string, pattern: RegExp])[] = [
  ['user_added', /^new user: name=([^,\s]{1,256})(?:,|$)/],
  ['group_added', /^(?:new group: |group added to \S{1,256}: )name=([^,\s]{1,256})(?:,|$)/],
  ['user_deleted', /^delete user '([^']{1,256})'/],
  ['group_deleted', /^(?:removed group|group) '([^']{1,256})' (?:owned by|removed from) /],
  ['member_added', /^add '([^']{1,256})' to (?:shadow )?group '/],
  ['member_added', /^user (\S{1,256}) added by \S{1,256} to group /],
  ['member_removed', /^(?:delete|remove[d]?) '([^']{1,256})' from (?:shadow )?group '/],
  ['member_removed', /^user (\S{1,256}) removed by \S{1,256} from group /],
  ['password_changed', /^password changed for '?([^'\s]{1,256})'?$/],
  ['password_changed', /^change user '([^']{1,256})' password$/],
  ['user_locked', /^(?:lock user|password for) '([^']{1,256})' (?:password|locked)/],
  ['user_unlocked', /^(?:unlock user|password for) '([^']{1,256})' (?:password|unlocked)/],
  ['user_changed', /^chang(?:e|ed) user '([^']{1,256})' /],
];

/** What a message of one of `accountPrograms` means; null when it tells of no change. */
export function readAccountProgram(message: string): ProgramMeaning | null {
  for (const [action, pattern] of changes) {
    const user = pattern.exec(message)?.[1];
    if (user === undefined) continue;
    const group = / group '?([^'\s]{1,256})'?$/.exec(message)?.[1];
    return {
      eventType: eventTypes.accountChanged,
      category: 'iam',
      outcome: 'success',
      user,
      fields: { action, user, ...(group === undefined ? {} : { group }) },
    };
  }
  return null;
}
