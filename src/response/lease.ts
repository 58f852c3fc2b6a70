/** How long containments last, in seconds. */
export interface LeaseSettings {
  /** Of a first containment, unless its playbook says otherwise. */
  readonly leaseSeconds: number;
  readonly maxLeaseSeconds: number;
}

/**
 * Length of a lease, milliseconds: doubled for every earlier Threat of the same attacker, up to the longest.
 *
 * @param firstSeconds what the playbook asks for a first containment, or `default`
 */
export function leaseMs(
  settings: LeaseSettings,
  firstSeconds: number | 'default',
  earlierThreats: number,
): number {
  const first = firstSeconds === 'default' ? settings.leaseSeconds : firstSeconds;
  return Math.min(first * 2 ** earlierThreats, settings.maxLeaseSeconds) * 1000;
}

/**
 * Whether a lease in force is worth extending: an attack is seen again with every event, and each extension
 * costs two journal writes and a firewall transaction. Below half, it is.
 */
export function isWorthExtending(leaseUntilMs: number, fullLeaseMs: number, nowMs: number): boolean {
  return leaseUntilMs - nowMs < fullLeaseMs / 2;
}
