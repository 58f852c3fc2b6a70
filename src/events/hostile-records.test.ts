import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { type SecurityEvent, SecurityEventSchema } from '../contracts/security-event.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { isRejection } from './format.ts';
import { formats } from './formats.ts';
import { createReader } from './read.ts';

const securityEvent = Compile(SecurityEventSchema);
const origin = { position: 'hostile/0', receivedAtMs: 1_777_000_000_000 };
const read = createReader({ maxRecordBytes: 4_194_304 });

const connection = {
  uid: 'C1',
  'id.orig_h': '10.0.1.6',
  'id.resp_h': '10.0.0.4',
  'id.resp_p': 22,
  proto: 'tcp',
};

const samples: Readonly<Record<string, readonly JsonObject[]>> = {
  native: [
    {
      event_id: 'evt-1',
      timestamp: '2026-05-01T12:00:00Z',
      source: 'sshd',
      event_type: 'login_failed',
      source_ip: '198.51.100.7',
      destination_ip: '2001:DB8::1',
      port: 22,
      protocol: 'SSH',
      payload: { message: 'x' },
      context: { user: 'root', entities: { ips: ['198.51.100.7'] }, logsource: { service: ['sshd'] } },
    },
  ],
  suricata: [
    {
      timestamp: '2018-03-24T14:37:19.037299-0600',
      flow_id: 1,
      event_type: 'alert',
      src_ip: '192.0.2.1',
      dest_ip: '192.0.2.2',
      dest_port: 80,
      proto: 'TCP',
      app_proto: 'http',
      host: 'sensor',
      alert: { signature: 'x' },
      http: { hostname: 'a.example', url: '/x' },
      tls: { sni: 'a.example', subject: 'CN=b.example', fingerprint: 'aa:bb', ja3: { hash: 'c'.repeat(32) } },
      dns: {
        rrname: 'a.example',
        answers: [{ rrname: 'a.example', rdata: '203.0.113.1' }],
        grouped: { A: ['203.0.113.1'] },
      },
      fileinfo: { sha256: 'a'.repeat(64) },
      smb: { ntlmssp: { user: 'u', host: 'h' } },
      ftp: { command: 'USER', command_data: 'x', completion_code: ['530'] },
    },
  ],
  zeek: [
    { _path: 'ssh', ts: 1588205199.8, ...connection, auth_success: false, client: 'SSH-2.0-Go' },
    {
      '@stream': 'http',
      ts: '2018-03-24T17:15:20Z',
      ...connection,
      host: 'a.example',
      uri: '/x',
      username: 'u',
    },
    { ts: 1588205199.8, ...connection, query: 'a.example', answers: ['203.0.113.1'], qtype_name: 'A' },
    { ts: 1588205199.8, fuid: 'F1', tx_hosts: ['10.0.0.1'], rx_hosts: ['10.0.0.2'], md5: 'a'.repeat(32) },
  ],
  windows: [
    {
      Event: {
        System: {
          Provider: { Name: 'Microsoft-Windows-Sysmon' },
          EventID: 1,
          Channel: 'Microsoft-Windows-Sysmon/Operational',
          Computer: 'WS-1',
          TimeCreated: { SystemTime: '2024-05-01T12:00:00.0Z' },
        },
        EventData: {
          Image: 'C:\\a.exe',
          CommandLine: 'a',
          User: 'CORP\\ana',
          Hashes: `MD5=${'a'.repeat(32)}`,
        },
      },
    },
    {
      EventID: 4625,
      Channel: 'Security',
      Hostname: 'DC-1',
      IpAddress: '198.51.100.9',
      TargetUserName: 'ana',
      EventTime: '2024-05-01 12:00:00',
    },
  ],
  cloudtrail: [
    {
      eventVersion: '1.08',
      eventID: 'a',
      eventTime: '2024-05-01T12:00:00Z',
      eventSource: 'signin.amazonaws.com',
      eventName: 'ConsoleLogin',
      awsRegion: 'x',
      sourceIPAddress: '198.51.100.9',
      userIdentity: {
        type: 'IAMUser',
        userName: 'ana',
        arn: 'arn:aws:iam::1:user/ana',
        sessionContext: { sessionIssuer: { userName: 'r' } },
      },
      responseElements: { ConsoleLogin: 'Failure' },
      resources: [{ ARN: 'arn:aws:ec2:x:1:instance/i-0123456789abcdef0' }],
    },
    { CloudTrailEvent: '{"eventName":"X"}' },
  ],
  falco: [
    {
      uuid: 'u',
      hostname: 'n',
      rule: 'r',
      priority: 'Notice',
      output: 'o',
      time: '2024-05-01T12:00:00Z',
      output_fields: {
        'fd.cip': '198.51.100.9',
        'fd.sip': '10.0.0.5',
        'fd.sport': 1,
        'proc.name': 'sh',
        'user.name': 'root',
      },
    },
  ],
  wazuh: [
    {
      timestamp: '2024-05-01T12:00:00.123+0000',
      rule: { level: 5, groups: ['authentication_failed'] },
      agent: { name: 'a', ip: '10.0.0.5' },
      id: '1',
      decoder: { name: 'sshd' },
      location: 'l',
      full_log: 'f',
      data: {
        srcip: '198.51.100.9',
        dstuser: 'root',
        url: 'http://a.example/',
        win: { eventdata: { image: 'x' } },
      },
      syscheck: { event: 'added', md5_after: 'a'.repeat(32) },
    },
  ],
  journald: [
    {
      __REALTIME_TIMESTAMP: '1714564800000000',
      __CURSOR: 's=1',
      _HOSTNAME: 'bastion',
      SYSLOG_IDENTIFIER: 'sshd',
      SYSLOG_FACILITY: '10',
      PRIORITY: '6',
      _PID: '7',
      MESSAGE: 'Failed password for root from 198.51.100.9 port 40000 ssh2',
    },
  ],
  'generic-json': [
    {
      time: '2024-05-01T12:00:00Z',
      action: 'login',
      result: 'failure',
      client: { ip: '198.51.100.9' },
      user: { name: 'ana' },
      host: 'h',
      url: 'http://a.example/',
    },
  ],
};

const lines: Readonly<Record<string, readonly string[]>> = {
  syslog: [
    '<34>May  1 12:00:00 bastion sshd[7]: Failed password for invalid user admin from 198.51.100.9 port 40000 ssh2',
    '<34>1 2026-05-01T12:00:00.123Z bastion sudo 7 - [a@1 b="c"] ana : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/id',
    'May  1 12:00:00 gw kernel: [1.0] IN=eth0 OUT= SRC=198.51.100.9 DST=10.0.0.5 PROTO=TCP SPT=1 DPT=22',
  ],
  auditd: [
    'type=USER_LOGIN msg=audit(1714564800.076:399): pid=7 uid=0 auid=0 ses=6 msg=\'op=login acct="root" exe="/usr/sbin/sshd" hostname=? addr=198.51.100.9 terminal=ssh res=failed\'',
    'type=EXECVE msg=audit(1714564800.076:400): argc=2 a0="id" a1=2D61',
  ],
  'text-log': [
    '2026-05-01 12:00:00,123 WARN [auth] (worker-1) Failed login for user "ana" from 198.51.100.9:40000',
    '[Fri May 01 12:00:00.123456 2026] [core:error] [pid 7] [client 198.51.100.9:40000] AH00037: Symbolic link not allowed',
    '198.51.100.9:40000 [01/May/2026:12:00:00.123] fe be/s1 0/0/1/2/3 404 512 - - ---- 1/1/0/0/0 0/0 "GET /a?b HTTP/1.1"',
  ],
  'web-access': [
    '198.51.100.9 - ana [01/May/2026:12:00:00 +0000] "GET /a?b HTTP/1.1" 401 7 "http://a.example/" "curl/8"',
  ],
};

const longText = fc.constantFrom(
  'x'.repeat(3000),
  'İ'.repeat(600),
  '-',
  '',
  '\ud800',
  'a'.repeat(511).concat('😀'),
  '::ffff:1.2.3.4',
);
const hostileValue: fc.Arbitrary<Json> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }).map((value): Json => JSON.parse(JSON.stringify(value))),
  longText,
  fc.constantFrom(null, true, -1, 1e300, 0.5, 70_000, [], {}, [[]], [null], { length: 7 }),
  fc.array(longText, { maxLength: 400 }),
);

/** Every place in a value that holds something, as the keys that lead there. */
function pathsIn(value: Json | undefined, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, member]) => pathsIn(member, [...path, key]));
  return path.length === 0 ? below : [path, ...below];
}

function replaced(value: Json | undefined, path: readonly string[], by: Json | undefined): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  if (Array.isArray(value)) {
    return value.map((element, index) =>
      String(index) === key ? (replaced(element, rest, by) ?? null) : element,
    );
  }
  return isJsonObject(value) ? { ...value, [key]: replaced(value[key], rest, by) } : value;
}

function expectValid(event: SecurityEvent): void {
  if (!securityEvent.Check(event)) throw new Error(`invalid event: ${JSON.stringify(event).slice(0, 2000)}`);
  expect(Date.parse(event.timestamp)).not.toBeNaN();
  JSON.stringify(event);
}

describe.each(formats.map((format) => [format.id, format] as const))(
  'hostile records of %s',
  (id, format) => {
    const own = format.kind === 'json' ? (samples[id] ?? []) : (lines[id] ?? []);

    it('start from samples that this format alone recognises', () => {
      expect(own.length).toBeGreaterThan(0);
      for (const sample of own) {
        const record = typeof sample === 'string' ? sample : JSON.stringify(sample);
        expect(read(Buffer.from(record), origin)).toMatchObject([{ kind: 'event', format: id }]);
      }
    });

    it('become valid events or rejections, never errors', () => {
      if (format.kind === 'text') {
        const mutated = fc
          .tuple(
            fc.constantFrom(...(lines[id] ?? [])),
            fc.nat(300),
            fc.nat(40),
            fc.oneof(fc.string({ unit: 'binary' }), longText),
          )
          .map(([line, at, remove, insert]) => line.slice(0, at) + insert + line.slice(at + remove));
        fc.assert(
          fc.property(mutated, (line) => {
            const result = format.normalise(line, origin);
            if (!isRejection(result)) expectValid(result);
          }),
          { numRuns: 400 },
        );
        return;
      }
      const mutated = fc.constantFrom(...(samples[id] ?? [])).chain((sample) =>
        fc
          .array(fc.tuple(fc.constantFrom(...pathsIn(sample)), fc.option(hostileValue, { nil: undefined })), {
            minLength: 1,
            maxLength: 4,
          })
          .map((changes) => {
            let record: Json | undefined = sample;
            for (const [path, value] of changes) record = replaced(record, path, value);
            return record;
          }),
      );
      fc.assert(
        fc.property(mutated, (record) => {
          if (!isJsonObject(record)) return;
          format.recognise(record);
          const result = format.normalise(record, origin);
          if (!isRejection(result)) expectValid(result);
        }),
        { numRuns: 400 },
      );
    });
  },
);
