/** Fields every line may carry; ids tie the lines of one attack together. */
export type LogFields = Readonly<Record<string, unknown>> & {
  readonly event_id?: string;
  readonly detection_id?: string;
  readonly threat_id?: string;
  readonly response_id?: string;
  /** Serialised with code, facts and causes. */
  readonly error?: unknown;
};

/** Structured log. Never called per event on the hot path. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose every line carries these fields too. */
  child(fields: LogFields): Log;
}

/** Drops everything: for tests and for one-shot commands that print their own account. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
};
