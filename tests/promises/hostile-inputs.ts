import { createRandom, integer, pick, type Random } from '../../src/cli/attacks/attack.ts';

/** Bytes that somebody might send instead of an event. */
export interface HostileInput {
  /** What is wrong with it, for the message of a test that fails. */
  readonly kind: string;
  readonly bytes: Buffer;
}

type Make = (random: Random, index: number) => Buffer | string;

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** A record that could be read, had nobody touched it. Every one of them names the index: none is another's twin. */
function goodRecord(random: Random, index: number): string {
  const second = String(index % 60).padStart(2, '0');
  const time = `2026-05-01T12:00:${second}Z`;
  const envelope = {
    event_id: `hostile-${index}-${integer(random, 0, 1e9)}`,
    timestamp: time,
    source: 'sensor',
    event_type: 'network_flow',
    source_ip: `10.1.${index % 250}.${integer(random, 1, 250)}`,
    destination_ip: '10.2.0.1',
    port: 443,
    protocol: 'tcp',
    payload: { note: `record ${index}` },
    context: { host: 'web-1' },
  };
  return pick(random, [
    JSON.stringify(envelope),
    `<34>May  1 12:00:${second} web-1 sshd[${index}]: Accepted password for maria from 192.0.2.20 port 4711 ssh2`,
    `192.0.2.9 - - [01/May/2026:12:00:${second} +0000] "GET /${index} HTTP/1.1" 200 512 "-" "curl/8"`,
    JSON.stringify({
      timestamp: time,
      flow_id: index,
      event_type: 'flow',
      src_ip: '192.0.2.1',
      dest_ip: '192.0.2.2',
      proto: 'TCP',
    }),
    JSON.stringify({
      eventVersion: '1.08',
      eventID: `ct-${index}`,
      eventTime: time,
      eventSource: 'iam.amazonaws.com',
      eventName: 'ListUsers',
      sourceIPAddress: '192.0.2.3',
      userIdentity: { userName: 'ana' },
    }),
    `type=USER_LOGIN msg=audit(1777636800.${String(index % 1000).padStart(3, '0')}:${index}): pid=1 uid=0 msg='op=login acct="root" res=failed'`,
  ]);
}

function envelopeWith(index: number, change: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    event_id: `wrong-${index}`,
    timestamp: '2026-05-01T12:00:00Z',
    source: 'sensor',
    event_type: 'network_flow',
    source_ip: '10.1.0.1',
    payload: {},
    context: {},
    ...change,
  });
}

function oneOf<Item>(random: Random, items: readonly Item[]): Item | undefined {
  return items[integer(random, 0, items.length - 1)];
}

function noise(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => integer(random, 0, 255)));
}

const wrongValues: readonly unknown[] = [
  ...[
    null,
    true,
    -1,
    1e308,
    '',
    [],
    {},
    [[]],
    'x'.repeat(5_000),
    '\u0000',
    '\u202e',
    '__proto__',
    'constructor',
  ],
  ...[
    '2026-13-45T99:99:99Z',
    '0000-00-00T00:00:00Z',
    '999.999.999.999',
    '::ffff:1.2.3.4:5',
    'NaN',
    70_000,
    0.5,
  ],
];
const members = [
  ...['event_id', 'timestamp', 'source', 'event_type', 'source_ip', 'destination_ip', 'port', 'protocol'],
  ...['payload', 'context'],
] as const;

/** One entry a way of going wrong. */
const kinds: Readonly<Record<string, Make>> = {
  empty: (random) => pick(random, ['', ' ', '\t \r', '\0', '\0\0\0', byteOrderMark.toString()]),
  'byte order mark': (random, index) =>
    Buffer.concat([byteOrderMark, byteOrderMark, Buffer.from(goodRecord(random, index))]),
  'UTF-16': (random, index) => Buffer.from(`\ufeff${goodRecord(random, index)}`, 'utf16le'),
  truncated: (random, index) => {
    const record = goodRecord(random, index);
    return record.slice(0, integer(random, 0, record.length - 1));
  },
  'one byte wrong': (random, index) => {
    const bytes = Buffer.from(goodRecord(random, index));
    bytes[integer(random, 0, bytes.length - 1)] = integer(random, 0, 255);
    return bytes;
  },
  'two records in one': (random, index) => goodRecord(random, index) + goodRecord(random, index + 1),
  'wrong type': (random, index) =>
    envelopeWith(index, { [pick(random, [...members])]: oneOf(random, wrongValues) }),
  'wrong type in context': (random, index) =>
    envelopeWith(index, {
      context: {
        [pick(random, ['entities', 'host', 'user', 'category', 'outcome', 'logsource', 'format'])]: oneOf(
          random,
          wrongValues,
        ),
      },
    }),
  'prototype pollution': (random, index) =>
    pick(random, [
      '{"__proto__":{"polluted":"yes"}}',
      '{"constructor":{"prototype":{"polluted":"yes"}}}',
      envelopeWith(index, { payload: {} }).replace(
        '"payload":{}',
        '"payload":{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}}',
      ),
      envelopeWith(index, { source_ip: '__proto__', context: { host: '__proto__', user: 'constructor' } }),
      envelopeWith(index, { event_id: '__proto__', source: 'constructor', event_type: 'toString' }),
      `${envelopeWith(index, {}).slice(0, -1)},"__proto__":{"polluted":"yes"}}`,
    ]),
  deep: (random, index) => {
    const depth = pick(random, [65, 1_000, 100_000]);
    return pick(random, [
      '['.repeat(depth),
      '['.repeat(depth) + ']'.repeat(depth),
      '{"a":'.repeat(depth),
      `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
      envelopeWith(index, { payload: 0 }).replace(
        '"payload":0',
        `"payload":{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`,
      ),
    ]);
  },
  NUL: (random, index) => {
    const record = goodRecord(random, index);
    const at = integer(random, 0, record.length);
    return pick(random, [
      `${record.slice(0, at)}\0${record.slice(at)}`,
      envelopeWith(index, { payload: { note: 'a\u0000b' }, context: { host: '\u0000' } }),
      `${record}${'\0'.repeat(2_000)}`,
    ]);
  },
  surrogate: (random, index) =>
    pick(random, [
      envelopeWith(index, {}).replace('"sensor"', '"\\ud800"'),
      envelopeWith(index, {}).replace('"payload":{}', '"payload":{"\\udfff":"\\ud83d"}'),
      Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]),
    ]),
  'not UTF-8': (random, index) => {
    const record = Buffer.from(goodRecord(random, index));
    const at = integer(random, 0, record.length);
    const bad = pick(random, [[0xc0, 0x80], [0xff, 0xfe], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0x80], [0xe9]]);
    return Buffer.concat([record.subarray(0, at), Buffer.from(bad), record.subarray(at)]);
  },
  'half a character at the end': (random, index) =>
    Buffer.concat([Buffer.from(goodRecord(random, index)), Buffer.from([0xf0, 0x9f, 0x98])]),
  'huge number': (random, index) => {
    const number = pick(random, [
      '1e400',
      '-1e400',
      '9'.repeat(10_000),
      '1e-400',
      '-0',
      '0x10',
      '1_000',
      '.5',
    ]);
    return envelopeWith(index, { port: 'NUMBER', payload: { bytes: 'NUMBER' } }).replaceAll(
      '"NUMBER"',
      number,
    );
  },
  'duplicate keys': (_random, index) =>
    `${envelopeWith(index, {}).slice(0, -1)},"source_ip":"10.1.0.2","source_ip":17,"payload":[],"payload":{}}`,
  'many members': (random, index) =>
    pick(random, [
      envelopeWith(index, {
        payload: Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`k${at}`, at])),
      }),
      envelopeWith(index, {
        context: { entities: { ips: Array.from({ length: 1_000 }, () => '10.0.0.1') } },
      }),
      `[${Array.from({ length: 10_001 }, () => '1').join(',')}]`,
    ]),
  'no object': (random) =>
    pick(random, [
      'null',
      'true',
      '42',
      '"text"',
      '{}',
      '[]',
      '[[]]',
      '[null]',
      '[1,"a",{}]',
      'NaN',
      'undefined',
      '{]',
    ]),
  'array of everything': (_random, index) =>
    `[${envelopeWith(index, {})},17,${envelopeWith(index + 1, { port: 'x' })},{"a":1},[],null]`,
  'CSV and other text': (random, index) =>
    pick(random, [
      `"id","time","ip"\r"${index}","2026-05-01","=cmd|' /C calc'!A0"`,
      `${index};;;;;;"""""";\t\t`,
      `%s%n%x ${'%'.repeat(500)}`,
      '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
      "'; DROP TABLE threats; --",
      '$(reboot) `reboot` ; reboot | reboot',
      'GET / HTTP/1.1',
      '\u001b[2J\u001b]0;owned\u0007\u202e',
    ]),
  'broken syslog': (random, index) =>
    pick(random, [
      `<999999999>1 - - - - - - ${index}`,
      '<>',
      '<34',
      `<34>1 2026-05-01T12:00:00Z h a p m [${'x'.repeat(300)}`,
      `<34>1 2026-05-01T12:00:00Z h a p m [a b="${'\\"'.repeat(2_000)}`,
      `<34>Feb 31 25:61:61 web-1 sshd[${index}]: Failed password for root from 300.1.1.1 port 99999 ssh2`,
      `<34>May  1 12:00:00 web-1 sshd[1]: Failed password for ${'a '.repeat(20_000)}from 192.0.2.1 port 1 ssh2`,
      `<34>May  1 12:00:00 web-1 sudo: ${'; '.repeat(20_000)}`,
      `type=EXECVE msg=audit(1777636801.000:${1_000_000 + index}): argc=999999999 a0=${'41'.repeat(5_000)}`,
      `type=PATH msg=audit(9e99:${index}): name=(null) name="" name=ZZ`,
      `1.2.3.4 - - [99/Foo/0000:99:99:99 +9999] "${'\\"'.repeat(5_000)} 999 -1`,
    ]),
  'impossible time': (random, index) =>
    envelopeWith(index, {
      timestamp: oneOf<unknown>(random, [
        ...[
          '+275760-09-13T00:00:00.001Z',
          '-000001-01-01T00:00:00Z',
          '9999-12-31T23:59:60Z',
          '0001-01-01T00:00:00Z',
        ],
        ...[
          1e308,
          -1e308,
          8.64e15 + 1,
          -8.64e15 - 1,
          '1e308',
          '2026-05-01T12:00:00+99:99',
          `2026${'0'.repeat(300)}`,
        ],
      ]),
    }),
  'impossible time elsewhere': (random, index) =>
    JSON.stringify({
      [pick(random, ['time', 'ts', '@timestamp', 'EventTime', 'eventTime'])]: oneOf<unknown>(random, [
        ...[1e308, -1e308, 8.64e15 + 1, 9.9e17, -62_200_000_000, '99999999999999999999', '-1', {}, []],
      ]),
      user: `user-${index}`,
      host: 'web-1',
      action: 'login',
    }),
  'binary noise': (random) => noise(random, integer(random, 1, 4_096)),
  'foreign file': (random) =>
    Buffer.concat([
      pick(random, [
        Buffer.from([0x7f, 0x45, 0x4c, 0x46]),
        Buffer.from([0x1f, 0x8b, 0x08]),
        Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
        Buffer.from([0x89, 0x50, 0x4e, 0x47]),
        Buffer.from('PK\u0003\u0004'),
      ]),
      noise(random, 200),
    ]),
};

/** Few of these, for they are ten times what a record may have. */
const oversizeBytes = 10_485_760;
const oversize: readonly (readonly [string, (index: number) => string])[] = [
  ['a line of 10 MiB', () => 'a'.repeat(oversizeBytes)],
  ['an envelope of 10 MiB', (index) => envelopeWith(index, { payload: { note: 'b'.repeat(oversizeBytes) } })],
];

/**
 * Inputs that are malformed, torn, too large, too deep or no text at all: every kind in turn, the details by
 * chance, the same for the same seed.
 */
export function hostileInputs(seed: number, count: number): HostileInput[] {
  const random = createRandom(seed);
  const makers = Object.entries(kinds);
  const inputs = Array.from({ length: count - oversize.length }, (_, index): HostileInput => {
    const [kind, make] = makers[index % makers.length] ?? ['empty', () => ''];
    return { kind, bytes: Buffer.from(make(random, index)) };
  });
  for (const [offset, [kind, make]] of oversize.entries()) {
    inputs.push({ kind, bytes: Buffer.from(make(count + offset)) });
  }
  return inputs;
}

/** The same input as one line: what a door that reads lines can be given without cutting it in two. */
export function asLine({ bytes }: HostileInput): Buffer {
  return Buffer.from(bytes.map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte)));
}

/** Whether a door that passes over blank lines passes over this one. */
export function isBlankLine(line: Buffer): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09);
}
