import { describe, expect, it } from 'vitest';
import { isRejection } from './format.ts';
import { journald } from './journald.ts';

const origin = { position: 'journal:1', receivedAtMs: 0 };
const record = {
  __CURSOR: 's=1;i=2',
  __REALTIME_TIMESTAMP: '1777000000123456',
  _HOSTNAME: 'web-1',
  SYSLOG_IDENTIFIER: 'sshd',
  SYSLOG_FACILITY: '10',
  PRIORITY: '6',
  _PID: '77',
  MESSAGE: 'Accepted password for eve from 203.0.113.6 port 9 ssh2',
};

function payloadOf(changes: Parameters<typeof journald.normalise>[0]) {
  const event = journald.normalise({ ...record, ...changes }, origin);
  return isRejection(event) ? null : event.payload;
}

describe('journald', () => {
  it('reads an entry and keeps its own fields', () => {
    expect(journald.recognise(record)).toBe(true);
    expect(journald.normalise(record, origin)).toMatchObject({
      timestamp: '2026-04-24T03:06:40.123Z',
      source: 'sshd',
      event_type: 'login_succeeded',
      source_ip: '203.0.113.6',
      payload: {
        ...record,
        facility: 'authpriv',
        severity: 'info',
        host: 'web-1',
        program: 'sshd',
        pid: '77',
        user: 'eve',
      },
      context: {
        host: 'web-1',
        user: 'eve',
        logsource: { product: 'linux', service: ['sshd', 'auth', 'syslog'] },
      },
    });
  });

  it('has the cursor as its identity', () => {
    const elsewhere = { ...origin, position: 'elsewhere' };
    expect(journald.normalise(record, origin)).toEqual(journald.normalise(record, elsewhere));
  });

  it('reads a message of bytes, of several parts, and of nothing', () => {
    expect(payloadOf({ MESSAGE: [...Buffer.from('Server listening')] })).toMatchObject({
      message: 'Server listening',
    });
    expect(payloadOf({ MESSAGE: ['a', 'b'] })).toMatchObject({ message: 'a\nb' });
    expect(payloadOf({ MESSAGE: null })).toMatchObject({ message: '' });
  });

  it('falls back to the command, and goes without what is not there', () => {
    expect(payloadOf({ SYSLOG_IDENTIFIER: null, _COMM: 'su' })).toMatchObject({ program: 'su' });
    const bare = {
      __REALTIME_TIMESTAMP: '1777000000123456',
      MESSAGE: 'x',
      PRIORITY: '99',
      SYSLOG_FACILITY: 3,
    };
    expect(journald.normalise(bare, origin)).toMatchObject({
      source: 'syslog',
      event_type: 'log',
      payload: { ...bare, program: '', message: 'x' },
    });
  });
});
