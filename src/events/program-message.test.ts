import { describe, expect, it } from 'vitest';
import { programSource, readProgramMessage } from './program-message.ts';

const pamFailure = 'logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.6  user=root';

describe('programSource', () => {
  it.each([
    ['sshd-session', 'sshd'],
    ['/usr/sbin/sshd', 'sshd'],
    ['CRON', 'cron'],
    ['/sbin/anacron', 'anacron'],
    ['postfix/smtpd', 'postfix-smtpd'],
    ['(systemd)', 'systemd'],
    ['', 'syslog'],
    ['///', 'syslog'],
    [`${'x'.repeat(100)}`, 'x'.repeat(64)],
  ])('names %s %s', (program, source) => {
    expect(programSource(program)).toBe(source);
  });
});

describe('readProgramMessage', () => {
  it('calls what it does not know a log', () => {
    expect(readProgramMessage('anything', 'hello')).toEqual({ eventType: 'log', fields: {} });
    expect(readProgramMessage('sudo', 'hello')).toEqual({ eventType: 'log', fields: {} });
  });

  it('says how many equal lines a line stands for', () => {
    const message = 'message repeated 5 times: [ Failed password for root from 203.0.113.6 port 22 ssh2]';
    expect(readProgramMessage('sshd', message)).toMatchObject({
      eventType: 'login_failed',
      sourceIp: '203.0.113.6',
      fields: { repeated: 5, user: 'root', action: 'failed_password' },
    });
    expect(readProgramMessage('sshd', 'message repeated often').eventType).toBe('log');
  });

  it.each([
    ['su', 'FAILED su for root by eve', 'privilege_denied', 'eve'],
    ['su', 'FAILED SU (to root) eve on pts/0', 'privilege_denied', 'eve'],
    ['su', 'Successful su for root by eve', 'privilege_used', 'eve'],
    ['su', '(to root) eve on pts/0', 'privilege_used', 'eve'],
    ['su', '+ /dev/pts/0 eve:root', 'privilege_used', 'eve'],
    ['su', '- /dev/pts/0 eve:root', 'privilege_denied', 'eve'],
    ['su', 'pam_authenticate: Authentication failure', 'log', undefined],
    [
      'useradd',
      'new user: name=eve, UID=1001, GID=1001, home=/home/eve, shell=/bin/sh, from=none',
      'account_changed',
      'eve',
    ],
    ['useradd', 'new group: name=eve, GID=1001', 'account_changed', 'eve'],
    ['userdel', "delete user 'eve'", 'account_changed', 'eve'],
    ['userdel', "removed group 'eve' owned by 'eve'", 'account_changed', 'eve'],
    ['usermod', "add 'eve' to group 'sudo'", 'account_changed', 'eve'],
    ['usermod', "change user 'eve' password", 'account_changed', 'eve'],
    ['usermod', "change user 'eve' shell from '/bin/sh' to '/bin/bash'", 'account_changed', 'eve'],
    ['usermod', "lock user 'eve' password", 'account_changed', 'eve'],
    ['usermod', "unlock user 'eve' password", 'account_changed', 'eve'],
    ['gpasswd', 'user eve added by root to group sudo', 'account_changed', 'eve'],
    ['gpasswd', 'user eve removed by root from group sudo', 'account_changed', 'eve'],
    ['passwd', "password changed for 'eve'", 'account_changed', 'eve'],
    ['passwd', 'nothing changed', 'log', undefined],
    ['passwd', 'pam_unix(passwd:chauthtok): password changed for eve', 'account_changed', 'eve'],
    ['passwd', 'pam_unix(passwd:chauthtok): new password not acceptable', 'log', undefined],
    ['systemd-logind', 'New session 12 of user eve.', 'session_opened', 'eve'],
    [
      'systemd-logind',
      "New session '12' of user 'eve' with class 'user' and type 'tty'.",
      'session_opened',
      'eve',
    ],
    ['systemd-logind', 'Removed session 12.', 'session_closed', undefined],
    ['systemd-logind', 'Session 12 logged out. Waiting for processes to exit.', 'session_closed', undefined],
    ['systemd-logind', 'Watching system buttons', 'log', undefined],
    ['cron', '(root) CMD (/usr/bin/true --now)', 'process_started', 'root'],
    ['cron', '(root) REPLACE (eve)', 'schedule_changed', 'root'],
    ['cron', '(root) DELETE (eve)', 'schedule_changed', 'root'],
    ['cron', '(root) RELOAD (crontabs/eve)', 'log', undefined],
    [
      'cron',
      'pam_unix(cron:session): session opened for user eve(uid=1) by (uid=0)',
      'session_opened',
      'eve',
    ],
    ['sshd', 'pam_unix(sshd:session): session closed for user eve', 'session_closed', 'eve'],
    ['sshd', 'pam_unix(sshd:session): something else', 'log', undefined],
    ['sshd', 'pam_unix(sshd:account): account eve has expired', 'log', undefined],
    ['sshd', 'pam_unix(sshd:auth): check pass; user unknown', 'log', undefined],
    ['nginx', 'no access line', 'log', undefined],
    ['kernel', '[ 12.3] usb 1-1: new device', 'log', undefined],
    ['kernel', '[1.2] x: IN=eth0 OUT= MAC=aa LEN=40', 'log', undefined],
  ])('%s: %s', (source, message, eventType, user) => {
    const meaning = readProgramMessage(source, message);
    expect([meaning.eventType, meaning.user]).toEqual([eventType, user]);
  });

  it('names the group of a new member', () => {
    expect(readProgramMessage('usermod', "add 'eve' to group 'sudo'").fields).toEqual({
      action: 'member_added',
      user: 'eve',
      group: 'sudo',
    });
  });

  it('reads an access line that a web server sent through syslog', () => {
    const line = '198.51.100.7 - - [08/Jul/2021:11:07:07 +0000] "GET /x HTTP/1.1" 200 5 "-" "agent"';
    expect(readProgramMessage('nginx', line)).toMatchObject({
      eventType: 'http_request',
      sourceIp: '198.51.100.7',
      fields: { path: '/x', status: 200 },
    });
  });

  it('reads a packet that the firewall wrote down', () => {
    const packet =
      'IN=eth0 OUT= MAC=aa:bb SRC=203.0.113.6 DST=10.0.0.1 LEN=44 PROTO=TCP SPT=5 DPT=22 SYN SRC=1.1.1.1';
    expect(readProgramMessage('kernel', `[19955416.516358] [UFW BLOCK] ${packet}`)).toMatchObject({
      eventType: 'network_flow',
      outcome: 'failure',
      sourceIp: '203.0.113.6',
      destinationIp: '10.0.0.1',
      port: '22',
      protocol: 'TCP',
    });
    expect(readProgramMessage('kernel', `[UFW ALLOW] ${packet}`).outcome).toBe('success');
    expect(readProgramMessage('kernel', packet).outcome).toBe('unknown');
  });
});

describe('sudo', () => {
  it('used a privilege', () => {
    const message = '   eve : TTY=pts/0 ; PWD=/home/eve ; USER=root ; COMMAND=/usr/bin/apt update ; x';
    expect(readProgramMessage('sudo', message)).toEqual({
      eventType: 'privilege_used',
      category: 'process',
      outcome: 'success',
      user: 'eve',
      users: ['root'],
      processes: ['/usr/bin/apt'],
      fields: {
        action: 'command',
        user: 'eve',
        target_user: 'root',
        command: '/usr/bin/apt update ; x',
        working_directory: '/home/eve',
        tty: 'pts/0',
      },
    });
  });

  it.each([
    [
      'eve : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls',
      { attempts: 3 },
    ],
    [
      'eve : user NOT in sudoers ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls',
      { reason: 'user NOT in sudoers' },
    ],
    ['eve : command not allowed ; USER=root', { reason: 'command not allowed' }],
  ])('refused: %s', (message, fields) => {
    expect(readProgramMessage('sudo', message)).toMatchObject({
      eventType: 'privilege_denied',
      user: 'eve',
      fields,
    });
  });

  it('says nothing without the account that was to act', () => {
    expect(readProgramMessage('sudo', 'eve : a password is required').eventType).toBe('log');
  });
});

describe('a failure that PAM tells', () => {
  it('is the failed login of a program that logs no other', () => {
    const message = `pam_unix(su:auth): authentication failure; ${pamFailure}`;
    expect(readProgramMessage('su', message)).toMatchObject({
      eventType: 'login_failed',
      user: 'root',
      sourceIp: '203.0.113.6',
      fields: { pam_module: 'pam_unix', pam_service: 'su', rhost: '203.0.113.6', src_ip: '203.0.113.6' },
    });
  });

  it('is not counted again where sshd or an earlier module has told it', () => {
    for (const message of [
      `pam_unix(sshd:auth): authentication failure; ${pamFailure}`,
      `pam_sss(su:auth): authentication failure; ${pamFailure}`,
      `PAM 2 more authentication failures; ${pamFailure}`,
    ]) {
      expect(readProgramMessage('sshd', message)).toMatchObject({
        eventType: 'authentication_denied',
        sourceIp: '203.0.113.6',
      });
    }
  });

  it('has the number of failures that a line sums up', () => {
    const message = `pam_unix(login:auth): 2 more authentication failures; ${pamFailure}`;
    expect(readProgramMessage('login', message)).toMatchObject({
      eventType: 'login_failed',
      fields: { repeated: 2, user: 'root' },
    });
  });

  it.each([
    [
      'logname= uid=0 euid=0 tty=dovecot ruser=x rhost=198.51.100.1 user=y rhost=203.0.113.6  user=x',
      undefined,
    ],
    ['logname= uid=0 euid=0 tty=dovecot ruser=eve rhost=203.0.113.6  user=eve', '203.0.113.6'],
    ['logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.6  user=x rhost=198.51.100.1', '203.0.113.6'],
    ['logname=eve uid=1 euid=0 tty=pts/0 ruser=eve rhost=', undefined],
    ['logname=eve uid=1 euid=0 tty=pts/0 ruser=eve', undefined],
    ['logname= uid=1 euid=0 tty=x ruser= rhost=a b c', undefined],
    ['in other words', undefined],
  ])('gives no address that the attacker may have written: %s', (text, sourceIp) => {
    const meaning = readProgramMessage('dovecot', `pam_unix(dovecot:auth): authentication failure; ${text}`);
    expect([meaning.eventType, meaning.sourceIp]).toEqual(['login_failed', sourceIp]);
  });
});
