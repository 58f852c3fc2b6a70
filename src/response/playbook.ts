import Type, { type Static } from 'typebox';

export const PlaybookSchema = Type.Object(
  {
    id: Type.String({
      pattern: '^[a-z][a-z0-9_]{0,63}$',
      description: 'Lower case, digits and _; the file name.',
    }),
    title: Type.String({ minLength: 1, maxLength: 200 }),
    description: Type.String({ minLength: 1, maxLength: 2000 }),
    trigger: Type.Object(
      {
        techniques: Type.Array(Type.String({ pattern: '^T[0-9]{4}(\\.[0-9]{3})?$' }), {
          minItems: 1,
          description: 'ATT&CK techniques it answers; a technique stands for its sub-techniques too.',
        }),
      },
      { additionalProperties: false },
    ),
    actions: Type.Array(
      Type.Object(
        {
          type: Type.String({ minLength: 1, description: 'Actuator that carries the action out.' }),
          target: Type.Enum(['attacker'], { description: 'Whom it acts on.' }),
          lease: Type.Optional(
            Type.Union([Type.Literal('default'), Type.Integer({ minimum: 1, maximum: 2_592_000 })], {
              description:
                'How long a first containment lasts: seconds, or default for the configured length. Repeat offence doubles it.',
            }),
          ),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 32 },
    ),
  },
  { additionalProperties: false },
);
/** What to do about a Threat. */
export type Playbook = Static<typeof PlaybookSchema>;

/**
 * The playbook for a Threat of these techniques, or null. A playbook that names a sub-technique wins over one
 * that names its parent; among equals the first id wins.
 */
export function routePlaybook(playbooks: Iterable<Playbook>, techniques: readonly string[]): Playbook | null {
  let best: Playbook | null = null;
  let bestRank = 0;
  for (const playbook of playbooks) {
    const rank = Math.max(...playbook.trigger.techniques.map((trigger) => matchRank(trigger, techniques)));
    if (rank > bestRank || (rank === bestRank && rank > 0 && best !== null && playbook.id < best.id)) {
      best = playbook;
      bestRank = rank;
    }
  }
  return best;
}

/** 0: no match; 1: the technique, or the parent of one seen; 2: exactly a sub-technique seen. */
function matchRank(trigger: string, techniques: readonly string[]): number {
  if (techniques.includes(trigger)) return trigger.includes('.') ? 2 : 1;
  return techniques.some((technique) => technique.startsWith(`${trigger}.`)) ? 1 : 0;
}
