import type { Command } from 'commander';
import { type Response, ResponseSchema } from '../../contracts/response.ts';
import { addListCommand } from '../list-command.ts';
import type { CliDependencies } from '../ports.ts';

export function addResponsesCommand(program: Command, dependencies: CliDependencies): void {
  addListCommand(program, dependencies, {
    name: 'responses',
    description: 'List what was done about threats, newest first.',
    path: '/api/v1/responses',
    schema: ResponseSchema,
    filters: { threat_id: 'only for this threat' },
    columns: [
      { title: 'TIME' },
      { title: 'PLAYBOOK' },
      { title: 'OK?' },
      { title: 'ACTIONS', maxWidth: 72 },
      { title: 'THREAT' },
      { title: 'ID' },
    ],
    row: (response) => [
      response.timestamp,
      response.playbook_id,
      response.success ? (response.dry_run ? 'dry run' : 'yes') : 'no',
      response.actions.map((action) => `${action.type} ${action.target} ${action.status}`).join(', '),
      response.threat_id,
      response.response_id,
    ],
    describe: describeResponse,
  });
}

/** All there is to say about a response. */
export function describeResponse(response: Response): readonly (readonly [string, string])[] {
  return [
    ['id', response.response_id],
    ['time', response.timestamp],
    ['playbook', response.playbook_id],
    ['threat', response.threat_id],
    [
      'success',
      `${response.success ? 'yes' : 'no'}${response.dry_run ? ' (dry run: nothing was touched)' : ''}`,
    ],
    ...response.actions.map((action): readonly [string, string] => [
      'action',
      `${action.type} ${action.target}: ${action.status}` +
        `${action.lease_until === null ? '' : ` until ${action.lease_until}`}\n${action.detail}`,
    ]),
  ];
}
