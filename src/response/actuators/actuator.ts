/** What an actuator is asked to bring about. Idempotent under `key`. */
export interface Effect {
  /** The action's deterministic id. */
  readonly key: string;
  /** What to act on, e.g. an IPv4 or IPv6 address. */
  readonly target: string;
  /** When the effect must end, milliseconds since the epoch. Every containment is a lease. */
  readonly leaseUntilMs: number;
}

export type EffectResult =
  | { readonly kind: 'applied'; readonly detail: string }
  /** The target is one of the defended, or not something this actuator can act on. Final. */
  | { readonly kind: 'refused'; readonly detail: string };

/** Carries one kind of action out on the real world. One file each; `contract.ts` is what all must pass. */
export interface Actuator {
  /** The action type a playbook names, e.g. `block_source`. */
  readonly type: string;
  readonly title: string;
  /** Brings what it needs into being (a table, a file). Rejects with what is missing and what to do. */
  prepare(): Promise<void>;
  /**
   * Makes the effect hold until the lease ends; extends it when it holds already. The never-block list is
   * checked here, last thing before the effect. Rejects (VTC_ACTUATOR_FAILED) when the world said no.
   */
  apply(effect: Effect): Promise<EffectResult>;
  /** Is it in force now, and until at least `leaseUntilMs`? Asks the world, not memory. */
  probe(effect: Effect): Promise<boolean>;
  /** Ends the effect; no error when it is not in force. */
  revert(effect: Effect): Promise<void>;
  /** Null when it can work; otherwise what is wrong, in one sentence. */
  health(): Promise<string | null>;
  close(): Promise<void>;
}
