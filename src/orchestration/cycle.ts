import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { Analysis } from '../contracts/analysis.ts';
import type { Detection } from '../contracts/detection.ts';
import type { Response } from '../contracts/response.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';
import { severityScore } from '../contracts/severity.ts';
import type { Decision, Threat, ThreatPhase, ThreatStatus } from '../contracts/threat.ts';
import { topics } from '../contracts/topics.ts';
import { type Case, caseOf } from '../detection/sentinel/case.ts';
import { raised } from '../detection/sentinel/raised.ts';
import { VerticeError } from '../errors.ts';
import type { Intelligence } from '../intelligence/intelligence.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { ResponseEngine } from '../response/response.ts';
import type { OutboxEntry, Store } from '../store/store.ts';
import { type DecisionThresholds, decide } from './decision.ts';

export interface CycleOptions {
  readonly store: Store;
  readonly intelligence: Intelligence;
  readonly response: ResponseEngine;
  /** The Sentinel's deterministic analyst: part of enrichment. */
  readonly analyse: (subject: Case) => Analysis;
  /** Shows a case to the language model, which may answer by `amend`, much later or never. */
  readonly review: (threatId: string, subject: Case, floor: Analysis) => void;
  readonly thresholds: DecisionThresholds;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly instance: string;
  /** Something was put into the outbox. */
  readonly onOutbox: () => void;
}

export interface Cycle {
  /** These threats have changed. `takenAtMs`: when the bus took the record that changed them. */
  enqueue(threatIds: readonly string[], takenAtMs: number): void;
  /** Partitions we own now: takes on what is unfinished in those that are new. */
  own(partitions: readonly number[]): void;
  /**
   * A person's answer to a Threat that waits. Null when there is no such Threat; rejects with
   * `VTC_STORE_CONFLICT` when it does not wait for one, or when no playbook is made for it.
   */
  approve(threatId: string, isApproved: boolean, by: string): Promise<Threat | null>;
  /** A person says it is over. Null when there is no such Threat. */
  closeThreat(threatId: string, by: string): Promise<Threat | null>;
  /** What a language model makes of a Threat. It may bring it before a person; it never starts an action. */
  amend(threatId: string, analysis: Analysis): Promise<void>;
  /** Resolves when nothing is queued or under way. */
  idle(): Promise<void>;
  /** Stops after the phases under way. What is left is taken up at the next start. */
  close(): Promise<void>;
}

const MAX_CONCURRENT = 16;
const RESUME_LIMIT = 10_000;
const MAX_EVIDENCE = 50;
/** How long before a Threat's first event the same attacker's detections still belong to its story. */
const RELATED_MS = 3_600_000;
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 10_000;

/**
 * The slow path of every Threat: enrich → decide → execute → validate → learn. Each phase is durable before the
 * next begins, and each is idempotent: a Threat that changes meanwhile, or that a crash left half way, goes
 * round again and changes nothing that is already so.
 */
export function createCycle(options: CycleOptions): Cycle {
  const { store, metrics, log, clock } = options;
  /** Queued threats, each once, with the oldest time a record behind them was taken. */
  const queue = new Map<string, number>();
  const active = new Map<string, Promise<void>>();
  const idleWaiters: (() => void)[] = [];
  let owned: ReadonlySet<number> = new Set();
  let isClosing = false;

  /** Runs alone for this Threat: the cycle's own work on it and a person's word must not overwrite each other. */
  const alone = async <T>(threatId: string, work: () => Promise<T>): Promise<T> => {
    for (let busy = active.get(threatId); busy !== undefined; busy = active.get(threatId)) await busy;
    const result = work();
    const settled = result
      .then(
        () => {},
        () => {},
      )
      .finally(() => {
        active.delete(threatId);
        pump();
      });
    active.set(threatId, settled);
    return result;
  };

  const pump = (): void => {
    metrics.queueDepth.set({ queue: 'threats' }, queue.size);
    for (const [threatId, takenAtMs] of queue) {
      if (isClosing || active.size >= MAX_CONCURRENT) break;
      if (active.has(threatId)) continue;
      queue.delete(threatId);
      void alone(threatId, () => runThreat(threatId, takenAtMs));
    }
    if (active.size === 0 && (queue.size === 0 || isClosing))
      for (const wake of idleWaiters.splice(0)) wake();
  };

  const enqueue = (threatIds: readonly string[], takenAtMs: number): void => {
    for (const id of threatIds) queue.set(id, Math.min(queue.get(id) ?? takenAtMs, takenAtMs));
    pump();
  };

  const runThreat = async (threatId: string, takenAtMs: number): Promise<void> => {
    for (let waitMs = FIRST_RETRY_MS; !isClosing; waitMs = Math.min(LAST_RETRY_MS, waitMs * 2)) {
      try {
        const threat = await store.threat(threatId);
        if (threat !== null && threat.status !== 'closed') await takeThrough(threat, takenAtMs, options);
        return;
      } catch (error) {
        metrics.eventsProcessed.inc({ phase: 'cycle', status: 'retried' });
        log.error('A phase failed; it is tried again', { threat_id: threatId, error, wait_ms: waitMs });
        await delay(waitMs);
      }
    }
  };

  const resume = async (partitions: readonly number[]): Promise<void> => {
    const unfinished = await store.unfinishedThreats(partitions, RESUME_LIMIT);
    if (unfinished.length > 0) log.info('Threats resumed', { threats: unfinished.length });
    enqueue(
      unfinished.map((threat) => threat.threat_id),
      clock.now(),
    );
  };

  return {
    enqueue,
    own(partitions) {
      const gained = partitions.filter((partition) => !owned.has(partition));
      owned = new Set(partitions);
      if (gained.length === 0) return;
      resume(gained).catch((error: unknown) => log.error('Unfinished threats could not be read', { error }));
    },
    approve: (threatId, isApproved, by) =>
      alone(threatId, async () => {
        const threat = await store.threat(threatId);
        if (threat === null) return null;
        const playbookId = options.response.playbookFor(threat);
        refuseUnlessWaiting(threat, isApproved ? playbookId : 'none needed');
        metrics.hotlApprovals.inc({ approved: String(isApproved) });
        const answered = assessed(threat, clock, {
          status: isApproved ? threat.status : 'closed',
          phase: isApproved ? 'decided' : 'learned',
          decision: {
            verdict: isApproved ? 'respond' : 'observe',
            playbook_id: playbookId,
            reason: `${isApproved ? 'Approved' : 'Dismissed'} by ${by}.`,
            ...(isApproved ? { approved_by: by } : {}),
          },
        });
        await store.saveAssessment(answered, options.instance, [announcement(answered)]);
        options.onOutbox();
        if (isApproved) enqueue([threatId], clock.now());
        return answered;
      }),
    closeThreat: (threatId, by) =>
      alone(threatId, async () => {
        const threat = await store.threat(threatId);
        if (threat === null) return null;
        log.info('Threat closed', { threat_id: threatId, by });
        const closed = assessed(threat, clock, { status: 'closed', phase: 'learned' });
        await store.saveAssessment(closed, options.instance, [announcement(closed)]);
        options.onOutbox();
        return closed;
      }),
    amend: (threatId, analysis) =>
      alone(threatId, async () => {
        const threat = await store.threat(threatId);
        if (threat?.analysis === undefined || threat.status === 'closed') return;
        const amended = assessed(threat, clock, {
          analysis: raised(threat.analysis, analysis),
          severity: Math.max(threat.severity, severityScore[analysis.severity]),
        });
        const decision = decide(amended, options.response.playbookFor(amended), options.thresholds);
        // Only from observing to asking: whatever else was decided stays as the deterministic verdict had it.
        const isBrought = threat.decision?.verdict === 'observe' && decision.verdict === 'ask';
        const known: Threat = isBrought ? { ...amended, decision, status: 'active' } : amended;
        const news = [announcement(known), ...alertsFor(known, null, threat)];
        await store.saveAssessment(known, options.instance, news);
        options.onOutbox();
      }),
    async idle() {
      if (active.size === 0 && (queue.size === 0 || isClosing)) return;
      await new Promise<void>((resolve) => idleWaiters.push(resolve));
    },
    async close() {
      isClosing = true;
      await Promise.all(active.values());
    },
  };
}

/** Takes one version of a Threat through the phases it has not been through. */
async function takeThrough(threat: Threat, takenAtMs: number, options: CycleOptions): Promise<void> {
  const { store, response, clock, metrics, log } = options;
  const isNewVersion = threat.assessed_version < threat.version;
  const isApproved = threat.decision?.verdict === 'respond' && threat.phase === 'decided';
  if (!isNewVersion && !isApproved && threat.phase === 'learned') return;
  let current = threat;

  const phase = async (
    name: ThreatPhase,
    work: () => Promise<Partial<Threat>>,
    news: (threat: Threat) => readonly OutboxEntry[] = () => [],
  ): Promise<void> => {
    const startedAtMs = clock.now();
    const change = await work();
    current = assessed(current, clock, { ...change, phase: name });
    const outbox = news(current);
    await store.saveAssessment(current, options.instance, outbox);
    if (outbox.length > 0) options.onOutbox();
    metrics.phaseLatency.observe({ phase: name }, (clock.now() - startedAtMs) / 1000);
    metrics.eventsProcessed.inc({ phase: name, status: 'success' });
  };

  if (!isApproved) {
    await phase('enriched', () => enrich(current, options));
    await phase(
      'decided',
      async () => {
        const decision = decide(current, response.playbookFor(current), options.thresholds);
        return { decision, status: statusAfter(current.status, decision) };
      },
      (decided) => [announcement(decided)],
    );
  }
  const decidedAtMs = clock.now();
  const decision = current.decision;
  let run: Response | null = null;
  if (decision?.verdict === 'respond' && decision.playbook_id !== null) {
    const playbookId = decision.playbook_id;
    await phase('executed', async () => {
      const by = decision.approved_by;
      run = await response.execute(playbookId, current, by === undefined ? undefined : { by });
      return {};
    });
    metrics.responseLatency.observe((clock.now() - decidedAtMs) / 1000);
    await phase('validated', async () => {
      run = run === null ? null : await response.validate(run);
      return { status: isContained(run) ? 'contained' : 'active' };
    });
    if (isContained(run)) metrics.pipelineLatency.observe(Math.max(0, clock.now() - takenAtMs) / 1000);
  }
  await phase(
    'learned',
    async () => ({ assessed_version: threat.version }),
    (learned) => [announcement(learned), ...alertsFor(learned, run, threat)],
  );
  log.info('Threat assessed', {
    threat_id: current.threat_id,
    attacker: current.attacker,
    verdict: decision?.verdict,
    status: current.status,
    version: threat.version,
  });
}

/** Between observed and active the decision tells; what is contained stays so until the run of a new version ends. */
function statusAfter(status: ThreatStatus, { verdict }: Decision): ThreatStatus {
  if (status !== 'active' && status !== 'observed') return status;
  return verdict === 'observe' ? 'observed' : 'active';
}

function refuseUnlessWaiting(threat: Threat, playbookId: string | null): void {
  if (threat.status !== 'active') {
    throw new VerticeError(
      'VTC_STORE_CONFLICT',
      `Expected a threat that is active; this one is ${threat.status}.`,
    );
  }
  if (playbookId === null) {
    const techniques = threat.ttps.join(', ') || 'its techniques';
    const advice = 'Contain it by hand, then close the threat.';
    throw new VerticeError('VTC_STORE_CONFLICT', `No playbook is made for ${techniques}. ${advice}`);
  }
}

async function enrich(threat: Threat, options: CycleOptions): Promise<Partial<Threat>> {
  const { detections, events } = await evidenceOf(threat, options.store);
  const enrichment = await options.intelligence.enrich(threat, events);
  const subject = caseOf(threat, detections, events, enrichment, null);
  const floor = options.analyse(subject);
  options.review(threat.threat_id, subject, floor);
  const isAmended = threat.analysis?.analyst === 'llm';
  return {
    indicators: [...enrichment.indicators],
    threat_actor: enrichment.threatActor,
    campaigns: [...enrichment.campaigns],
    analysis: isAmended && threat.analysis !== undefined ? raised(floor, threat.analysis) : floor,
    severity: Math.max(threat.detected_severity, enrichment.severity, severityScore[floor.severity]),
    narrative: enrichment.narrative,
  };
}

interface Evidence {
  readonly detections: readonly Detection[];
  /** The events of the Threat's own detections, oldest first. */
  readonly events: readonly SecurityEvent[];
}

/** The latest of the Threat's own detections, and what else the same attacker was seen doing just before. */
async function evidenceOf(threat: Threat, store: Store): Promise<Evidence> {
  const own = await store.detections({ threatId: threat.threat_id }, { limit: MAX_EVIDENCE });
  const since = new Date(Date.parse(threat.first_seen) - RELATED_MS).toISOString();
  const related = await store.detections({ attacker: threat.attacker, since }, { limit: MAX_EVIDENCE });
  const byId = new Map([...own.items, ...related.items].map((one) => [one.detection_id, one]));
  const detections = [...byId.values()];
  const found = await Promise.all(detections.map((detection) => store.event(detection.event_id)));
  const events = found.filter((event) => event !== null);
  return { detections, events: events.sort((a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp)) };
}

function assessed(threat: Threat, clock: Clock, change: Partial<Threat>): Threat {
  return { ...threat, ...change, timestamp: new Date(clock.now()).toISOString() };
}

function announcement(threat: Threat): OutboxEntry {
  return { topic: topics.threats, key: threat.attacker, value: JSON.stringify(threat) };
}

function isContained(run: Response | null): boolean {
  return run?.success === true && !run.dry_run;
}

/** What a person must hear: a Threat that waits for them, or one that could not be contained. */
function alertsFor(threat: Threat, run: Response | null, before: Threat): OutboxEntry[] {
  const decision = threat.decision;
  const isWaiting = decision?.verdict === 'ask' && before.decision?.verdict !== 'ask';
  const isUncontained = run !== null && !run.success;
  if (!isWaiting && !isUncontained) return [];
  const alert = {
    topic: topics.alerts,
    key: threat.attacker,
    value: JSON.stringify({
      threat_id: threat.threat_id,
      kind: isWaiting ? 'approval_needed' : 'containment_failed',
      severity: threat.severity,
      confidence: threat.confidence,
      attacker: threat.attacker,
      target: threat.target,
      reason: isWaiting ? decision.reason : failuresIn(run),
      narrative: threat.narrative,
      timestamp: threat.timestamp,
    }),
  };
  return [alert];
}

/** Why a run is no containment, action by action. */
function failuresIn(run: Response | null): string {
  const failed = (run?.actions ?? []).filter(({ status }) => status === 'refused' || status === 'failed');
  const reasons = failed.map(({ type, target, status, detail }) => `${type} ${target} ${status}: ${detail}`);
  return reasons.join(' ') || 'At least one action has no effect in force.';
}
