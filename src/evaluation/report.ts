/**
 * What `vertice eval detection --json` prints. Shares are 0..1, null where nothing was counted; times are
 * milliseconds. `docs/evaluation.md` says what each figure means.
 */
export interface EvaluationReport {
  readonly vertice: string;
  readonly node: string;
  /** Version of ATT&CK that techniques are compared in. */
  readonly attack: string;
  readonly data: string;
  readonly started_at: string;
  readonly elapsed_ms: number;
  /** Rows of all event files. */
  readonly events: number;
  /** Rows over all of the time, everything counted in it: loading, reading, both engines, detectors. */
  readonly events_per_second: number;
  /** Largest resident memory of the process, bytes. */
  readonly peak_memory_bytes: number;
  readonly rules: RulesReport;
  readonly files: Readonly<Record<string, FileReport>>;
  readonly sigma: SigmaReport | null;
  readonly correlation: CorrelationReport | null;
  /** By file name without `.jsonl.gz`. */
  readonly scenarios: Readonly<Record<string, ScenarioReport>> | null;
  readonly benign: BenignReport | null;
  /** Events without a label: how much is found in them, nothing more. */
  readonly unlabelled: Readonly<Record<string, LevelCounts>> | null;
  /** All detectors, the verdict as the pipeline reaches it. */
  readonly triage: TriageReport | null;
  /** The same cases after the Sentinel's deterministic analyst. */
  readonly triage_sentinel: TriageReport | null;
  /** The same cases after the Sentinel's language model, `--llm`. */
  readonly triage_llm: LlmTriageReport | null;
  /** Why a part is null, by its name. */
  readonly skipped: Readonly<Record<string, string>>;
}

export interface RuleSetReport {
  /** Rules on single events that compiled. */
  readonly detections: number;
  readonly correlations: number;
  /** Rules that a filter rule narrows. */
  readonly filtered: number;
  /** What is wrong with rule files; each keeps a rule out. */
  readonly errors: number;
  /** What is doubtful, or left out on purpose: unknown placeholders, second rules of one id. */
  readonly warnings: number;
  /** The first of both. */
  readonly problems: readonly string[];
}

export interface RulesReport {
  /** The folder's pack alone, no filter applied: what the expectations are about. */
  readonly pack: RuleSetReport | null;
  /** Everything in force in scenarios, benign and triage: pack, starter rules, `--rules`, filters applied. */
  readonly product: RuleSetReport;
  /** Reading the pack and compiling it. */
  readonly pack_load_ms: number;
  /** Reading the folders, and compiling pack and folders together. */
  readonly product_load_ms: number;
}

export interface FileReport {
  readonly events: number;
  /** Rows that no format knows, or that are invalid: dead letters of the product. */
  readonly rejected: number;
  readonly elapsed_ms: number;
}

/** Cells: pairs of a rule and an event. */
export interface SigmaReport {
  /** Rows that went through the engine. */
  readonly events: number;
  /** Those of them that the expectations cover. */
  readonly events_compared: number;
  readonly cells_expected: number;
  readonly cells_matched: number;
  /** Expected and not matched, or matched and not expected. */
  readonly cells_differing: number;
  readonly cells_missing: number;
  readonly cells_extra: number;
  /** Rules that fired on every event of which their author says that they do. */
  readonly gold_fired: number;
  readonly gold_total: number;
  /** The same by event. */
  readonly gold_events_fired: number;
  readonly gold_events: number;
  /** Events with expectations that are in no file of the folder. */
  readonly expectations_unseen: number;
  /** Cells differing by file; files without any are left out. */
  readonly differing_by_file: Readonly<Record<string, number>>;
  /** The first differences. */
  readonly differences: readonly CellDifference[];
}

export interface CellDifference {
  readonly event: string;
  readonly rule: string;
  readonly kind: 'missing' | 'extra';
}

export interface CorrelationReport {
  /** Groups that fired, first at the expected event. */
  readonly must_fired: number;
  readonly must_total: number;
  /** Groups that fired first at another event: not among `must_fired`. */
  readonly must_elsewhere: number;
  readonly silent_fired: number;
  readonly silent_total: number;
}

/** Events with a finding of at least this level. */
export interface LevelCounts {
  readonly events: number;
  readonly any: number;
  readonly low: number;
  readonly medium: number;
  readonly high: number;
  readonly critical: number;
}

export interface ScenarioReport {
  readonly total: number;
  /** With a finding of level low or above. */
  readonly detected: number;
  readonly detected_medium: number;
  readonly detected_high: number;
  /** With an event that the pipeline calls a threat (confidence ≥ `MIN_THREAT_CONFIDENCE`). */
  readonly detected_threat: number;
  /** With informational findings alone. */
  readonly informational_only: number;
  readonly events: LevelCounts;
  /** Techniques that the data names, over scenarios. */
  readonly techniques: number;
  /** Those of them that a finding of their scenario names exactly. */
  readonly techniques_named: number;
  /** The same, by technique without sub-technique. */
  readonly techniques_named_by_parent: number;
  readonly technique_recall: number | null;
  readonly technique_recall_by_parent: number | null;
  /** Scenarios of the same file labelled benign, and those with a finding ≥ high. */
  readonly benign_total: number;
  readonly benign_high: number;
}

export interface BenignReport {
  readonly events: number;
  /** Events with a finding of level high or above. */
  readonly high: number;
  readonly high_share: number | null;
  readonly files: Readonly<Record<string, LevelCounts>>;
  /** What found them, most events first. */
  readonly high_by_detector: readonly DetectorCount[];
}

export interface DetectorCount {
  readonly detector: string;
  readonly title: string;
  readonly events: number;
}

export interface Confusion {
  readonly tp: number;
  readonly fn: number;
  readonly fp: number;
  readonly tn: number;
  /** tp / (tp + fn) */
  readonly tpr: number | null;
  /** fp / (fp + tn) */
  readonly fpr: number | null;
  readonly precision: number | null;
}

export interface TriageReport extends Confusion {
  /** Cases whose record no format knows, counted as no threat. */
  readonly unread: number;
  readonly by_log_type: Readonly<Record<string, Confusion>>;
}

export interface LlmTriageReport extends TriageReport {
  /** Cases shown to the model: those in which a detector found anything. */
  readonly cases_asked: number;
  /** Of those, how often nothing usable came back; the deterministic verdict stood. */
  readonly cases_failed: number;
}
