import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { afterAll, inject } from 'vitest';
import { type KafkaAddresses, kafkaMissing, startKafkaBroker } from './kafka-broker.ts';

const Addresses = Compile(
  Type.Object({
    brokers: Type.Array(Type.String()),
    sasl: Type.Union([
      Type.Null(),
      Type.Object({ brokers: Type.Array(Type.String()), username: Type.String(), password: Type.String() }),
    ]),
    tls: Type.Union([
      Type.Null(),
      Type.Object({
        brokers: Type.Array(Type.String()),
        ca: Type.String(),
        clientCert: Type.String(),
        clientKey: Type.String(),
      }),
    ]),
  }),
);

/**
 * True when tests can have a real broker here. When not, says why on standard error, once for each test file,
 * for `describe.skipIf(!kafkaIsHere)`; with `CI=true` or `VERTICE_REQUIRE_KAFKA=1` it throws instead.
 */
export async function kafkaIsHere(): Promise<boolean> {
  const missing = await kafkaMissing();
  if (missing === null) return true;
  if (process.env['CI'] === 'true' || process.env['VERTICE_REQUIRE_KAFKA'] === '1')
    throw new Error(`no Kafka broker can be started: ${missing}`);
  process.stderr.write(`SKIPPED: tests against a real Kafka broker, for none can be started: ${missing}\n`);
  return false;
}

/**
 * The broker all test files of a run share (`secure`, see `startKafkaBroker`): use topic and group names of
 * your own, and never stop it. Call it while the file is collected or in a `beforeAll`. Without the global
 * set-up `kafka-global.ts` the file gets a broker of its own, which ends with it.
 */
export async function sharedKafka(): Promise<KafkaAddresses> {
  const door = inject('kafkaDoor');
  if (door === undefined) {
    const broker = await startKafkaBroker({ secure: true });
    afterAll(() => broker.stop());
    return broker;
  }
  const response = await fetch(door);
  const body = await response.text();
  if (!response.ok) throw new Error(`the shared Kafka broker did not start: ${body}`);
  return Addresses.Parse(JSON.parse(body));
}
