import type { Detection } from '../../contracts/detection.ts';
import { severityRank } from '../../contracts/severity.ts';

/**
 * At most `limit` detections, oldest first, that say the most: the first, the last, the severest, then those that
 * add a detector or a technique not yet among them, then the severest of the rest. A function of the set alone.
 */
export function chosen(detections: readonly Detection[], limit: number): readonly Detection[] {
  const timeline = [...detections].sort(inTime);
  if (timeline.length <= limit) return timeline;
  const bySeverity = [...timeline].sort(
    (a, b) =>
      severityRank(b.severity) - severityRank(a.severity) || b.confidence - a.confidence || inTime(a, b),
  );
  const picked = new Set<Detection>();
  const heard = new Set<string>();
  const pick = (detection: Detection | undefined): void => {
    if (detection === undefined || picked.size >= limit) return;
    picked.add(detection);
    for (const voice of voicesOf(detection)) heard.add(voice);
  };
  pick(bySeverity[0]);
  pick(timeline[0]);
  pick(timeline.at(-1));
  for (const detection of bySeverity) {
    if (voicesOf(detection).some((voice) => !heard.has(voice))) pick(detection);
  }
  for (const detection of bySeverity) if (!picked.has(detection)) pick(detection);
  return [...picked].sort(inTime);
}

/** By time, then by id, so that equal times have one order. */
function inTime(a: Detection, b: Detection): number {
  return Date.parse(a.timestamp) - Date.parse(b.timestamp) || (a.detection_id < b.detection_id ? -1 : 1);
}

function voicesOf(detection: Detection): string[] {
  return detection.findings.flatMap((finding) => [
    `detector ${finding.detector_id}`,
    ...finding.mitre_techniques.map((technique) => `technique ${technique}`),
  ]);
}
