import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSshd } from './sshd.ts';

/** Event type, address and user of a message. */
function told(message: string): unknown[] {
  const meaning = readSshd(message);
  return meaning === null ? [] : [meaning.eventType, meaning.sourceIp, meaning.user];
}

const real = '203.0.113.6';

describe('readSshd', () => {
  it('reads a failed password with all it says', () => {
    expect(readSshd('Failed password for invalid user admin from 203.0.113.6 port 4022 ssh2')).toEqual({
      eventType: 'login_failed',
      category: 'authentication',
      outcome: 'failure',
      user: 'admin',
      sourceIp: real,
      protocol: 'ssh',
      hosts: [real],
      fields: {
        action: 'failed_password',
        user: 'admin',
        src_ip: real,
        client_port: 4022,
        method: 'password',
        invalid_user: true,
      },
    });
  });

  it.each([
    ['Failed password for root from 203.0.113.6 port 22 ssh2', 'login_failed', real, 'root'],
    ['Failed password for root from 2001:db8::7 port 22 ssh2', 'login_failed', '2001:db8::7', 'root'],
    ['Failed password for root from fe80::1%eth0 port 22', 'login_failed', 'fe80::1%eth0', 'root'],
    ['Failed password for invalid user  from 203.0.113.6 port 22 ssh2', 'login_failed', real, ''],
    ['Failed keyboard-interactive/pam for root from 203.0.113.6 port 22 ssh2', 'login_failed', real, 'root'],
    [
      'Failed publickey for invalid user x from 203.0.113.6 port 22 ssh2: RSA SHA256:k',
      'login_failed',
      real,
      'x',
    ],
    [
      'Failed publickey for eve from 203.0.113.6 port 22 ssh2: RSA SHA256:k',
      'authentication_denied',
      real,
      'eve',
    ],
    ['Failed none for invalid user x from 203.0.113.6 port 22 ssh2', 'authentication_denied', real, 'x'],
    ['Accepted password for eve from 203.0.113.6 port 22  ssh2', 'login_succeeded', real, 'eve'],
    [
      'Accepted publickey for eve from host.example port 2 ssh2: RSA aa:bb',
      'login_succeeded',
      'host.example',
      'eve',
    ],
    [
      'Accepted publickey for eve from 203.0.113.6 port 2 ssh2: ED25519-CERT SHA256:k ID eve (serial 0) CA RSA SHA256:c',
      'login_succeeded',
      real,
      'eve',
    ],
    [
      'Postponed keyboard-interactive for eve from 203.0.113.6 port 2 ssh2',
      'authentication_continued',
      real,
      'eve',
    ],
    ['Partial publickey for eve from 203.0.113.6 port 2 ssh2', 'authentication_continued', real, 'eve'],
    ['Invalid user oracle from 203.0.113.6 port 2', 'user_unknown', real, 'oracle'],
    ['Invalid user oracle from 203.0.113.6', 'user_unknown', real, 'oracle'],
    [
      'User eve from 203.0.113.6 not allowed because not listed in AllowUsers',
      'authentication_denied',
      real,
      'eve',
    ],
    [
      'User eve from 203.0.113.6 not allowed because shell /bin/no does not exist',
      'authentication_denied',
      real,
      'eve',
    ],
    ['ROOT LOGIN REFUSED FROM 203.0.113.6 port 9', 'authentication_denied', real, 'root'],
    [
      'error: maximum authentication attempts exceeded for invalid user x from 203.0.113.6 port 9 ssh2 [preauth]',
      'authentication_denied',
      real,
      'x',
    ],
    [
      'error: PAM: Authentication failure for illegal user x from 203.0.113.6',
      'authentication_denied',
      real,
      'x',
    ],
    [
      'Connection closed by authenticating user root 203.0.113.6 port 9 [preauth]',
      'authentication_abandoned',
      real,
      'root',
    ],
    [
      'Disconnected from invalid user a b 203.0.113.6 port 9 [preauth]',
      'authentication_abandoned',
      real,
      'a b',
    ],
    ['Connection reset by 203.0.113.6 port 9 [preauth]', 'connection_closed', real, undefined],
    ['Disconnected from user eve 203.0.113.6 port 9', 'session_closed', real, 'eve'],
    [
      'Disconnecting invalid user x 203.0.113.6 port 9: Too many authentication failures [preauth]',
      'authentication_abandoned',
      real,
      'x',
    ],
    [
      'fatal: Timeout before authentication for 203.0.113.6 port 9',
      'authentication_abandoned',
      real,
      undefined,
    ],
    [
      'Timeout before authentication for connection from 203.0.113.6 to 10.0.0.1, pid = 77',
      'authentication_abandoned',
      real,
      undefined,
    ],
    [
      'Received disconnect from 203.0.113.6 port 9:11: Bye Bye [preauth]',
      'connection_closed',
      real,
      undefined,
    ],
    ['Received disconnect from 203.0.113.6: 11: Bye [preauth]', 'connection_closed', real, undefined],
    [
      'Connection from 203.0.113.6 port 9 on 10.0.0.1 port 22 rdomain ""',
      'connection_opened',
      real,
      undefined,
    ],
    [
      'Unable to negotiate with 203.0.113.6 port 9: no matching MAC found. Their offer: hmac-md5 [preauth] ',
      'protocol_anomaly',
      real,
      undefined,
    ],
    [
      'banner exchange: Connection from 203.0.113.6 port 9: invalid format',
      'protocol_anomaly',
      real,
      undefined,
    ],
    ['error: kex_exchange_identification: banner line too long', 'protocol_anomaly', undefined, undefined],
    [
      'ssh_dispatch_run_fatal: Connection from 203.0.113.6 port 9: message authentication code incorrect [preauth]',
      'protocol_anomaly',
      real,
      undefined,
    ],
    ['Did not receive identification string from 203.0.113.6 port 9', 'protocol_anomaly', real, undefined],
    [
      "Bad protocol version identification 'GET / from 1.2.3.4 port 1' from 203.0.113.6 port 9",
      'protocol_anomaly',
      real,
      undefined,
    ],
    [
      'drop connection #10 from [203.0.113.6]:9 on [10.0.0.1]:22 past MaxStartups',
      'authentication_denied',
      real,
      undefined,
    ],
  ])('%s', (message, eventType, sourceIp, user) => {
    expect(told(message)).toEqual([eventType, sourceIp, user]);
  });

  it.each([
    'Server listening on 0.0.0.0 port 22.',
    'Failed to set up the thing',
    'Invalid userx',
    'User eve from here not allowed because of the weather',
    'ROOT LOGIN',
    'maximum of things',
    'Connection established port 7',
    'Connection',
    'Disconnected port 22',
    'Disconnecting: bye',
    'Timeout, client not responding',
    'Received signal 15',
    'Unable to load host key',
    'banner of peace',
    'Did nothing',
    'Bad packet length',
    'drop it',
    'PAM: nothing of it',
    '',
  ])('leaves "%s" alone', (message) => {
    expect(readSshd(message)).toBeNull();
  });

  it('takes only text', () => {
    expect(readSshd(undefined)).toBeNull();
    expect(readSshd(7)).toBeNull();
  });
});

describe('an attacker who writes an address into the user name', () => {
  it.each([
    'Failed password for invalid user from 198.51.100.1 port 1 ssh2 from 203.0.113.6 port 22 ssh2',
    'Failed password for invalid user x from 198.51.100.1 port 1 ssh2: RSA SHA256:y from 203.0.113.6 port 22 ssh2',
    'Failed publickey for invalid user x from 198.51.100.1 port 1 ssh2: RSA a from 203.0.113.6 port 22 ssh2: RSA SHA256:k',
    'Invalid user x from 198.51.100.1 port 1 from 203.0.113.6 port 22',
    'Connection closed by invalid user x 198.51.100.1 port 1 203.0.113.6 port 22 [preauth]',
    'Connection closed by authenticating user 198.51.100.1 port 1 [preauth] 203.0.113.6 port 22 [preauth]',
    'maximum authentication attempts exceeded for x from 198.51.100.1 port 1 ssh2 from 203.0.113.6 port 9 ssh2 [preauth]',
    'User x from 198.51.100.1 not allowed because account is locked from 203.0.113.6 not allowed because account is locked',
    'PAM: Authentication failure for x from 198.51.100.1 from 203.0.113.6',
    "Bad protocol version identification ' from 198.51.100.1 port 1' from 203.0.113.6 port 9",
    'Received disconnect from 203.0.113.6 port 9:11: from 198.51.100.1 port 1:11: x [preauth]',
  ])('does not become another: %s', (message) => {
    expect(readSshd(message)?.sourceIp).toBe(real);
  });

  it.each([
    'Failed publickey for x from 203.0.113.6 port 2 ssh2: RSA-CERT SHA256:k ID y from 198.51.100.1 port 1 ssh2: a (serial 0) CA RSA SHA256:c',
    'Failed hostbased for x from 203.0.113.6 port 2 ssh2: RSA SHA256:k, client user "y from 198.51.100.1 port 1", client host "h"',
    'Disconnecting invalid user x 203.0.113.6 port 9: Change of username not allowed: (x) -> (y 198.51.100.1 port 1: z)',
  ])('stays nobody where it could be either: %s', (message) => {
    const meaning = readSshd(message);
    expect(meaning).not.toBeNull();
    expect(meaning?.sourceIp).toBeUndefined();
  });

  it('cannot, whatever the name', () => {
    const hostile = fc.array(
      fc.constantFrom(
        ' from ',
        '198.51.100.1',
        ' port ',
        '1',
        ' ssh2',
        ': ',
        '[preauth]',
        ' ',
        'x',
        'invalid user ',
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(hostile, (pieces) => {
        const name = pieces.join('');
        for (const message of [
          `Failed password for invalid user ${name} from ${real} port 22 ssh2`,
          `Failed password for ${name} from ${real} port 22 ssh2`,
          `Invalid user ${name} from ${real} port 22`,
          `Connection closed by invalid user ${name} ${real} port 22 [preauth]`,
          `Disconnected from authenticating user ${name} ${real} port 22 [preauth]`,
          `Failed publickey for invalid user ${name} from ${real} port 22 ssh2: RSA SHA256:k`,
        ]) {
          expect(readSshd(message)?.sourceIp).toBe(real);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('costs no more than its length', () => {
    const started = performance.now();
    for (const piece of [' from ', ' port 1', ' 1 port 1: ', ' a b', 'invalid user ']) {
      const name = piece.repeat(100_000 / piece.length);
      for (const verb of [
        'Failed password for ',
        'Disconnecting invalid user ',
        'User ',
        'PAM: x for ',
        'Connection closed by invalid user ',
      ]) {
        readSshd(`${verb}${name}`);
      }
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
