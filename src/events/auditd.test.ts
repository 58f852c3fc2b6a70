import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { SecurityEventSchema } from '../contracts/security-event.ts';
import { auditd } from './auditd.ts';
import { isRejection } from './format.ts';

const origin = { position: 'audit.log:1:0', receivedAtMs: 0 };
const securityEvent = Compile(SecurityEventSchema);
const stamp = 'msg=audit(1783414613.119:441):';

function read(...lines: string[]) {
  const text = lines.join('\n');
  const result = auditd.normalise(text, origin);
  if (isRejection(result)) throw new Error(result.detail);
  expect(auditd.recognise(text)).toBe(true);
  expect(securityEvent.Check(result)).toBe(true);
  return result;
}

function program(type: string, message: string): string {
  return `type=${type} ${stamp} pid=21 uid=0 auid=4294967295 ses=1 msg='${message}'\x1dUID="root" AUID="unset"`;
}

const execution = [
  `node=web-1 type=SYSCALL ${stamp} arch=c000003e syscall=59 success=yes exit=0 a0=55 a1=56 items=2 pid=22 uid=0 comm="sh" exe="/usr/bin/bash" key=(null)\x1dARCH=x86_64 SYSCALL=execve AUID="eve" UID="root"`,
  `node=web-1 type=EXECVE ${stamp} argc=3 a0="/bin/sh" a1="-c" a2=6563686F2022686922`,
  `node=web-1 type=CWD ${stamp} cwd="/root"`,
  `node=web-1 type=PATH ${stamp} item=0 name="/bin/sh" nametype=NORMAL`,
  `node=web-1 type=PATH ${stamp} item=1 name=2F746D702F6120620A nametype=NORMAL`,
  `node=web-1 type=PROCTITLE ${stamp} proctitle=2F62696E2F7368002D63006563686F`,
  `node=web-1 type=EOE ${stamp} `,
];

describe('auditd', () => {
  it('reads the lines of a started program as one event', () => {
    expect(read(...execution)).toEqual({
      event_id: expect.stringMatching(/^evt_/),
      timestamp: '2026-07-07T08:56:53.119Z',
      source: 'auditd',
      event_type: 'process_started',
      payload: {
        arch: 'c000003e',
        syscall: '59',
        success: 'yes',
        exit: '0',
        items: '2',
        pid: '22',
        uid: '0',
        comm: 'sh',
        exe: '/usr/bin/bash',
        key: '(null)',
        ARCH: 'x86_64',
        SYSCALL: 'execve',
        AUID: 'eve',
        UID: 'root',
        argc: '3',
        a0: '/bin/sh',
        a1: '-c',
        a2: 'echo "hi"',
        cwd: '/root',
        item: ['0', '1'],
        name: ['/bin/sh', '/tmp/a b\n'],
        nametype: 'NORMAL',
        proctitle: '/bin/sh -c echo',
        type: ['SYSCALL', 'EXECVE', 'CWD', 'PATH', 'PROCTITLE', 'EOE'],
        node: 'web-1',
        serial: 441,
        args: ['/bin/sh', '-c', 'echo "hi"'],
        command_line: '/bin/sh -c echo "hi"',
        records: expect.objectContaining({
          EXECVE: { argc: '3', a0: '/bin/sh', a1: '-c', a2: 'echo "hi"' },
          SYSCALL: expect.objectContaining({ a0: '55' }),
          PATH: [
            { item: '0', name: '/bin/sh', nametype: 'NORMAL' },
            { item: '1', name: '/tmp/a b\n', nametype: 'NORMAL' },
          ],
          EOE: {},
        }),
      },
      context: {
        format: 'auditd',
        host: 'web-1',
        user: 'eve',
        category: 'process',
        outcome: 'success',
        logsource: { product: 'linux', service: ['auditd'] },
        entities: { users: ['eve', 'root'], hosts: ['web-1'], processes: ['/usr/bin/bash', '/bin/sh'] },
      },
    });
  });

  it('has one identity wherever it comes in, and another for each line that came alone', () => {
    const [first = '', second = ''] = execution;
    const ids = [origin, { ...origin, position: 'elsewhere' }].map((from) => {
      const event = auditd.normalise(first, from);
      return isRejection(event) ? '' : event.event_id;
    });
    expect(ids[0]).toBe(ids[1]);
    expect(read(second).event_id).not.toBe(ids[0]);
  });

  it('joins the pieces of a long argument', () => {
    const event = read(`type=EXECVE ${stamp} argc=2 a0="cat" a1_len=4 a1[0]=6162 a1[1]=6364`);
    expect(event).toMatchObject({ event_type: 'process_started', payload: { args: ['cat', 'abcd'] } });
  });

  it.each([
    [
      'USER_LOGIN',
      'op=login acct="root" exe="/usr/sbin/sshd" hostname=? addr=203.0.113.6 terminal=ssh res=failed',
      'login_failed',
      'failure',
    ],
    [
      'USER_LOGIN',
      'op=login id=0 exe="/usr/sbin/sshd" hostname=203.0.113.6 addr=203.0.113.6 terminal=ssh res=success',
      'login_succeeded',
      'success',
    ],
    [
      'USER_AUTH',
      'op=PAM:authentication acct="root" exe="/usr/sbin/sshd" addr=203.0.113.6 res=failed',
      'authentication_denied',
      'failure',
    ],
    [
      'USER_AUTH',
      'op=PAM:authentication acct="root" exe="/usr/bin/su" addr=? res=failed',
      'login_failed',
      'failure',
    ],
    [
      'USER_AUTH',
      'op=PAM:authentication acct="root" exe="/usr/bin/su" addr=? res=success',
      'user_auth',
      'success',
    ],
    ['USER_START', 'op=PAM:session_open acct="root" res=success', 'session_opened', 'success'],
    ['USER_END', 'op=PAM:session_close acct="root" res=success', 'session_closed', 'success'],
    [
      'USER_CMD',
      'cwd="/root" cmd=6C73202D6C exe="/usr/bin/sudo" terminal=? res=success',
      'privilege_used',
      'success',
    ],
    ['ADD_USER', 'op=add-user acct="eve" exe="/usr/sbin/useradd" res=success', 'account_changed', 'success'],
    ['CRED_ACQ', 'op=PAM:setcred acct=4556454C acct2=1 res=1', 'cred_acq', 'success'],
  ])('calls %s with %s a %s', (type, message, eventType, outcome) => {
    const event = read(program(type, message));
    expect([event.event_type, event.context.outcome]).toEqual([eventType, outcome]);
    expect(event.source_ip).toBe(message.includes('addr=203') ? '203.0.113.6' : undefined);
  });

  it('reads what sudo ran', () => {
    expect(read(program('USER_CMD', 'cwd="/" cmd=6C73202D6C res=success')).payload).toMatchObject({
      cmd: 'ls -l',
      command_line: 'ls -l',
    });
  });

  it('names the account only when auditd does', () => {
    expect(read(program('USER_LOGIN', 'op=login acct="(unknown)" res=failed')).context.user).toBe('root');
    expect(read(`type=LOGIN ${stamp} pid=1 res=1`).context.user).toBeUndefined();
  });

  it('does not let a program replace what the kernel says', () => {
    expect(read(program('USER_LOGIN', 'op=login uid=1000 pid=9 res=failed')).payload).toMatchObject({
      uid: '0',
      pid: '21',
    });
  });

  it.each([
    ['42', '020001BBCB007106', { event_type: 'network_flow', destination_ip: '203.0.113.6', port: 443 }],
    ['43', '0002D431CB007106', { event_type: 'network_flow', source_ip: '203.0.113.6' }],
    [
      '42',
      `0A0001BB00000000${'20010DB8'.padEnd(30, '0')}0700000000`,
      { destination_ip: '2001:db8::7', port: 443 },
    ],
    [
      '42',
      '01002F72756E2F7800',
      { event_type: 'syscall', payload: { saddr: { family: 'unix', path: '/run/x' } } },
    ],
    ['42', '1000000000', { event_type: 'syscall', payload: { saddr: '1000000000' } }],
    ['42', '02', { event_type: 'syscall', payload: { saddr: '02' } }],
    ['49', '020001BBCB007106', { event_type: 'syscall' }],
  ])('reads the address of call %s: %s', (syscall, saddr, expected) => {
    const event = read(
      `type=SYSCALL ${stamp} arch=c000003e syscall=${syscall} success=yes`,
      `type=SOCKADDR ${stamp} saddr=${saddr}\x1dSADDR={ saddr_fam=inet laddr=203.0.113.6 lport=443 }`,
    );
    expect(event).toMatchObject(expected);
  });

  it.each([
    ['yes', 'CREATE', 'file_created'],
    ['yes', 'DELETE', 'file_deleted'],
    ['no', 'CREATE', 'syscall'],
    ['yes', 'NORMAL', 'syscall'],
  ])('with success=%s and %s is %s', (success, nametype, eventType) => {
    const call = `type=SYSCALL ${stamp} arch=c000003e syscall=257 success=${success}`;
    expect(read(call, `type=PATH ${stamp} name="/x" nametype=${nametype}`).event_type).toBe(eventType);
  });

  it('is no started program when the execution failed', () => {
    const event = read(`type=SYSCALL ${stamp} arch=c000003e syscall=59 success=no exit=-2 comm="sh"`);
    expect([event.event_type, event.context.outcome]).toEqual(['syscall', 'failure']);
  });

  it('keeps the words of an access decision', () => {
    const event = read(`type=AVC ${stamp} avc:  denied  { read } for  pid=7 comm="x" scontext=a`);
    expect(event).toMatchObject({
      event_type: 'avc',
      payload: { pid: '7', comm: 'x', message: 'avc:  denied  { read } for  pid=7 comm="x" scontext=a' },
    });
  });

  it.each([
    ['', 'got no line'],
    ['hello', 'line 1: expected type='],
    [`type=CWD ${stamp} cwd="/"\nhello`, 'line 2: expected type='],
    [`type=CWD ${stamp} cwd="/"\n\ntype=CWD msg=audit(1.000:7): cwd="/"`, 'line 3: expected a line of event'],
    [`type=CWD ${stamp} cwd="/"\n`.repeat(300), 'at most 256 lines'],
  ])('refuses %j', (text, detail) => {
    expect(auditd.normalise(text, origin)).toMatchObject({
      rejected: 'invalid_record',
      detail: expect.stringContaining(detail),
    });
  });

  it('makes a valid event or a rejection of anything', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ' a0=',
        ' a1[0]=',
        ' saddr=0200',
        'CB007106',
        ' acct=',
        '"',
        "'",
        " msg='",
        '\x1d',
        ' exe="/x"',
      ),
      fc.constantFrom(
        `\ntype=PATH ${stamp} `,
        '__proto__=1',
        '={',
        '}',
        ' res=failed',
        ' addr=1.2.3.4',
        ' constructor="x"',
      ),
      fc.string({ unit: 'binary', maxLength: 100 }),
    );
    const types = fc.constantFrom('USER_LOGIN', 'EXECVE', 'SYSCALL', 'SOCKADDR', 'AVC');
    fc.assert(
      fc.property(types, fc.array(piece, { maxLength: 12 }), (type, pieces) => {
        const result = auditd.normalise(`type=${type} ${stamp} ${pieces.join('')}`, origin);
        expect(isRejection(result) || securityEvent.Check(result)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('costs no more than its length', () => {
    const started = performance.now();
    for (const piece of ['a={', 'a="', "a='", ' a=', 'a[', 'aaaa', " msg='", '=', 'a1[0]=61 ']) {
      auditd.normalise(`type=EXECVE ${stamp} ${piece.repeat(300_000 / piece.length)}`, origin);
    }
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
