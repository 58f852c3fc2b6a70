import type { AuditEvent } from './audit-event.ts';
import type { EvidenceList } from './evidence.ts';
import { wordList } from './word-set.ts';

const scoreKeys = wordList('phishscore malwarescore impostorscore');

/** Messages: the gateway's own scores (0-100), and a sender whom none of SPF, DKIM and DMARC vouches for. */
export function mailEvidence(event: AuditEvent, out: EvidenceList): void {
  const { record } = event;
  const scores = scoreKeys.flatMap((key) => record.first([key]) ?? []).map((leaf) => Number(leaf.value));
  const highest = Math.max(-1, ...scores.filter(Number.isFinite));
  if (highest >= 50) out.add('mail:high-score', 'phishing', `score ${highest}`);
  else if (highest >= 0) out.add('mail:low-score');
  if (event.outcome === 'failed' || event.outcome === 'denied') return;
  const passed = ['spf', 'dkim', 'dmarc'].filter((name) => record.text(`${name}pass`) === 'false');
  const judged = ['spf', 'dkim', 'dmarc'].filter((name) =>
    /^(?:fail|softfail|permerror)/.test(record.text(name, `${name}result`)),
  );
  // DMARC fails only where neither SPF nor DKIM passes for the domain the reader sees.
  if (passed.includes('dmarc') || passed.length + judged.length >= 2) {
    out.add('mail:unauthenticated', 'phishing', 'SPF, DKIM or DMARC failed');
  }
}
