import { eventTypes } from '../contracts/event-types.ts';
import type { ProgramMeaning } from './program-meaning.ts';

/** `event_type` of a changed crontab. */
const scheduleChanged = 'schedule_changed';

/** What a message of cron or crontab means; null when it tells neither of a job nor of a change. */
export function readCron(message: string): ProgramMeaning | null {
  const parts = /^\(([^()\s]{1,256})\) (CMD|REPLACE|DELETE|BEGIN EDIT|END EDIT|RELOAD) \((.*)\)$/s.exec(
    message,
  );
  if (parts === null) return null;
  const [, user = '', verb, argument = ''] = parts;
  if (verb === 'CMD') {
    return {
      eventType: eventTypes.processStarted,
      category: 'process',
      user,
      processes: [argument.split(' ', 1)[0]],
      fields: { action: 'job_started', user, command: argument },
    };
  }
  if (verb !== 'REPLACE' && verb !== 'DELETE') return null;
  return {
    eventType: scheduleChanged,
    category: 'configuration',
    user,
    users: [argument],
    fields: {
      action: verb === 'REPLACE' ? 'crontab_replaced' : 'crontab_deleted',
      user,
      target_user: argument,
    },
  };
}
