import { messageOf, VerticeError } from '../errors.ts';

/**
 * The name Kafka gives the failure (`REBALANCE_IN_PROGRESS`, …), found anywhere inside what the client
 * library threw; null when it is no answer of a broker.
 */
export function brokerErrorOf(error: unknown): string | null {
  return search(error, (found) => ('apiId' in found && typeof found.apiId === 'string' ? found.apiId : null));
}

/** The id the coordinator chose for a member that asked to join without one. */
export function memberIdOf(error: unknown): string | null {
  return search(error, (found) =>
    'memberId' in found && typeof found.memberId === 'string' ? found.memberId : null,
  );
}

/** True when the broker refused our credentials: no use in trying again. */
export function isAuthenticationError(error: unknown): boolean {
  const refused = search(error, (found) =>
    'code' in found && found.code === 'PLT_KFK_AUTHENTICATION' ? 'refused' : null,
  );
  return refused !== null || /_AUTHORIZATION_FAILED$/.test(brokerErrorOf(error) ?? '');
}

/** An error of the cluster in our own words. `doing` completes "cannot …". */
export function kafkaUnavailable(doing: string, cause: unknown): VerticeError {
  if (cause instanceof VerticeError) return cause;
  const refused = isAuthenticationError(cause);
  const advice = refused
    ? 'check kafka.sasl_* and the rights of the user'
    : 'check kafka.brokers and that the cluster is up';
  return new VerticeError(
    'VTC_BUS_UNAVAILABLE',
    `cannot ${doing}: ${brokerErrorOf(cause) ?? innermostMessage(cause)}; ${advice}`,
    { cause, isRetryable: !refused },
  );
}

function innermostMessage(error: unknown): string {
  return search(error, (found) => (nested(found).length === 0 ? found.message : null)) ?? messageOf(error);
}

/** Depth first, newest first, for the last of several attempts tells most. */
function search(error: unknown, pick: (found: Error) => string | null): string | null {
  if (!(error instanceof Error)) return null;
  const picked = pick(error);
  if (picked !== null) return picked;
  for (const inner of nested(error)) {
    const deeper = search(inner, pick);
    if (deeper !== null) return deeper;
  }
  return null;
}

function nested(error: Error): unknown[] {
  const several = error instanceof AggregateError ? [...error.errors].reverse() : [];
  return error.cause === undefined ? several : [...several, error.cause];
}
