import type { Detection } from '../contracts/detection.ts';
import type { Response } from '../contracts/response.ts';
import type { Threat } from '../contracts/threat.ts';
import { topics } from '../contracts/topics.ts';
import type { Announcement } from '../orchestration/announcements.ts';
import { readDetection, readResponse, readThreat } from './announced.ts';

/** Tells what happens, one line each: seconds since the start, what kind of thing it is, what it says. */
export interface Timeline {
  say(kind: string, text: string): void;
  /** An announcement of the pipeline, if it is worth a line. */
  hear(announcement: Announcement): void;
  /** Resolves at the first containment that was seen to be in force. */
  readonly contained: Promise<Response>;
}

export function createTimeline(write: (line: string) => void, elapsedMs: () => number): Timeline {
  const contained = Promise.withResolvers<Response>();
  const told = new Set<string>();
  const say = (kind: string, text: string): void => {
    write(`${(elapsedMs() / 1000).toFixed(2).padStart(7)} s  ${kind.padEnd(9)}  ${text}\n`);
  };
  /** Says each thing once, however often it is announced. */
  const sayOnce = (kind: string, text: string): void => {
    if (told.has(`${kind} ${text}`)) return;
    told.add(`${kind} ${text}`);
    say(kind, text);
  };
  return {
    say,
    contained: contained.promise,
    hear({ topic, value }) {
      if (topic === topics.detections) {
        const detection = readDetection(value);
        if (detection !== null) sayOnce('detection', describeDetection(detection));
      } else if (topic === topics.threats) {
        const threat = readThreat(value);
        if (threat !== null) for (const [kind, text] of describeThreat(threat)) sayOnce(kind, text);
      } else if (topic === topics.responses) {
        const response = readResponse(value);
        if (response === null) return;
        sayOnce('response', describeResponse(response));
        if (response.success && !response.dry_run) contained.resolve(response);
      }
    },
  };
}

function describeDetection(detection: Detection): string {
  const reason = detection.findings[0]?.reason ?? '';
  return `${detection.severity}, confidence ${detection.confidence}, ${detection.mitre_techniques.join(' ')}: ${reason}`;
}

function describeThreat(threat: Threat): [string, string][] {
  if (threat.phase === 'decided') {
    const who = `${threat.attacker} against ${threat.target} (${threat.technique}), severity ${threat.severity}`;
    const { verdict, reason } = threat.decision ?? { verdict: 'none', reason: '' };
    return [
      ['threat', who],
      ['decision', `${verdict}: ${reason}`],
    ];
  }
  return threat.phase === 'learned' ? [['status', `threat of ${threat.attacker} is ${threat.status}`]] : [];
}

function describeResponse(response: Response): string {
  const actions = response.actions.map(
    ({ type, target, status, lease_until }) =>
      `${type} ${target} ${status}${lease_until === null ? '' : ` until ${lease_until}`}`,
  );
  return `${response.playbook_id}: ${actions.join('; ')}`;
}
