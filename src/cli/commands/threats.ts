import type { Command } from 'commander';
import type { Analysis } from '../../contracts/analysis.ts';
import { type Threat, ThreatSchema } from '../../contracts/threat.ts';
import { techniqueById } from '../../detection/attack/attack.ts';
import { addListCommand } from '../list-command.ts';
import type { CliDependencies } from '../ports.ts';

export function addThreatsCommand(program: Command, dependencies: CliDependencies): void {
  addListCommand(program, dependencies, {
    name: 'threats',
    description: 'List threats, newest first, with what was decided about them.',
    path: '/api/v1/threats',
    schema: ThreatSchema,
    filters: {
      status: 'active, observed, contained or closed',
      attacker: 'only from this address, host or user',
      technique: 'only of this ATT&CK technique',
    },
    columns: [
      { title: 'LAST SEEN' },
      { title: 'STATUS' },
      { title: 'SEVERITY', align: 'right' },
      { title: 'SURE', align: 'right' },
      { title: 'ATTACKER' },
      { title: 'TARGET' },
      { title: 'TECHNIQUE' },
      { title: 'SEEN', align: 'right' },
      { title: 'DECISION' },
      { title: 'ID' },
    ],
    row: (threat) => [
      threat.last_seen,
      threat.status,
      threat.severity.toFixed(1),
      threat.confidence.toFixed(2),
      threat.attacker,
      threat.target,
      threat.technique,
      `${threat.detection_count}×`,
      decisionOf(threat),
      threat.threat_id,
    ],
    describe: describeThreat,
  });
}

const MAX_MOVES_TOLD = 5;

/** All there is to say about a Threat. */
export function describeThreat(threat: Threat): readonly (readonly [string, string])[] {
  return [
    ['id', threat.threat_id],
    ['status', `${threat.status} (${threat.phase})`],
    ['severity', threat.severity.toFixed(1)],
    ['confidence', threat.confidence.toFixed(2)],
    ['attacker', threat.attacker],
    ['target', threat.target],
    ['techniques', threat.ttps.join(' ')],
    ['seen', `${threat.detection_count} detections, ${threat.first_seen} to ${threat.last_seen}`],
    ['actor', threat.threat_actor ?? 'not attributed'],
    ['campaigns', threat.campaigns.join(', ') || 'none known'],
    ...threat.indicators.map((indicator): readonly [string, string] => [
      'indicator',
      `${indicator.type} ${indicator.value} (${indicator.source}, ${indicator.confidence.toFixed(2)})`,
    ]),
    ['narrative', threat.narrative || '-'],
    ...describeAnalysis(threat.analysis),
    ['decision', threat.decision === null ? 'pending' : `${decisionOf(threat)}: ${threat.decision.reason}`],
  ];
}

function describeAnalysis(analysis: Analysis | undefined): readonly (readonly [string, string])[] {
  if (analysis === undefined) return [];
  const { attacker_profile: profile } = analysis;
  const by = analysis.model === undefined ? 'deterministic' : `deterministic and ${analysis.model}`;
  const moves = profile.next_moves.slice(0, MAX_MOVES_TOLD).map(({ technique, probability }) => {
    const name = techniqueById(technique)?.name;
    return `${technique}${name === undefined ? '' : ` ${name}`} (${Math.round(probability * 100)} %)`;
  });
  return [
    [
      'analysis',
      `${analysis.is_threat ? 'a threat' : 'no threat'}, ${analysis.severity}, ${analysis.confidence.toFixed(2)} sure (${by})`,
    ],
    ['in short', analysis.description],
    ['attacker is', [profile.sophistication, ...profile.tools.map((tool) => `uses ${tool}`)].join(', ')],
    ['objectives', profile.objectives.join(', ') || 'none seen'],
    ['next moves', moves.join('\n') || 'none foreseen'],
    ['advice', analysis.recommended_actions.join('\n') || 'none'],
  ];
}

function decisionOf({ decision }: Threat): string {
  if (decision === null) return 'pending';
  return decision.playbook_id === null ? decision.verdict : `${decision.verdict} (${decision.playbook_id})`;
}
