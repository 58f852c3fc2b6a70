/**
 * From an event handed in to its published detection, on the whole running program (embedded bus and ledger, real
 * fsync), with a language model that is absent, does its work, hangs, is down, lies or talks nonsense:
 *
 *     node bench/detection-latency.ts [events] [events a second]
 */
import { attitudes, type Outcome, runUnder } from '../tests/promises/model-attitudes.ts';

const events = Number(process.argv[2] ?? 4_000);
const perSecond = Number(process.argv[3] ?? 500);

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const idsOf = (outcome: Outcome): string =>
  outcome.detections
    .map(({ detection_id }) => detection_id)
    .toSorted()
    .join();

// The first run warms the compiler up and is not told.
await runUnder('none', Math.min(1_000, events), 1_000 / perSecond);
let reference: { readonly ids: string; readonly p99: number } | null = null;
for (const attitude of attitudes) {
  const outcome = await runUnder(attitude, events, 1_000 / perSecond);
  const [p50, p99] = [quantile(outcome.latenciesMs, 0.5), quantile(outcome.latenciesMs, 0.99)];
  const ids = idsOf(outcome);
  reference ??= { ids, p99 };
  process.stdout.write(
    `model ${attitude.padEnd(8)} ${outcome.detections.length} detections ` +
      `(${ids === reference.ids ? 'the same' : 'DIFFERENT'}), p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms ` +
      `(${(p99 / reference.p99).toFixed(2)} × without a model), ${outcome.questions} questions\n`,
  );
}
