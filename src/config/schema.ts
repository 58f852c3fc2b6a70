import Type, { type Static } from 'typebox';
import { LlmSettingsSchema } from './llm-schema.ts';

const Port = Type.Integer({ minimum: 0, maximum: 65535 });
const Share = { minimum: 0, maximum: 1 };

/**
 * Every setting, with its default, its range and (as `env`) the environment variable that sets it. The
 * loader, `vertice config check` and the table in the README all derive from this.
 */
export const ConfigSchema = Type.Object(
  {
    data_dir: Type.String({
      default: 'data',
      env: 'VERTICE_DATA_DIR',
      description: 'Folder of the embedded bus, the embedded database and the block list.',
    }),
    instance: Type.String({
      default: '',
      maxLength: 128,
      env: 'VERTICE_INSTANCE',
      description: 'Name of this process among several; the host name when empty. Stable across restarts.',
    }),
    log_level: Type.Enum(['trace', 'debug', 'info', 'warn', 'error'], {
      default: 'info',
      env: 'LOG_LEVEL',
      description: 'Least severe log line that is written (JSON, standard error).',
    }),
    bus: Type.Object(
      {
        kind: Type.Enum(['embedded', 'kafka'], {
          default: 'embedded',
          env: 'VERTICE_BUS',
          description: 'embedded: log files in data_dir. kafka: a broker.',
        }),
        partitions: Type.Integer({
          default: 4,
          minimum: 1,
          maximum: 1024,
          env: 'VERTICE_PARTITIONS',
          description: 'Partitions of a topic that has to be created. Never changed afterwards.',
        }),
        max_record_bytes: Type.Integer({
          default: 1_048_576,
          minimum: 1024,
          maximum: 8_388_608,
          env: 'VERTICE_MAX_RECORD_BYTES',
          description: 'Largest record taken at any door.',
        }),
        fsync: Type.Enum(['always', 'interval', 'never'], {
          default: 'always',
          env: 'VERTICE_BUS_FSYNC',
          description:
            'Embedded: always loses nothing; interval loses up to 200 ms, never up to the page cache, at power cut.',
        }),
        segment_bytes: Type.Integer({
          default: 67_108_864,
          minimum: 65_536,
          maximum: 1_073_741_824,
          env: 'VERTICE_BUS_SEGMENT_BYTES',
          description: 'Embedded: size at which a log file is closed and a new one begun.',
        }),
        retention_bytes: Type.Integer({
          default: 4_294_967_296,
          minimum: 131_072,
          env: 'VERTICE_BUS_RETENTION_BYTES',
          description:
            'Embedded: most bytes a topic keeps. Unread records are never dropped: a full log waits.',
        }),
        retention_hours: Type.Number({
          default: 168,
          exclusiveMinimum: 0,
          env: 'VERTICE_BUS_RETENTION_HOURS',
          description: 'Embedded: how long read records are kept for replay.',
        }),
        full_timeout_ms: Type.Integer({
          default: 10_000,
          minimum: 0,
          env: 'VERTICE_BUS_FULL_TIMEOUT_MS',
          description: 'How long a publisher waits for room before it is told the bus is full.',
        }),
      },
      { default: {} },
    ),
    kafka: Type.Object(
      {
        brokers: Type.Array(Type.String({ pattern: '^[^\\s:]+:[0-9]{1,5}$|^\\[[^\\]]+\\]:[0-9]{1,5}$' }), {
          default: ['127.0.0.1:9092'],
          env: 'KAFKA_BROKERS',
          description: 'host:port, comma-separated in the environment.',
        }),
        group: Type.String({
          default: 'vertice',
          minLength: 1,
          env: 'KAFKA_GROUP',
          description: 'Consumer group.',
        }),
        replication_factor: Type.Integer({
          default: 1,
          minimum: 1,
          maximum: 15,
          env: 'KAFKA_REPLICATION_FACTOR',
          description: 'Replicas of a topic that has to be created; use 3 on a cluster.',
        }),
        tls: Type.Boolean({
          default: false,
          env: 'KAFKA_TLS',
          description: 'Encrypt the connection to the brokers.',
        }),
        tls_ca_file: Type.String({
          default: '',
          env: 'KAFKA_TLS_CA_FILE',
          description: 'PEM file; system roots when empty.',
        }),
        tls_cert_file: Type.String({
          default: '',
          env: 'KAFKA_TLS_CERT_FILE',
          description: 'PEM file of a client certificate.',
        }),
        tls_key_file: Type.String({
          default: '',
          env: 'KAFKA_TLS_KEY_FILE',
          description: 'PEM file of its key.',
        }),
        sasl_mechanism: Type.Enum(['none', 'PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'], {
          default: 'none',
          env: 'KAFKA_SASL_MECHANISM',
          description: 'How to authenticate to the brokers.',
        }),
        sasl_username: Type.String({ default: '', env: 'KAFKA_SASL_USERNAME', description: 'User name.' }),
        sasl_password: Type.String({
          default: '',
          env: 'KAFKA_SASL_PASSWORD',
          secret: true,
          description: 'Password; KAFKA_SASL_PASSWORD_FILE names a file that holds it.',
        }),
      },
      { default: {} },
    ),
    store: Type.Object(
      {
        kind: Type.Enum(['sqlite', 'postgres'], {
          default: 'sqlite',
          env: 'VERTICE_STORE',
          description:
            'sqlite: a file in data_dir. postgres: a server, needed when several processes share the work.',
        }),
        postgres_url: Type.String({
          default: '',
          secret: true,
          env: 'DATABASE_URL',
          description:
            'postgres://user:password@host:port/database; DATABASE_URL_FILE names a file that holds it.',
        }),
      },
      { default: {} },
    ),
    api: Type.Object(
      {
        host: Type.String({
          default: '127.0.0.1',
          env: 'VERTICE_API_HOST',
          description: 'Address to listen on.',
        }),
        port: Type.Integer({
          default: 8787,
          minimum: 0,
          maximum: 65535,
          env: 'VERTICE_API_PORT',
          description: 'Port; 0 picks a free one.',
        }),
        max_body_bytes: Type.Integer({
          default: 16_777_216,
          minimum: 1024,
          maximum: 268_435_456,
          env: 'VERTICE_API_MAX_BODY_BYTES',
          description: 'Largest request body, after decompression.',
        }),
        rate_limit_per_minute: Type.Integer({
          default: 6000,
          minimum: 1,
          env: 'VERTICE_API_RATE_LIMIT',
          description: 'Requests a minute for each client address.',
        }),
      },
      { default: {} },
    ),
    syslog: Type.Object(
      {
        host: Type.String({
          default: '127.0.0.1',
          env: 'VERTICE_SYSLOG_HOST',
          description: 'Address to listen on.',
        }),
        udp_port: Type.Union([Port, Type.Null()], {
          default: null,
          env: 'VERTICE_SYSLOG_UDP_PORT',
          description: 'Port; empty: off.',
        }),
        tcp_port: Type.Union([Port, Type.Null()], {
          default: null,
          env: 'VERTICE_SYSLOG_TCP_PORT',
          description: 'Port; empty: off.',
        }),
      },
      { default: {} },
    ),
    detection: Type.Object(
      {
        min_threat_confidence: Type.Number({
          ...Share,
          default: 0.5,
          env: 'MIN_THREAT_CONFIDENCE',
          description: 'A detection below it is recorded but is no threat.',
        }),
        failed_logins: Type.Integer({
          default: 5,
          minimum: 2,
          maximum: 10_000,
          env: 'VERTICE_FAILED_LOGINS',
          description: 'Failed logins from one source within the window that make a brute-force attack.',
        }),
        failed_login_window_seconds: Type.Integer({
          default: 60,
          minimum: 1,
          maximum: 86_400,
          env: 'VERTICE_FAILED_LOGIN_WINDOW_SECONDS',
          description: 'Length of the sliding window.',
        }),
        threat_window_seconds: Type.Integer({
          default: 3600,
          minimum: 1,
          maximum: 604_800,
          env: 'VERTICE_THREAT_WINDOW_SECONDS',
          description: 'Detections of one attacker, target and technique this close together are one threat.',
        }),
        starter_rules: Type.Boolean({
          default: true,
          env: 'VERTICE_STARTER_RULES',
          description: 'Run the Sigma rules that come with Vértice.',
        }),
        rules_dirs: Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), {
          default: [],
          maxItems: 64,
          env: 'VERTICE_RULES_DIRS',
          description: 'Folders of further Sigma rules, comma-separated; re-read when they change.',
        }),
        placeholders: Type.Array(Type.String({ maxLength: 4096, pattern: '^[^=%]+=.+$' }), {
          default: [],
          maxItems: 10_000,
          env: 'VERTICE_RULE_PLACEHOLDERS',
          description:
            'Values of placeholders in rules (modifier expand): name=value; the same name again adds a value.',
        }),
        publish_ocsf: Type.Boolean({
          default: false,
          env: 'VERTICE_PUBLISH_OCSF',
          description: 'Publish detections also as OCSF Detection Findings, on defense.detections.ocsf.',
        }),
      },
      { default: {} },
    ),
    llm: LlmSettingsSchema,
    intelligence: Type.Object(
      {
        indicators_file: Type.String({
          default: '',
          env: 'VERTICE_INDICATORS_FILE',
          description:
            'CSV or JSON lines of indicators (type,value,confidence,source,…); re-read when it changes.',
        }),
      },
      { default: {} },
    ),
    response: Type.Object(
      {
        dry_run: Type.Boolean({
          default: false,
          env: 'VERTICE_DRY_RUN',
          description: 'Decide and record everything, touch nothing.',
        }),
        auto_response_threshold: Type.Number({
          ...Share,
          default: 0.8,
          env: 'AUTO_RESPONSE_THRESHOLD',
          description: 'A threat at least this sure is contained alone; a lesser one waits for a person.',
        }),
        firewall: Type.Enum(['blocklist', 'nftables'], {
          default: 'blocklist',
          env: 'VERTICE_FIREWALL',
          description:
            'blocklist: data_dir/blocklist.txt, for a firewall that reads one. nftables: this kernel (needs NET_ADMIN).',
        }),
        nftables_table: Type.String({
          default: 'vertice',
          pattern: '^[a-z][a-z0-9_]{0,31}$',
          env: 'VERTICE_NFTABLES_TABLE',
          description: 'Table (family inet) that holds our sets and rules, and nothing else.',
        }),
        network_namespace: Type.String({
          default: '',
          pattern: '^[A-Za-z0-9_.-]{0,64}$',
          env: 'VERTICE_NETWORK_NAMESPACE',
          description: 'Named network namespace to enforce in; empty: our own.',
        }),
        lease_seconds: Type.Integer({
          default: 3600,
          minimum: 1,
          maximum: 2_592_000,
          env: 'VERTICE_LEASE_SECONDS',
          description:
            'How long a first containment lasts; doubled for each earlier threat of the same attacker.',
        }),
        max_lease_seconds: Type.Integer({
          default: 86_400,
          minimum: 1,
          maximum: 2_592_000,
          env: 'VERTICE_MAX_LEASE_SECONDS',
          description: 'Longest lease.',
        }),
        never_block: Type.Array(Type.String({ maxLength: 64 }), {
          default: [],
          env: 'VERTICE_NEVER_BLOCK',
          description:
            'Addresses and CIDRs that are never acted on, beside loopback, link-local, this host, its gateways and DNS.',
        }),
        max_blocks_per_minute: Type.Integer({
          default: 30,
          minimum: 1,
          env: 'VERTICE_MAX_BLOCKS_PER_MINUTE',
          description: 'Blast radius: beyond it, a threat waits for a person.',
        }),
      },
      { default: {} },
    ),
  },
  { additionalProperties: false },
);
export type Config = Static<typeof ConfigSchema>;
