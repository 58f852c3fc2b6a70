import type { Clock } from '../../clock.ts';
import type { Analysis, Verdict } from '../../contracts/analysis.ts';
import { severityRank } from '../../contracts/severity.ts';
import type { Metrics } from '../../observability/metrics.ts';
import { isTechnique, techniqueName } from '../attack/attack.ts';
import type { Case } from './case.ts';
import { type Weighing, weigh } from './evidence.ts';
import { createNextMoveModel, groupRepertoires, type NextMoveModel } from './next-moves.ts';
import { profileOf } from './profile.ts';
import { recommendationsFor } from './recommendations.ts';
import { plainProse } from './text.ts';
import { type Tool, toolsIn } from './tools.ts';

/** The analyst that always answers: no model, no network, no waiting. */
export interface DeterministicSentinel {
  /** Synchronous; the same case always gets the same answer. */
  analyse(subject: Case): Analysis;
}

export interface DeterministicOptions {
  readonly clock: Clock;
  readonly metrics: Metrics;
}

const MAX_TECHNIQUES = 50;
const MAX_EVIDENCE = 50;
const MAX_REASONS = 24;

/** Reads the catalogue and builds the model of next moves once. */
export function createDeterministicSentinel({ clock, metrics }: DeterministicOptions): DeterministicSentinel {
  const nextMoves = createNextMoveModel(groupRepertoires());
  return {
    analyse(subject) {
      const startedAt = performance.now();
      const verdict: Verdict = verdictOn(subject, nextMoves);
      metrics.sentinelLatency.observe({ analyst: 'deterministic' }, (performance.now() - startedAt) / 1000);
      metrics.sentinelDetections.inc({ severity: verdict.severity, is_threat: String(verdict.is_threat) });
      const timestamp = new Date(clock.now()).toISOString();
      return { ...verdict, analyst: 'deterministic', floor: floorIn(verdict), timestamp };
    },
  };
}

function floorIn({ is_threat, severity, confidence }: Verdict): Analysis['floor'] {
  return { is_threat, severity, confidence };
}

/** The verdict that follows from the evidence alone. Pure. */
export function verdictOn(subject: Case, nextMoves: NextMoveModel): Verdict {
  const weighing = weigh(subject);
  const tools = toolsIn(subject);
  return {
    is_threat: weighing.isThreat,
    severity: weighing.severity,
    confidence: weighing.confidence,
    techniques: evidenceByTechnique(subject),
    description: plainProse(descriptionOf(subject, weighing, tools), 2000),
    recommended_actions: recommendationsFor(weighing.chain.techniques, weighing.isThreat),
    attacker_profile: profileOf(subject, weighing.chain, tools, nextMoves),
    reasoning: plainProse(reasoningOf(weighing), 4000),
    false_positive_likelihood: Math.round((1 - weighing.confidence) * 1000) / 1000,
  };
}

/** Each technique of the catalogue with the events whose findings name it, in order of appearance. */
function evidenceByTechnique(subject: Case): Verdict['techniques'] {
  const evidence = new Map<string, Set<string>>();
  for (const { eventId, findings } of subject.entries) {
    for (const technique of findings.flatMap((finding) => finding.techniques)) {
      if (!isTechnique(technique)) continue;
      const events = evidence.get(technique);
      if (events === undefined) evidence.set(technique, new Set([eventId]));
      else events.add(eventId);
    }
  }
  return [...evidence].slice(0, MAX_TECHNIQUES).map(([technique, events]) => ({
    technique,
    evidence_event_ids: [...events].slice(0, MAX_EVIDENCE),
  }));
}

function descriptionOf(subject: Case, { voices, chain, isThreat }: Weighing, tools: readonly Tool[]): string {
  const { history } = subject;
  const target = subject.target === '-' ? 'this network' : subject.target;
  const asset = subject.asset;
  const role = asset?.role === undefined ? '' : ` (${asset.role})`;
  const gravest = voices.toSorted((a, b) => severityRank(b.severity) - severityRank(a.severity))[0];
  const sentences = [
    `${subject.attacker} acted against ${target}${role} from ${history.firstSeen} to ${history.lastSeen}: ` +
      `${history.detectionCount} ${history.detectionCount === 1 ? 'detection' : 'detections'} by ${voices.length} ${voices.length === 1 ? 'detector' : 'detectors'}.`,
    ...(gravest === undefined ? [] : [`The gravest finding is “${gravest.title}”, ${gravest.severity}.`]),
  ];
  if (chain.techniques.length > 0) {
    const names = chain.techniques.slice(0, 6).map((id) => `${techniqueName(id) ?? id} (${id})`);
    sentences.push(`Techniques: ${names.join(', ')}${chain.techniques.length > 6 ? ' and more' : ''}.`);
  }
  if (chain.furthest !== null) {
    sentences.push(
      chain.steps > 1
        ? `It went through ${chain.steps} tactics in order and has reached ${chain.furthest.name}.`
        : `The furthest tactic is ${chain.furthest.name}.`,
    );
  }
  if (tools.length > 0) {
    sentences.push(
      `Tools named in the events: ${tools
        .slice(0, 8)
        .map(({ name }) => name)
        .join(', ')}.`,
    );
  }
  const best = subject.indicators[0];
  if (best !== undefined) sentences.push(`${best.source} lists ${best.value}.`);
  if (!isThreat) sentences.push('The rules alone do not carry the conclusion that this is an attack.');
  return sentences.join(' ');
}

function reasoningOf({ reasons, confidence }: Weighing): string {
  const told = reasons
    .slice(0, MAX_REASONS)
    .map(({ text, logOdds }) => `${text}: ${logOdds < 0 ? '−' : '+'}${Math.abs(logOdds).toFixed(2)}.`);
  const rest =
    reasons.length > MAX_REASONS ? [`${reasons.length - MAX_REASONS} smaller ones are not listed.`] : [];
  return ['Log odds.', ...told, ...rest, `Together a confidence of ${confidence.toFixed(2)}.`].join(' ');
}
