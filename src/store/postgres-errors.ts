import { messageOf, VerticeError } from '../errors.ts';

/** What an operator is told, by SQLSTATE or its class. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const meanings: readonly (readonly [prefix: string, advice: string, isRetryable: boolean])[] = [
  ['28', 'refused the user or password: check DATABASE_URL', false],
  ['3D000', 'has no such database: create it, or check DATABASE_URL', false],
  ['3F000', 'has no such schema: create it, or check the search_path in DATABASE_URL', false],
  ['42501', 'denies this user a right: make it the owner of the database', false],
  ['25006', 'is read-only (a standby?): point DATABASE_URL at the primary', true],
  ['53100', 'has a full disk: free space on it', true],
  ['53', 'is out of resources: look at its log and its limits', true],
  ['57014', 'took too long and the statement was cancelled: look at its load and its locks', true],
  ['57P', 'is shutting down or starting', true],
  ['08', 'lost the connection', true],
  ['40', 'undid the transaction because of another one', true],
  ['55P03', 'could not get a lock in time', true],
  ['58', 'had an error of its system: look at its log', true],
];

/** The SQLSTATE of an error the server reported; null when the error came from this side or the network. */
export function sqlState(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || !('severity' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** What an operator needs to know about an error of the PostgreSQL client or server. Never holds the URL. */
export function postgresError(cause: unknown): VerticeError {
  const state = sqlState(cause);
  if (state === null) {
    return new VerticeError(
      'VTC_STORE_UNAVAILABLE',
      `PostgreSQL cannot be reached (${messageOf(cause)}): check that it runs and that DATABASE_URL names it.`,
      { cause, isRetryable: true },
    );
  }
  const facts = { sql_state: state };
  const meaning = meanings.find(([prefix]) => state.startsWith(prefix));
  if (meaning === undefined) {
    return new VerticeError('VTC_STORE_FAILED', `PostgreSQL refused a statement: ${messageOf(cause)}.`, {
      cause,
      facts,
    });
  }
  const [, advice, isRetryable] = meaning;
  return new VerticeError('VTC_STORE_UNAVAILABLE', `PostgreSQL ${advice} (${messageOf(cause)}).`, {
    cause,
    isRetryable,
    facts,
  });
}
