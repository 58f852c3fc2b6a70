import type { Command } from 'commander';
import { DetectionSchema } from '../../contracts/detection.ts';
import { addListCommand } from '../list-command.ts';
import type { CliDependencies } from '../ports.ts';

export function addDetectionsCommand(program: Command, dependencies: CliDependencies): void {
  addListCommand(program, dependencies, {
    name: 'detections',
    description: 'List detections, newest first.',
    path: '/api/v1/detections',
    schema: DetectionSchema,
    filters: {
      threat_id: 'only of this threat',
      attacker: 'only from this address, host or user',
      severity: 'info, low, medium, high or critical',
      since: 'only of events at or after this time (RFC 3339)',
    },
    columns: [
      { title: 'TIME' },
      { title: 'SEVERITY' },
      { title: 'SURE', align: 'right' },
      { title: 'THREAT?' },
      { title: 'ATTACKER' },
      { title: 'TARGET' },
      { title: 'TECHNIQUES', maxWidth: 32 },
      { title: 'WHAT', maxWidth: 48 },
      { title: 'ID' },
    ],
    row: (detection) => [
      detection.timestamp,
      detection.severity,
      detection.confidence.toFixed(2),
      detection.is_threat ? 'yes' : 'no',
      detection.attacker,
      detection.target,
      detection.mitre_techniques.join(' '),
      detection.findings[0]?.title ?? '',
      detection.detection_id,
    ],
    describe: (detection) => [
      ['id', detection.detection_id],
      ['time', detection.timestamp],
      ['event', detection.event_id],
      ['threat', `${detection.threat_id}${detection.is_threat ? '' : ' (below the threshold)'}`],
      ['severity', detection.severity],
      ['confidence', detection.confidence.toFixed(2)],
      ['attacker', detection.attacker],
      ['target', detection.target],
      ['techniques', detection.mitre_techniques.join(' ')],
      ...detection.findings.map((finding): readonly [string, string] => [
        'finding',
        `${finding.title} (${finding.severity}, ${finding.confidence.toFixed(2)})\n${finding.reason}` +
          `${finding.author === undefined ? '' : `\nrule by ${finding.author}`}` +
          `\nevidence: ${finding.evidence_event_ids.join(' ')}`,
      ]),
    ],
  });
}
