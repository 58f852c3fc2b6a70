import type { IncidentClassId } from './classes.ts';

/** One thing that speaks for or against an event, by its name in the table of weights. */
export interface Evidence {
  readonly id: string;
  /** What it makes of the event when it weighs most; null when it says nothing about that. */
  readonly incident: IncidentClassId | null;
  /** The words of the record that show it, for the reason; '' when the name says it all. */
  readonly detail: string;
}

/** Collects evidence; each kind counts once. */
export class EvidenceList {
  readonly items: Evidence[] = [];
  readonly #ids = new Set<string>();

  add(id: string, incident: IncidentClassId | null = null, detail = ''): void {
    if (this.#ids.has(id)) return;
    this.#ids.add(id);
    this.items.push({ id, incident, detail: detail.slice(0, 80) });
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }
}
