import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { SecurityEventSchema } from '../contracts/security-event.ts';
import { attackEvents } from './attacks/attack.ts';
import { attacks } from './attacks/attacks.ts';
import { type Answer, runLine, type SeenRequest, startStandIn } from './cli-workbench.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'vertice-cli-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** Takes every line but those that say `bad`, as the API does. */
function takeLines({ body }: SeenRequest): Answer {
  const lines = body.trimEnd().split('\n');
  const rejected = lines.flatMap((line, position) =>
    line.startsWith('bad') ? [{ position, reason: 'unrecognised', detail: `no format knows ${line}` }] : [],
  );
  const accepted = lines.length - rejected.length;
  const shown = rejected.slice(0, 100);
  if (accepted === 0) {
    return [400, { type: 'urn:vertice:problem:nothing-readable', detail: 'Nothing.', rejected: shown }];
  }
  return [202, { accepted, dead_lettered: rejected.length, rejected: shown, formats: { syslog: accepted } }];
}

describe('vertice ingest', () => {
  it('sends a compressed file in batches that name their place, and sums up what became of it', async () => {
    const path = join(folder(), 'a.log.gz');
    const lines = Array.from({ length: 2500 }, (_unused, index) =>
      index % 500 === 7 ? `bad ${index}` : `line ${index}`,
    );
    writeFileSync(path, gzipSync(`${lines.join('\n')}\n`));
    const standIn = await startStandIn(takeLines);
    const { code, stdout, stderr } = await runLine(['ingest', path, '--format', 'syslog'], standIn);
    expect(code).toBe(0);
    expect(standIn.requests.map(({ body }) => body).join('')).toBe(`${lines.join('\n')}\n`);
    expect(standIn.requests.map(({ query }) => query.format)).toEqual(['syslog', 'syslog', 'syslog']);
    expect(stdout).toMatch(/syslog +2495 +99\.8 %\n\(unreadable\) +5 +0\.2 %/);
    expect(stdout).toMatch(/unrecognised +5 +.*a\.log\.gz byte 49 +no format knows bad 7\n/);
    expect(stderr).toMatch(/2500 records, \d+ bytes in/);
    const again = await startStandIn(takeLines);
    await runLine(['ingest', path, '--format', 'syslog'], again);
    const keys = (requests: readonly SeenRequest[]) =>
      requests.map(({ headers }) => headers['idempotency-key']);
    expect(keys(again.requests)).toEqual(keys(standIn.requests));
    expect(new Set(keys(again.requests)).size).toBe(3);
  });

  it('reads standard input, puts multi-line JSON on one line, and prints JSON', async () => {
    const standIn = await startStandIn(takeLines);
    const stdin = Readable.from(['{\n  "a": "x y"\n}\n{\n "a": 2}\n']);
    const { code, stdout } = await runLine(['ingest', '-', '--json'], { ...standIn, stdin });
    expect(code).toBe(0);
    expect(standIn.requests.map(({ body }) => body)).toEqual(['{   "a": "x y" }\n{  "a": 2}\n']);
    expect(JSON.parse(stdout)).toMatchObject({
      records: 2,
      accepted: 2,
      dead_lettered: 0,
      formats: { syslog: 2 },
    });
  });

  it('keeps a record that is too large, and says where it was', async () => {
    const standIn = await startStandIn(takeLines);
    const stdin = Readable.from([`one\n${'x'.repeat(1_100_000)}\n`, 'two\n']);
    const { stdout } = await runLine(['ingest', '-'], { ...standIn, stdin });
    expect(standIn.requests.map(({ body }) => body).join('')).toBe('one\ntwo\n');
    expect(stdout).toMatch(/too_large +1 +standard input byte 4 +not sent: 1100001 bytes/);
  });

  it('sends nothing when all there is is too large', async () => {
    const standIn = await startStandIn(takeLines);
    const stdin = Readable.from([`${'x'.repeat(1_100_000)}\n`]);
    expect((await runLine(['ingest', '-'], { ...standIn, stdin })).code).toBe(1);
    expect(standIn.requests).toEqual([]);
  });

  it('ends with 1 when nothing could be read, and counts those the server does not list', async () => {
    const standIn = await startStandIn(takeLines);
    const stdin = Readable.from(['bad line\n'.repeat(120)]);
    const { code, stdout, stderr } = await runLine(['ingest', '-'], { ...standIn, stdin });
    expect(code).toBe(1);
    expect(stdout).toMatch(/unrecognised +100[\s\S]*not listed +20/);
    expect(stderr).toContain('no record could be read');
  });

  it('tries again when the server has no room', async () => {
    let calls = 0;
    const standIn = await startStandIn((request) => {
      calls += 1;
      if (calls === 1) return [429, { detail: 'Slower.' }, { 'retry-after': '0.05' }];
      return calls === 2 ? [503, { detail: 'Full.' }] : takeLines(request);
    });
    const { code } = await runLine(['ingest', '-'], { ...standIn, stdin: Readable.from(['one\n']) });
    expect(code).toBe(0);
    expect(new Set(standIn.requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });

  it.each([
    [[400, { detail: 'No such format.' }], 'the server refused the records: No such format.'],
    [[400, {}], 'the server refused the records: it gave no reason'],
    [[413, { detail: 'Too large.' }], 'Too large.'],
  ] as const)('passes on a refusal (%j) and what was taken before it', async (refusal, text) => {
    const standIn = await startStandIn((request) =>
      request.body.includes('last') ? [...refusal] : takeLines(request),
    );
    const stdin = Readable.from([`${'one\n'.repeat(1000)}last\n`]);
    const { code, stdout, stderr } = await runLine(['ingest', '-'], { ...standIn, stdin });
    expect(code).toBe(1);
    expect(stdout).toMatch(/syslog +1000/);
    expect(stderr).toContain(text);
  });

  it('shows a bar on a terminal', async () => {
    const path = join(folder(), 'a.log');
    writeFileSync(path, 'one\n'.repeat(3000));
    let time = 0;
    const now = (): number => {
      time += 200;
      return time;
    };
    const standIn = await startStandIn(takeLines);
    const { stderr } = await runLine(['ingest', path], { ...standIn, isTTY: true, now });
    expect(stderr).toMatch(/\r\[#+\.*\] .*a\.log: \d+ records/);
    const stdin = Readable.from(['one\n']);
    const unknown = await runLine(['ingest', '-'], {
      ...standIn,
      isTTY: true,
      stdin,
      now,
    });
    expect(unknown.stderr).toContain('\rstandard input: 1 records\u001b[K\r\u001b[K');
  });

  it('keeps to a rate', async () => {
    const standIn = await startStandIn(takeLines);
    const startedAt = performance.now();
    await runLine(['ingest', '-', '--rate', '200'], {
      ...standIn,
      stdin: Readable.from(['one\n'.repeat(60)]),
    });
    expect(standIn.requests).toHaveLength(3);
    expect(performance.now() - startedAt).toBeGreaterThan(250);
  });

  it('ends with 2 when there is no such file, and with 3 when there is no server', async () => {
    expect((await runLine(['ingest', '/nonexistent/file'])).code).toBe(2);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    const stdin = Readable.from(['one\n']);
    const url = 'http://127.0.0.1:1';
    expect((await runLine(['ingest', '-'], { url, stdin, signal: stop.signal })).code).toBe(130);
    expect((await runLine(['inject', 'brute-force', '--count', '1', '--print'], { url })).code).toBe(0);
  });
});

describe('vertice inject', () => {
  const valid = Compile(SecurityEventSchema);

  it.each(attacks.map((attack) => [attack.id, attack] as const))(
    '%s makes valid events, the same for the same seed',
    (_id, attack) => {
      fc.assert(
        fc.property(
          fc.record({
            sourceIp: fc.ipV4(),
            target: fc.ipV6(),
            user: fc.option(fc.string({ minLength: 1, maxLength: 40 })),
            count: fc.integer({ min: 1, max: 130 }),
            seed: fc.nat(),
            startMs: fc.integer({ min: 0, max: 4e12 }),
            spacingMs: fc.integer({ min: 1, max: 100_000 }),
          }),
          (options) => {
            const events = [...attackEvents(attack, options)];
            expect(events).toHaveLength(options.count);
            expect(events).toEqual([...attackEvents(attack, options)]);
            expect(new Set(events.map((event) => event.event_id)).size).toBe(options.count);
            for (const event of events) {
              expect(valid.Check(event)).toBe(true);
              const ends = [event.source_ip, event.destination_ip];
              expect(ends).toContain(options.sourceIp);
              expect(ends).toContain(options.target);
            }
            const others = [...attackEvents(attack, { ...options, seed: options.seed + 1 })];
            expect(others.map((event) => event.event_id)).not.toContain(events[0]?.event_id);
          },
        ),
        { numRuns: 20 },
      );
    },
  );

  it('prints what it would send', async () => {
    const args = [
      'inject',
      'port-scan',
      '--print',
      '--seed',
      '5',
      '--start',
      '2026-01-31T12:00:00Z',
      '--count',
      '120',
    ];
    const { stdout } = await runLine(args);
    expect((await runLine(args)).stdout).toBe(stdout);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(new Set(events.map((event) => event.port)).size).toBe(120);
    expect(events[0]).toMatchObject({ source_ip: '203.0.113.66', destination_ip: '198.51.100.10', port: 22 });
    expect(events[0].timestamp).toMatch(/^2026-01-31T1[12]:/);
  });

  it('sends events that end now, and says with which seed', async () => {
    const standIn = await startStandIn(takeLines);
    const now = Date.parse('2026-01-31T12:00:00Z');
    const args = [
      'inject',
      'brute-force',
      '--source-ip',
      '2001:db8::1',
      '--target',
      '198.51.100.9',
      '--user',
      'eve',
      '--seed',
      '1',
    ];
    const { code, stderr } = await runLine(args, { ...standIn, now: () => now });
    expect(code).toBe(0);
    expect(stderr).toContain('brute-force: 20 events sent (seed 1)');
    const events = standIn.requests.flatMap(({ body }) =>
      body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
    expect(events).toHaveLength(20);
    expect(events[19]).toMatchObject({
      event_type: 'login_failed',
      source_ip: '2001:db8::1',
      destination_ip: '198.51.100.9',
      context: { user: 'eve' },
    });
    expect(Math.abs(Date.parse(events[19].timestamp) - now)).toBeLessThan(1_000);
  });

  it('keeps to a rate, sends more than one batch, and reports what was not taken', async () => {
    const standIn = await startStandIn(({ body }) => {
      const count = body.trimEnd().split('\n').length;
      return [202, { accepted: count - 1, dead_lettered: 1, rejected: [], formats: { native: count - 1 } }];
    });
    const startedAt = performance.now();
    const paced = await runLine(
      ['inject', 'web-attack', '--count', '60', '--rate', '200', '--json'],
      standIn,
    );
    expect(JSON.parse(paced.stdout)).toMatchObject({ accepted: 57, dead_lettered: 3 });
    expect(performance.now() - startedAt).toBeGreaterThan(150);
    const quick = await runLine(['inject', 'web-attack', '--count', '1200'], standIn);
    expect(quick.stdout).toMatch(/not listed +3/);
  });

  it.each([
    ['--source-ip', 'nonsense', 'IPv4 or IPv6'],
    ['--start', 'yesterday', 'a time such as'],
    ['--rate', '0', 'a number above 0'],
  ])('refuses %s %s', async (option, value, text) => {
    expect(await runLine(['inject', 'brute-force', option, value])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(text),
    });
  });
});

describe('vertice tail', () => {
  const line = (index: number): string => `Jan 31 12:00:0${index} web-1 sshd[1]: line ${index}`;

  it('sends what is written, and after a restart goes on where it was', async () => {
    const dir = folder();
    const [log, state] = [join(dir, 'a.log'), join(dir, 'state.json')];
    writeFileSync(log, `${line(1)}\n${line(2)}\n`);
    const standIn = await startStandIn(takeLines);
    const bodies = (): string => standIn.requests.map(({ body }) => body).join('');
    const follow = async (expected: string, write: () => void) => {
      const stop = new AbortController();
      const running = runLine(['tail', log, '--state', state, '--format', 'syslog'], {
        ...standIn,
        signal: stop.signal,
      });
      write();
      await vi.waitFor(() => expect(bodies()).toBe(expected), { timeout: 5_000 });
      await vi.waitFor(() => expect(readFileSync(state, 'utf8')).toContain(`"offset": ${expected.length}`));
      stop.abort();
      return running;
    };
    const first = await follow(`${line(1)}\n${line(2)}\n`, () => {});
    expect(first).toMatchObject({ code: 0, stderr: '2 events sent, 0 records could not be read.\n' });
    await follow(`${[1, 2, 3].map(line).join('\n')}\n`, () => appendFileSync(log, `${line(3)}\n`));
    expect(standIn.requests[0]?.query.format).toBe('syslog');
  });

  it('waits while the server is away, and prints JSON at its end', async () => {
    const dir = folder();
    const log = join(dir, 'a.log');
    writeFileSync(log, 'one\n');
    const stop = new AbortController();
    let calls = 0;
    const standIn = await startStandIn((request) => {
      calls += 1;
      return calls === 1 ? [503, { detail: 'Full.' }] : takeLines(request);
    });
    const running = runLine(['tail', log, '--state', join(dir, 's'), '--json'], {
      ...standIn,
      signal: stop.signal,
    });
    await vi.waitFor(() => expect(readFileSync(join(dir, 's'), 'utf8')).toContain('"offset": 4'), {
      timeout: 5_000,
    });
    stop.abort();
    const { stdout, stderr } = await running;
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 1 });
    expect(stderr).toContain('warning: records wait at the door');
  });

  it('stops when the server refuses the records for good', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'a.log'), 'one\n');
    const standIn = await startStandIn(() => [401, { detail: 'No key.' }]);
    const result = await runLine(['tail', join(dir, 'a.log'), '--state', join(dir, 's')], standIn);
    expect(result).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('a.log cannot be followed: No key.'),
    });
  });

  it('ends at once when it is already told to, and begins at the end where asked', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'a.log'), 'one\n');
    const signal = AbortSignal.abort();
    const args = ['tail', join(dir, 'a.log'), '--state', join(dir, 's'), '--from-end'];
    expect((await runLine(args, { url: 'http://127.0.0.1:1', signal })).code).toBe(0);
  });

  it.each(['no json', '{"a": 1}'])('refuses a state file that is none (%s)', async (text) => {
    const state = join(folder(), 'state.json');
    writeFileSync(state, text);
    const { code, stderr } = await runLine(['tail', 'a.log', '--state', state]);
    expect(code).toBe(2);
    expect(stderr).toContain('is not a state file');
  });

  it('passes on why a state file cannot be read', async () => {
    expect((await runLine(['tail', 'a.log', '--state', folder()])).code).toBe(1);
  });
});
