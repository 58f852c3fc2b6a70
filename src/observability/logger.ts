import { type DestinationStream, type Logger, pino } from 'pino';
import { type Clock, systemClock } from '../clock.ts';
import type { Log, LogFields } from './log.ts';
import { redactText, redactValue } from './redact.ts';

export interface LogOptions {
  /** Least severe line that is written. */
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  /** Takes one JSON line at a time: standard error, in the product. */
  readonly stream: DestinationStream;
  readonly clock?: Clock;
}

/**
 * The structured log: one JSON object a line, with `time` (RFC 3339), `level`, `message` and the given
 * fields. Secrets are replaced wherever they stand, by the name of their field or by their shape.
 */
export function createLog({ level, stream, clock = systemClock }: LogOptions): Log {
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  return logOver(logger, {});
}

/** Fields are carried here, not in pino's bindings, so that a line's own field replaces an inherited one. */
function logOver(logger: Logger, inherited: object): Log {
  const write =
    (severity: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields?: LogFields): void => {
      if (!logger.isLevelEnabled(severity)) return;
      logger[severity]({ ...inherited, ...cleanFields(fields) }, redactText(message));
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => logOver(logger, { ...inherited, ...cleanFields(fields) }),
  };
}

/** `time`, `level` and `message` are the line's own: a field of that name moves aside. */
function cleanFields(fields: LogFields | undefined): object {
  const clean: object = Object(redactValue(fields ?? {}));
  return Object.fromEntries(
    Object.entries(clean).map(([name, value]) => [
      /^(time|level|message)$/.test(name) ? `field_${name}` : name,
      value,
    ]),
  );
}
