import ipaddr from 'ipaddr.js';
import { messageOf } from '../errors.ts';
import type { ConfigProblem } from './problem.ts';
import type { Config } from './schema.ts';
import type { ReadFile } from './sourced-value.ts';

export interface CrossCheckContext {
  /** Where a setting was written, for problems; the last source that set it. */
  whereOf(path: string): string;
  readonly readFile: ReadFile;
}

/** What is wrong (problems) or unusual (warnings) about settings that are valid one by one. */
export function crossCheck(
  config: Config,
  { whereOf, readFile }: CrossCheckContext,
): { readonly problems: readonly ConfigProblem[]; readonly warnings: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const warnings: ConfigProblem[] = [];
  const problem = (setting: string, expected: string, received: string | null = null): ConfigProblem => ({
    where: whereOf(setting),
    setting,
    expected,
    received,
    nearest: null,
  });
  const { api, bus, detection, kafka, response, store } = config;

  if (bus.kind === 'kafka') {
    if (kafka.brokers.length === 0) {
      problems.push(
        problem('kafka.brokers', 'at least one broker (host:port) because bus.kind is kafka', '[]'),
      );
    }
    for (const broker of kafka.brokers) {
      const port = Number(broker.slice(broker.lastIndexOf(':') + 1));
      if (port < 1 || port > 65535) {
        problems.push(problem('kafka.brokers', 'a port from 1 to 65535', JSON.stringify(broker)));
      }
    }
    problems.push(...kafkaSecurityProblems(config, problem, readFile));
    if (kafka.sasl_mechanism === 'PLAIN' && !kafka.tls) {
      warnings.push(
        problem('kafka.tls', 'true, because sasl_mechanism PLAIN sends the password in the clear', 'false'),
      );
    }
  }

  if (store.kind === 'postgres' && !isPostgresUrl(store.postgres_url)) {
    problems.push(
      problem(
        'store.postgres_url',
        'postgres://user:password@host:port/database because store.kind is postgres',
        store.postgres_url === '' ? 'nothing' : null,
      ),
    );
  }

  if (bus.segment_bytes > bus.retention_bytes) {
    problems.push(
      problem(
        'bus.segment_bytes',
        `at most bus.retention_bytes (${bus.retention_bytes})`,
        String(bus.segment_bytes),
      ),
    );
  }
  if (response.auto_response_threshold < detection.min_threat_confidence) {
    problems.push(
      problem(
        'response.auto_response_threshold',
        `at least detection.min_threat_confidence (${detection.min_threat_confidence})`,
        String(response.auto_response_threshold),
      ),
    );
  }
  if (response.max_lease_seconds < response.lease_seconds) {
    problems.push(
      problem(
        'response.max_lease_seconds',
        `at least response.lease_seconds (${response.lease_seconds})`,
        String(response.max_lease_seconds),
      ),
    );
  }
  for (const entry of response.never_block) {
    if (!isAddressOrCidr(entry)) {
      problems.push(
        problem(
          'response.never_block',
          'IP addresses and CIDRs, such as 192.0.2.7 or 2001:db8::/32',
          JSON.stringify(entry),
        ),
      );
    }
  }
  if (!isLoopback(api.host)) {
    warnings.push(
      problem(
        'api.host',
        'a loopback address unless a TLS-terminating proxy stands in front: keys travel in the clear',
        JSON.stringify(api.host),
      ),
    );
  }
  return { problems, warnings };
}

function kafkaSecurityProblems(
  { kafka }: Config,
  problem: (setting: string, expected: string, received?: string | null) => ConfigProblem,
  readFile: ReadFile,
): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (kafka.sasl_mechanism !== 'none') {
    const reason = `because kafka.sasl_mechanism is ${kafka.sasl_mechanism}`;
    if (kafka.sasl_username === '')
      problems.push(problem('kafka.sasl_username', `a user name ${reason}`, '""'));
    if (kafka.sasl_password === '')
      problems.push(problem('kafka.sasl_password', `a password ${reason}`, 'nothing'));
  }
  const files = {
    'kafka.tls_ca_file': kafka.tls_ca_file,
    'kafka.tls_cert_file': kafka.tls_cert_file,
    'kafka.tls_key_file': kafka.tls_key_file,
  };
  for (const [setting, file] of Object.entries(files)) {
    if (file === '') continue;
    if (!kafka.tls)
      problems.push(problem(setting, 'to be empty while kafka.tls is false', JSON.stringify(file)));
    try {
      readFile(file);
    } catch (error) {
      problems.push(problem(setting, 'a readable PEM file', messageOf(error)));
    }
  }
  if ((kafka.tls_cert_file === '') !== (kafka.tls_key_file === '')) {
    const missing = kafka.tls_cert_file === '' ? 'kafka.tls_cert_file' : 'kafka.tls_key_file';
    problems.push(problem(missing, 'a file, because a client certificate and its key go together', '""'));
  }
  return problems;
}

function isPostgresUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'postgres:' || url.protocol === 'postgresql:');
}

function isAddressOrCidr(text: string): boolean {
  return ipaddr.isValidCIDR(text) || (ipaddr.isValid(text) && !/^\d+$/.test(text));
}

/** Whether only this machine can reach a listener on this host. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback');
}
