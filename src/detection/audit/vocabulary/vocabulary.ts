import type { IncidentClassId } from '../classes.ts';
import { aws } from './aws.ts';
import { azure } from './azure.ts';
import { code } from './code.ts';
import { collaboration } from './collaboration.ts';
import { data } from './data.ts';
import type { Strength, VocabularyEntry } from './entry.ts';
import { google } from './google.ts';
import { identity } from './identity.ts';

/** What a vocabulary says of one action. */
export interface KnownAction {
  readonly strength: Strength;
  readonly incident: IncidentClassId;
}

const parts: readonly (readonly VocabularyEntry[])[] = [
  aws,
  azure,
  google,
  identity,
  code,
  collaboration,
  data,
];

/** Names too general to mean anything outside their product. */
const minLength = 5;

/** Action by its name without case and punctuation; where two products disagree the more telling meaning stands. */
export const knownActions: ReadonlyMap<string, KnownAction> = build();

function build(): ReadonlyMap<string, KnownAction> {
  const map = new Map<string, KnownAction>();
  for (const { strength, incident, names } of parts.flat()) {
    for (const name of names.split(/\s+/)) {
      const key = name.toLowerCase().replace(/[^a-z0-9]/g, '');
      if (key.length < minLength) continue;
      const known = map.get(key);
      if (known === undefined || Math.abs(strength) > Math.abs(known.strength))
        map.set(key, { strength, incident });
    }
  }
  return map;
}
