import type { ActionRecord, ActionStatus, Response } from '../contracts/response.ts';
import { deterministicId } from '../ids.ts';

export function runId(threatId: string, playbookId: string): string {
  return deterministicId('run', threatId, playbookId);
}

export function actionId(responseId: string, position: number): string {
  return deterministicId('act', responseId, String(position));
}

/** Whether the journal says that this action holds its target at that time. */
export function isInForce(action: ActionRecord, nowMs: number): boolean {
  return hasTakenEffect(action.status) && leaseUntilMs(action) > nowMs;
}

export function hasTakenEffect(status: ActionStatus): boolean {
  return status === 'applied' || status === 'validated';
}

/** End of the action's lease, milliseconds since the epoch; 0 when it never had one. */
export function leaseUntilMs(action: ActionRecord): number {
  return action.lease_until === null ? 0 : Date.parse(action.lease_until);
}

/** The action at its end, with what came of it. */
export function settled(
  action: ActionRecord,
  status: ActionStatus,
  detail: string,
  nowMs: number,
): ActionRecord {
  return { ...action, status, detail, finished_at: new Date(nowMs).toISOString() };
}

/** The run with these actions instead of those at the same positions, and its summary worked out anew. */
export function withActions(
  run: Response,
  changes: ReadonlyMap<number, ActionRecord>,
  nowMs: number,
): Response {
  const actions = run.actions.slice();
  for (const [position, action] of changes) actions[position] = action;
  return {
    ...run,
    actions,
    success: actions.every((action) => hasSucceeded(action.status)),
    actions_executed: actions.filter((action) => wasExecuted(action.status)).length,
    timestamp: new Date(nowMs).toISOString(),
  };
}

/** A lease that ended on time is no failure of the run. */
function hasSucceeded(status: ActionStatus): boolean {
  return status === 'validated' || status === 'simulated' || status === 'expired';
}

function wasExecuted(status: ActionStatus): boolean {
  return hasTakenEffect(status) || status === 'expired' || status === 'reverted';
}
