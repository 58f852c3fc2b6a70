import { attackVersion, parentOf, type Technique, techniqueById } from '../attack/attack.ts';
import type { OcsfAttack } from './schema.ts';

/** Finds a technique in the ATT&CK catalogue. */
export type TechniqueLookup = (id: string) => Technique | null;

/** The techniques with the names of the catalogue; one it does not know is told of by its id alone. */
export function attacksOf(
  techniqueIds: readonly string[],
  lookUp: TechniqueLookup = techniqueById,
): OcsfAttack[] {
  return techniqueIds.map((id) => {
    const parent = parentOf(id);
    const tactics = (lookUp(id)?.tactics ?? []).map((tactic) => ({ uid: tactic.id, name: tactic.name }));
    const [only] = tactics;
    return {
      technique: named(parent ?? id, lookUp),
      ...(parent === null ? {} : { sub_technique: named(id, lookUp) }),
      ...(only !== undefined && tactics.length === 1 ? { tactic: only } : {}),
      ...(tactics.length > 1 ? { tactics } : {}),
      version: attackVersion(),
    };
  });
}

function named(uid: string, lookUp: TechniqueLookup): { uid: string; name?: string } {
  const name = lookUp(uid)?.name;
  return name === undefined ? { uid } : { uid, name };
}
