import type { EventContext } from '../contracts/security-event.ts';
import type { JsonObject } from '../json.ts';

/** `event_type` of a message that says nothing we know. */
export const plainLog = 'log';

/**
 * `event_type`s that come beside `login_failed`, so that one failed attempt of which several lines tell is
 * counted once.
 */
export const loginSteps = {
  /** The account does not exist; the failure itself has its own line. */
  userUnknown: 'user_unknown',
  /** Refused for another reason than a wrong secret, or told again by another part of the system. */
  authenticationDenied: 'authentication_denied',
  /** One of several required proofs was given. */
  authenticationContinued: 'authentication_continued',
  /** The client left before the server decided. */
  authenticationAbandoned: 'authentication_abandoned',
  /** An account tried to act as another and may not. */
  privilegeDenied: 'privilege_denied',
} as const;

/** What one message of one program means. */
export interface ProgramMeaning {
  readonly eventType: string;
  readonly category?: string | undefined;
  readonly outcome?: EventContext['outcome'];
  readonly user?: string | undefined;
  /** Where it came from: an address; a host name is kept in the fields. */
  readonly sourceIp?: string | undefined;
  readonly destinationIp?: string | undefined;
  readonly port?: string | undefined;
  readonly protocol?: string | undefined;
  readonly users?: readonly (string | undefined)[];
  readonly hosts?: readonly (string | undefined)[];
  readonly processes?: readonly (string | undefined)[];
  readonly urls?: readonly (string | undefined)[];
  /** What was read from the message, for the payload. */
  readonly fields: JsonObject;
}
