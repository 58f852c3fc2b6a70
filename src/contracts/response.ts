import Type, { type Static } from 'typebox';

/**
 * States of one action. `intended` is written before the effect; `applied` after it; `validated` when a
 * probe saw it in force; `expired` and `reverted` when the lease ended by itself or was taken back.
 */
export const actionStatuses = [
  'intended',
  'applied',
  'validated',
  'simulated',
  'refused',
  'failed',
  'expired',
  'reverted',
] as const;
export type ActionStatus = (typeof actionStatuses)[number];

export const ActionRecordSchema = Type.Object({
  action_id: Type.String({ description: 'Deterministic: the run id and the position in the playbook.' }),
  type: Type.String({ description: 'Actuator, e.g. block_source.' }),
  target: Type.String({ description: 'What it acts on, e.g. an address.' }),
  status: Type.Enum([...actionStatuses]),
  detail: Type.String({ description: 'What happened, or why it was refused or failed.' }),
  lease_until: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
  started_at: Type.String({ format: 'date-time' }),
  finished_at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
});
export type ActionRecord = Static<typeof ActionRecordSchema>;

/** One durable execution of a playbook for one Threat: published on `defense.responses`. */
export const ResponseSchema = Type.Object(
  {
    response_id: Type.String({ description: 'Deterministic: one run per Threat and playbook.' }),
    playbook_id: Type.String(),
    threat_id: Type.String(),
    success: Type.Boolean({ description: 'Every action was validated or, in a dry run, recorded.' }),
    dry_run: Type.Boolean(),
    actions_executed: Type.Integer({ minimum: 0 }),
    actions: Type.Array(ActionRecordSchema),
    timestamp: Type.String({ format: 'date-time' }),
  },
  { $id: 'Response' },
);
export type Response = Static<typeof ResponseSchema>;
