import { VerticeError } from '../errors.ts';
import { gzipLines, objectOn } from './gzip-lines.ts';

/** What must match one event. */
export interface Expectation {
  readonly ruleIds: ReadonlySet<string>;
  /** The rule whose own author says that it fires on this event. */
  readonly gold: string | null;
}

/** Event files without expectations, by the beginning of their names: what is not listed there means nothing. */
const uncovered = ['crowdsec-lines', 'zeek-', 'suricata-', 'ingest-samples', 'log4shell', 'openssh'];

/** Whether an event of this file that is not listed in the expectations must match nothing. */
export function isCovered(fileName: string): boolean {
  return !uncovered.some((start) => fileName.startsWith(start));
}

/** Expectations by event id: those that match at least one rule. */
export async function readExpectations(path: string): Promise<ReadonlyMap<string, Expectation>> {
  const expectations = new Map<string, Expectation>();
  for await (const lines of gzipLines(path)) {
    for (const line of lines) {
      const { id, sigma, gold } = objectOn(path, line);
      if (typeof id !== 'string' || !Array.isArray(sigma)) {
        throw new VerticeError(
          'VTC_EVENT_INVALID',
          `${path}:${line.number}: expected "id", a text, and "sigma", a list of rule ids.`,
        );
      }
      const ruleIds = new Set(sigma.filter((rule) => typeof rule === 'string'));
      expectations.set(id, { ruleIds, gold: typeof gold === 'string' ? gold : null });
    }
  }
  return expectations;
}
