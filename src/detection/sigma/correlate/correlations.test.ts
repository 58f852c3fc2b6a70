import { describe, expect, it } from 'vitest';
import { VerticeError } from '../../../errors.ts';
import type { CorrelationHit } from '../correlation.ts';
import type { CorrelationRule } from '../rule.ts';
import type { CorrelationMemory } from './correlation-memory.ts';
import { createCorrelationSet, type SigmaCorrelationSet } from './create-correlation-set.ts';
import type { CorrelationLimits } from './limits.ts';
import { and, correlationRule, detectionRule, eventOf, not, or, rule, told } from './testing.ts';

const detections = ['a', 'b', 'c'].map(detectionRule);

/** A state that takes hits as `rule, time, fields`; ids of events are given out in order: e0, e1, … */
class Bench {
  readonly set: SigmaCorrelationSet;
  readonly state: CorrelationMemory;
  #next = 0;

  constructor(rules: readonly CorrelationRule[], limits: Partial<CorrelationLimits> = {}) {
    this.set = createCorrelationSet(rules, detections, limits);
    this.state = this.set.open();
  }

  see(
    ruleId: string,
    timeMs: number,
    fields: Readonly<Record<string, unknown>> = { host: 'h' },
  ): CorrelationHit[] {
    const eventId = `e${this.#next++}`;
    return this.set
      .signalsOf(detectionRule(ruleId), eventOf(fields), eventId, timeMs)
      .flatMap((signal) => this.state.observe(signal));
  }
}

describe('grouping', () => {
  const brute = correlationRule('brute', { bounds: { gte: 2 }, groupBy: ['user', 'host'] });

  it('keeps groups apart, also where their values joined are the same', () => {
    const bench = new Bench([brute]);
    expect(bench.see('a', 1, { user: 'x', host: '1:y' })).toEqual([]);
    expect(bench.see('a', 2, { user: 'x1:', host: 'y' })).toEqual([]);
    expect(bench.see('a', 3, { user: 'x', host: '1:y' })).toMatchObject([
      {
        group: { user: 'x', host: '1:y' },
        value: 2,
        evidenceEventIds: ['e0', 'e2'],
        eventId: 'e2',
        timeMs: 3,
      },
    ]);
  });

  it('passes over what lacks a group-by field instead of merging it', () => {
    const mixed = [
      brute,
      correlationRule('by-user', { bounds: { gte: 2 }, groupBy: ['user'], ids: ['a', 'b'] }),
    ];
    const bench = new Bench(mixed);
    const lacking = [
      { user: 'x' },
      { user: 'x', host: null },
      { user: 'x', host: {} },
      { user: 'x', host: [] },
    ];
    const hits = lacking.flatMap((fields, index) => bench.see('a', index, fields));
    expect(hits.map((hit) => hit.rule.id)).toEqual(['by-user']);
    const set = createCorrelationSet([brute], detections);
    expect(set.signalsOf(detectionRule('a'), eventOf({ user: 'x' }), 'e', 1)).toEqual([]);
  });

  it('counts what the state itself finds without a group', () => {
    const chain = [
      correlationRule('inner', { bounds: { gte: 1 }, groupBy: ['user'] }),
      correlationRule('outer', { bounds: { gte: 1 }, groupBy: ['host'], ids: ['inner', 'b'] }),
    ];
    const bench = new Bench(chain);
    bench.see('b', 1, { user: 'x' });
    expect(bench.state.stats().ungrouped).toBe(1);
  });

  it('takes numbers and text of them, and lists of one, for the same value', () => {
    const bench = new Bench([correlationRule('x', { bounds: { gte: 3 } })]);
    bench.see('a', 1, { host: 7 });
    bench.see('a', 2, { host: '7' });
    expect(bench.see('a', 3, { host: ['7'] })).toHaveLength(1);
  });

  it('tells values apart beyond the length that a signal carries', () => {
    const bench = new Bench([correlationRule('x', { bounds: { gte: 2 } })]);
    const long = 'v'.repeat(5000);
    bench.see('a', 1, { host: `${long}1` });
    expect(bench.see('a', 2, { host: `${long}2` })).toEqual([]);
    const [hit] = bench.see('a', 3, { host: `${long}1` });
    expect(hit?.group['host']).toHaveLength(512);
  });

  it('has one group when there is no group-by', () => {
    const bench = new Bench([correlationRule('x', { bounds: { gte: 2 }, groupBy: [] })]);
    bench.see('a', 1, { host: 'p' });
    expect(bench.see('a', 2, { host: 'q' })).toMatchObject([{ group: {} }]);
  });

  it('reads aliases from the field of each rule', () => {
    const aliases = new Map([
      [
        'ip',
        new Map([
          ['a', 'src'],
          ['b', 'dst'],
        ]),
      ],
    ]);
    const bench = new Bench([
      correlationRule('x', { type: 'temporal', ids: ['a', 'b'], groupBy: ['ip'], aliases }),
    ]);
    bench.see('a', 1, { src: '10.0.0.1', dst: '10.0.0.2' });
    expect(bench.see('b', 2, { src: '10.0.0.1', dst: '10.0.0.9' })).toEqual([]);
    expect(bench.see('b', 3, { src: '10.0.0.9', dst: '10.0.0.1' })).toMatchObject([
      { group: { ip: '10.0.0.1' } },
    ]);
  });
});

describe('reporting', () => {
  it('tells of a state of affairs when it begins, and while it lasts once a timespan', () => {
    const bench = new Bench([correlationRule('x', { bounds: { gte: 2 } })]);
    const times = [0, 10, 20, 90, 105, 111, 180, 205, 500, 510];
    const hits = times.flatMap((timeMs) => bench.see('a', timeMs));
    expect(hits.map(({ timeMs }) => timeMs)).toEqual([10, 111, 205, 510]);
    expect(bench.state.stats()).toMatchObject({ hits: 4, suppressed: 4, signals: 10 });
  });

  it('counts an event once, though it matches several of the rules or is delivered twice', () => {
    const set = createCorrelationSet(
      [correlationRule('x', { ids: ['a', 'b'], bounds: { gte: 2 } })],
      detections,
    );
    const state = set.open();
    for (const ruleId of ['a', 'b', 'b']) {
      for (const signal of set.signalsOf(detectionRule(ruleId), eventOf({ host: 'h' }), 'same', 5)) {
        expect(state.observe(signal)).toEqual([]);
      }
    }
    expect(state.stats().duplicates).toBe(2);
  });

  it('tells of the newest events when there are many, oldest first', () => {
    const bench = new Bench([correlationRule('x', { bounds: { gte: 6 } })], { maxEvidence: 3 });
    const hits = [1, 2, 3, 4, 5, 6].flatMap((timeMs) => bench.see('a', timeMs));
    expect(hits).toMatchObject([{ evidenceEventIds: ['e3', 'e4', 'e5'], value: 6 }]);
  });

  it('shows for distinct values the last event of each', () => {
    const distinct = correlationRule('x', { type: 'value_count', valueFields: ['user'], bounds: { gte: 2 } });
    const bench = new Bench([distinct]);
    const users = ['ada', 'ada', 'bob'];
    const hits = users.flatMap((user, index) => bench.see('a', index, { host: 'h', user }));
    expect(hits).toMatchObject([{ value: 2, evidenceEventIds: ['e1', 'e2'] }]);
  });

  it('shows for a sequence the events that make it', () => {
    const bench = new Bench([correlationRule('x', { type: 'temporal_ordered', ids: ['a', 'b'] })]);
    const hits = ['b', 'a', 'a', 'b'].flatMap((ruleId, index) => bench.see(ruleId, index));
    expect(hits).toMatchObject([{ evidenceEventIds: ['e2', 'e3'], value: null }]);
  });
});

describe('measuring', () => {
  it('takes text that is a number, adds several fields up, and passes over the rest', () => {
    const sum = { type: 'value_sum', valueFields: ['in', 'out'], bounds: { gte: 10 } } as const;
    const bench = new Bench([correlationRule('x', sum)]);
    bench.see('a', 1, { host: 'h', in: '4', out: 1 });
    for (const bad of ['', 'many', Number.NaN, 1e300, true, null]) {
      expect(bench.see('a', 2, { host: 'h', in: 9, out: bad })).toEqual([]);
    }
    expect(bench.see('a', 3, { host: 'h', in: 4, out: 1.5 })).toMatchObject([{ value: 10.5 }]);
    expect(bench.state.stats().valueless).toBe(6);
  });

  it('counts several fields together as one value', () => {
    const pair = { type: 'value_count', valueFields: ['user', 'port'], bounds: { gte: 3 } } as const;
    const bench = new Bench([correlationRule('x', pair)]);
    const seen = [
      ['ada', 1],
      ['ada', 2],
      ['ada', 1],
      ['bob', 1],
    ].flatMap(([user, port], index) => bench.see('a', index, { host: 'h', user, port }));
    expect(seen).toMatchObject([{ value: 3, eventId: 'e3' }]);
  });

  it('does not lose small amounts beside great ones, nor when those have left', () => {
    const sum = { type: 'value_sum', valueFields: ['n'], bounds: { eq: 3 } } as const;
    const bench = new Bench([correlationRule('x', sum)]);
    bench.see('a', 0, { host: 'h', n: 1e17 });
    for (const timeMs of [50, 60]) bench.see('a', timeMs, { host: 'h', n: 1 });
    expect(bench.see('a', 101, { host: 'h', n: 1 })).toMatchObject([{ value: 3 }]);
  });

  it('interpolates percentiles', () => {
    const percentile = {
      type: 'value_percentile',
      valueFields: ['n'],
      percentile: 90,
      bounds: { gt: 8 },
    } as const;
    const bench = new Bench([correlationRule('x', percentile)]);
    const hits = [1, 2, 3, 4, 10, 20].flatMap((n, index) => bench.see('a', index, { host: 'h', n }));
    expect(hits).toMatchObject([{ eventId: 'e5', value: 15 }]);
  });
});

describe('correlations of correlations', () => {
  const failures = correlationRule('failures', { bounds: { gte: 3 }, groupBy: ['user', 'host'] });

  it('take the group of the inner one as its fields', () => {
    const chain = correlationRule('breach', {
      type: 'temporal_ordered',
      ids: ['failures', 'b'],
      groupBy: ['user'],
      aliases: new Map([['user', new Map([['b', 'account']])]]),
    });
    const bench = new Bench([chain, failures]);
    for (const timeMs of [1, 2, 3]) bench.see('a', timeMs, { user: 'ada', host: 'h' });
    expect(bench.see('b', 4, { account: 'bob' })).toEqual([]);
    expect(bench.see('b', 5, { account: 'ada' })).toMatchObject([
      { rule: { id: 'breach' }, group: { user: 'ada' }, evidenceEventIds: ['e0', 'e1', 'e2', 'e4'] },
    ]);
  });

  it('see that the inner one still goes on when they ask what came before', () => {
    const wide = { ...failures, window: { kind: 'sliding', lengthMs: 10_000, gapMs: null } } as const;
    const chain = correlationRule('breach', {
      type: 'temporal_ordered',
      ids: ['failures', 'b'],
      groupBy: ['user'],
    });
    const bench = new Bench([wide, chain]);
    for (let timeMs = 0; timeMs < 1000; timeMs += 10) bench.see('a', timeMs, { user: 'ada', host: 'h' });
    expect(bench.see('b', 1010, { user: 'ada' }).map((hit) => hit.rule.id)).toEqual(['breach']);
  });

  it('count the inner one once a burst', () => {
    const chain = correlationRule('often', {
      ids: ['failures'],
      bounds: { gte: 2 },
      timespanMs: 5000,
      groupBy: ['user'],
    });
    const bench = new Bench([failures, chain]);
    const burst = (from: number): string[] =>
      [0, 1, 2, 3, 4, 5].flatMap((step) => told(bench.see('a', from + step, { user: 'ada', host: 'h' })));
    expect(burst(0)).toEqual(['failures:e2@2']);
    expect(burst(1000)).toEqual(['failures:e8@1002', 'often:e8@1002']);
  });

  it('refuse to go in a circle', () => {
    const one = correlationRule('one', { ids: ['two'], bounds: { gte: 1 } });
    const two = correlationRule('two', { ids: ['one'], bounds: { gte: 1 } });
    expect(() => createCorrelationSet([one, two], detections)).toThrow(/rules\.yml:1.*a circle/);
  });
});

describe('absence', () => {
  const unanswered = correlationRule('x', {
    type: 'temporal_ordered',
    ids: ['a', 'b'],
    temporal: and(rule('a'), not(rule('b'))),
  });

  it('is told of by the first signal after the timespan, whosever it is', () => {
    const bench = new Bench([unanswered]);
    expect(bench.see('a', 0)).toEqual([]);
    expect(bench.see('b', 100, { host: 'other' })).toEqual([]);
    expect(bench.see('b', 101, { host: 'other' })).toMatchObject([
      { eventId: 'e0', timeMs: 100, group: { host: 'h' }, evidenceEventIds: ['e0'], value: null },
    ]);
    expect(bench.state.advance(10_000)).toEqual([]);
  });

  it('is told of when time is moved on, in a quiet partition', () => {
    const bench = new Bench([unanswered]);
    bench.see('a', 0);
    expect(bench.state.advance(100)).toEqual([]);
    expect(told(bench.state.advance(101))).toEqual(['x:e0@100']);
  });

  it('is over when the thing happens, even in the last millisecond', () => {
    const bench = new Bench([unanswered]);
    bench.see('a', 0);
    bench.see('b', 100);
    expect(bench.state.advance(1000)).toEqual([]);
  });

  it('is taken back by what comes late', () => {
    const bench = new Bench([unanswered]);
    bench.see('a', 0);
    bench.see('a', 50);
    bench.see('b', 40);
    expect(told(bench.state.advance(1000))).toEqual(['x:e1@150']);
  });

  it('ends with its bucket or session', () => {
    for (const [window, dueMs] of [
      [{ kind: 'tumbling', lengthMs: 100, gapMs: null }, 199],
      [{ kind: 'session', lengthMs: 100, gapMs: 20 }, 190],
    ] as const) {
      const bench = new Bench([{ ...unanswered, window }]);
      bench.see('a', 150);
      bench.see('a', 170);
      expect(bench.state.advance(dueMs)).toEqual([]);
      expect(told(bench.state.advance(dueMs + 1))).toEqual([`x:e0@${dueMs}`]);
    }
  });

  it('feeds the correlations outside it', () => {
    const outer = correlationRule('outer', { ids: ['x'], bounds: { gte: 1 } });
    const bench = new Bench([unanswered, outer]);
    bench.see('a', 0);
    expect(told(bench.state.advance(200))).toEqual(['x:e0@100', 'outer:e0@100']);
  });

  it('before and between is known at once', () => {
    const alone = and(not(rule('a')), rule('b'), rule('c'));
    const bench = new Bench([
      correlationRule('x', { type: 'temporal_ordered', ids: ['a', 'b', 'c'], temporal: alone }),
    ]);
    const seen = (['a', 'b', 'c'] as const).flatMap((id, index) => bench.see(id, index));
    expect(seen).toEqual([]);
    expect(told(['b', 'c'].flatMap((id, index) => bench.see(id, 500 + index)))).toEqual(['x:e4@501']);
  });
});

describe('windows', () => {
  it('of a session go on as long as no gap is too great, and no longer than the timespan', () => {
    const session = { kind: 'session', lengthMs: 100, gapMs: 30 } as const;
    const bench = new Bench([correlationRule('x', { bounds: { gte: 4 }, window: session })]);
    expect([0, 30, 60, 95].flatMap((timeMs) => bench.see('a', timeMs))).toEqual([]);
    expect(told([400, 430, 460, 490].flatMap((timeMs) => bench.see('a', timeMs)))).toEqual(['x:e7@490']);
    expect(bench.see('a', 510)).toEqual([]);
  });

  it('of a session reach back for what is a little late', () => {
    const session = { kind: 'session', lengthMs: 100, gapMs: 30 } as const;
    const bench = new Bench([correlationRule('x', { bounds: { gte: 3 }, window: session })]);
    expect(told([50, 60, 40].flatMap((timeMs) => bench.see('a', timeMs)))).toEqual(['x:e2@40']);
    expect(bench.see('a', 1)).toEqual([]);
    expect(bench.state.stats().late).toBe(1);
  });

  it('that tumble still take what is late for the one before', () => {
    const tumbling = { kind: 'tumbling', lengthMs: 100, gapMs: null } as const;
    const bench = new Bench([correlationRule('x', { bounds: { gte: 2 }, window: tumbling })]);
    bench.see('a', 90);
    bench.see('a', 110);
    expect(told(bench.see('a', 95))).toEqual(['x:e2@95']);
    bench.see('a', 900);
    expect(bench.see('a', 96)).toEqual([]);
    expect(bench.state.stats().late).toBe(1);
  });

  it('pass over what has no time', () => {
    const bench = new Bench([correlationRule('x', { bounds: { gte: 1 } })]);
    expect(bench.see('a', Number.NaN)).toEqual([]);
    expect(bench.state.stats()).toMatchObject({ late: 1, entries: 0 });
  });

  it('that slide drop what is older than they reach, and count it', () => {
    const bench = new Bench([correlationRule('x', { bounds: { gte: 2 } })]);
    bench.see('a', 1000);
    expect(bench.see('a', 899)).toEqual([]);
    expect(told(bench.see('a', 900))).toEqual(['x:e2@900']);
    expect(bench.state.stats().late).toBe(1);
  });
});

describe('memory', () => {
  it('forgets the group that has been silent longest, and says so', () => {
    const bench = new Bench([correlationRule('x', { bounds: { gte: 3 } })], { maxGroups: 2 });
    for (const host of ['p', 'q', 'p', 'r']) bench.see('a', 1, { host });
    expect(bench.state.stats()).toMatchObject({ groups: 2, evictedGroups: 1, evictedEntries: 1 });
    expect(bench.see('a', 2, { host: 'p' })).toHaveLength(1);
  });

  it('lets no flood of one value push out the others', () => {
    const spray = { type: 'value_count', valueFields: ['user'], bounds: { gte: 3 } } as const;
    const bench = new Bench([correlationRule('x', spray)], { maxDistinct: 4 });
    for (const user of ['ada', 'bob']) bench.see('a', 1, { host: 'h', user });
    for (let count = 0; count < 50; count++) bench.see('a', 2, { host: 'h', user: 'admin' });
    expect(bench.state.stats()).toMatchObject({ hits: 1, evictedEntries: 0, entries: 3 });
  });

  it('keeps the newest of too many entries and values', () => {
    const limits = { maxEntries: 3, maxDistinct: 3 };
    for (const type of ['event_count', 'value_count', 'value_sum', 'value_percentile'] as const) {
      const parts = {
        type,
        valueFields: type === 'event_count' ? [] : ['n'],
        bounds: { gte: 2 },
        percentile: 50,
      };
      const bench = new Bench([correlationRule('x', parts)], limits);
      for (let n = 0; n < 10; n++) bench.see('a', n, { host: 'h', n });
      expect(bench.state.stats()).toMatchObject({ entries: 3, evictedEntries: 7 });
    }
  });

  it('is freed as time goes by', () => {
    const bench = new Bench([correlationRule('x', { bounds: { gte: 3 } })]);
    for (let index = 0; index < 100; index++) bench.see('a', 1, { host: `h${index}` });
    for (let index = 0; index < 60; index++) bench.see('a', 1000, { host: 'still here' });
    expect(bench.state.stats()).toMatchObject({ groups: 1, evictedGroups: 0, entries: 60 });
  });

  it('is bounded over all groups together', () => {
    const bench = new Bench([correlationRule('x', { bounds: { gte: 90 } })], { maxTotalEntries: 10 });
    for (let index = 0; index < 40; index++) bench.see('a', index, { host: `h${index % 4}` });
    expect(bench.state.stats().entries).toBeLessThanOrEqual(10);
    expect(bench.state.stats().evictedGroups).toBeGreaterThan(0);
  });
});

describe('families', () => {
  const key = (
    rules: readonly CorrelationRule[],
    ruleId: string,
    fields: Readonly<Record<string, unknown>>,
  ): string[] =>
    createCorrelationSet(rules, detections)
      .signalsOf(detectionRule(ruleId), eventOf(fields), 'e', 1)
      .map((signal) => signal.key);
  const byIp = correlationRule('by-ip', { groupBy: ['ip'], bounds: { gte: 1 } });
  const byIpAndUser = correlationRule('by-both', { groupBy: ['user', 'ip'], bounds: { gte: 1 } });

  it('send one signal for all correlations that group alike, and one for each other way', () => {
    const fields = { ip: '10.0.0.1', user: 'ada' };
    expect(key([byIp, { ...byIp, id: 'again', type: 'temporal' }], 'a', fields)).toEqual(['ip=10.0.0.1']);
    expect(key([byIp, byIpAndUser], 'a', fields)).toEqual(['ip=10.0.0.1', 'ip+user=8:10.0.0.13:ada']);
    expect(key([byIp], 'b', fields)).toEqual([]);
  });

  it('are what they are, whatever other correlations come and go', () => {
    const fields = { ip: '10.0.0.1', user: 'ada' };
    expect(key([byIpAndUser, byIp], 'a', fields).toSorted()).toEqual(
      key([byIp, byIpAndUser], 'a', fields).toSorted(),
    );
  });

  it('of a chain go by the names that all of it has', () => {
    const outer = correlationRule('outer', { ids: ['by-both', 'b'], groupBy: ['ip'], bounds: { gte: 1 } });
    expect(key([byIpAndUser, outer], 'a', { ip: '10.0.0.1', user: 'ada' })).toEqual(['ip=10.0.0.1']);
    expect(key([byIpAndUser, outer], 'b', { ip: '10.0.0.1' })).toEqual(['ip=10.0.0.1']);
  });

  it('without a common name have one key', () => {
    const outer = correlationRule('outer', { ids: ['by-both', 'b'], groupBy: ['host'], bounds: { gte: 1 } });
    expect(key([byIpAndUser, outer], 'a', { ip: '1', user: 'u' })).toEqual(['all:by-both']);
    const renamed = new Map([['who', new Map([['by-both', 'user']])]]);
    const other = correlationRule('other', {
      ids: ['by-both'],
      groupBy: ['who'],
      aliases: renamed,
      bounds: { gte: 1 },
    });
    expect(key([byIpAndUser, other], 'a', { ip: '1', user: 'u' })).toEqual(['all:by-both']);
  });

  it('keep apart aliases of one name for different fields', () => {
    const aliased = (id: string, field: string): CorrelationRule =>
      correlationRule(id, {
        groupBy: ['ip'],
        aliases: new Map([['ip', new Map([['a', field]])]]),
        bounds: { gte: 1 },
      });
    const keys = key([aliased('one', 'src'), aliased('two', 'dst')], 'a', { src: '1', dst: '2' });
    expect(keys).toEqual(['ip(a=src)=1', 'ip(a=dst)=2']);
  });

  it('carry only what the correlations ask for, as plain JSON', () => {
    const spray = correlationRule('x', { type: 'value_count', valueFields: ['user'], bounds: { gte: 1 } });
    const fields = { host: 'h', user: ['u1', 'u2'], secret: 'x' };
    const [signal] = createCorrelationSet([spray], detections).signalsOf(
      detectionRule('a'),
      eventOf(fields),
      'e',
      1,
    );
    expect(signal?.fields).toEqual({ host: 'h', user: 'u1,u2' });
    expect(JSON.parse(JSON.stringify(signal))).toEqual(signal);
  });
});

describe('hot reload', () => {
  const first = correlationRule('kept', { bounds: { gte: 3 } });
  const other = correlationRule('changed', { bounds: { gte: 3 } });

  it('keeps what is known of a correlation that means the same, and starts the others afresh', () => {
    const before = new Bench([first, other]);
    for (const timeMs of [1, 2]) before.see('a', timeMs);
    const renamed = { ...first, title: 'Another title', level: 'low' } as const;
    const after = new Bench([renamed, { ...other, bounds: { gte: 2 } }]);
    after.state.adopt(before.state);
    expect(told(after.see('a', 3))).toEqual(['kept:e0@3']);
    expect(after.state.stats()).toMatchObject({ groups: 2, entries: 4 });
  });

  it('goes on waiting for what must not come', () => {
    const absent = correlationRule('x', {
      type: 'temporal_ordered',
      ids: ['a', 'b'],
      temporal: and(rule('a'), not(rule('b'))),
    });
    const before = new Bench([absent]);
    before.see('a', 1);
    const after = new Bench([first, absent]);
    after.state.adopt(before.state);
    expect(told(after.state.advance(500))).toEqual(['x:e0@101']);
    expect(before.state.advance(500)).toEqual([]);
  });

  it('refuses a state of another kind', () => {
    const { state } = new Bench([first]);
    expect(() => state.adopt({ observe: () => [], adopt: () => {} })).toThrow(VerticeError);
  });
});

describe('replay', () => {
  it('of the window leaves the state that was lost', () => {
    const rules = [
      correlationRule('count', { bounds: { gte: 3 } }),
      correlationRule('order', { type: 'temporal_ordered', ids: ['a', 'b'] }),
      correlationRule('outer', { ids: ['count'], bounds: { gte: 2 }, timespanMs: 300 }),
    ];
    const set = createCorrelationSet(rules, detections);
    const signals = Array.from({ length: 400 }, (_, index) => ({
      ruleId: index % 7 === 3 ? 'b' : 'a',
      host: `h${index % 3}`,
      timeMs: index * 13 + (index % 11 > 8 ? 90 : 0),
    })).flatMap(({ ruleId, host, timeMs }, index) =>
      set.signalsOf(detectionRule(ruleId), eventOf({ host }), `e${index}`, timeMs),
    );
    const whole = set.open();
    const inOne = signals.map((signal) => told(whole.observe(signal)));
    const crash = 300;
    const fromMs = (signals[crash]?.timeMs ?? 0) - set.windowMs;
    const warmed = set.open();
    const results = signals.map((signal, index) =>
      signal.timeMs < fromMs ? [] : told(warmed.observe(signal)).filter(() => index >= crash),
    );
    expect(results.slice(crash)).toEqual(inOne.slice(crash));
    expect(results.slice(crash).flat().length).toBeGreaterThan(0);
  });

  it('reaches back for the windows of a whole chain', () => {
    const inner = correlationRule('inner', { bounds: { gte: 1 }, timespanMs: 100 });
    const outer = correlationRule('outer', { ids: ['inner'], bounds: { gte: 1 }, timespanMs: 1000 });
    expect(createCorrelationSet([inner, outer], detections).windowMs).toBe(3300);
    expect(createCorrelationSet([], detections).windowMs).toBe(0);
  });
});

describe('what cannot be evaluated is refused with file and line', () => {
  it.each([
    [
      'a rule that is not loaded',
      correlationRule('x', { ids: ['nowhere'], bounds: { gte: 1 } }),
      /“nowhere”/,
    ],
    ['no bound', correlationRule('x'), /a bound/],
    ['no value field', correlationRule('x', { type: 'value_sum', bounds: { gte: 1 } }), /names a field/],
    ['no timespan', correlationRule('x', { bounds: { gte: 1 }, timespanMs: 0 }), /a timespan above zero/],
    ['no rules', correlationRule('x', { ids: [], bounds: { gte: 1 } }), /at least one rule/],
    ['a count beyond what is kept', correlationRule('x', { bounds: { gte: 1e9 } }), /a count below/],
    [
      'a percentile beyond 100',
      correlationRule('x', {
        type: 'value_percentile',
        valueFields: ['n'],
        percentile: 101,
        bounds: { gte: 1 },
      }),
      /from 0 to 100/,
    ],
    [
      'a condition on a rule it does not list',
      correlationRule('x', { type: 'temporal', ids: ['a'], temporal: rule('z') }),
      /does not list/,
    ],
    [
      'a sequence in which nothing happens',
      correlationRule('x', { type: 'temporal_ordered', ids: ['a'], temporal: not(rule('a')) }),
      /something happens/,
    ],
    [
      'a sequence that contradicts itself',
      correlationRule('x', {
        type: 'temporal_ordered',
        ids: ['a'],
        temporal: and(rule('a'), not(rule('a'))),
      }),
      /contradicts itself/,
    ],
  ])('%s', (_what, correlation, message) => {
    const attempt = (): unknown => createCorrelationSet([correlation], detections);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(/rules\.yml:1/);
  });

  it('more alternatives than can be followed', () => {
    const ids = Array.from({ length: 14 }, (_, index) => `r${index}`);
    const pairs = Array.from({ length: 7 }, (_, index) =>
      or(rule(`r${2 * index}`), rule(`r${2 * index + 1}`)),
    );
    const many = correlationRule('x', { type: 'temporal_ordered', ids, temporal: and(...pairs) });
    expect(() => createCorrelationSet([many], ids.map(detectionRule))).toThrow(/at most 64 alternatives/);
  });

  it('more correlations one in the other than can be followed', () => {
    const tower = Array.from({ length: 18 }, (_, index) =>
      correlationRule(`c${index}`, { ids: [index === 0 ? 'a' : `c${index - 1}`], bounds: { gte: 1 } }),
    );
    expect(() => createCorrelationSet(tower.toReversed(), detections)).toThrow(/at most 16/);
  });
});
