import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface BrokerCertificates {
  /** PEM of the authority, of a client certificate it signed, and of that certificate's key. */
  readonly ca: string;
  readonly clientCert: string;
  readonly clientKey: string;
  /** Lines of `server.properties` that make the SSL listener use the broker's certificate. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Makes an authority of one day, a broker certificate for loopback and a client certificate in `folder`. */
export async function createBrokerCertificates(folder: string): Promise<BrokerCertificates> {
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): Promise<unknown> => run('openssl', args);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl(
    ...['req', '-x509', ...newKey, '-days', '1', '-subj', '/CN=test authority'],
    ...['-keyout', file('ca.key'), '-out', file('ca.pem')],
  );
  for (const name of ['broker', 'client']) {
    await writeFile(file(`${name}.ext`), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    await openssl(
      ...['req', ...newKey, '-subj', `/CN=${name}`, '-keyout', file(`${name}.key`)],
      ...['-out', file(`${name}.csr`)],
    );
    await openssl(
      ...['x509', '-req', '-in', file(`${name}.csr`), '-days', '1', '-CA', file('ca.pem')],
      ...['-CAkey', file('ca.key'), '-CAcreateserial', '-extfile', file(`${name}.ext`)],
      ...['-out', file(`${name}.pem`)],
    );
  }
  const read = (name: string): Promise<string> => readFile(file(name), 'utf8');
  await writeFile(file('broker-store.pem'), (await read('broker.key')) + (await read('broker.pem')));
  return {
    ca: await read('ca.pem'),
    clientCert: await read('client.pem'),
    clientKey: await read('client.key'),
    settings: {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': file('broker-store.pem'),
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': file('ca.pem'),
      'ssl.client.auth': 'requested',
    },
  };
}
