import type { Outcome } from './triage-tally.ts';

/** One thing behind a figure: a line of `--details`. Holds ids and titles, never what an event says. */
export type Detail =
  | { readonly kind: 'rejected'; readonly file: string; readonly event: string; readonly reason: string }
  | {
      readonly kind: 'cell';
      readonly file: string;
      readonly event: string;
      readonly rule: string;
      readonly difference: 'missing' | 'extra';
    }
  | {
      readonly kind: 'scenario';
      readonly file: string;
      readonly scenario: string;
      readonly is_benign: boolean;
      /** Of the weightiest finding; null without any. */
      readonly level: string | null;
      readonly is_threat: boolean;
      readonly techniques: readonly string[];
      readonly techniques_expected: readonly string[];
    }
  | {
      readonly kind: 'benign';
      readonly file: string;
      readonly event: string;
      readonly detector: string;
      readonly title: string;
      readonly level: string;
    }
  | {
      readonly kind: 'triage';
      readonly tier: 'pipeline' | 'sentinel' | 'llm';
      readonly event: string;
      readonly log_type: string;
      readonly scenario: string;
      readonly outcome: Outcome;
      readonly confidence: number;
      readonly detectors: readonly string[];
    }
  | {
      readonly kind: 'correlation';
      readonly rule: string;
      readonly scenario: string;
      readonly group: readonly string[];
      readonly difference: 'silent' | 'late' | 'fired';
    };

export type DetailListener = (detail: Detail) => void;
