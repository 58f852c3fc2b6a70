import type { Command } from 'commander';
import { SecurityEventSchema } from '../../contracts/security-event.ts';
import { addListCommand } from '../list-command.ts';
import type { CliDependencies } from '../ports.ts';

export function addEventsCommand(program: Command, dependencies: CliDependencies): void {
  addListCommand(program, dependencies, {
    name: 'events',
    description: 'List events, newest first.',
    path: '/api/v1/events',
    schema: SecurityEventSchema,
    filters: {
      source_ip: 'only from this address',
      source: 'only of this sensor',
      event_type: 'only of this type, e.g. login_failed',
      since: 'only at or after this time (RFC 3339)',
    },
    switches: {
      evidence: { description: 'only the evidence of detections, however old', query: { scope: 'evidence' } },
    },
    columns: [
      { title: 'TIME' },
      { title: 'TYPE' },
      { title: 'SENSOR' },
      { title: 'FROM' },
      { title: 'TO' },
      { title: 'USER', maxWidth: 24 },
      { title: 'ID' },
    ],
    row: (event) => [
      event.timestamp,
      event.event_type,
      event.source,
      event.source_ip ?? '-',
      destination(event.destination_ip ?? event.context.host, event.port),
      event.context.user ?? '-',
      event.event_id,
    ],
    describe: (event) => [
      ['id', event.event_id],
      ['time', event.timestamp],
      ['type', event.event_type],
      ['sensor', event.source],
      ['from', event.source_ip ?? '-'],
      ['to', destination(event.destination_ip ?? event.context.host, event.port)],
      ['context', JSON.stringify(event.context, null, 2)],
      ['payload', JSON.stringify(event.payload, null, 2)],
    ],
  });
}

function destination(address: string | undefined, port: number | undefined): string {
  if (address === undefined) return port === undefined ? '-' : `:${port}`;
  return port === undefined ? address : `${address}:${port}`;
}
