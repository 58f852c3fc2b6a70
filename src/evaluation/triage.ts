import type { Finding } from '../contracts/detection.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';
import { judge, rolesOf } from '../detection/verdict.ts';
import { DetectorRun } from './detector-run.ts';
import type { Product } from './product.ts';

/** The verdict on one event of a case: a Detection before it belongs to a Threat. */
export type CaseDetection = ReturnType<typeof judge>;

/** What the pipeline makes of one case. */
export interface CaseVerdict {
  readonly isThreat: boolean;
  /** Highest of the detections; 0 without any. */
  readonly confidence: number;
  readonly events: readonly SecurityEvent[];
  /** One for each event with findings. */
  readonly detections: readonly CaseDetection[];
}

/** Shows one case to fresh detectors and judges each of its events as the pipeline does. */
export function judgeCase(product: Product, rowId: string, events: readonly SecurityEvent[]): CaseVerdict {
  const findings = new Map<SecurityEvent, [Finding, ...Finding[]]>();
  const run = new DetectorRun(product, ({ event }, finding) => {
    const known = findings.get(event);
    if (known === undefined) findings.set(event, [finding]);
    else known.push(finding);
  });
  for (const event of events) run.show({ rowId, event });
  run.settle();
  const detections = [...findings].map(([event, found]) =>
    judge(event, found, rolesOf(event), product.minThreatConfidence),
  );
  return {
    isThreat: detections.some((detection) => detection.is_threat),
    confidence: Math.max(0, ...detections.map((detection) => detection.confidence)),
    events,
    detections,
  };
}
