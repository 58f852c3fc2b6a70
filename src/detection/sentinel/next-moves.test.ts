import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isJsonObject } from '../../json.ts';
import { isTechnique, resolveTechnique, tacticsOf } from '../attack/attack.ts';
import { createNextMoveModel, groupRepertoires, type NextMove, type Repertoires } from './next-moves.ts';

const repertoires = groupRepertoires();
const model = createNextMoveModel(repertoires);

describe('the prediction of next moves', () => {
  it('names techniques of ATT&CK, the likeliest first, none that was seen', () => {
    const seen = ['T1566.001', 'T1204.002', 'T1059.001'];
    const moves = model.predict(seen, 10);
    expect(moves).toHaveLength(10);
    expect(moves.every(({ technique }) => isTechnique(technique))).toBe(true);
    expect(moves.map(({ technique }) => technique)).not.toEqual(expect.arrayContaining(seen));
    expect(moves.map(({ technique }) => technique)).not.toContain('T1059');
    const chances = moves.map(({ probability }) => probability);
    expect(chances).toEqual([...chances].sort((a, b) => b - a));
    expect(Math.min(...chances)).toBeGreaterThan(0);
    expect(Math.max(...chances)).toBeLessThan(1);
  });

  it('depends on what was seen', () => {
    const ransom = model.predict(['T1486'], 40).map(({ technique }) => technique);
    const phishing = model.predict(['T1566.001'], 40).map(({ technique }) => technique);
    expect(ransom).toContain('T1490');
    expect(phishing).not.toContain('T1490');
    expect(phishing.slice(0, 10)).toContain('T1204.002');
  });

  it('takes a sub-technique that nobody is known for as its parent, and the unknown as nothing', () => {
    expect(model.predict(['T9999'], 3)).toEqual(model.predict([], 3));
    expect(model.predict([], 5)).toEqual(model.commonest([], 5));
  });

  it('halves what lies behind the last tactic seen', () => {
    const of = (seen: string[]) =>
      model.predict(seen, 1000).find(({ technique }) => technique === 'T1190')?.probability ?? 0;
    // The same evidence, but the last step is initial access here and impact there.
    expect(of(['T1486', 'T1566.001'])).toBeGreaterThan(of(['T1566.001', 'T1486']) * 1.9);
  });
});

/** Deterministic order without `Math.random`: a linear congruential generator (Numerical Recipes). */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  let state = seed >>> 0;
  const result = [...items];
  for (let index = result.length - 1; index > 0; index -= 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = state % (index + 1);
    const [a, b] = [result[index], result[other]];
    if (a !== undefined && b !== undefined) [result[index], result[other]] = [b, a];
  }
  return result;
}

function firstTactic(technique: string): number {
  return tacticsOf(technique)[0]?.order ?? 0;
}

function ids(moves: readonly NextMove[]): string[] {
  return moves.map(({ technique }) => technique);
}

/**
 * Each group in turn is unknown. It goes through its techniques in the order of the tactics and is seen up to some
 * point (a quarter, a half, three quarters): are the five named first among the rest?
 */
function leaveOneGroupOut(
  all: Repertoires,
): Record<'model' | 'baseline', { hit: number; precision: number }> {
  const sums = { model: { hit: 0, precision: 0 }, baseline: { hit: 0, precision: 0 } };
  let trials = 0;
  all.forEach((group, index) => {
    if (group.length < 8) return;
    const others = createNextMoveModel(all.filter((_, other) => other !== index));
    for (const part of [0.25, 0.5, 0.75]) {
      const order = shuffled([...group].sort(), index).sort((a, b) => firstTactic(a) - firstTactic(b));
      const cut = Math.floor(order.length * part);
      const seen = order.slice(0, cut);
      const hidden = new Set(order.slice(cut));
      trials += 1;
      for (const [name, moves] of [
        ['model', others.predict(seen, 5)],
        ['baseline', others.commonest(seen, 5)],
      ] as const) {
        const right = ids(moves).filter((technique) => hidden.has(technique)).length;
        sums[name].hit += right > 0 ? 1 : 0;
        sums[name].precision += right / 5;
      }
    }
  });
  for (const sum of Object.values(sums)) {
    sum.hit /= trials;
    sum.precision /= trials;
  }
  return sums;
}

describe('the figures in the README', () => {
  it('of groups left out: better than naming what is most common', () => {
    const { model: ours, baseline } = leaveOneGroupOut(repertoires);
    process.stdout.write(`next moves, leave one group out: ${JSON.stringify({ ours, baseline })}\n`);
    expect(ours.precision).toBeGreaterThan(baseline.precision);
    expect(ours.hit).toBeGreaterThanOrEqual(baseline.hit);
  });

  const flows = join(import.meta.dirname, '../../../../shared/data/intel/attack_flows.json');
  it.runIf(existsSync(flows))('of recorded attacks in their real order: clearly better', () => {
    const sums = { steps: 0, ours: 0, baseline: 0, oursNext: 0, baselineNext: 0 };
    for (const steps of orderedTechniques(flows)) {
      for (let at = 1; at < steps.length; at += 1) {
        const seen = steps.slice(0, at);
        const later = new Set(steps.slice(at));
        const ours = ids(model.predict(seen, 5));
        const baseline = ids(model.commonest(seen, 5));
        sums.steps += 1;
        sums.ours += ours.some((technique) => later.has(technique)) ? 1 : 0;
        sums.baseline += baseline.some((technique) => later.has(technique)) ? 1 : 0;
        sums.oursNext += ours.includes(steps[at] ?? '') ? 1 : 0;
        sums.baselineNext += baseline.includes(steps[at] ?? '') ? 1 : 0;
      }
    }
    process.stdout.write(`next moves, recorded flows: ${JSON.stringify(sums)}\n`);
    expect(sums.ours / sums.baseline).toBeGreaterThan(1.1);
    expect(sums.oursNext).toBeGreaterThan(sums.baselineNext);
  });
  it.runIf(!existsSync(flows))('of recorded attacks: not shown, ../shared/data/intel is absent', () => {
    expect(existsSync(flows)).toBe(false);
  });
});

/** The techniques of each recorded flow, causes before effects. */
function orderedTechniques(file: string): string[][] {
  const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!Array.isArray(parsed)) throw new Error('expected a list of flows');
  return parsed.map((flow: unknown) => {
    if (!isJsonObject(flow)) throw new Error('expected a flow');
    const nodes = isJsonObject(flow['nodes']) ? flow['nodes'] : {};
    const edges = Array.isArray(flow['edges'])
      ? flow['edges'].map((edge: unknown) => [edge].flat(2).map(String))
      : [];
    const waiting = new Map(Object.keys(nodes).map((node) => [node, 0]));
    for (const [, to = ''] of edges) waiting.set(to, (waiting.get(to) ?? 0) + 1);
    const ready = [...waiting]
      .filter(([, count]) => count === 0)
      .map(([node]) => node)
      .sort();
    const steps: string[] = [];
    for (let node = ready.shift(); node !== undefined; node = ready.shift()) {
      const entry = nodes[node];
      const technique =
        isJsonObject(entry) && typeof entry['technique'] === 'string'
          ? resolveTechnique(entry['technique'])
          : null;
      if (technique !== null && !steps.includes(technique)) steps.push(technique);
      ready.push(...released(node, edges, waiting));
    }
    return steps;
  });
}

/** The nodes that waited for this one alone. */
function released(node: string, edges: readonly string[][], waiting: Map<string, number>): string[] {
  return edges.flatMap(([from, to = '']) => {
    if (from !== node) return [];
    const left = (waiting.get(to) ?? 0) - 1;
    waiting.set(to, left);
    return left === 0 ? [to] : [];
  });
}
