import type { TextFormat } from './format.ts';
import { hostLogEvent } from './host-log.ts';
import { readSyslogLine } from './syslog-line.ts';

/** Syslog as it comes over the network or lies in files: RFC 3164, RFC 5424, and rsyslog's ISO times. */
export const syslog: TextFormat = {
  kind: 'text',
  id: 'syslog',
  title: 'syslog (RFC 3164, RFC 5424)',
  recognise: (text) => readSyslogLine(text, 0) !== null,
  normalise(text, origin) {
    const line = readSyslogLine(text, origin.receivedAtMs);
    if (line === null) {
      const detail = 'expected [<priority>] <time> <host> <program>[<pid>]: <message>, or RFC 5424';
      return { rejected: 'invalid_record', detail };
    }
    const { facility, severity, host, program, pid, messageId, structuredData, message } = line;
    return hostLogEvent({
      format: 'syslog',
      origin,
      record: {
        ...(facility === undefined ? {} : { facility }),
        ...(severity === undefined ? {} : { severity }),
        ...(host === undefined ? {} : { host }),
        program,
        ...(pid === undefined ? {} : { pid: /^\d{1,10}$/.test(pid) ? Number(pid) : pid }),
        ...(messageId === undefined ? {} : { message_id: messageId }),
        ...(structuredData === undefined ? {} : { structured_data: structuredData }),
        message,
      },
      raw: text,
      timestamp: line.timestamp,
      host,
      program,
      message,
      facility,
    });
  },
};
