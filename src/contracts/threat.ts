import Type, { type Static } from 'typebox';
import { AnalysisSchema } from './analysis.ts';

/** An indicator that a list or feed names. */
export const IndicatorSchema = Type.Object({
  type: Type.Enum(['ip', 'cidr', 'domain', 'url', 'hash']),
  value: Type.String({ minLength: 1, maxLength: 2048 }),
  confidence: Type.Number({ minimum: 0, maximum: 1 }),
  source: Type.String({ minLength: 1, maxLength: 256, description: 'List or feed that names it.' }),
  description: Type.Optional(Type.String({ maxLength: 1024 })),
  threat_actor: Type.Optional(Type.String({ maxLength: 256 })),
  campaign: Type.Optional(Type.String({ maxLength: 256 })),
});
export type Indicator = Static<typeof IndicatorSchema>;

/** An indicator found in a Threat's evidence. */
export const MatchedIndicatorSchema = Type.Object({
  ...IndicatorSchema.properties,
  entity: Type.String({
    description: 'What in the event it names: equal to value, within it (cidr) or below it (domain).',
  }),
});
export type MatchedIndicator = Static<typeof MatchedIndicatorSchema>;

/**
 * Where a Threat stands in the cycle. `detected` is written with the detection; every later phase is
 * written when it is done, so that after a crash the cycle goes on from the last written one.
 */
export const threatPhases = ['detected', 'enriched', 'decided', 'executed', 'validated', 'learned'] as const;
export type ThreatPhase = (typeof threatPhases)[number];

/**
 * active: it waits for somebody or something. observed: not sure enough for anybody to be asked; it becomes active when
 * it is. contained: what its playbook does is in force. closed: a person said it is over.
 */
export const threatStatuses = ['active', 'observed', 'contained', 'closed'] as const;
export type ThreatStatus = (typeof threatStatuses)[number];

export const DecisionSchema = Type.Object({
  verdict: Type.Enum(['observe', 'ask', 'respond'], {
    description: 'observe: below MIN_THREAT_CONFIDENCE; ask: a person must start it; respond: started alone.',
  }),
  playbook_id: Type.Union([Type.String(), Type.Null()]),
  reason: Type.String(),
  approved_by: Type.Optional(Type.String({ description: 'The person who said yes.' })),
});
export type Decision = Static<typeof DecisionSchema>;

/**
 * The part of a Threat that detections write, in the same transaction as the detection. Whoever owns the
 * attacker's partition owns it.
 */
const sighting = {
  threat_id: Type.String(),
  version: Type.Integer({ minimum: 1, description: 'Rises with every detection that joins.' }),
  attacker: Type.String(),
  target: Type.String(),
  technique: Type.String({ description: 'Technique the Threat is aggregated by (parent technique id).' }),
  ttps: Type.Array(Type.String(), { description: 'All ATT&CK technique ids seen.' }),
  confidence: Type.Number({ minimum: 0, maximum: 1 }),
  detected_severity: Type.Number({ minimum: 0, maximum: 10, description: 'Highest of its detections.' }),
  detection_count: Type.Integer({ minimum: 1 }),
  first_detection_id: Type.String(),
  last_detection_id: Type.String(),
  first_seen: Type.String({ format: 'date-time' }),
  last_seen: Type.String({ format: 'date-time' }),
};
export const ThreatSightingSchema = Type.Object(sighting);
export type ThreatSighting = Static<typeof ThreatSightingSchema>;

/** The part that the cycle writes (enrich, decide, execute, validate, learn). The two never share a field. */
const assessment = {
  status: Type.Enum([...threatStatuses]),
  phase: Type.Enum([...threatPhases]),
  assessed_version: Type.Integer({
    minimum: 0,
    description: 'Version the phases have been through; 0 at first.',
  }),
  severity: Type.Number({ minimum: 0, maximum: 10, description: 'At least detected_severity.' }),
  threat_actor: Type.Union([Type.String(), Type.Null()]),
  campaigns: Type.Array(Type.String()),
  indicators: Type.Array(MatchedIndicatorSchema),
  narrative: Type.String(),
  analysis: Type.Optional(AnalysisSchema),
  decision: Type.Union([DecisionSchema, Type.Null()]),
  timestamp: Type.String({ format: 'date-time', description: 'When the assessment was last written.' }),
};
export const ThreatAssessmentSchema = Type.Object(assessment);
export type ThreatAssessment = Static<typeof ThreatAssessmentSchema>;

/** One attack, seen through all its detections: published on `threat.enriched` at each change. */
export const ThreatSchema = Type.Object({ ...sighting, ...assessment }, { $id: 'Threat' });
export type Threat = Static<typeof ThreatSchema>;
