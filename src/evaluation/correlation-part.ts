import { readFile } from 'node:fs/promises';
import { CorrelationConformance } from '../detection/sigma/correlate/conformance.ts';
import { messageOf, VerticeError } from '../errors.ts';
import type { DetailListener } from './detail.ts';
import type { CorrelationReport } from './report.ts';

/** @throws VerticeError `VTC_RULE_INVALID` when the file is not of the form expected */
export async function openCorrelationConformance(path: string): Promise<CorrelationConformance> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new VerticeError('VTC_RULE_INVALID', `${path}: expected JSON: ${messageOf(error)}.`, {
      cause: error,
    });
  }
  return new CorrelationConformance(parsed, path);
}

export function correlationReport(
  conformance: CorrelationConformance,
  onDetail: DetailListener,
): CorrelationReport {
  const { mustFired, mustTotal, silentFired, silentTotal, differences } = conformance.report();
  for (const { rule, scenario, group, difference } of differences) {
    onDetail({ kind: 'correlation', rule, scenario, group, difference });
  }
  return {
    must_fired: mustFired,
    must_total: mustTotal,
    must_elsewhere: differences.filter(({ difference }) => difference === 'late').length,
    silent_fired: silentFired,
    silent_total: silentTotal,
  };
}

/** RFC 3339 to milliseconds since the epoch, the digits below a millisecond kept as a fraction. */
export function exactTimeMs(timestamp: string): number {
  const below = /\.\d{3}(\d{1,6})/.exec(timestamp)?.[1];
  const timeMs = Date.parse(timestamp);
  return below === undefined ? timeMs : timeMs + Number(`0.${below}`);
}
