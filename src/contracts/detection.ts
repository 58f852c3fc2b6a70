import Type, { type Static } from 'typebox';
import { SeveritySchema } from './severity.ts';

const Confidence = Type.Number({ minimum: 0, maximum: 1 });
const Techniques = Type.Array(Type.String({ pattern: '^T[0-9]{4}(\\.[0-9]{3})?$' }), {
  description: 'ATT&CK technique ids, most specific first.',
});

/** What one detector saw in one event. */
export const FindingSchema = Type.Object({
  detector_id: Type.String(),
  title: Type.String(),
  reason: Type.String({ description: 'Why it fired, in one sentence, with the figures.' }),
  severity: SeveritySchema,
  confidence: Confidence,
  mitre_techniques: Techniques,
  evidence_event_ids: Type.Array(Type.String(), { description: 'Events it rests on, oldest first, capped.' }),
  matched_fields: Type.Optional(
    Type.Array(Type.Object({ field: Type.String(), value: Type.String() }), {
      description: 'Fields that made it fire, with their values, capped.',
    }),
  ),
  author: Type.Optional(
    Type.String({ description: 'Author of the rule, where a licence asks that it be named.' }),
  ),
  license: Type.Optional(Type.String()),
  reference: Type.Optional(Type.String({ description: 'Link to the rule or to what it rests on.' })),
});
export type Finding = Static<typeof FindingSchema>;

/** The verdict on one event: published on `defense.detections`. */
export const DetectionSchema = Type.Object(
  {
    detection_id: Type.String({ description: 'A function of the event id: a re-delivery changes nothing.' }),
    event_id: Type.String(),
    threat_id: Type.String({ description: 'The Threat this detection belongs to.' }),
    is_threat: Type.Boolean({ description: 'Whether confidence reaches MIN_THREAT_CONFIDENCE.' }),
    confidence: Confidence,
    severity: SeveritySchema,
    mitre_techniques: Techniques,
    timestamp: Type.String({ format: 'date-time', description: 'Time of the event, RFC 3339.' }),
    attacker: Type.String({ description: 'Entity the activity came from: address, else host, else user.' }),
    target: Type.String({ description: 'Entity it was aimed at: address, else host; "-" when unknown.' }),
    findings: Type.Array(FindingSchema, { minItems: 1 }),
  },
  { $id: 'Detection' },
);
export type Detection = Static<typeof DetectionSchema>;
