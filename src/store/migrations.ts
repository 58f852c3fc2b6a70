/** One numbered change of the schema. Never edited once released: its checksum is kept in every database. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  /** Statements in portable SQL; `$TEXT` and `$SEQUENCE` stand for the dialect's own words. */
  readonly sql: string;
}

/**
 * Every version of the schema, oldest first. Documents are kept whole as JSON text; beside them stand only
 * the columns that something filters or sorts by. `*_ms` are milliseconds since the epoch.
 */
export const migrations: readonly Migration[] = [
  {
    number: 1,
    name: 'ledger',
    sql: `
CREATE TABLE progress (
  group_name $TEXT NOT NULL,
  topic $TEXT NOT NULL,
  partition_id BIGINT NOT NULL,
  instance $TEXT NOT NULL,
  next_offset BIGINT NOT NULL,
  replay_from BIGINT NOT NULL,
  watermark_ms BIGINT NOT NULL,
  clean BIGINT NOT NULL,
  detected BIGINT NOT NULL,
  dead_lettered BIGINT NOT NULL,
  duplicate BIGINT NOT NULL,
  forwarded BIGINT NOT NULL,
  PRIMARY KEY (group_name, topic, partition_id)
);

CREATE TABLE events (
  event_id $TEXT NOT NULL PRIMARY KEY,
  time_ms BIGINT NOT NULL,
  source $TEXT NOT NULL,
  event_type $TEXT NOT NULL,
  source_ip $TEXT,
  document $TEXT NOT NULL
);
CREATE INDEX events_by_time ON events (time_ms, event_id);
CREATE INDEX events_by_source_ip ON events (source_ip, time_ms, event_id);
CREATE INDEX events_by_source ON events (source, time_ms, event_id);
CREATE INDEX events_by_type ON events (event_type, time_ms, event_id);

CREATE TABLE detections (
  detection_id $TEXT NOT NULL PRIMARY KEY,
  time_ms BIGINT NOT NULL,
  threat_id $TEXT NOT NULL,
  attacker $TEXT NOT NULL,
  severity $TEXT NOT NULL,
  document $TEXT NOT NULL
);
CREATE INDEX detections_by_time ON detections (time_ms, detection_id);
CREATE INDEX detections_by_threat ON detections (threat_id, time_ms, detection_id);
CREATE INDEX detections_by_attacker ON detections (attacker, time_ms, detection_id);
CREATE INDEX detections_by_severity ON detections (severity, time_ms, detection_id);

CREATE TABLE threats (
  threat_id $TEXT NOT NULL PRIMARY KEY,
  partition_id BIGINT NOT NULL,
  attacker $TEXT NOT NULL,
  first_seen_ms BIGINT NOT NULL,
  last_seen_ms BIGINT NOT NULL,
  version BIGINT NOT NULL,
  status $TEXT NOT NULL,
  phase $TEXT NOT NULL,
  assessed_version BIGINT NOT NULL,
  identity $TEXT NOT NULL,
  sighting $TEXT NOT NULL,
  assessment $TEXT NOT NULL
);
CREATE INDEX threats_by_time ON threats (first_seen_ms, threat_id);
CREATE INDEX threats_by_attacker ON threats (attacker, first_seen_ms, threat_id);
CREATE INDEX threats_by_status ON threats (status, first_seen_ms, threat_id);
CREATE INDEX threats_open ON threats (partition_id, last_seen_ms, threat_id);
CREATE INDEX threats_unfinished ON threats (partition_id, first_seen_ms, threat_id)
  WHERE status <> 'closed' AND (phase <> 'learned' OR assessed_version < version);

CREATE TABLE threat_techniques (
  technique $TEXT NOT NULL,
  first_seen_ms BIGINT NOT NULL,
  threat_id $TEXT NOT NULL,
  PRIMARY KEY (technique, threat_id)
);
CREATE INDEX threat_techniques_by_time ON threat_techniques (technique, first_seen_ms, threat_id);

CREATE TABLE dead_letters (
  dead_letter_id $TEXT NOT NULL PRIMARY KEY,
  time_ms BIGINT NOT NULL,
  document $TEXT NOT NULL
);
CREATE INDEX dead_letters_by_time ON dead_letters (time_ms, dead_letter_id);

CREATE TABLE outbox (
  sequence $SEQUENCE,
  instance $TEXT NOT NULL,
  written_ms BIGINT NOT NULL,
  topic $TEXT NOT NULL,
  record_key $TEXT NOT NULL,
  record_value $TEXT NOT NULL
);
CREATE INDEX outbox_by_instance ON outbox (instance, sequence);
CREATE INDEX outbox_by_time ON outbox (written_ms, sequence);

CREATE TABLE responses (
  response_id $TEXT NOT NULL PRIMARY KEY,
  threat_id $TEXT NOT NULL,
  instance $TEXT NOT NULL,
  first_saved_ms BIGINT NOT NULL,
  interrupted BIGINT NOT NULL,
  earliest_lease_ms BIGINT,
  latest_lease_ms BIGINT,
  document $TEXT NOT NULL
);
CREATE INDEX responses_by_time ON responses (first_saved_ms, response_id);
CREATE INDEX responses_by_threat ON responses (threat_id, first_saved_ms, response_id);
CREATE INDEX responses_interrupted ON responses (instance, first_saved_ms, response_id) WHERE interrupted = 1;
CREATE INDEX responses_by_earliest_lease ON responses (instance, earliest_lease_ms, response_id)
  WHERE earliest_lease_ms IS NOT NULL;
CREATE INDEX responses_by_latest_lease ON responses (instance, latest_lease_ms, response_id)
  WHERE latest_lease_ms IS NOT NULL;

CREATE TABLE api_keys (
  key_id $TEXT NOT NULL PRIMARY KEY,
  name $TEXT NOT NULL,
  role $TEXT NOT NULL,
  created_at $TEXT NOT NULL,
  revoked_at $TEXT,
  secret_hash $TEXT NOT NULL
);

CREATE TABLE file_checkpoints (
  path $TEXT NOT NULL PRIMARY KEY,
  document $TEXT NOT NULL
);

CREATE TABLE health (
  probe $TEXT NOT NULL PRIMARY KEY,
  checked_ms BIGINT NOT NULL
);
`,
  },
];
