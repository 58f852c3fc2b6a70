import { deterministicId } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { Origin } from './events.ts';

/**
 * The `event_id` of a sensor's record: the same observation delivered twice gets the same id, and two
 * observations never share one. The content counts even when the sensor numbers its records, because the
 * numbers of a careless or hostile sender repeat.
 *
 * @param format id of the format, so that two sensors' counters do not meet
 * @param record the record as it came in
 * @param own the sensor's own id, unique among its records; without one `origin.position` takes its place
 */
export function eventIdentity(
  format: string,
  record: JsonObject | string,
  origin: Origin,
  own: string | undefined,
): string {
  const content = typeof record === 'string' ? record : JSON.stringify(record);
  if (own !== undefined) return deterministicId('evt', format, 'id', own, content);
  return deterministicId('evt', format, 'at', origin.position, content);
}
