import Type, { type Static } from 'typebox';
import { type DeadLetter, DeadLetterSchema, deadLetterReasons } from '../contracts/dead-letter.ts';
import { type Detection, DetectionSchema } from '../contracts/detection.ts';
import { type Response, ResponseSchema } from '../contracts/response.ts';
import { type SecurityEvent, SecurityEventSchema } from '../contracts/security-event.ts';
import { type Threat, ThreatSchema } from '../contracts/threat.ts';
import { type OcsfDetectionFinding, OcsfDetectionFindingSchema } from '../detection/ocsf/schema.ts';
import { type Problem, ProblemSchema } from './problem.ts';

export const RoleSchema = Type.Enum(['viewer', 'operator', 'admin'], {
  description: 'viewer reads; operator also sends events and decides; admin also manages keys.',
});

export const ApiKeySchema = Type.Object(
  {
    key_id: Type.String(),
    name: Type.String(),
    role: RoleSchema,
    created_at: Type.String({ format: 'date-time' }),
    revoked_at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
  },
  { $id: 'ApiKey' },
);
export type ApiKeyAnswer = Static<typeof ApiKeySchema>;

export const IngestSummarySchema = Type.Object(
  {
    accepted: Type.Integer({ minimum: 0, description: 'Events that have a durable place on the bus.' }),
    dead_lettered: Type.Integer({ minimum: 0, description: 'Records that could not be read, and are kept.' }),
    rejected: Type.Array(
      Type.Object({
        position: Type.Integer({ minimum: 0, description: 'Record in the request, counted from 0.' }),
        reason: Type.Enum([...deadLetterReasons]),
        detail: Type.String(),
      }),
      { maxItems: 100, description: 'The first 100 records that could not be read.' },
    ),
    formats: Type.Record(Type.String(), Type.Integer(), {
      description: 'How many records were recognised as which format.',
    }),
  },
  { $id: 'IngestSummary' },
);

/** Everything the OpenAPI document names under components. */
export const sharedSchemas = [
  SecurityEventSchema,
  DetectionSchema,
  OcsfDetectionFindingSchema,
  ThreatSchema,
  ResponseSchema,
  DeadLetterSchema,
  ApiKeySchema,
  IngestSummarySchema,
  ProblemSchema,
] as const;

export const SecurityEventRef = Type.Unsafe<SecurityEvent>(Type.Ref('SecurityEvent#'));
export const DetectionRef = Type.Unsafe<Detection>(Type.Ref('Detection#'));
export const OcsfRef = Type.Unsafe<OcsfDetectionFinding>(Type.Ref('OcsfDetectionFinding#'));
export const ThreatRef = Type.Unsafe<Threat>(Type.Ref('Threat#'));
export const ResponseRef = Type.Unsafe<Response>(Type.Ref('Response#'));
export const DeadLetterRef = Type.Unsafe<DeadLetter>(Type.Ref('DeadLetter#'));
export const ApiKeyRef = Type.Unsafe<ApiKeyAnswer>(Type.Ref('ApiKey#'));
export const IngestSummaryRef = Type.Unsafe<Static<typeof IngestSummarySchema>>(Type.Ref('IngestSummary#'));
export const ProblemRef = Type.Unsafe<Problem>(Type.Ref('Problem#'));

/** Path parameter of everything that has an id. */
export const idParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 200 }) });
export const since = Type.Optional(
  Type.String({ format: 'date-time', maxLength: 40, description: 'RFC 3339; at or after it.' }),
);
/** A filter that takes one value. */
export function textFilter(description: string) {
  return Type.Optional(Type.String({ minLength: 1, maxLength: 512, description }));
}
