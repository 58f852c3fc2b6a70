import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AuditGroupingOptions, createAuditGrouping } from './audit-grouping.ts';
import { createSplitter } from './split.ts';
import type { SplitRecord } from './split-record.ts';

function line(serial: number, type: string, rest = 'x=1', node = ''): string {
  return `${node}type=${type} msg=audit(1783414613.119:${serial}): ${rest}`;
}

function recordsOf(lines: readonly string[]): SplitRecord[] {
  const splitter = createSplitter({ maxRecordBytes: 10_000 });
  return [...splitter.push(Buffer.from(`${lines.join('\n')}\n`)), ...splitter.end()];
}

function group(lines: readonly string[], options: Partial<AuditGroupingOptions> = {}): string[] {
  const grouping = createAuditGrouping({ maxRecordBytes: 10_000, ...options });
  const joined = recordsOf(lines).flatMap((record) => grouping.push(record, 0));
  return [...joined, ...grouping.flush()].map(({ value }) => value.toString());
}

describe('createAuditGrouping', () => {
  it('joins interleaved events, each ending with its PROCTITLE or EOE', () => {
    const a = ['SYSCALL', 'EXECVE', 'PROCTITLE'].map((type) => line(1, type));
    const b = ['SYSCALL', 'PATH', 'EOE'].map((type) => line(2, type));
    const [a0 = '', a1 = '', a2 = ''] = a;
    const [b0 = '', b1 = '', b2 = ''] = b;
    expect(group([a0, b0, a1, b1, b2, a2])).toEqual([b.join('\n'), a.join('\n')]);
  });

  it('says where the event stood', () => {
    const grouping = createAuditGrouping({ maxRecordBytes: 10_000 });
    const [first, other, last] = recordsOf([line(1, 'SYSCALL'), 'text', line(1, 'PROCTITLE')]);
    if (first === undefined || other === undefined || last === undefined) throw new Error('three lines');
    expect(grouping.heldFrom()).toBeNull();
    expect(grouping.push(first, 0)).toEqual([]);
    expect(grouping.heldFrom()).toBe(0);
    expect(grouping.push(other, 0)).toEqual([other]);
    expect(grouping.push(last, 0)).toMatchObject([{ position: 1, byteOffset: 0, endOffset: last.endOffset }]);
    expect(grouping.heldFrom()).toBeNull();
  });

  it('lets everything else through at once and in order', () => {
    const lines = [
      'one',
      'two',
      line(3, 'USER_LOGIN', "pid=1 msg='op=login res=failed'"),
      'no',
      'type=x',
      'three',
    ];
    expect(group(lines)).toEqual(lines);
  });

  it('lets a record through that was too large', () => {
    const grouping = createAuditGrouping({ maxRecordBytes: 10_000 });
    const large = {
      value: Buffer.from(line(1, 'SYSCALL')),
      position: 1,
      byteOffset: 0,
      endOffset: 9,
      oversize: true,
    } as const;
    expect(grouping.push(large, 0)).toEqual([large]);
  });

  it('keeps machines apart', () => {
    const lines = [line(1, 'SYSCALL', 'x=1', 'node=a '), line(1, 'SYSCALL', 'x=1', 'node=b ')];
    expect(group(lines)).toEqual(lines);
  });

  it('takes the EOE after a PROCTITLE as told, and an EOE alone as it is', () => {
    expect(group([line(1, 'SYSCALL'), line(1, 'PROCTITLE'), line(1, 'EOE', '')])).toHaveLength(1);
    expect(group([line(7, 'EOE', '')])).toEqual([line(7, 'EOE', '')]);
    const many = Array.from({ length: 5 }, (_, serial) => line(serial, 'PROCTITLE'));
    expect(group([...many, line(0, 'EOE', ''), line(4, 'EOE', '')], { maxOpenEvents: 2 })).toHaveLength(6);
  });

  it('gives an event out when newer ones have begun', () => {
    const lines = [line(1, 'SYSCALL'), line(2, 'SYSCALL'), line(3, 'SYSCALL'), line(1, 'PATH')];
    expect(group(lines, { maxNewerEvents: 2 })).toEqual([lines[0], lines[1], lines[2], lines[3]]);
    expect(group(lines)[0]).toBe(`${lines[0]}\n${lines[3]}`);
  });

  it('gives an event out when it is old', () => {
    const grouping = createAuditGrouping({ maxRecordBytes: 10_000, maxAgeMs: 100 });
    const [first, second] = recordsOf([line(1, 'SYSCALL'), line(2, 'SYSCALL')]);
    if (first === undefined || second === undefined) throw new Error('two lines');
    grouping.push(first, 0);
    expect(grouping.expire(99)).toEqual([]);
    expect(grouping.push(second, 100)).toEqual([first]);
    expect(grouping.expire(199)).toEqual([]);
    expect(grouping.expire(200)).toEqual([second]);
  });

  it('is bounded in events, in bytes, and in bytes of one event', () => {
    const lines = Array.from({ length: 10 }, (_, serial) => line(serial, 'SYSCALL'));
    expect(group(lines, { maxOpenEvents: 3 })).toEqual(lines);
    expect(group(lines, { maxOpenBytes: 100 })).toEqual(lines);
    const long = Array.from({ length: 10 }, (_, item) => line(1, 'PATH', `item=${item}`));
    const records = group(long, { maxRecordBytes: 200 });
    expect(Math.max(...records.map((record) => record.length))).toBeLessThanOrEqual(200);
    expect(records.join('\n')).toBe(long.join('\n'));
  });

  it('loses no line, holds no more than allowed, and joins only lines of one event', () => {
    const anyLine = fc.oneof(
      fc
        .tuple(fc.integer({ min: 1, max: 6 }), fc.constantFrom('SYSCALL', 'PATH', 'PROCTITLE', 'CWD'))
        .map(([serial, type]) => line(serial, type)),
      fc.constantFrom('text', 'type=', "type=USER_CMD msg=audit(1.000:1): msg='x'"),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyLine, fc.integer({ min: 0, max: 900 })), { maxLength: 60 }),
        (steps) => {
          const grouping = createAuditGrouping({ maxRecordBytes: 300, maxOpenEvents: 3, maxNewerEvents: 4 });
          let nowMs = 0;
          const out: SplitRecord[] = [];
          for (const [index, record] of recordsOf(steps.map(([text]) => text)).entries()) {
            nowMs += steps[index]?.[1] ?? 0;
            out.push(...grouping.push(record, nowMs));
          }
          out.push(...grouping.flush());
          expect(grouping.heldFrom()).toBeNull();
          const given = out.flatMap(({ value }) => value.toString().split('\n'));
          expect(given.toSorted()).toEqual(steps.map(([text]) => text).toSorted());
          for (const { value } of out) {
            const stamps = value
              .toString()
              .split('\n')
              .map((text) => /audit\(([^)]*)\)/.exec(text)?.[1]);
            expect(new Set(stamps).size).toBe(1);
            expect(value.length).toBeLessThanOrEqual(300);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
