import Type, { type Static } from 'typebox';

/** Why a record could not be read. A closed list, so that a metric can carry it as a label. */
export const deadLetterReasons = [
  'not_json',
  'not_utf8',
  'empty',
  'too_large',
  'too_deep',
  'not_an_object',
  'unrecognised',
  'invalid_envelope',
  'invalid_record',
] as const;
export type DeadLetterReason = (typeof deadLetterReasons)[number];

/** What could not be read, with the reason: published on `security.events.dlq`. */
export const DeadLetterSchema = Type.Object(
  {
    dead_letter_id: Type.String(),
    reason: Type.Enum([...deadLetterReasons]),
    detail: Type.String({ description: 'What was expected, what came, and where in the record.' }),
    format: Type.Union([Type.String(), Type.Null()]),
    position: Type.String({ description: 'Where it came in: topic-partition@offset, file:line, …' }),
    sample: Type.String({ description: 'First bytes of the record as text, at most 2,048 characters.' }),
    bytes: Type.Integer({ minimum: 0 }),
    timestamp: Type.String({ format: 'date-time' }),
  },
  { $id: 'DeadLetter' },
);
export type DeadLetter = Static<typeof DeadLetterSchema>;
