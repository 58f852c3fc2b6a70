import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configTable, describeConfig } from './describe.ts';
import { type ConfigSources, loadConfig } from './load.ts';
import { editDistance, nearestName } from './nearest-name.ts';
import { describeProblem } from './problem.ts';
import { redactConfig } from './redact.ts';
import { sections, settings, settingsOf } from './settings.ts';

/** Loads from files that exist only in the test. */
function load(
  files: Readonly<Record<string, string>>,
  sources: Partial<Omit<ConfigSources, 'readFile'>> = {},
): ReturnType<typeof loadConfig> {
  return loadConfig({
    env: {},
    flags: {},
    ...sources,
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) {
        throw Object.assign(new Error(`ENOENT: no such file, open '${path}'`), { code: 'ENOENT' });
      }
      return text;
    },
  });
}

function loaded(...parameters: Parameters<typeof load>) {
  const result = load(...parameters);
  if (!result.ok) throw new Error(result.problems.map(describeProblem).join('\n'));
  return result;
}

function problemsOf(...parameters: Parameters<typeof load>): readonly string[] {
  const result = load(...parameters);
  return result.ok ? [] : result.problems.map(describeProblem);
}

describe('loadConfig', () => {
  it('starts with the defaults when nothing is said', () => {
    const { config, warnings, origins } = loaded({});
    expect(config.bus.kind).toBe('embedded');
    expect(config.syslog.udp_port).toBeNull();
    expect(config.kafka.brokers).toEqual(['127.0.0.1:9092']);
    expect(warnings).toEqual([]);
    expect(origins.size).toBe(0);
  });

  it('lets flags win over the environment, that over the file, that over the defaults', () => {
    const { config, origins } = loaded(
      {
        'vertice.yaml': 'bus:\n  partitions: 2\n  fsync: never\n  max_record_bytes: 2048\nlog_level: warn\n',
      },
      {
        env: { VERTICE_PARTITIONS: '3', VERTICE_BUS_FSYNC: 'interval' },
        flags: { 'bus.partitions': '5' },
      },
    );
    expect(config.bus).toMatchObject({ partitions: 5, fsync: 'interval', max_record_bytes: 2048 });
    expect(config.log_level).toBe('warn');
    expect(origins.get('bus.partitions')).toBe('--set bus.partitions');
    expect(origins.get('bus.fsync')).toBe('environment variable VERTICE_BUS_FSYNC');
    expect(origins.get('log_level')).toBe('vertice.yaml:5:12');
  });

  it('reads the file that --config names, else the one VERTICE_CONFIG names', () => {
    const files = { 'a.yaml': 'instance: a\n', 'b.yaml': 'instance: b\n', 'vertice.yaml': 'instance: c\n' };
    expect(loaded(files, { file: 'a.yaml', env: { VERTICE_CONFIG: 'b.yaml' } }).config.instance).toBe('a');
    expect(loaded(files, { env: { VERTICE_CONFIG: 'b.yaml' } }).config.instance).toBe('b');
    expect(loaded(files, { env: { VERTICE_CONFIG: '' } }).config.instance).toBe('c');
  });

  it('refuses a named file that is not there', () => {
    expect(problemsOf({}, { file: 'gone.yaml' })).toEqual([
      "gone.yaml: expected a readable configuration file, got ENOENT: no such file, open 'gone.yaml'",
    ]);
  });

  it('refuses a default file that exists but cannot be read', () => {
    const result = loadConfig({
      env: {},
      flags: {},
      readFile: () => {
        throw new Error('EACCES: permission denied');
      },
    });
    expect(result.ok).toBe(false);
  });

  it.each([
    ['', 'an empty file'],
    ['# nothing\n', 'comments alone'],
    ['bus:\n', 'a section without settings'],
  ])('takes %j (%s) for the defaults', (text) => {
    expect(loaded({ 'vertice.yaml': text }).origins.size).toBe(0);
  });

  it('reads anchors and aliases', () => {
    const text = 'response:\n  lease_seconds: &hour 3600\n  max_lease_seconds: *hour\n';
    expect(loaded({ 'vertice.yaml': text }).config.response.max_lease_seconds).toBe(3600);
  });

  it('shows all problems of all sources at once, each with its place', () => {
    const problems = problemsOf(
      { 'vertice.yaml': 'bus:\n  knd: kafka\n  partitions: 0\n  fsync: sometimes\nlog_levl: info\n' },
      {
        env: { VERTICE_API_PORT: 'http', MIN_THREAT_CONFIDENCE: '1.5', VERTICE_DRY_RUN: 'maybe' },
        flags: { 'bus.knd': 'kafka', 'api.port': '' },
      },
    );
    expect(problems).toEqual([
      'vertice.yaml:2:3: expected a known setting of bus, got "knd" (did you mean bus.kind?)',
      'vertice.yaml:3:15: bus.partitions: expected a whole number from 1 to 1024, got 0',
      'vertice.yaml:4:10: bus.fsync: expected one of always, interval, never, got "sometimes"',
      'vertice.yaml:5:1: expected a known setting, got "log_levl" (did you mean log_level?)',
      'environment variable VERTICE_API_PORT: api.port: expected a whole number from 0 to 65535, got "http"',
      'environment variable MIN_THREAT_CONFIDENCE: detection.min_threat_confidence: expected a number from 0 to 1, got 1.5',
      'environment variable VERTICE_DRY_RUN: response.dry_run: expected true or false, got "maybe"',
      '--set bus.knd: expected the path of a setting, such as bus.kind (did you mean bus.kind?)',
      '--set api.port: api.port: expected a whole number from 0 to 65535, got ""',
    ]);
  });

  it.each([
    ['bus: [1\n', /^vertice\.yaml:\d+:\d+: expected valid YAML, got /],
    ['bus: {}\nbus: {}\n', /^vertice\.yaml:2:1: expected valid YAML, got Map keys must be unique/],
    ['- bus\n', /^vertice\.yaml:1:1: expected a mapping of settings/],
    ['just text\n', /^vertice\.yaml:1:1: expected a mapping of settings/],
    ['bus: kafka\n', /^vertice\.yaml:1:6: bus: expected a section with settings of its own$/],
    ['bus:\n  kind:\n', /^vertice\.yaml:2:\d+: bus\.kind: expected one of embedded, kafka, got null$/],
    ['__proto__:\n  x: 1\n', /^vertice\.yaml:1:1: expected a known setting, got "__proto__"$/],
    ['? [a, b]\n: 1\n', /^vertice\.yaml:1:3: expected a known setting, got /],
    ['log_level: *nowhere\n', /^vertice\.yaml:1:12: (log_level: )?expected /],
  ])('refuses the file %j and says where', (text, expected) => {
    expect(problemsOf({ 'vertice.yaml': text })[0]).toMatch(expected);
  });

  it('reads lists, numbers, booleans and nothing from the environment', () => {
    const { config } = loaded(
      {},
      {
        env: {
          KAFKA_BROKERS: 'a:1, b:2,',
          VERTICE_NEVER_BLOCK: '',
          KAFKA_TLS: 'Yes',
          VERTICE_DRY_RUN: '',
          MIN_THREAT_CONFIDENCE: '0.25',
          VERTICE_SYSLOG_UDP_PORT: '',
          VERTICE_SYSLOG_TCP_PORT: '601',
          LOG_LEVEL: '',
          VERTICE_PARTITIONS: ' ',
        },
        flags: { 'syslog.tcp_port': '' },
      },
    );
    expect(config.kafka.brokers).toEqual(['a:1', 'b:2']);
    expect(config.kafka.tls).toBe(true);
    expect(config.response).toMatchObject({ never_block: [], dry_run: false });
    expect(config.detection.min_threat_confidence).toBe(0.25);
    expect(config.syslog).toMatchObject({ udp_port: null, tcp_port: null });
    expect(config.log_level).toBe('info');
    expect(config.bus.partitions).toBe(4);
  });

  it('warns of a variable that is nearly one of ours, and of no other', () => {
    const { warnings } = loaded(
      {},
      { env: { VERTICE_PARTITION: '2', VERTICE_SERVICE_HOST: '10.0.0.1', PATH: '/bin' } },
    );
    expect(warnings.map(describeProblem)).toEqual([
      'environment variable VERTICE_PARTITION: expected the name of a setting; it is ignored (did you mean VERTICE_PARTITIONS?)',
    ]);
  });
});

describe('secrets', () => {
  const sasl = {
    VERTICE_BUS: 'kafka',
    KAFKA_TLS: 'true',
    KAFKA_SASL_MECHANISM: 'PLAIN',
    KAFKA_SASL_USERNAME: 'u',
  };

  it('come from a file, without its last line end', () => {
    const { config } = loaded(
      { '/run/secrets/p': ' hunter2\r\n' },
      { env: { ...sasl, KAFKA_SASL_PASSWORD_FILE: '/run/secrets/p', KAFKA_SASL_PASSWORD: '' } },
    );
    expect(config.kafka.sasl_password).toBe(' hunter2');
  });

  it('are refused when given twice, or when the file is not there', () => {
    const env = { ...sasl, KAFKA_SASL_PASSWORD: 'hunter2', KAFKA_SASL_PASSWORD_FILE: '/p' };
    expect(problemsOf({}, { env })[0]).toContain('either KAFKA_SASL_PASSWORD or KAFKA_SASL_PASSWORD_FILE');
    expect(problemsOf({}, { env: { ...sasl, KAFKA_SASL_PASSWORD_FILE: '/p' } })[0]).toContain('ENOENT');
  });

  it('never appear in a problem', () => {
    const problems = [
      ...problemsOf({ 'vertice.yaml': 'kafka:\n  sasl_password: 123456\n' }),
      ...problemsOf({}, { env: { VERTICE_STORE: 'postgres', DATABASE_URL: 'mysql://u:123456@h/d' } }),
    ];
    expect(problems).toHaveLength(2);
    expect(problems.join('\n')).not.toContain('123456');
  });

  it('are not printed with the configuration', () => {
    const { config } = loaded({}, { env: { DATABASE_URL: 'postgres://u:hunter2@h/d' } });
    const printed = redactConfig(config);
    expect(printed.store.postgres_url).toBe('[redacted]');
    expect(printed.kafka.sasl_password).toBe('');
    expect({ ...printed, store: config.store }).toEqual(config);
  });
});

describe('cross checks', () => {
  it.each([
    [{ 'bus.kind': 'kafka', 'kafka.brokers': '' }, 'kafka.brokers: expected at least one broker'],
    [{ 'bus.kind': 'kafka', 'kafka.brokers': 'a:99999' }, 'expected a port from 1 to 65535, got "a:99999"'],
    [
      { 'bus.kind': 'kafka', 'kafka.sasl_mechanism': 'PLAIN', 'kafka.sasl_password': 'p' },
      'expected a user name',
    ],
    [
      { 'bus.kind': 'kafka', 'kafka.sasl_mechanism': 'PLAIN', 'kafka.sasl_username': 'u' },
      'expected a password',
    ],
    [
      { 'bus.kind': 'kafka', 'kafka.tls': 'true', 'kafka.tls_ca_file': 'ca.pem' },
      'expected a readable PEM file',
    ],
    [{ 'bus.kind': 'kafka', 'kafka.tls_ca_file': 'ok.pem' }, 'to be empty while kafka.tls is false'],
    [
      { 'bus.kind': 'kafka', 'kafka.tls': 'true', 'kafka.tls_cert_file': 'ok.pem' },
      'kafka.tls_key_file: expected a file',
    ],
    [
      { 'bus.kind': 'kafka', 'kafka.tls': 'true', 'kafka.tls_key_file': 'ok.pem' },
      'kafka.tls_cert_file: expected a file',
    ],
    [{ 'store.kind': 'postgres' }, 'store.postgres_url: expected postgres://'],
    [{ 'bus.retention_bytes': '131072' }, 'bus.segment_bytes: expected at most bus.retention_bytes (131072)'],
    [
      { 'response.auto_response_threshold': '0.2' },
      'expected at least detection.min_threat_confidence (0.5), got 0.2',
    ],
    [{ 'response.max_lease_seconds': '60' }, 'expected at least response.lease_seconds (3600), got 60'],
    [{ 'response.never_block': '10.0.0.0/8,1234' }, 'expected IP addresses and CIDRs'],
  ])('refuse %j', (flags, expected) => {
    const problems = problemsOf({ 'ok.pem': '' }, { flags });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });

  it('name the default as the place of a value nobody wrote', () => {
    expect(problemsOf({}, { flags: { 'response.lease_seconds': '100000' } })[0]).toMatch(
      /^default: response\.max/,
    );
  });

  it('accept a whole cluster configuration', () => {
    const { config, warnings } = loaded(
      { 'ok.pem': '' },
      {
        flags: {
          'bus.kind': 'kafka',
          'kafka.brokers': 'k1:9092,[::1]:9093',
          'kafka.tls': 'true',
          'kafka.tls_ca_file': 'ok.pem',
          'kafka.tls_cert_file': 'ok.pem',
          'kafka.tls_key_file': 'ok.pem',
          'store.kind': 'postgres',
          'store.postgres_url': 'postgresql://u:p@h/d',
          'response.never_block': '192.0.2.7,2001:db8::/32',
          'api.host': 'localhost',
        },
      },
    );
    expect(config.kafka.brokers).toHaveLength(2);
    expect(warnings).toEqual([]);
  });

  it('warn of an API that others can reach, and of a password in the clear', () => {
    const { warnings } = loaded(
      {},
      {
        flags: {
          'api.host': '0.0.0.0',
          'bus.kind': 'kafka',
          'kafka.sasl_mechanism': 'PLAIN',
          'kafka.sasl_username': 'u',
          'kafka.sasl_password': 'p',
        },
      },
    );
    expect(warnings.map(({ setting }) => setting)).toEqual(['kafka.tls', 'api.host']);
  });
});

describe('settings', () => {
  it('each have a variable of their own, a default within range and a description', () => {
    expect(new Set(settings.map(({ env }) => env)).size).toBe(settings.length);
    for (const { env, description } of settings) {
      expect(env).toMatch(/^[A-Z][A-Z0-9_]+$/);
      expect(description).toMatch(/\.$/);
    }
    expect([...sections]).toContain('kafka');
  });

  it('are read from any object schema', () => {
    expect(settingsOf(null)).toEqual([]);
    expect(
      settingsOf({ properties: { a: 1, b: { type: 'number', minimum: 1 }, c: { enum: 3 } } }),
    ).toMatchObject([
      { path: 'b', range: 'a number of at least 1' },
      { path: 'c', kind: 'string' },
    ]);
  });

  it('fill a Markdown table that has one row each', () => {
    const lines = configTable().trimEnd().split('\n');
    expect(lines).toHaveLength(describeConfig().length + 2);
    expect(lines[0]).toBe('| Setting | Environment | Default | Expected | Meaning |');
    expect(lines.find((line) => line.includes('`kafka.brokers`'))).toContain('KAFKA_BROKERS');
    for (const line of lines) expect(line.replaceAll('\\|', '').split('|')).toHaveLength(7);
  });
});

describe('nearestName', () => {
  it('finds nothing when nothing is near', () => {
    expect(nearestName('zzzzzz', ['bus', 'store'])).toBeNull();
    expect(nearestName('bus_kind', ['bus.kind', 'bus'], 0)).toBeNull();
  });

  it('rests on a distance that is a metric', () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(editDistance(a, a)).toBe(0);
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      }),
      { numRuns: 200 },
    );
  });
});

describe('hostile sources', () => {
  it('never make the loader throw', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .array(fc.constantFrom('bus:', '  kind: ', '&a', '*a', '- ', '!!js ', '\n', ' ', '{', '}', '"', ':'))
        .map((parts) => parts.join('')),
    );
    const record = fc.dictionary(fc.constantFrom(...settings.map(({ env }) => env)), fc.string());
    fc.assert(
      fc.property(text, record, fc.dictionary(fc.string(), fc.string()), (yaml, env, flags) => {
        const result = load({ 'vertice.yaml': yaml }, { env, flags });
        if (!result.ok) expect(result.problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});
