import type { eventTypes } from '../../contracts/event-types.ts';
import type { EventContext, SecurityEvent } from '../../contracts/security-event.ts';
import { deterministicId } from '../../ids.ts';

export interface AttackOptions {
  readonly sourceIp: string;
  /** Address of the machine that is attacked, or that the attacker already has. */
  readonly target: string;
  /** Account; a typical one when null. */
  readonly user: string | null;
  readonly count: number;
  readonly seed: number;
  /** Time of the first event, milliseconds since the epoch. */
  readonly startMs: number;
  /** Mean time between events. */
  readonly spacingMs: number;
}

/** Numbers from 0 to below 1, the same for the same seed. */
export type Random = () => number;

/** What an event of an attack says beyond what all of them have in common. */
export interface AttackStep {
  readonly eventType: (typeof eventTypes)[keyof typeof eventTypes];
  readonly source: string;
  readonly port: number;
  readonly protocol: string;
  readonly payload: SecurityEvent['payload'];
  readonly context?: EventContext;
  /** Who talks to whom, where it is not the attacker to the target. */
  readonly sourceIp?: string;
  readonly destinationIp?: string;
}

/** A kind of attack that `vertice inject` can play: one file each. */
export interface Attack {
  /** The file's name, and what the command takes. */
  readonly id: string;
  readonly title: string;
  readonly defaultCount: number;
  readonly defaultSpacingMs: number;
  /** Share of the spacing by which times scatter, 0..1. */
  readonly jitter: number;
  step(index: number, options: AttackOptions, random: Random): AttackStep;
}

/** The events of an attack: a function of the options alone, ids and times included. */
export function* attackEvents(attack: Attack, options: AttackOptions): Generator<SecurityEvent> {
  const random = createRandom(options.seed);
  for (let index = 0; index < options.count; index += 1) {
    const scatterMs = (random() - 0.5) * attack.jitter * options.spacingMs;
    const step = attack.step(index, options, random);
    const timestamp = new Date(
      Math.round(options.startMs + index * options.spacingMs + scatterMs),
    ).toISOString();
    const { sourceIp, target, seed } = options;
    const sender = step.sourceIp ?? sourceIp;
    const receiver = step.destinationIp ?? target;
    yield {
      event_id: deterministicId('inj', attack.id, String(seed), String(index), sender, receiver, timestamp),
      timestamp,
      source: step.source,
      event_type: step.eventType,
      source_ip: sender,
      destination_ip: receiver,
      port: step.port,
      protocol: step.protocol,
      payload: step.payload,
      context: step.context ?? {},
    };
  }
}

/** The mulberry32 generator: small, fast and good enough for made-up traffic. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A whole number from `minimum` to `maximum`, both included. */
export function integer(random: Random, minimum: number, maximum: number): number {
  return minimum + Math.floor(random() * (maximum - minimum + 1));
}

/** One of several. */
export function pick<Item>(random: Random, items: readonly [Item, ...Item[]]): Item {
  return items[Math.floor(random() * items.length)] ?? items[0];
}
