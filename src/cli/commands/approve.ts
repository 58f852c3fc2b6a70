import type { Command } from 'commander';
import { ThreatSchema } from '../../contracts/threat.ts';
import { addDecisionCommand } from '../decision-command.ts';
import type { CliDependencies } from '../ports.ts';
import { describeThreat } from './threats.ts';

export function addApproveCommand(program: Command, dependencies: CliDependencies): void {
  addDecisionCommand(program, dependencies, {
    name: 'approve',
    description: 'Start the response to a threat that waits for a person.',
    argument: 'threat-id',
    schema: ThreatSchema,
    path: (id) => `/api/v1/threats/${id}/approve`,
    describe: describeThreat,
  });
}
