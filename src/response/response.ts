import type { Response } from '../contracts/response.ts';
import type { Threat } from '../contracts/threat.ts';

/** A person's yes. */
export interface Approval {
  readonly by: string;
}

/** The room's port: what orchestration asks of response. */
export interface ResponseEngine {
  /**
   * Runs the playbook for the Threat: one run per Threat and playbook, resumed when it exists, its leases
   * extended when the Threat was seen again. Resolves when every action has an outcome in the journal.
   * With an approval, the blast radius does not hold the run back, and what was refused or taken back
   * earlier is tried again.
   */
  execute(playbookId: string, threat: Threat, approval?: Approval): Promise<Response>;
  /** Probes every action of the run that should be in force; updates the journal; returns the run as it is now. */
  validate(response: Response): Promise<Response>;
  /** Takes back what the run has in force. Returns null when there is no such run. */
  rollback(responseId: string, reason: string): Promise<Response | null>;
  /** The playbook for a Threat, or null when none is routed to its techniques. */
  playbookFor(threat: Threat): string | null;
  /** After a restart: finishes interrupted runs, ends leases that ran out, re-asserts those that should hold. */
  recover(): Promise<void>;
  close(): Promise<void>;
}
