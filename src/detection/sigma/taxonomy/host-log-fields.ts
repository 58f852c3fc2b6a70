import type { JsonObject } from '../../../json.ts';
import type { FieldValue } from '../sigma-event.ts';
import {
  aliasesOf,
  PlainFields,
  type SensorView,
  type SigmaLogSource,
  withCategories,
} from './field-source.ts';
import { WebFields } from './web-fields.ts';

/** Lines of syslog and the journal: keyword rules search them; sudo's fields have the names sudo writes. */
export function hostLogView(record: JsonObject, logSource: SigmaLogSource): SensorView {
  if (record['cs-method'] !== undefined) {
    return { fields: new WebFields(record), logSource: withCategories(logSource, 'webserver') };
  }
  if (logSource.services.includes('sudo')) return { fields: new PlainFields(record, sudoNames), logSource };
  return { fields: new PlainFields(record, messageNames), logSource };
}

const messageNames = aliasesOf({ Message: 'message' });
const sudoNames = new Map<string, (record: JsonObject) => FieldValue>([
  ...messageNames,
  ...aliasesOf({ USER: 'target_user', COMMAND: 'command', PWD: 'working_directory', TTY: 'tty' }),
]);
