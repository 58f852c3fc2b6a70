import type { Actuator } from './actuator.ts';

/**
 * An actuator whose `probe` is strict: true when the target is acted on and will be until the effect's own
 * lease ends, so that a cut lease shows as drift. It may also list everything it holds in one look.
 */
export interface LeasedActuator extends Actuator {
  /**
   * What is in force in the world right now: canonical target to the end of its lease, milliseconds since
   * the epoch, early by at most `leaseToleranceMs`. Infinite when the world knows no end.
   */
  inForce?(): Promise<ReadonlyMap<string, number>>;
}

/**
 * How far the world's end of a lease may lie before ours and still be the same lease: the kernel reports
 * whole seconds, and takes its time to read the clock.
 */
export const leaseToleranceMs = 2000;

/** Whether a lease that ends in the world at `worldUntilMs` (undefined: absent) keeps what was promised. */
export function holdsLease(worldUntilMs: number | undefined, promisedUntilMs: number): boolean {
  return worldUntilMs !== undefined && worldUntilMs + leaseToleranceMs >= promisedUntilMs;
}
