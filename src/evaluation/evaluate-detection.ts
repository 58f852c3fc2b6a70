import type { Clock } from '../clock.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';
import { attackVersion } from '../detection/attack/attack.ts';
import type { Sentinel } from '../detection/sentinel/sentinel.ts';
import type { CompiledEngine } from '../detection/sigma/compile/create-sigma-engine.ts';
import type { CorrelationConformance } from '../detection/sigma/correlate/conformance.ts';
import { toSigmaEvent } from '../detection/sigma/taxonomy/to-sigma-event.ts';
import { VerticeError } from '../errors.ts';
import { createReader, type Reader } from '../events/read.ts';
import { Metrics } from '../observability/metrics.ts';
import { BenignTally } from './benign-tally.ts';
import { createCaseAnalyst, SlowAnalyst } from './case-analysts.ts';
import { correlationReport, exactTimeMs, openCorrelationConformance } from './correlation-part.ts';
import { type DataFolder, type EventFile, fileNames, openDataFolder } from './data-folder.ts';
import type { DetailListener } from './detail.ts';
import { isCovered, readExpectations } from './expectations.ts';
import { type Product, productWith } from './product.ts';
import type { EvaluationReport, FileReport, LevelCounts, ScenarioReport } from './report.ts';
import { type Row, readRows } from './rows.ts';
import { loadEvaluationRules } from './rules.ts';
import { readScenarioTechniques } from './scenario-index.ts';
import { ScenarioWatch } from './scenario-watch.ts';
import { SigmaCells } from './sigma-cells.ts';
import { TriagePart } from './triage-part.ts';

export interface EvaluationOptions {
  /** Folder of the data; docs/evaluation.md has its layout. */
  readonly data: string;
  /** Folders of rules that are in force beside the data's pack. */
  readonly ruleFolders: readonly string[];
  /** The language model's analyst; a reason in words when there is none. */
  readonly llm: Sentinel | string;
  readonly version: string;
  readonly clock: Clock;
  /** Milliseconds that only rise, for durations. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onDetail: DetailListener;
  /** Called after each stretch of rows. */
  readonly onProgress: (file: string, rows: number) => void;
}

/** Cases that the language model has before it at once. */
const LLM_CASES = 4;
/** As the door's own bound, and room for what recorders have put around a record. */
const MAX_RECORD_BYTES = 8 * 1024 * 1024;

/**
 * Measures detection on a folder of labelled data. One pass over every file, in memory that does not grow with
 * them; parts whose files are missing are left out, with the reason in the report.
 *
 * @throws VerticeError `VTC_USAGE` for a folder that holds no data, `VTC_EVENT_INVALID` or `VTC_RULE_INVALID` for
 *   files in it that are not what they should be
 */
export async function evaluateDetection(options: EvaluationOptions): Promise<EvaluationReport> {
  const { clock, now, signal, onDetail, llm } = options;
  const startedAt = now();
  const startedAtMs = clock.now();
  const folder = await openDataFolder(options.data);
  const rules = await loadEvaluationRules(folder.rulePack, options.ruleFolders, now);
  const product = productWith(rules.product);
  const cells =
    folder.expectations === null || rules.pack === null
      ? null
      : new SigmaCells(await readExpectations(folder.expectations));
  const conformance =
    folder.correlations === null ? null : await openCorrelationConformance(folder.correlations);
  const techniques = folder.index === null ? null : await readScenarioTechniques(folder.index);
  const slowAnalyst = typeof llm === 'string' ? null : new SlowAnalyst(llm, LLM_CASES, signal);
  const analyst = createCaseAnalyst(clock, new Metrics());
  const triage = new TriagePart({ product, analyst, slowAnalyst, onDetail });

  const parts: Parts = {
    read: createReader({ maxRecordBytes: MAX_RECORD_BYTES }),
    receivedAtMs: startedAtMs,
    product,
    pack: rules.pack,
    cells,
    conformance,
    triage,
    options,
  };
  const files: Record<string, FileReport> = {};
  const scenarios: Record<string, ScenarioReport> = {};
  const unlabelled: Record<string, LevelCounts> = {};
  const benign = new BenignTally();
  for (const file of folder.eventFiles) {
    const { report, watch } = await evaluateFile(file, parts);
    files[file.name] = report;
    const kinds = [...watch.labels];
    if (kinds.length === 0) continue;
    if (kinds.every((label) => label === 'benign')) {
      benign.addFile(file.name, watch.tally.events.counts(), watch.highFindings);
    } else if (kinds.every((label) => label === 'unlabelled')) {
      unlabelled[file.name] = watch.tally.events.counts();
    } else {
      const techniquesOf = (scenario: string): readonly string[] => techniques?.get(scenario) ?? [];
      scenarios[file.name] = watch.tally.report(techniquesOf);
      for (const outcome of watch.tally.outcomes()) {
        onDetail({
          kind: 'scenario',
          file: file.name,
          scenario: outcome.scenario,
          is_benign: outcome.isBenign,
          level: outcome.level,
          is_threat: outcome.isThreat,
          techniques: [...outcome.techniques],
          techniques_expected: techniquesOf(outcome.scenario),
        });
      }
    }
  }
  await slowAnalyst?.settled();

  const events = Object.values(files).reduce((sum, file) => sum + file.events, 0);
  const isTriaged = triage.cases > 0;
  const verdicts = triage.reports();
  const elapsedMs = now() - startedAt;
  const report = {
    sigma: cells?.report() ?? null,
    correlation: conformance === null ? null : correlationReport(conformance, onDetail),
    scenarios: noneIfEmpty(scenarios),
    benign: benign.report(),
    unlabelled: noneIfEmpty(unlabelled),
    triage: isTriaged ? verdicts.pipeline : null,
    triage_sentinel: isTriaged ? verdicts.sentinel : null,
    triage_llm: isTriaged ? verdicts.llm : null,
  };
  return {
    vertice: options.version,
    node: process.versions.node,
    attack: attackVersion(),
    data: options.data,
    started_at: new Date(startedAtMs).toISOString(),
    elapsed_ms: Math.round(elapsedMs),
    events,
    events_per_second: Math.round((events * 1000) / Math.max(1, elapsedMs)),
    peak_memory_bytes: process.resourceUsage().maxRSS * 1024,
    rules: rules.report,
    files,
    ...report,
    skipped: reasonsFor(report, folder, techniques === null, isTriaged, llm),
  };
}

interface Parts {
  readonly read: Reader;
  readonly receivedAtMs: number;
  readonly product: Product;
  readonly pack: CompiledEngine | null;
  readonly cells: SigmaCells | null;
  readonly conformance: CorrelationConformance | null;
  readonly triage: TriagePart;
  readonly options: EvaluationOptions;
}

async function evaluateFile(
  file: EventFile,
  parts: Parts,
): Promise<{ readonly report: FileReport; readonly watch: ScenarioWatch }> {
  const { product, triage, options } = parts;
  const startedAt = options.now();
  const watch = new ScenarioWatch(file.name, product, options.onDetail);
  let rows = 0;
  let rejected = 0;
  for await (const stretch of readRows(file.path)) {
    if (options.signal.aborted) {
      throw new VerticeError('VTC_SHUTTING_DOWN', 'The evaluation was stopped before its end.');
    }
    for (const row of stretch) {
      const { events, isRejected } = readEvents(row, file.name, parts);
      if (isRejected) rejected++;
      compareRow(row, file.name, events, parts);
      if (row.fire === null) watch.show(row, events);
      else await triage.show(row, row.fire, events);
    }
    rows += stretch.length;
    options.onProgress(file.name, rows);
  }
  watch.finish();
  const elapsed = Math.round(options.now() - startedAt);
  return { report: { events: rows, rejected, elapsed_ms: elapsed }, watch };
}

/** Through the door that every record of the product passes. */
function readEvents(
  row: Row,
  file: string,
  { read, receivedAtMs, options }: Parts,
): { readonly events: readonly SecurityEvent[]; readonly isRejected: boolean } {
  const events: SecurityEvent[] = [];
  let isRejected = false;
  for (const result of read(row.record, { position: `${file}:${row.id}`, receivedAtMs })) {
    if (result.kind === 'event') events.push(result.event);
    else {
      isRejected = true;
      options.onDetail({ kind: 'rejected', file, event: row.id, reason: result.reason });
    }
  }
  return { events, isRejected };
}

/** Holds a row against what the data says of rules and correlations. */
function compareRow(
  row: Row,
  file: string,
  events: readonly SecurityEvent[],
  { cells, conformance, pack, options }: Parts,
): void {
  if (cells === null && conformance === null) return;
  const matched = new Set<string>();
  for (const event of events) {
    const seen = toSigmaEvent(event);
    if (cells !== null && pack !== null) for (const rule of pack.match(seen)) matched.add(rule.id);
    conformance?.show({
      id: row.id,
      scenario: row.scenario,
      event: seen,
      timeMs: exactTimeMs(event.timestamp),
    });
  }
  if (cells === null) return;
  const mustMatchNothing = row.isSigmaSource && isCovered(file);
  for (const difference of cells.compare(file, row.id, mustMatchNothing, matched)) {
    const { event, rule, kind } = difference;
    options.onDetail({ kind: 'cell', file, event, rule, difference: kind });
  }
}

function noneIfEmpty<T>(entries: Readonly<Record<string, T>>): Readonly<Record<string, T>> | null {
  return Object.keys(entries).length === 0 ? null : entries;
}

type PartReports = Pick<
  EvaluationReport,
  | 'sigma'
  | 'correlation'
  | 'scenarios'
  | 'benign'
  | 'unlabelled'
  | 'triage'
  | 'triage_sentinel'
  | 'triage_llm'
>;

function reasonsFor(
  report: PartReports,
  { expectations, rulePack }: DataFolder,
  isWithoutIndex: boolean,
  isTriaged: boolean,
  llm: Sentinel | string,
): Readonly<Record<string, string>> {
  const missing = (name: string): string => `${name} is not in the folder`;
  const reasons: Record<string, string> = {};
  if (report.sigma === null) {
    const names = [
      ...(expectations === null ? [fileNames.expectations] : []),
      ...(rulePack === null ? [fileNames.rulePack] : []),
    ];
    reasons['sigma'] = missing(names.join(' or '));
  }
  if (report.correlation === null) reasons['correlation'] = missing(fileNames.correlations);
  if (report.scenarios === null) reasons['scenarios'] = 'no file has rows labelled malicious or mixed';
  else if (isWithoutIndex) reasons['technique_recall'] = missing(fileNames.index);
  if (report.benign === null) reasons['benign'] = 'no file has rows labelled benign alone';
  if (report.unlabelled === null) reasons['unlabelled'] = 'no file has unlabelled rows alone';
  if (!isTriaged) {
    for (const part of ['triage', 'triage_sentinel', 'triage_llm']) reasons[part] = 'no row has "fire"';
  } else if (typeof llm === 'string') reasons['triage_llm'] = llm;
  return reasons;
}
