import type { CompiledCorrelation, CorrelationSource } from './compile-correlation.ts';
import type { DeadlineHeap, Due } from './deadline-heap.ts';
import { GroupList, type ListedGroup } from './group-list.ts';
import { type GroupWindow, isWaitingWindow } from './group-window.ts';
import type { CorrelationCounters, CorrelationLimits } from './limits.ts';
import { newestIds } from './recent-evidence.ts';
import { joinTexts, numberOf, textOf } from './signal-value.ts';

/** A hit of a referred rule or correlation. */
export interface CorrelationFeed {
  readonly ruleId: string;
  readonly eventId: string;
  readonly timeMs: number;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Events that the hit of a correlation rests on; null for that of a detection rule. */
  readonly evidence: readonly string[] | null;
}

/** A moment at which a correlation holds. */
export interface Firing {
  readonly runner: CorrelationRunner;
  readonly eventId: string;
  readonly timeMs: number;
  readonly group: Readonly<Record<string, string>>;
  readonly value: number | null;
  readonly evidence: readonly string[];
  /** Whether it is news: not one of many moments of the same state of affairs. */
  readonly isNews: boolean;
}

/** What one group remembers beside its window. */
export interface Group extends ListedGroup<Group>, Due {
  owner: CorrelationRunner;
  readonly values: Readonly<Record<string, string>>;
  readonly window: GroupWindow;
  newestMs: number;
  /** Begin of the session, or of the tumbling bucket. */
  beganMs: number;
  /** Since when the condition has held at every look; null when it did not at the last. */
  trueSinceMs: number | null;
  /** When it was last news. */
  firedMs: number;
  lastEventId: string;
  lastRuleId: string;
  /** Size of the window as it stands in the counters. */
  countedSize: number;
}

/** One correlation with all its groups, in one state. */
export class CorrelationRunner {
  readonly compiled: CompiledCorrelation;
  /** Whether some correlation wants to know of every moment at which this one holds, news or not. */
  readonly #isEveryMomentWanted: boolean;
  readonly #limits: CorrelationLimits;
  readonly #counters: CorrelationCounters;
  readonly #deadlines: DeadlineHeap<Group>;
  readonly #groups = new GroupList<Group>();

  constructor(
    compiled: CompiledCorrelation,
    isEveryMomentWanted: boolean,
    limits: CorrelationLimits,
    counters: CorrelationCounters,
    deadlines: DeadlineHeap<Group>,
  ) {
    this.compiled = compiled;
    this.#isEveryMomentWanted = isEveryMomentWanted;
    this.#limits = limits;
    this.#counters = counters;
    this.#deadlines = deadlines;
  }

  /** Takes a hit in. `nowMs` is the latest time this state has seen. */
  feed(feed: CorrelationFeed, nowMs: number): Firing | null {
    const source = this.compiled.sources.get(feed.ruleId);
    if (source === undefined) return null;
    const group = this.#groupOf(feed, source, nowMs);
    if (group === null) return null;
    if (this.#isDuplicate(group, feed)) {
      this.#counters.duplicates++;
      return null;
    }
    const text = this.compiled.valueKind === 'text' ? textsOf(feed.fields, source.valueFields) : '';
    const number = this.compiled.valueKind === 'number' ? totalOf(feed.fields, source.valueFields) : 0;
    if (text === null || number === null) {
      this.#counters.valueless++;
      return null;
    }
    if (!this.#place(group, feed.timeMs)) {
      this.#counters.late++;
      return null;
    }
    group.lastEventId = feed.eventId;
    group.lastRuleId = feed.ruleId;
    const { window } = group;
    const startMs = this.#startOf(group);
    window.trim(startMs);
    this.#counters.evictedEntries += window.add({
      timeMs: feed.timeMs,
      eventId: feed.eventId,
      stages: source.stages,
      text,
      number,
      evidence: feed.evidence,
    });
    this.#account(group, nowMs);
    this.#watch(group);
    return this.#judge(group, startMs, feed);
  }

  /** A wait of this group is over: nothing came of what must not come. */
  endWait(group: Group, nowMs: number): Firing | null {
    const { window } = group;
    if (!isWaitingWindow(window)) return null;
    const dueMs = this.#dueOf(group);
    if (dueMs === null) return null;
    if (dueMs >= nowMs) {
      this.#deadlines.put(group, dueMs);
      return null;
    }
    const ended = window.endWait();
    this.#watch(group);
    if (ended === null) return null;
    const isNews = dueMs - group.firedMs > this.#timespanMs;
    if (isNews) this.#markTold(group, dueMs);
    else this.#counters.suppressed++;
    const evidence = newestIds(ended.evidence, this.#limits.maxEvidence);
    return this.#firing(group, ended.eventId, dueMs, null, evidence, isNews);
  }

  /** Forgets up to `most` groups that nothing can reach any more. */
  sweep(nowMs: number, most: number): void {
    for (let count = 0; count < most; count++) {
      const oldest = this.#groups.oldest;
      if (oldest === null || oldest.newestMs + 2 * this.#timespanMs >= nowMs) return;
      this.#forget(oldest);
    }
  }

  /** Takes over the groups of a runner of the same definition, which is left empty. */
  takeOver(earlier: CorrelationRunner): void {
    for (let group = earlier.#groups.oldest; group !== null; group = earlier.#groups.oldest) {
      const { dueMs } = group;
      const isWaiting = group.heapIndex >= 0;
      earlier.#forget(group);
      if (this.#groups.get(group.key) !== undefined) continue;
      group.owner = this;
      this.#groups.add(group);
      this.#counters.groups++;
      this.#account(group, Number.NEGATIVE_INFINITY);
      if (isWaiting) this.#deadlines.put(group, dueMs);
    }
  }

  get #timespanMs(): number {
    return this.compiled.rule.window.lengthMs;
  }

  #groupOf(feed: CorrelationFeed, source: CorrelationSource, nowMs: number): Group | null {
    const values: string[] = [];
    for (const field of source.groupFields) {
      const value = textOf(feed.fields[field]);
      if (value === null) {
        this.#counters.ungrouped++;
        return null;
      }
      values.push(value);
    }
    let key = joinTexts(values);
    let beganMs = Number.NEGATIVE_INFINITY;
    if (this.compiled.rule.window.kind === 'tumbling') {
      // Each bucket is a group of its own, so that a late hit still finds the one before.
      beganMs = Math.floor(feed.timeMs / this.#timespanMs) * this.#timespanMs;
      if (beganMs + 2 * this.#timespanMs < nowMs) {
        this.#counters.late++;
        return null;
      }
      key = `${beganMs}@${key}`;
    }
    const known = this.#groups.get(key);
    if (known !== undefined) {
      this.#groups.touch(known);
      return known;
    }
    return this.#newGroup(key, values, beganMs, nowMs);
  }

  #newGroup(key: string, values: readonly string[], beganMs: number, nowMs: number): Group {
    const group: Group = {
      key,
      owner: this,
      values: Object.fromEntries(
        this.compiled.rule.groupBy.map((name, index) => [name, values[index] ?? '']),
      ),
      window: this.compiled.newWindow(),
      newestMs: Number.NEGATIVE_INFINITY,
      beganMs,
      trueSinceMs: null,
      firedMs: Number.NEGATIVE_INFINITY,
      lastEventId: '',
      lastRuleId: '',
      countedSize: 0,
      older: null,
      newer: null,
      dueMs: 0,
      heapIndex: -1,
    };
    this.#groups.add(group);
    this.#counters.groups++;
    if (this.#groups.size > this.#limits.maxGroups) this.#evictOldest(nowMs);
    return group;
  }

  /** One event counts once, whichever of the rules it matches; where rules are told apart, once for each. */
  #isDuplicate(group: Group, feed: CorrelationFeed): boolean {
    if (group.lastEventId !== feed.eventId) return false;
    return group.lastRuleId === feed.ruleId || (feed.evidence === null && !this.compiled.isTemporal);
  }

  /** Moves the group's time on; false when the hit is too old for what the group still remembers. */
  #place(group: Group, timeMs: number): boolean {
    const { newestMs } = group;
    const isFirst = newestMs === Number.NEGATIVE_INFINITY;
    const isLate = timeMs < newestMs;
    if (this.compiled.rule.window.kind === 'session') {
      const gapMs = this.#gapMs;
      if (isLate && timeMs < group.beganMs) {
        if (group.beganMs - timeMs > gapMs || newestMs - timeMs > this.#timespanMs) return false;
        group.beganMs = timeMs;
      } else if (isFirst || timeMs - newestMs > gapMs || timeMs - group.beganMs > this.#timespanMs) {
        group.window.clear();
        group.beganMs = timeMs;
        group.trueSinceMs = null;
        this.#markTold(group, Number.NEGATIVE_INFINITY);
      }
    } else if (isLate && newestMs - timeMs > this.#timespanMs) return false;
    // In between the window was empty: whatever held is over.
    if (timeMs - newestMs > this.#timespanMs) group.trueSinceMs = null;
    if (!isLate) group.newestMs = timeMs;
    return true;
  }

  #startOf(group: Group): number {
    return this.compiled.rule.window.kind === 'sliding' ? group.newestMs - this.#timespanMs : group.beganMs;
  }

  get #gapMs(): number {
    return this.compiled.rule.window.gapMs ?? this.#timespanMs;
  }

  #judge(group: Group, startMs: number, feed: CorrelationFeed): Firing | null {
    const { window } = group;
    if (!window.holds(startMs)) {
      group.trueSinceMs = null;
      return null;
    }
    const isNews = this.#isNews(group);
    group.trueSinceMs ??= group.newestMs;
    if (isNews) this.#markTold(group, group.newestMs);
    else {
      this.#counters.suppressed++;
      if (!this.#isEveryMomentWanted) return null;
    }
    const evidence = window.evidence(startMs, this.#limits.maxEvidence);
    return this.#firing(group, feed.eventId, feed.timeMs, window.measure(startMs), evidence, isNews);
  }

  /**
   * News is when the condition begins to hold; and while it goes on holding for longer than a timespan, the first time
   * in each timespan of the clock. By the clock, and not from the last report: so whoever begins to watch in the midst
   * of it, as a replay does, soon reports the same moments.
   */
  #isNews({ trueSinceMs, newestMs, firedMs }: Group): boolean {
    const timespanMs = this.#timespanMs;
    if (trueSinceMs === null) return true;
    return (
      newestMs - trueSinceMs > timespanMs &&
      Math.floor(newestMs / timespanMs) > Math.floor(firedMs / timespanMs)
    );
  }

  #markTold(group: Group, timeMs: number): void {
    group.firedMs = timeMs;
    if (isWaitingWindow(group.window)) group.window.markTold(timeMs);
  }

  #firing(
    group: Group,
    eventId: string,
    timeMs: number,
    value: number | null,
    evidence: readonly string[],
    isNews: boolean,
  ): Firing {
    return { runner: this, eventId, timeMs, group: group.values, value, evidence, isNews };
  }

  /** Keeps the deadline of what the group waits for. */
  #watch(group: Group): void {
    if (!isWaitingWindow(group.window)) return;
    const dueMs = this.#dueOf(group);
    // A deadline that has become later is found out when it is reached.
    if (dueMs !== null && (group.heapIndex < 0 || dueMs < group.dueMs)) this.#deadlines.put(group, dueMs);
  }

  /** Last moment at which what must not come could still come. */
  #dueOf(group: Group): number | null {
    const sinceMs = isWaitingWindow(group.window) ? group.window.waitingSinceMs : null;
    if (sinceMs === null) return null;
    const timespanMs = this.#timespanMs;
    switch (this.compiled.rule.window.kind) {
      case 'sliding':
        return sinceMs + timespanMs;
      case 'tumbling':
        return group.beganMs + timespanMs - 1;
      case 'session':
        return Math.min(group.beganMs + timespanMs, group.newestMs + this.#gapMs);
    }
  }

  #account(group: Group, nowMs: number): void {
    const { size } = group.window;
    this.#counters.entries += size - group.countedSize;
    group.countedSize = size;
    while (this.#counters.entries > this.#limits.maxTotalEntries && this.#groups.oldest !== group) {
      this.#evictOldest(nowMs);
    }
  }

  #evictOldest(nowMs: number): void {
    const oldest = this.#groups.oldest;
    if (oldest === null) return;
    if (oldest.newestMs + this.#timespanMs >= nowMs) {
      this.#counters.evictedGroups++;
      this.#counters.evictedEntries += oldest.countedSize;
    }
    this.#forget(oldest);
  }

  #forget(group: Group): void {
    this.#groups.remove(group);
    this.#deadlines.remove(group);
    this.#counters.groups--;
    this.#counters.entries -= group.countedSize;
    group.countedSize = 0;
  }
}

function textsOf(fields: Readonly<Record<string, unknown>>, names: readonly string[]): string | null {
  const texts: string[] = [];
  for (const name of names) {
    const text = textOf(fields[name]);
    if (text === null) return null;
    texts.push(text);
  }
  return joinTexts(texts);
}

function totalOf(fields: Readonly<Record<string, unknown>>, names: readonly string[]): number | null {
  let total = 0;
  for (const name of names) {
    const number = numberOf(fields[name]);
    if (number === null) return null;
    total += number;
  }
  return total;
}
