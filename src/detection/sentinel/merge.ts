import { type Analysis, sophistications, type Verdict } from '../../contracts/analysis.ts';
import { severities, severityRank } from '../../contracts/severity.ts';
import { resolveTechnique } from '../attack/attack.ts';
import type { Case } from './case.ts';
import { isNamedIn } from './grounding.ts';
import { plainProse } from './text.ts';

const limits = {
  techniques: 50,
  evidence: 50,
  actions: 20,
  actionChars: 400,
  tools: 20,
  objectives: 10,
  nextMoves: 10,
} as const;

/** Whether a model's verdict is below one already reached: then nothing it says is used, its prose least of all. */
export function isBelow(verdict: Verdict, floor: Verdict): boolean {
  return (
    (floor.is_threat && !verdict.is_threat) || severityRank(verdict.severity) < severityRank(floor.severity)
  );
}

/**
 * The floor, raised and added to by a model whose claims have been checked. Nothing of the floor is lost: is_threat,
 * severity, confidence and sophistication are the higher of both, false_positive_likelihood the lower, lists are the floor's
 * with the model's after them, and the model's prose follows ours, marked as its own.
 */
export function merged(
  floor: Analysis,
  verdict: Verdict,
  subject: Case,
  eventIds: ReadonlyMap<string, string>,
  by: { readonly model: string; readonly timestamp: string },
): Analysis {
  const theirs = verdict.attacker_profile;
  const ours = floor.attacker_profile;
  return {
    is_threat: floor.is_threat || verdict.is_threat,
    severity:
      severities[Math.max(severityRank(floor.severity), severityRank(verdict.severity))] ?? floor.severity,
    confidence: Math.max(floor.confidence, verdict.confidence),
    techniques: mergedTechniques(floor.techniques, verdict.techniques, eventIds),
    description: added(floor.description, verdict.description, 2000),
    recommended_actions: united(
      floor.recommended_actions,
      suggested(verdict.recommended_actions),
      limits.actions,
      500,
    ),
    attacker_profile: {
      sophistication: higher(ours.sophistication, theirs.sophistication),
      tools: united(
        ours.tools,
        theirs.tools.filter((tool) => isNamedIn(subject, tool)),
        limits.tools,
        200,
      ),
      objectives: united(ours.objectives, theirs.objectives, limits.objectives, 300),
      next_moves: mergedMoves(ours.next_moves, theirs.next_moves),
    },
    reasoning: added(floor.reasoning, verdict.reasoning, 4000),
    false_positive_likelihood: Math.min(floor.false_positive_likelihood, verdict.false_positive_likelihood),
    analyst: 'llm',
    floor: floor.floor,
    model: by.model.slice(0, 200),
    timestamp: by.timestamp,
  };
}

function mergedTechniques(
  ours: Verdict['techniques'],
  theirs: Verdict['techniques'],
  eventIds: ReadonlyMap<string, string>,
): Verdict['techniques'] {
  const evidence = new Map(
    ours.map(({ technique, evidence_event_ids }) => [technique, [...evidence_event_ids]]),
  );
  for (const { technique, evidence_event_ids } of theirs) {
    const id = resolveTechnique(technique);
    const events = evidence_event_ids.flatMap((name) => eventIds.get(name) ?? []);
    if (id === null || events.length === 0) continue;
    evidence.set(id, [...new Set([...(evidence.get(id) ?? []), ...events])].slice(0, limits.evidence));
  }
  return [...evidence]
    .slice(0, limits.techniques)
    .map(([technique, evidence_event_ids]) => ({ technique, evidence_event_ids }));
}

type Sophistication = Verdict['attacker_profile']['sophistication'];

export function higher(a: Sophistication, b: Sophistication): Sophistication {
  return sophistications.indexOf(a) >= sophistications.indexOf(b) ? a : b;
}

type Moves = Verdict['attacker_profile']['next_moves'];

export function mergedMoves(ours: Moves, theirs: Moves): Moves {
  const moves = new Map(ours.map(({ technique, probability }) => [technique, probability]));
  for (const { technique, probability } of theirs) {
    const id = resolveTechnique(technique);
    if (id !== null) moves.set(id, Math.max(moves.get(id) ?? 0, probability));
  }
  return [...moves]
    .map(([technique, probability]) => ({ technique, probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, limits.nextMoves);
}

const introduction = ' The model adds: ';
const suggestion = 'Suggested by the model: ';

/** Ours, then the model's words, marked; half of the room is kept for each. */
export function added(ours: string, theirs: string, maxChars: number): string {
  const prose = plainProse(theirs, Math.floor(maxChars / 2));
  if (prose === '') return ours;
  return plainProse(ours, maxChars - prose.length - introduction.length) + introduction + prose;
}

/** What of a text that `added` made is the model's; empty where nothing is. */
export function addedPart(text: string): string {
  const at = text.lastIndexOf(introduction);
  return at === -1 ? '' : text.slice(at + introduction.length);
}

/** Whether advice came from a model. */
export function isSuggested(advice: string): boolean {
  return advice.startsWith(suggestion);
}

/** A model's advice, marked: whoever reads it alone knows whose it is. */
function suggested(advice: readonly string[]): string[] {
  return advice
    .map((text) => plainProse(text, limits.actionChars))
    .flatMap((text) => (text === '' ? [] : suggestion + text));
}

export function united(
  ours: readonly string[],
  theirs: readonly string[],
  limit: number,
  maxChars: number,
): string[] {
  const known = new Set(ours.map((text) => text.toLowerCase()));
  const result = [...ours];
  for (const text of theirs) {
    const prose = plainProse(text, maxChars);
    if (prose === '' || known.has(prose.toLowerCase())) continue;
    known.add(prose.toLowerCase());
    result.push(prose);
  }
  return result.slice(0, limit);
}
