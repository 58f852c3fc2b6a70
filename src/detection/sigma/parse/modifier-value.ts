import type { Comparison, TextPart } from '../rule.ts';
import { shown } from './problem.ts';
import type { YamlScalar } from './yaml-tree.ts';

/** A value on its way through the modifiers. */
export type Value =
  /** Untouched; its type is still open. */
  | { readonly kind: 'raw'; readonly scalar: YamlScalar; readonly text: string }
  | { readonly kind: 'text'; readonly parts: readonly TextPart[] }
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'regex'; readonly source: string; readonly flags: string }
  | { readonly kind: 'cidr'; readonly network: string }
  | { readonly kind: 'compare'; readonly comparison: Comparison; readonly value: number }
  | { readonly kind: 'exists'; readonly isThere: boolean }
  | { readonly kind: 'fieldref'; readonly field: string; readonly start: boolean; readonly end: boolean };

/** What a modifier cannot take: the rest of the sentence "expected …". */
export class Refusal {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** A placeholder nobody gave values for: the rule cannot be used here, and is not wrong. */
export class UnknownPlaceholder {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A value, for messages. */
export function describeRaw(value: Value): string {
  if (value.kind === 'raw') return value.scalar.value === null ? 'nothing' : shown(value.scalar.value);
  return value.kind === 'text' ? 'text' : `what another modifier made (${value.kind})`;
}
