import Type, { type Static } from 'typebox';
import { SeveritySchema } from './severity.ts';

const Share = Type.Number({ minimum: 0, maximum: 1 });
const Technique = Type.String({ pattern: '^T[0-9]{4}(\\.[0-9]{3})?$', description: 'ATT&CK technique id.' });

export const sophistications = ['opportunistic', 'basic', 'intermediate', 'advanced'] as const;

/** What the Sentinel makes of one entity's findings. Both of its analysts answer in this shape. */
export const VerdictSchema = Type.Object({
  is_threat: Type.Boolean(),
  severity: SeveritySchema,
  confidence: Share,
  techniques: Type.Array(
    Type.Object({
      technique: Technique,
      evidence_event_ids: Type.Array(Type.String({ maxLength: 128 }), {
        minItems: 1,
        maxItems: 50,
        description: 'Events of the case that show it.',
      }),
    }),
    { maxItems: 50 },
  ),
  description: Type.String({
    maxLength: 2000,
    description: 'What happened, for a person who has not seen it.',
  }),
  recommended_actions: Type.Array(Type.String({ maxLength: 500 }), { maxItems: 20 }),
  attacker_profile: Type.Object({
    sophistication: Type.Enum([...sophistications]),
    tools: Type.Array(Type.String({ maxLength: 200 }), { maxItems: 20 }),
    objectives: Type.Array(Type.String({ maxLength: 300 }), { maxItems: 10 }),
    next_moves: Type.Array(
      Type.Object({
        technique: Technique,
        probability: Share,
      }),
      { maxItems: 10, description: 'What is likely to come next, the likeliest first.' },
    ),
  }),
  reasoning: Type.String({ maxLength: 4000 }),
  false_positive_likelihood: Share,
});
export type Verdict = Static<typeof VerdictSchema>;

/** A verdict with who reached it: part of a Threat. */
export const AnalysisSchema = Type.Object({
  ...VerdictSchema.properties,
  analyst: Type.Enum(['deterministic', 'llm'], {
    description: 'llm: raised or enriched by a model; never below the deterministic verdict.',
  }),
  floor: Type.Object(
    { is_threat: Type.Boolean(), severity: SeveritySchema, confidence: Share },
    {
      description:
        'The deterministic verdict: what a model cannot lower, and the only one that starts an action.',
    },
  ),
  model: Type.Optional(Type.String({ description: 'Provider and model, when a model took part.' })),
  timestamp: Type.String({ format: 'date-time' }),
});
export type Analysis = Static<typeof AnalysisSchema>;
