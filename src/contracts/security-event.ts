import Type, { type Static } from 'typebox';

const Names = Type.Array(Type.String({ maxLength: 2048 }), { maxItems: 256 });

/** What an event speaks of, extracted by the normaliser: canonical, unique, in order of appearance. */
export const EntitiesSchema = Type.Object(
  {
    ips: Type.Optional(Names),
    domains: Type.Optional(Names),
    urls: Type.Optional(Names),
    hashes: Type.Optional(Names),
    users: Type.Optional(Names),
    hosts: Type.Optional(Names),
    processes: Type.Optional(Names),
  },
  { additionalProperties: false },
);
export type Entities = Static<typeof EntitiesSchema>;

/** What the door and the normaliser know beyond the envelope. Unknown members are kept. */
export const EventContextSchema = Type.Object({
  format: Type.Optional(Type.String({ maxLength: 64, description: 'Format the record was recognised as.' })),
  entities: Type.Optional(EntitiesSchema),
  host: Type.Optional(Type.String({ maxLength: 512, description: 'Machine the event was observed on.' })),
  user: Type.Optional(Type.String({ maxLength: 512, description: 'Account that acted or was acted upon.' })),
  category: Type.Optional(
    Type.String({ maxLength: 64, description: 'ECS event.category: authentication, network, process, …' }),
  ),
  outcome: Type.Optional(Type.Enum(['success', 'failure', 'unknown'], { description: 'ECS event.outcome.' })),
  logsource: Type.Optional(
    Type.Object({
      product: Type.Optional(Type.String({ maxLength: 64 })),
      category: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 8 })),
      service: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 8 })),
    }),
  ),
});
export type EventContext = Static<typeof EventContextSchema>;

/** One normalised observation: the unit on `security.events`. */
export const SecurityEventSchema = Type.Object(
  {
    event_id: Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'Unique; the same observation delivered twice carries the same id.',
    }),
    timestamp: Type.String({
      format: 'date-time',
      maxLength: 40,
      description: 'When it happened, RFC 3339.',
    }),
    source: Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'Sensor, e.g. suricata, sshd, sysmon.',
    }),
    event_type: Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'What happened, e.g. login_failed.',
    }),
    source_ip: Type.Optional(
      Type.String({
        minLength: 2,
        maxLength: 64,
        description: 'IPv4 or IPv6 address the activity came from.',
      }),
    ),
    destination_ip: Type.Optional(Type.String({ minLength: 2, maxLength: 64 })),
    port: Type.Optional(Type.Integer({ minimum: 0, maximum: 65535, description: 'Destination port.' })),
    protocol: Type.Optional(
      Type.String({ maxLength: 32, description: 'Lower case: tcp, udp, ssh, http, …' }),
    ),
    payload: Type.Record(Type.String(), Type.Unknown(), {
      description: "The sensor's own fields, untouched.",
    }),
    context: EventContextSchema,
  },
  { $id: 'SecurityEvent' },
);
export type SecurityEvent = Static<typeof SecurityEventSchema>;

/**
 * The entity all state about an attacker hangs on, and so the partition key of `security.events`:
 * the source address, else the host, else the user, else the sensor.
 */
export function entityKey(event: SecurityEvent): string {
  return event.source_ip ?? event.context.host ?? event.context.user ?? event.source;
}
