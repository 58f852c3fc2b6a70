import { isJsonObject, type JsonObject } from '../../../json.ts';
import type { FieldValue } from '../sigma-event.ts';
import type { FieldSource, SensorView, SigmaLogSource } from './field-source.ts';
import { leavesOf } from './leaves.ts';
import { fieldAt, ownMember } from './lookup.ts';

/** Falco alerts: the alert's own members, and the fields of its output by Falco's names (`proc.name`, `fd.sip`). */
export function falcoView(record: JsonObject, logSource: SigmaLogSource): SensorView {
  return { fields: new FalcoFields(record), logSource };
}

class FalcoFields implements FieldSource {
  readonly #record: JsonObject;

  constructor(record: JsonObject) {
    this.#record = record;
  }

  field(name: string): FieldValue {
    const output = this.#record['output_fields'];
    const value = isJsonObject(output) ? ownMember(output, name) : undefined;
    if (value !== undefined) return value;
    const own = names.get(name);
    const known = own !== undefined && isJsonObject(output) ? ownMember(output, own) : undefined;
    return known ?? fieldAt(this.#record, name);
  }

  leaves(): readonly string[] {
    return leavesOf(this.#record);
  }
}

/** Sigma's names of a process → Falco's. */
const names: ReadonlyMap<string, string> = new Map([
  ['Image', 'proc.exepath'],
  ['CommandLine', 'proc.cmdline'],
  ['ParentCommandLine', 'proc.pcmdline'],
  ['ParentImage', 'proc.pexepath'],
  ['CurrentDirectory', 'proc.cwd'],
  ['User', 'user.name'],
  ['TargetFilename', 'fd.name'],
]);
