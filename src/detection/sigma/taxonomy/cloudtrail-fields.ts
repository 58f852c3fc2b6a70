import type { JsonObject } from '../../../json.ts';
import { PlainFields, type SensorView, type SigmaLogSource } from './field-source.ts';

/**
 * AWS CloudTrail: its own names, nested with dots. A whole object (`requestParameters`) is no text, as in the other
 * engines that read the records themselves: rules that search one as text are for stores that keep it as text.
 */
export function cloudtrailView(record: JsonObject, logSource: SigmaLogSource): SensorView {
  return { fields: new PlainFields(record), logSource };
}
