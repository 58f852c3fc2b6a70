import type { Command } from 'commander';
import { ResponseSchema } from '../../contracts/response.ts';
import { addDecisionCommand } from '../decision-command.ts';
import type { CliDependencies } from '../ports.ts';
import { describeResponse } from './responses.ts';

export function addRollbackCommand(program: Command, dependencies: CliDependencies): void {
  addDecisionCommand(program, dependencies, {
    name: 'rollback',
    description: 'Take back what a response has in force.',
    argument: 'response-id',
    schema: ResponseSchema,
    path: (id) => `/api/v1/responses/${id}/rollback`,
    describe: describeResponse,
  });
}
