import type { Json } from '../json.ts';
import type { JsonFormat } from './format.ts';
import { hostLogEvent } from './host-log.ts';
import { textOf } from './record-fields.ts';
import { facilities, severities } from './syslog-line.ts';
import { timestampFrom } from './timestamp.ts';

/** The systemd journal as `journalctl -o json` writes it. */
export const journald: JsonFormat = {
  kind: 'json',
  id: 'journald',
  title: 'systemd journal',
  recognise: (record) => record['__REALTIME_TIMESTAMP'] !== undefined && record['MESSAGE'] !== undefined,
  normalise(record, origin) {
    const host = textOf(record['_HOSTNAME']);
    const program = textOf(record['SYSLOG_IDENTIFIER']) ?? textOf(record['_COMM']) ?? '';
    const message = messageOf(record['MESSAGE']);
    const facility = named(facilities, record['SYSLOG_FACILITY']);
    const severity = named(severities, record['PRIORITY']);
    const pid = record['SYSLOG_PID'] ?? record['_PID'];
    return hostLogEvent({
      format: 'journald',
      origin,
      record: {
        ...record,
        ...(facility === undefined ? {} : { facility }),
        ...(severity === undefined ? {} : { severity }),
        ...(host === undefined ? {} : { host }),
        program,
        ...(pid === undefined ? {} : { pid }),
        message,
      },
      ownId: textOf(record['__CURSOR'], 2048),
      timestamp: timestampFrom(record['__REALTIME_TIMESTAMP']),
      host,
      program,
      message,
      facility,
    });
  },
};

/** The journal writes text that is not plain UTF-8 as an array of bytes, and a field set twice as an array. */
function messageOf(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return '';
  const bytes: number[] = [];
  for (const item of value) if (typeof item === 'number') bytes.push(item);
  if (bytes.length === value.length) return Buffer.from(bytes).toString('utf8').replaceAll('\0', '\ufffd');
  return value.filter((item) => typeof item === 'string').join('\n');
}

function named(names: readonly string[], value: Json | undefined): string | undefined {
  return typeof value === 'string' && /^\d{1,2}$/.test(value) ? names[Number(value)] : undefined;
}
