import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { appendFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runLine } from '../../src/cli/cli-workbench.ts';
import { deadLetterReasons } from '../../src/contracts/dead-letter.ts';
import { balancedBooks } from './books.ts';
import { asLine, type HostileInput, hostileInputs, isBlankLine } from './hostile-inputs.ts';
import { type Answer, type Program, startProgram, until } from './program.ts';

const inputsPerDoor = 1_000;
const seed = Number(process.env['VERTICE_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
process.stdout.write(`bad input: seed ${seed}; VERTICE_TEST_SEED=${seed} sends the same again\n`);

/** What of memory bad input may leave behind. The largest single body is 16 MiB. */
const mostKeptBytes = 128 * 1024 * 1024;
setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

function heldBytes(): number {
  if (typeof collectGarbage === 'function') collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const Summary = Compile(
  Type.Object({ accepted: Type.Integer({ minimum: 1 }), dead_lettered: Type.Integer() }),
);
const Refusal = Compile(
  Type.Object({
    type: Type.String({ pattern: '^urn:vertice:problem:' }),
    detail: Type.String({ minLength: 1 }),
    rejected: Type.Optional(
      Type.Array(Type.Object({ reason: Type.Enum([...deadLetterReasons]) }), { maxItems: 99 }),
    ),
  }),
);
const Report = Compile(
  Type.Object({
    records: Type.Integer(),
    accepted: Type.Integer(),
    dead_lettered: Type.Integer(),
    reasons: Type.Record(Type.String(), Type.Object({ count: Type.Integer() })),
  }),
);

let program: Program;
let heldBefore: number;
/** Each door has attackers of its own, so that the events of one cannot stand in for those of another. */
let doors = 0;

beforeAll(async () => {
  program = await startProgram({
    environment: {
      VERTICE_SYSLOG_UDP_PORT: '0',
      VERTICE_SYSLOG_TCP_PORT: '0',
      // A correlation that comes true is an event of our own, which no door has taken: the books are of the doors'.
      VERTICE_STARTER_RULES: 'false',
    },
    tail: ['followed.log'],
  });
  heldBefore = heldBytes();
});
afterAll(() => program.close());

function inputs(): HostileInput[] {
  doors += 1;
  return hostileInputs(seed + doors, inputsPerDoor);
}

/** Lines of an sshd on which this address guesses passwords. */
function guessing(attacker: string): string[] {
  return Array.from({ length: 8 }, (_, index) => {
    const time = new Date(Date.now() - 8_000 + index * 1_000).toISOString();
    return `<38>1 ${time} web-1 sshd ${900 + index} - - Failed password for root from ${attacker} port ${40_000 + index} ssh2`;
  });
}

/** The program is as well as before: it answers, is ready, has complained of nothing, and still sees an attack. */
async function expectWell(sendGood: (lines: readonly string[]) => Promise<void>): Promise<void> {
  const attacker = `198.51.100.${doors}`;
  await sendGood(guessing(attacker));
  await until(`the attack of ${attacker} is contained`, async () => {
    const { items } = await program.vertice.store.threats({ attacker }, { limit: 1 });
    return items[0]?.status === 'contained';
  });
  expect(program.failures).toEqual([]);
  expect(program.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  expect((await program.call('/health')).status).toBe(200);
  expect(await program.call('/ready')).toMatchObject({ status: 200, body: { status: 'ready' } });
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
}

async function waitForTaken(door: string, records: number): Promise<void> {
  await until(`${records} records came through ${door}`, async () => (await program.taken(door)) >= records);
  expect(await program.taken(door)).toBe(records);
}

describe('bad input gets a clear answer', () => {
  it('over HTTP: each request has 202 or 4xx, and the ledger holds what the answers say', async () => {
    const before = await balancedBooks(program);
    let accepted = 0;
    let deadLettered = 0;
    const note = ({ status, contentType, body, text }: Answer, what: string): void => {
      if (status === 202) {
        if (!Summary.Check(body)) throw new Error(`${what}: 202 with ${text.slice(0, 500)}`);
        accepted += body.accepted;
        deadLettered += body.dead_lettered;
        return;
      }
      expect([what, status, contentType]).toEqual([
        what,
        expect.toSatisfy((code) => [400, 413, 415].includes(Number(code))),
        'application/problem+json; charset=utf-8',
      ]);
      if (!Refusal.Check(body)) throw new Error(`${what}: ${status} with ${text.slice(0, 500)}`);
      deadLettered += body.rejected?.length ?? 0;
    };
    const post = async (
      what: string,
      body: Buffer,
      headers: Record<string, string>,
      query = '',
    ): Promise<void> =>
      note(
        await program.call(`/api/v1/events${query}`, { method: 'POST', headers, body: new Uint8Array(body) }),
        what,
      );

    const types = ['application/json', 'application/x-ndjson', 'text/plain', 'application/octet-stream'];
    const formats = ['native', 'suricata', 'syslog', 'auditd', 'windows', 'no-such-format'];
    const waiting = inputs().map(({ kind, bytes }, index) => async () => {
      const type = types[index % types.length] ?? '';
      const query = index % 10 === 9 ? `?format=${formats[((index / 10) % formats.length) | 0]}` : '';
      const what = `${kind} (input ${index}) as ${type}${query}`;
      if (index % 7 !== 6) await post(what, bytes, { 'content-type': type }, query);
      else
        await post(
          `${what}, gzip`,
          gzipSync(bytes),
          { 'content-type': type, 'content-encoding': 'gzip' },
          query,
        );
    });
    // A few at a time, as senders do; not so many that bodies of 10 MiB have to wait for room.
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await next();
      }),
    );

    const good = Buffer.from(guessing('192.0.2.1').join('\n'));
    const bomb = gzipSync(Buffer.alloc(128 * 1024 * 1024), { level: 9 });
    const json = { 'content-type': 'application/json' };
    await post('a gzip bomb', bomb, { ...json, 'content-encoding': 'gzip' });
    await post('a zstd bomb', zstdCompressSync(Buffer.alloc(64 * 1024 * 1024)), {
      ...json,
      'content-encoding': 'zstd',
    });
    await post('gzip cut off', gzipSync(good).subarray(0, 60), { ...json, 'content-encoding': 'gzip' });
    await post('no gzip at all', good, { ...json, 'content-encoding': 'gzip' });
    await post('gzip twice', gzipSync(gzipSync(good)), { ...json, 'content-encoding': 'gzip' });
    await post('unknown encoding', good, { ...json, 'content-encoding': 'rot13' });
    await post('a body above the limit', Buffer.alloc(17 * 1024 * 1024, 0x61), json);
    await post('a million empty lines', Buffer.alloc(1_000_000, 0x0a), {
      'content-type': 'application/x-ndjson',
    });
    for (const type of [
      'text/html',
      'application/xml',
      'multipart/form-data; boundary=x',
      'application/json; charset=utf-16',
      ';',
    ])
      await post(`as ${type}`, good, { 'content-type': type });

    const after = await balancedBooks(program);
    expect(after.deadLettered - before.deadLettered).toBe(deadLettered);
    expect(after.lettersFrom('req_') - before.lettersFrom('req_')).toBe(deadLettered);
    expect(after.read - before.read).toBe(accepted);
    await expectWell((lines) =>
      post('good lines', Buffer.from(lines.join('\n')), { 'content-type': 'text/plain' }),
    );
  }, 120_000);

  it('one bad line does not keep the lines beside it from being read', async () => {
    for (const [index, first] of [
      '{"x":',
      '[{"a":1},',
      '[[',
      '{',
      '"',
      '{"Records":[',
      '\0',
      '<',
    ].entries()) {
      const attacker = `198.51.101.${index}`;
      const body = [first, ...guessing(attacker)].join('\n');
      for (const type of ['text/plain', 'application/x-ndjson']) {
        const answer = await program.call('/api/v1/events', {
          method: 'POST',
          headers: { 'content-type': type },
          body,
        });
        expect([first, answer.status, answer.body]).toMatchObject([first, 202, { accepted: 8 }]);
      }
    }
    const { detected } = await balancedBooks(program);
    expect(detected).toBeGreaterThanOrEqual(8);
  });

  it('over syslog/UDP: each datagram becomes an event or a dead letter', async () => {
    const socket = createSocket('udp4');
    const port = program.syslogPort('UDP');
    let sent = 0;
    /** UDP has no back-pressure: what the kernel has no room for is lost, so few are under way at a time. */
    const send = async (datagrams: readonly Buffer[]): Promise<void> => {
      for (const datagram of datagrams) socket.send(datagram, port, '127.0.0.1');
      sent += datagrams.length;
      await until('the datagrams have come', async () => (await program.taken('syslog-udp')) >= sent);
    };
    const group: Buffer[] = [];
    for (const { bytes } of inputs()) {
      group.push(bytes.subarray(0, 60_000));
      if (group.length < 16 && bytes.length < 8_000) continue;
      await send(group.splice(0));
    }
    await send(group);
    await waitForTaken('syslog-udp', inputsPerDoor);
    await balancedBooks(program);
    await expectWell((lines) => send(lines.map((line) => Buffer.from(line))));
    socket.close();
  }, 60_000);

  it('over syslog/TCP: each message becomes an event or a dead letter, in both framings', async () => {
    const port = program.syslogPort('TCP');
    const send = async (bytes: Buffer): Promise<void> => {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.end(bytes);
      socket.resume();
      await once(socket, 'close');
    };
    const counted = inputs().map(({ bytes }) =>
      Buffer.concat([Buffer.from(`${bytes.length + 4} <13>`), bytes]),
    );
    for (let start = 0; start < counted.length; start += 100) {
      await send(Buffer.concat(counted.slice(start, start + 100)));
    }
    await waitForTaken('syslog-tcp', inputsPerDoor);
    // Raw, where the bytes themselves decide how many messages they are; and lengths that lie.
    for (const { bytes } of hostileInputs(seed, 200)) await send(bytes);
    for (const lie of [
      '99999999 <13>short',
      '5 <13>longer than it says',
      '0 <13>',
      '-1 <13>',
      '123456789 <13>x',
    ])
      await send(Buffer.from(lie));
    await balancedBooks(program);
    await expectWell((lines) => send(Buffer.from(`${lines.join('\n')}\n`)));
  }, 60_000);

  it('in a followed file: each line becomes an event or a dead letter', async () => {
    const lines = inputs()
      .map(asLine)
      .filter((line) => !isBlankLine(line));
    const file = join(program.folder, 'followed.log');
    for (let start = 0; start < lines.length; start += 100) {
      const part = lines.slice(start, start + 100).flatMap((line) => [line, Buffer.from('\n')]);
      await appendFile(file, Buffer.concat(part));
    }
    await waitForTaken('tail', lines.length);
    await balancedBooks(program);
    await expectWell((good) => appendFile(file, `${good.join('\n')}\n`));
  }, 60_000);

  it('through vertice ingest: the report says what became of each record, and the ledger agrees', async () => {
    const before = await balancedBooks(program);
    const environment = { VERTICE_URL: program.url, VERTICE_API_KEY: program.key };
    const file = join(program.folder, 'hostile');
    const lines = inputs()
      .map(asLine)
      .filter((line) => !isBlankLine(line));
    // The first line decides how a file is laid out: an honest one, as in a log.
    const first = guessing('192.0.2.2').slice(0, 1).map(Buffer.from);
    await writeFile(file, Buffer.concat([...first, ...lines].flatMap((line) => [line, Buffer.from('\n')])));
    const { code, stdout } = await runLine(['ingest', '--json', file], { environment });
    expect(code).toBe(0);
    const report: unknown = JSON.parse(stdout);
    if (!Report.Check(report)) throw new Error(`another report than expected: ${stdout.slice(0, 500)}`);
    expect(report.records).toBe(lines.length + 1);
    const reasons = Object.entries(report.reasons);
    expect(reasons.reduce((sum, [, { count }]) => sum + count, 0)).toBe(report.dead_lettered);
    // What is larger than a record may be stays with the sender.
    const notSent = lines.filter((line) => line.length > program.config.bus.max_record_bytes).length;
    expect(notSent).toBeGreaterThan(0);
    const after = await balancedBooks(program);
    expect(after.deadLettered - before.deadLettered).toBe(report.dead_lettered - notSent);
    expect(after.read - before.read).toBe(report.accepted);

    for (const [kind, bytes, told] of [
      ['a broken gzip', gzipSync('x'.repeat(10_000)).subarray(0, 40), 'gzip'],
      ['a broken zstd', zstdCompressSync(Buffer.from('x'.repeat(10_000))).subarray(0, 12), 'zstd'],
      ['a gzip bomb', gzipSync(Buffer.alloc(128 * 1024 * 1024)), 'no record could be read'],
      ['nothing', Buffer.alloc(0), 'no record could be read'],
      [
        'binary noise',
        Buffer.from(Array.from({ length: 5_000 }, (_, at) => (at * 7_919) & 0xff)),
        'no record could be read',
      ],
      ['a deep document', Buffer.from('[\n'.repeat(100_000)), 'no record could be read'],
    ] as const) {
      await writeFile(file, bytes);
      const result = await runLine(['ingest', file], { environment });
      expect([kind, result.code, result.stderr]).toEqual([kind, 1, expect.stringContaining(told)]);
    }
    await balancedBooks(program);
    await expectWell(async (good) => {
      const stdin = Readable.from([Buffer.from(`${good.join('\n')}\n`)]);
      expect(await runLine(['ingest', '-'], { environment, stdin })).toMatchObject({ code: 0 });
    });
  }, 60_000);

  it('and after all of it, memory is as it was', async () => {
    let kept = 0;
    await until(`less than ${mostKeptBytes} bytes more are held than before`, () => {
      kept = heldBytes() - heldBefore;
      return kept < mostKeptBytes;
    });
    process.stdout.write(`bad input: ${(kept / 1024 / 1024).toFixed(1)} MiB more held than before\n`);
  }, 60_000);
});
