import Type, { type Static } from 'typebox';

const Text = Type.String({ maxLength: 4096 });

/**
 * What the rules hit in one event that correlations look at, on its way to the one partition that holds their windows:
 * travels on `defense.signals`. Hits that go the same way go together.
 */
export const RuleSignalSchema = Type.Object(
  {
    key: Text,
    signals: Type.Array(
      Type.Object({
        family: Text,
        key: Text,
        ruleId: Text,
        eventId: Text,
        timeMs: Type.Number(),
        fields: Type.Record(Type.String(), Type.Unknown()),
      }),
      { minItems: 1, maxItems: 4096 },
    ),
    /** What the event that was hit says of who did it, where. */
    source: Text,
    source_ip: Type.Optional(Text),
    destination_ip: Type.Optional(Text),
    host: Type.Optional(Text),
    user: Type.Optional(Text),
  },
  { $id: 'RuleSignal' },
);
export type RuleSignal = Static<typeof RuleSignalSchema>;
