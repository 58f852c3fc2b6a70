import { eventTypes } from '../contracts/event-types.ts';
import { isJsonObject } from '../json.ts';
import { buildEvent } from './build-event.ts';
import { EntityCollector } from './entities.ts';
import type { JsonFormat } from './format.ts';
import { objectOf, textOf } from './record-fields.ts';
import { timestampFrom } from './timestamp.ts';

/** Falco alerts as JSON (`json_output: true`), also as Falcosidekick forwards them. */
export const falco: JsonFormat = {
  kind: 'json',
  id: 'falco',
  title: 'Falco',
  recognise(record) {
    return (
      typeof record['rule'] === 'string' &&
      typeof record['priority'] === 'string' &&
      (isJsonObject(record['output_fields']) || typeof record['output'] === 'string')
    );
  },
  normalise(record, origin) {
    const fields = objectOf(record['output_fields']);
    const entities = new EntityCollector();
    for (const name of ['proc.exepath', 'proc.name', 'proc.pname'] as const) entities.process(fields[name]);
    for (const name of ['fd.cip', 'fd.sip', 'fd.rip', 'fd.lip'] as const) entities.ip(fields[name]);
    entities.domain(fields['fd.sip.name']);
    entities.hash(fields['proc.hash.sha256']);
    return buildEvent({
      format: 'falco',
      origin,
      record,
      ownId: record['uuid'],
      timestamp: timestampFrom(record['time']) ?? timestampFrom(fields['evt.time']),
      source: 'falco',
      eventType: eventTypes.ruleAlert,
      sourceIp: fields['fd.cip'],
      destinationIp: fields['fd.sip'],
      port: fields['fd.sport'],
      protocol: fields['fd.l4proto'],
      host: textOf(record['hostname']) ?? textOf(fields['k8s.node.name']) ?? textOf(fields['evt.hostname']),
      user: textOf(fields['user.name']) ?? textOf(fields['ka.user.name']),
      category: 'intrusion_detection',
      logsource: { product: 'falco' },
      entities,
    });
  },
};
