import type { ActionRecord } from '../contracts/response.ts';
import type { Threat } from '../contracts/threat.ts';
import { parseHostAddress } from './actuators/address.ts';
import { isWorthExtending, type LeaseSettings, leaseMs } from './lease.ts';
import type { Playbook } from './playbook.ts';
import { actionId, isInForce, leaseUntilMs } from './run.ts';

/** What one action of a playbook comes to for one Threat. */
export interface Step {
  readonly action_id: string;
  readonly type: string;
  readonly target: string;
  readonly leaseMs: number;
}

export function planSteps(
  responseId: string,
  playbook: Playbook,
  threat: Threat,
  earlierThreats: number,
  settings: LeaseSettings,
): readonly Step[] {
  const attacker = parseHostAddress(threat.attacker);
  return playbook.actions.map((action, position) => ({
    action_id: actionId(responseId, position),
    type: action.type,
    target: attacker.kind === 'host' ? attacker.address : threat.attacker,
    leaseMs: leaseMs(settings, action.lease ?? 'default', earlierThreats),
  }));
}

export interface Circumstances {
  readonly nowMs: number;
  readonly dryRun: boolean;
  /** A person has asked for it. */
  readonly isApproved: boolean;
}

/**
 * What the journal must say before this step is carried out; null when the step is to be left as it is.
 *
 * What a person took back, and what was refused, stays so for this Threat until a person asks for it.
 * An intent that a crash interrupted keeps the lease it had promised, so that a probe can tell whether it was done.
 */
export function nextRecord(
  step: Step,
  known: ActionRecord | undefined,
  circumstances: Circumstances,
): ActionRecord | null {
  const { nowMs, dryRun, isApproved } = circumstances;
  const start = (): ActionRecord => {
    const at = new Date(nowMs).toISOString();
    const until = new Date(nowMs + step.leaseMs).toISOString();
    const common = { action_id: step.action_id, type: step.type, target: step.target, started_at: at };
    return dryRun
      ? {
          ...common,
          status: 'simulated',
          detail: `dry run: ${step.type} would hold ${step.target} until ${until}`,
          lease_until: null,
          finished_at: at,
        }
      : {
          ...common,
          status: 'intended',
          detail: 'about to be carried out',
          lease_until: until,
          finished_at: null,
        };
  };
  if (known === undefined) return start();
  switch (known.status) {
    case 'intended':
      return leaseUntilMs(known) > nowMs && !dryRun ? known : start();
    case 'applied':
    case 'validated':
      if (!isInForce(known, nowMs)) return start();
      if (dryRun || !isWorthExtending(leaseUntilMs(known), step.leaseMs, nowMs)) return null;
      return { ...start(), started_at: known.started_at };
    case 'simulated':
      return dryRun ? null : start();
    case 'refused':
    case 'reverted':
      return isApproved ? start() : null;
    case 'failed':
    case 'expired':
      return start();
  }
}
