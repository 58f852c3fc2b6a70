import { describe, expect, it } from 'vitest';
import { createReader } from '../../../events/read.ts';
import type { SigmaEvent } from '../sigma-event.ts';
import { toSigmaEvent } from './to-sigma-event.ts';

const read = createReader({ maxRecordBytes: 1_000_000 });

function seen(text: string): SigmaEvent {
  const [result] = read(Buffer.from(text), { position: 'test/1', receivedAtMs: Date.UTC(2026, 4, 4) });
  if (result?.kind !== 'event') throw new Error(`expected an event, got ${JSON.stringify(result)}`);
  return toSigmaEvent(result.event);
}

const execve = [
  'type=SYSCALL msg=audit(1777888800.123:901): arch=c000003e syscall=59 success=yes exit=0 a0=55d0 a1=55d1 a2=55d2 a3=8 items=2 ppid=900 pid=901 auid=1000 uid=33 gid=33 euid=33 tty=pts0 ses=3 comm="bash" exe="/usr/bin/bash" key="exec"',
  'type=EXECVE msg=audit(1777888800.123:901): argc=3 a0="bash" a1="-c" a2="id"',
  'type=CWD msg=audit(1777888800.123:901): cwd="/var/www"',
  'type=PATH msg=audit(1777888800.123:901): item=0 name="/usr/bin/bash" inode=1 dev=fd:00 mode=0100755 nametype=NORMAL',
].join('\n');

describe('the Linux audit log under the names of Sigma', () => {
  it('answers to the names of auditd and to those of process_creation', () => {
    const event = seen(execve);
    expect(event).toMatchObject({
      product: 'linux',
      services: ['auditd'],
      categories: ['process_creation'],
    });
    expect(event.field('type')).toEqual(['SYSCALL', 'EXECVE', 'CWD', 'PATH']);
    expect(event.field('a0')).toBe('bash');
    expect(event.field('a2')).toBe('id');
    expect(event.field('comm')).toBe('bash');
    expect(event.field('key')).toBe('exec');
    expect(event.field('SYSCALL')).toBe('execve');
    expect(event.field('Image')).toBe('/usr/bin/bash');
    expect(event.field('CommandLine')).toBe('bash -c id');
    expect(event.field('CurrentDirectory')).toBe('/var/www');
    expect(event.field('User')).toBe('33');
    expect(event.field('ProcessId')).toBe('901');
    expect(event.field('Hashes')).toBeUndefined();
  });

  it('sees a created file, with the folder it was created in', () => {
    const event = seen(
      [
        'type=SYSCALL msg=audit(1777888801.000:7): arch=c00000b7 syscall=56 success=yes a0=ffffff9c a1=1 items=2 ppid=1 pid=2 uid=0 comm="tee" exe="/usr/bin/tee"',
        'type=CWD msg=audit(1777888801.000:7): cwd="/etc/cron.d"',
        'type=PATH msg=audit(1777888801.000:7): item=0 name="/etc/cron.d/" nametype=PARENT',
        'type=PATH msg=audit(1777888801.000:7): item=1 name="job" nametype=CREATE',
      ].join('\n'),
    );
    expect(event.categories).toEqual(['file_event']);
    expect(event.field('TargetFilename')).toEqual(['/etc/cron.d/job']);
    expect(event.field('SYSCALL')).toBe('openat');
  });

  it('sees where a program connected to', () => {
    const event = seen(
      [
        'type=SYSCALL msg=audit(1777888802.000:8): arch=c000003e syscall=42 success=yes items=0 pid=5 uid=0 comm="nc" exe="/usr/bin/nc.openbsd"',
        'type=SOCKADDR msg=audit(1777888802.000:8): saddr=0200115CC633640A0000000000000000',
      ].join('\n'),
    );
    expect(event.categories).toEqual(['network_connection']);
    expect(event.field('DestinationIp')).toBe('198.51.100.10');
    expect(event.field('DestinationPort')).toBe(4444);
    expect(event.field('Initiated')).toBe('true');
  });

  it('searches every value once', () => {
    const event = seen(execve);
    expect(event.leaves().filter((leaf) => leaf === '/var/www')).toHaveLength(1);
    expect(event.leaves()).toContain('bash -c id');
  });
});

describe('syslog and the journal under the names of Sigma', () => {
  it('gives a line of sshd its services and searches its message', () => {
    const line =
      '<38>May  4 10:00:00 web1 sshd[700]: Failed password for root from 198.51.100.7 port 4711 ssh2';
    const event = seen(line);
    expect(event.product).toBe('linux');
    expect(event.services).toEqual(['sshd', 'auth', 'syslog']);
    expect(event.leaves()).toContain('Failed password for root from 198.51.100.7 port 4711 ssh2');
    expect(event.field('Message')).toMatch(/^Failed password/);
  });

  it('names what sudo says as sudo does', () => {
    const event = seen(
      'May  4 10:00:00 web1 sudo:    ana : TTY=pts/0 ; PWD=/home/ana ; USER=#-1 ; COMMAND=/usr/bin/id',
    );
    expect(event.field('USER')).toBe('#-1');
    expect(event.field('COMMAND')).toBe('/usr/bin/id');
    expect(event.field('PWD')).toBe('/home/ana');
  });

  it('answers with the envelope for any sensor, under vertice', () => {
    const event = seen(
      'May  4 10:00:00 web1 sshd[700]: Failed password for root from 198.51.100.7 port 4711 ssh2',
    );
    expect(event.categories).toEqual(['application', 'authentication']);
    const names = ['event_type', 'source_ip', 'user', 'host', 'outcome', 'protocol', 'category', 'source'];
    expect(names.map((name) => event.field(`vertice.${name}`))).toEqual([
      'login_failed',
      '198.51.100.7',
      'root',
      'web1',
      'failure',
      'ssh',
      'authentication',
      'sshd',
    ]);
    expect(event.field('vertice.port')).toBeUndefined();
    expect(event.field('vertice.destination_ip')).toBeUndefined();
    expect(event.field('vertice.payload')).toBeUndefined();
  });

  it('sees an access line sent through syslog as an access line', () => {
    const event = seen(
      'May  4 10:00:00 web1 nginx: 198.51.100.7 - - [04/May/2026:10:00:00 +0000] "GET /a.php?cmd=id HTTP/1.1" 200 5 "-" "curl/8.5"',
    );
    expect(event.categories).toContain('webserver');
    expect(event.field('cs-method')).toBe('GET');
    expect(event.field('cs-uri-query')).toEqual(['/a.php?cmd=id', 'cmd=id']);
  });
});

describe('access logs under the names of Sigma', () => {
  it('has the W3C names, and the request target written and decoded', () => {
    const event = seen(
      '198.51.100.7 - ana [04/May/2026:10:00:00 +0000] "GET /x?f=..%2F..%2Fetc HTTP/1.1" 404 0 "-" "scanner"',
    );
    expect(event.categories).toContain('webserver');
    expect(event.field('cs-uri-query')).toEqual([
      '/x?f=..%2F..%2Fetc',
      'f=..%2F..%2Fetc',
      '/x?f=../../etc',
      'f=../../etc',
    ]);
    expect(event.field('sc-status')).toBe(404);
    expect(event.field('cs-user-agent')).toBe('scanner');
    expect(event.field('cs-uri')).toBe('/x?f=..%2F..%2Fetc');
    expect(event.field('cs-host')).toBeUndefined();
  });

  it('leaves alone what is no valid encoding', () => {
    const event = seen('198.51.100.7 - - [04/May/2026:10:00:00 +0000] "GET /%zz HTTP/1.1" 400 0 "-" "-"');
    expect(event.field('cs-uri-query')).toEqual(['/%zz']);
  });
});
