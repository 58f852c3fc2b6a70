import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openKafkaBus } from '../../tests/support/kafka-bus.ts';
import { kafkaIsHere, sharedKafka } from '../../tests/support/kafka-shared.ts';
import type { Bus } from './bus.ts';
import { collect, eventually } from './contract.ts';

const kafka = (await kafkaIsHere()) ? await sharedKafka() : null;
const sasl = kafka?.sasl ?? null;
const tls = kafka?.tls ?? null;

async function expectRoundTrip(bus: Bus): Promise<void> {
  const topic = `secure.${randomUUID()}`;
  try {
    await bus.ensureTopics([topic]);
    await bus.publish(topic, [{ key: 'k', value: Buffer.from('over a guarded wire') }]);
    const seen = await collect(bus, topic, randomUUID());
    await eventually('it came back', () => seen.count() === 1);
    expect(seen.values()).toEqual(['over a guarded wire']);
  } finally {
    await bus.close();
  }
}

describe.skipIf(sasl === null)('a broker that wants to know who is there', () => {
  const { brokers, username, password } = sasl ?? { brokers: [], username: '', password: '' };

  it.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('is satisfied with %s', async (mechanism) => {
    await expectRoundTrip(await openKafkaBus({ brokers, sasl: { mechanism, username, password } }));
  });

  it.each(['PLAIN', 'SCRAM-SHA-256'] as const)(
    'turns a wrong password down over %s, for good and without repeating it',
    async (mechanism) => {
      const opening = openKafkaBus({ brokers, sasl: { mechanism, username, password: 'wrong-secret' } });
      const error = await opening.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'VTC_BUS_UNAVAILABLE', isRetryable: false });
      expect(String(error)).toContain('kafka.sasl_');
      expect(String(error)).not.toContain('wrong-secret');
    },
  );
});

describe.skipIf(tls === null)('a broker behind TLS', () => {
  const { brokers, ca, clientCert, clientKey } = tls ?? {
    brokers: [],
    ca: '',
    clientCert: '',
    clientKey: '',
  };

  it('is spoken to when its authority is known', async () => {
    await expectRoundTrip(await openKafkaBus({ brokers, tls: { ca } }));
  });

  it('takes our certificate', async () => {
    await expectRoundTrip(await openKafkaBus({ brokers, tls: { ca, cert: clientCert, key: clientKey } }));
  });

  it('is not trusted when its authority is unknown', async () => {
    await expect(openKafkaBus({ brokers, tls: {} })).rejects.toMatchObject({ code: 'VTC_BUS_UNAVAILABLE' });
  });

  it('is not spoken to in the clear', async () => {
    await expect(openKafkaBus({ brokers })).rejects.toMatchObject({ code: 'VTC_BUS_UNAVAILABLE' });
  });
});
