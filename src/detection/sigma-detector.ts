import type { Finding } from '../contracts/detection.ts';
import { eventTypes } from '../contracts/event-types.ts';
import type { RuleSignal } from '../contracts/rule-signal.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';
import type { Detector } from './detector.ts';
import type { CorrelationSignal } from './sigma/correlation.ts';
import { findingOfRule } from './sigma/finding.ts';
import type { RuleBook } from './sigma/rule-book.ts';
import { toSigmaEvent } from './sigma/taxonomy/to-sigma-event.ts';

/** The Sigma rules in force, on single events. Keeps nothing: the windows are the correlations'. */
export function createSigmaDetector(book: RuleBook): Detector {
  return {
    id: 'sigma',
    title: 'Sigma rules',
    windowMs: 0,
    eventTypes: null,
    open: () => ({
      inspect(event, timeMs, findings, signals) {
        if (event.event_type === eventTypes.correlationMatched) return;
        const { engine, correlations } = book.active;
        const seen = toSigmaEvent(event);
        const byKey = new Map<string, CorrelationSignal[]>();
        for (const rule of engine.match(seen)) {
          for (const signal of correlations.signalsOf(rule, seen, event.event_id, timeMs)) {
            const alike = byKey.get(signal.key);
            if (alike === undefined) byKey.set(signal.key, [signal]);
            else alike.push(signal);
          }
          if (!book.isReported(rule)) continue;
          findings.push(findingOfRule(rule, [event.event_id], engine.matchedFields(rule, seen)));
        }
        for (const [key, alike] of byKey) signals.push(ruleSignalOf(key, alike, event));
      },
    }),
  };
}

/** Correlations that have come true, which the correlator reports as events. */
export function createCorrelationDetector(book: RuleBook): Detector {
  return {
    id: 'sigma-correlation',
    title: 'Sigma correlations',
    windowMs: 0,
    eventTypes: new Set([eventTypes.correlationMatched]),
    open: () => ({
      inspect(event, _timeMs, findings) {
        const finding = correlationFinding(event, book);
        if (finding !== null) findings.push(finding);
      },
    }),
  };
}

/** Null when the rule is no longer in force, or only feeds another correlation. */
function correlationFinding(event: SecurityEvent, book: RuleBook): Finding | null {
  const { rule_id: ruleId, evidence_event_ids: evidence, group } = event.payload;
  const rule = typeof ruleId === 'string' ? book.correlation(ruleId) : undefined;
  if (rule === undefined || !book.isReported(rule)) return null;
  const ids = Array.isArray(evidence) ? evidence.filter((id) => typeof id === 'string') : [];
  const fields =
    typeof group === 'object' && group !== null
      ? Object.entries(group).map(([field, value]) => ({ field, value: String(value) }))
      : [];
  return findingOfRule(rule, ids.length > 0 ? ids : [event.event_id], fields);
}

function ruleSignalOf(key: string, signals: readonly CorrelationSignal[], event: SecurityEvent): RuleSignal {
  const { host, user } = event.context;
  return {
    key,
    signals: signals.map((signal) => ({ ...signal, fields: { ...signal.fields } })),
    source: event.source,
    ...(event.source_ip === undefined ? {} : { source_ip: event.source_ip }),
    ...(event.destination_ip === undefined ? {} : { destination_ip: event.destination_ip }),
    ...(host === undefined ? {} : { host }),
    ...(user === undefined ? {} : { user }),
  };
}
