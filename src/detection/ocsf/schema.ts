import Type, { type Static } from 'typebox';

/**
 * The part of OCSF 1.5.0's Detection Finding (class 2004) that we emit. Names, numbers and captions are the schema's:
 * https://schema.ocsf.io/1.5.0/classes/detection_finding
 */

const Text = Type.String({ maxLength: 4096 });
const Id = Type.String({ minLength: 1, maxLength: 2048 });
const EpochMs = Type.Integer({ description: 'Milliseconds since the epoch.' });

const strict = { additionalProperties: false };

const Named = Type.Object({ uid: Id, name: Type.Optional(Text) }, strict);

const AnalyticSchema = Type.Object(
  {
    uid: Id,
    name: Text,
    type_id: Type.Enum([1, 4, 99]),
    type: Type.Enum(['Rule', 'Learning (ML/DL)', 'Other']),
  },
  strict,
);

const AttackSchema = Type.Object(
  {
    technique: Named,
    sub_technique: Type.Optional(Named),
    tactic: Type.Optional(Named),
    tactics: Type.Optional(Type.Array(Named)),
    version: Type.String(),
  },
  strict,
);

const EndpointSchema = Type.Object(
  { ip: Type.String({ maxLength: 64 }), port: Type.Optional(Type.Integer({ minimum: 0, maximum: 65535 })) },
  strict,
);

const FingerprintSchema = Type.Object(
  {
    algorithm_id: Type.Enum([1, 2, 3]),
    algorithm: Type.Enum(['MD5', 'SHA-1', 'SHA-256']),
    value: Type.String({ maxLength: 64 }),
  },
  strict,
);

const FileSchema = Type.Object(
  {
    name: Text,
    path: Type.Optional(Text),
    type_id: Type.Literal(0),
    type: Type.Literal('Unknown'),
    hashes: Type.Optional(Type.Array(FingerprintSchema)),
  },
  strict,
);

const UserSchema = Type.Object({ name: Text }, strict);

const process = {
  pid: Type.Optional(Type.Integer({ minimum: 0 })),
  uid: Type.Optional(Id),
  name: Type.Optional(Text),
  cmd_line: Type.Optional(Text),
  file: Type.Optional(FileSchema),
};
const ProcessSchema = Type.Object(
  { ...process, parent_process: Type.Optional(Type.Object(process, strict)) },
  strict,
);

const DeviceSchema = Type.Object(
  { hostname: Text, type_id: Type.Literal(0), type: Type.Literal('Unknown') },
  strict,
);

const EvidenceSchema = Type.Object(
  {
    uid: Type.Optional(Id),
    name: Type.Optional(Text),
    src_endpoint: Type.Optional(EndpointSchema),
    dst_endpoint: Type.Optional(EndpointSchema),
    device: Type.Optional(DeviceSchema),
    user: Type.Optional(UserSchema),
    process: Type.Optional(ProcessSchema),
    file: Type.Optional(FileSchema),
    data: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  strict,
);

const ObservableSchema = Type.Object(
  { name: Text, type_id: Type.Enum([1, 2, 4, 6, 8, 9]), type: Text, value: Text },
  strict,
);

const RuleNoticeSchema = Type.Object(
  {
    detector_id: Type.String(),
    author: Type.Optional(Type.String()),
    license: Type.Optional(Type.String()),
    reference: Type.Optional(Type.String()),
  },
  strict,
);

export const OcsfDetectionFindingSchema = Type.Object(
  {
    activity_id: Type.Literal(1),
    activity_name: Type.Literal('Create'),
    category_uid: Type.Literal(2),
    category_name: Type.Literal('Findings'),
    class_uid: Type.Literal(2004),
    class_name: Type.Literal('Detection Finding'),
    type_uid: Type.Literal(200401, { description: 'class_uid × 100 + activity_id.' }),
    type_name: Type.Literal('Detection Finding: Create'),
    time: EpochMs,
    start_time: EpochMs,
    end_time: EpochMs,
    severity_id: Type.Integer({ minimum: 1, maximum: 5 }),
    severity: Type.Enum(['Informational', 'Low', 'Medium', 'High', 'Critical']),
    confidence_id: Type.Enum([1, 2, 3]),
    confidence: Type.Enum(['Low', 'Medium', 'High']),
    confidence_score: Type.Integer({ minimum: 0, maximum: 100 }),
    risk_level_id: Type.Integer({ minimum: 0, maximum: 4 }),
    risk_level: Type.Enum(['Info', 'Low', 'Medium', 'High', 'Critical']),
    risk_score: Type.Integer({ minimum: 0, maximum: 100 }),
    status_id: Type.Literal(1),
    status: Type.Literal('New'),
    is_alert: Type.Boolean(),
    message: Text,
    metadata: Type.Object(
      {
        version: Type.Literal('1.5.0'),
        uid: Id,
        correlation_uid: Id,
        event_code: Id,
        log_name: Type.String(),
        profiles: Type.Array(Type.String()),
        product: Type.Object(
          { name: Type.String(), vendor_name: Type.String(), version: Type.String() },
          strict,
        ),
      },
      strict,
    ),
    finding_info: Type.Object(
      {
        uid: Id,
        title: Text,
        desc: Text,
        types: Type.Array(Type.String()),
        created_time: EpochMs,
        first_seen_time: EpochMs,
        last_seen_time: EpochMs,
        analytic: AnalyticSchema,
        related_analytics: Type.Optional(Type.Array(AnalyticSchema)),
        attacks: Type.Optional(Type.Array(AttackSchema)),
        data_sources: Type.Optional(Type.Array(Type.String())),
        related_events: Type.Array(Type.Object({ uid: Id, type: Type.Optional(Type.String()) }, strict)),
        related_events_count: Type.Integer({ minimum: 0 }),
        src_url: Type.Optional(Type.String()),
      },
      strict,
    ),
    evidences: Type.Optional(Type.Array(EvidenceSchema)),
    observables: Type.Optional(Type.Array(ObservableSchema)),
    unmapped: Type.Object(
      {
        attacker: Type.String(),
        target: Type.String(),
        is_threat: Type.Boolean(),
        confidence: Type.Number({ minimum: 0, maximum: 1 }),
        rules: Type.Array(RuleNoticeSchema, {
          description: 'Who wrote the rules behind it, under which licence, and where they are found.',
        }),
      },
      strict,
    ),
  },
  { ...strict, $id: 'OcsfDetectionFinding' },
);
export type OcsfDetectionFinding = Static<typeof OcsfDetectionFindingSchema>;
export type OcsfEvidence = Static<typeof EvidenceSchema>;
export type OcsfProcess = Static<typeof ProcessSchema>;
export type OcsfFile = Static<typeof FileSchema>;
export type OcsfObservable = Static<typeof ObservableSchema>;
export type OcsfAttack = Static<typeof AttackSchema>;
export type OcsfAnalytic = Static<typeof AnalyticSchema>;
