import { setTimeout as delay } from 'node:timers/promises';
import { Producer } from '@platformatic/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deadLetterReasons } from '../../src/contracts/dead-letter.ts';
import { topics } from '../../src/contracts/topics.ts';
import { type KafkaBroker, startKafkaBroker } from '../support/kafka-broker.ts';
import { kafkaIsHere } from '../support/kafka-shared.ts';
import { balancedBooks } from './books.ts';
import { hostileInputs } from './hostile-inputs.ts';
import { bruteForce, every, type Program, startProgram, until } from './program.ts';

const count = 1_000;
const seed = Number(process.env['VERTICE_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const isHere = await kafkaIsHere();
/** About what the broker takes in one batch, by its default. */
const mostBytes = 1_000_000;

type Message = Parameters<Producer['send']>[0]['messages'][number];

/** A program of somebody else that writes to our topic as it likes. The broker is its own, for the topic is the product's. */
describe.skipIf(!isHere)('bad input on Kafka gets a clear answer', () => {
  let broker: KafkaBroker;
  let program: Program;
  let producer: Producer;

  beforeAll(async () => {
    process.stdout.write(
      `bad input on Kafka: seed ${seed}; VERTICE_TEST_SEED=${seed} sends the same again\n`,
    );
    broker = await startKafkaBroker();
    program = await startProgram({
      environment: {
        VERTICE_BUS: 'kafka',
        KAFKA_BROKERS: broker.brokers.join(','),
        KAFKA_GROUP: 'bad-input',
      },
    });
    producer = new Producer({ clientId: 'somebody', bootstrapBrokers: broker.brokers, retries: 3 });
  });
  // Each on its own: the broker is a process, and must go whatever became of the others.
  afterAll(() => broker?.stop());
  afterAll(() => program?.close());
  afterAll(() => producer?.close());

  async function produce(messages: readonly Omit<Message, 'topic'>[], compression: 'none' | 'gzip' = 'none') {
    const addressed = messages.map((message) => ({ topic: topics.events, ...message }));
    await producer.send({ messages: addressed, acks: -1, compression });
  }

  async function expectWell(attacker: string): Promise<void> {
    await produce(
      bruteForce(attacker)
        .split('\n')
        .map((line) => ({ value: Buffer.from(line) })),
    );
    await until(`the attack of ${attacker} is contained`, async () => {
      const { items } = await program.vertice.store.threats({ attacker }, { limit: 1 });
      return items[0]?.status === 'contained';
    });
    expect(program.failures).toEqual([]);
    expect(program.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    expect(await program.call('/ready')).toMatchObject({ status: 200 });
  }

  async function settledBooks() {
    const settled = balancedBooks(program);
    const late = delay(60_000, undefined, { ref: false }).then(() => {
      throw new Error(`not settled; ${program.failures.map(String).join('; ')}`);
    });
    return await Promise.race([settled, late]);
  }

  it('each record becomes an event or a dead letter, under whatever key', async () => {
    const keys = [undefined, Buffer.alloc(0), Buffer.from([0xff, 0x00, 0x80]), Buffer.from('198.51.100.9')];
    const records = hostileInputs(seed, count).map(({ bytes }, index) => {
      const key = keys[index % keys.length];
      return { value: bytes.subarray(0, mostBytes), ...(key === undefined ? {} : { key }) };
    });
    const batch: typeof records = [];
    for (const record of records) {
      const bytes = batch.reduce((sum, { value }) => sum + value.length, record.value.length);
      if (bytes > mostBytes) await produce(batch.splice(0));
      batch.push(record);
    }
    await produce(batch);
    const books = await settledBooks();
    expect(books.read + books.deadLettered).toBeGreaterThanOrEqual(count);
    expect(books.lettersFrom(`${topics.events}-`)).toBe(books.deadLettered);
    await expectWell('203.0.113.1');
  }, 90_000);

  it('records without a value, with headers that lie, or of a time that never was, too', async () => {
    const before = await settledBooks();
    const header = (name: string, value: string | Buffer) =>
      new Map([[Buffer.from(name), Buffer.from(value)]]);
    const junk = Buffer.from('junk');
    const login = Buffer.from(
      'May  1 12:00:00 web-1 sshd[1]: Failed password for root from 192.0.2.7 port 1 ssh2',
    );
    const odd: Omit<Message, 'topic'>[] = [
      { key: Buffer.from('a tombstone') },
      ...['1e308', '-1e308', 'NaN', '', '8640000000000001'].map((at) => ({
        value: login,
        headers: header('received_at', at),
      })),
      ...['__proto__', 'constructor', 'x'.repeat(10_000)].map((format) => ({
        value: junk,
        headers: header('format', format),
      })),
      { value: junk, headers: header('rejected', 'no such reason') },
      { value: junk, headers: header('__proto__', 'polluted') },
      { value: junk, headers: header('position', 'x'.repeat(100_000)) },
      { value: junk, headers: header('position', Buffer.from([0xff, 0x00, 0xfe])) },
      ...[0n, -1n, -(10n ** 17n), -(2n ** 62n), 8_640_000_000_000_001n, 2n ** 62n].map((timestamp) => ({
        value: Buffer.from(`junk of ${timestamp}`),
        timestamp,
      })),
    ];
    // Each in a batch of its own: times within a batch are written as distances.
    for (const message of odd) await produce([message]);
    const after = await settledBooks();
    const outcomes = after.read + after.deadLettered - before.read - before.deadLettered;
    expect(outcomes).toBe(odd.length);
    await expectWell('203.0.113.2');
  }, 60_000);

  it('a batch that unpacks to more than memory should hold, too', async () => {
    await produce([{ value: Buffer.alloc(140_000_000) }], 'gzip');
    await settledBooks();
    const letters = await every((page) => program.vertice.store.deadLetters(page));
    expect(letters.some(({ reason, detail }) => reason === 'too_large' && detail.includes('unpacks'))).toBe(
      true,
    );
    await expectWell('203.0.113.3');
  }, 60_000);

  it('with a reason of the closed list for every kind', async () => {
    const letters = await every((page) => program.vertice.store.deadLetters(page));
    const seen = new Set(letters.map(({ reason }) => reason));
    expect(deadLetterReasons.filter((reason) => !seen.has(reason))).toEqual([]);
  });
});
