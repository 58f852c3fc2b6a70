import { eventTypes } from '../contracts/event-types.ts';
import type { EventParts } from './build-event.ts';

/** What an event is: its type, ECS category and outcome. */
export type Kind = Pick<EventParts, 'eventType' | 'category' | 'outcome'>;

/** A login that went through (true) or failed (false), whichever sensor tells it; `otherwise` when it is none. */
export function loginOr(login: boolean | undefined, otherwise: Kind): Kind {
  if (login === undefined) return otherwise;
  return {
    eventType: login ? eventTypes.loginSucceeded : eventTypes.loginFailed,
    category: 'authentication',
    outcome: login ? 'success' : 'failure',
  };
}
