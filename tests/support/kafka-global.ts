import { once } from 'node:events';
import { createServer } from 'node:http';
import type { TestProject } from 'vitest/node';
import { type KafkaBroker, startKafkaBroker } from './kafka-broker.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where `sharedKafka` asks for the broker of this test run. */
    kafkaDoor?: string;
  }
}

/**
 * Vitest global set-up: one broker for all test files of a run, started when the first of them asks for it
 * (most runs need none) and stopped at the end.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let starting: Promise<KafkaBroker> | null = null;
  const door = createServer(async (_request, response) => {
    try {
      starting ??= startKafkaBroker({ secure: true });
      const { brokers, sasl, tls } = await starting;
      response.end(JSON.stringify({ brokers, sasl, tls }));
    } catch (error) {
      response.statusCode = 500;
      response.end(String(error));
    }
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  const address = door.address();
  if (typeof address === 'object' && address !== null)
    project.provide('kafkaDoor', `http://127.0.0.1:${address.port}/`);
  return async () => {
    door.close();
    door.closeAllConnections();
    await (await starting?.catch(() => null))?.stop();
  };
}
