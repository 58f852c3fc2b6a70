import { isJsonObject, type JsonObject } from '../../../json.ts';

const maxLeaves = 65_536;
const maxPending = 65_536;

/**
 * Every text, number and boolean in a record, as text, in the order of the record as far as keyword searches care.
 * Goes by a list, not by recursion, so that depth costs no stack; stops after 65,536 leaves.
 *
 * @param without members at the top that only repeat the others
 */
export function leavesOf(record: JsonObject, without?: string): readonly string[] {
  const leaves: string[] = [];
  const pending: unknown[] = [];
  for (const name in record) if (name !== without) take(record[name], leaves, pending);
  for (let at = 0; at < pending.length && leaves.length < maxLeaves; at += 1) {
    const value = pending[at];
    if (Array.isArray(value)) for (const element of value) take(element, leaves, pending);
    else if (isJsonObject(value)) for (const name in value) take(value[name], leaves, pending);
  }
  return leaves;
}

function take(value: unknown, leaves: string[], pending: unknown[]): void {
  if (typeof value === 'string') {
    if (leaves.length < maxLeaves) leaves.push(value);
  } else if (typeof value === 'number' || typeof value === 'boolean') {
    if (leaves.length < maxLeaves) leaves.push(String(value));
  } else if (typeof value === 'object' && value !== null && pending.length < maxPending) {
    pending.push(value);
  }
}
