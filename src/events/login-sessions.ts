import { eventTypes } from '../contracts/event-types.ts';
import type { ProgramMeaning } from './program-meaning.ts';

/** What a message of systemd-logind (or elogind) means; null when it tells of no session. */
export function readLogind(message: string): ProgramMeaning | null {
  const opened = /^New session '?(\S{1,64}?)'? of user '?([^'\s]{1,256}?)'?(?: with class .*)?\.?$/s.exec(
    message,
  );
  if (opened !== null) {
    const [, session = '', user = ''] = opened;
    return {
      eventType: eventTypes.sessionOpened,
      category: 'session',
      outcome: 'success',
      user,
      fields: { action: 'session_opened', session, user },
    };
  }
  const session = /^(?:Removed session|Session) (\S{1,64}?)(?:\.$| logged out)/.exec(message)?.[1];
  if (session === undefined) return null;
  return {
    eventType: eventTypes.sessionClosed,
    category: 'session',
    outcome: 'success',
    fields: { action: 'session_closed', session },
  };
}
