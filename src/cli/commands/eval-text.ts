import type { Confusion, EvaluationReport, ScenarioReport } from '../../evaluation/report.ts';
import { type Paint, printable, renderTable } from '../terminal-text.ts';

/** Log types with fewer cases are left to the JSON. */
const MIN_CASES = 20;
/** Detectors that are listed for harmless events. */
const MAX_DETECTORS = 10;

/** The figures of an evaluation for a person to read. */
export function renderEvaluation(report: EvaluationReport, paint: Paint): string {
  const { sigma, correlation, benign, rules, skipped } = report;
  const parts: string[] = [];
  const section = (title: string, rows: readonly (readonly [string, string])[]): void => {
    parts.push(`${paint('bold', title)}\n${pairs(rows)}`);
  };

  section('Data', [
    ['folder', report.data],
    ['events', count(report.events)],
    ['time', `${(report.elapsed_ms / 1000).toFixed(1)} s, ${count(report.events_per_second)} events/s`],
    ['memory at most', `${count(report.peak_memory_bytes / 1_048_576)} MB`],
    [
      'rules in force',
      `${count(rules.product.detections)}, ${count(rules.product.correlations)} correlations`,
    ],
  ]);
  if (rules.product.errors > 0) {
    const told = rules.product.problems.map((problem): [string, string] => ['', problem]);
    section(`Rules that are wrong, and not in force: ${count(rules.product.errors)}`, told);
  }
  if (sigma !== null) {
    const { pack } = rules;
    section('Sigma: rules of the pack against the expectations', [
      ['rules', `${count(pack?.detections ?? 0)} compiled, ${count(pack?.errors ?? 0)} with errors`],
      ['events compared', `${count(sigma.events_compared)} of ${count(sigma.events)}`],
      ['cells expected', count(sigma.cells_expected)],
      [
        'cells differing',
        `${count(sigma.cells_differing)} (${count(sigma.cells_missing)} missing, ${count(sigma.cells_extra)} extra)`,
      ],
      ['gold rules fired', `${count(sigma.gold_fired)} of ${count(sigma.gold_total)}`],
    ]);
  }
  if (correlation !== null) {
    section('Correlations', [
      [
        'fired at the right event',
        `${count(correlation.must_fired)} of ${count(correlation.must_total)} (${count(correlation.must_elsewhere)} at another)`,
      ],
      ['fired and should not', `${count(correlation.silent_fired)} of ${count(correlation.silent_total)}`],
    ]);
  }
  if (report.scenarios !== null) parts.push(scenarioTable(report.scenarios, paint));
  if (benign !== null) {
    const named = benign.high_by_detector.slice(0, MAX_DETECTORS);
    section('Benign', [
      ['events', count(benign.events)],
      ['with a finding ≥ high', `${count(benign.high)} (${percent(benign.high_share, 3)})`],
      ...named.map(({ title, events }): [string, string] => [`  ${count(events)} ×`, title]),
    ]);
  }
  parts.push(triageTable(report, paint));
  const reasons = Object.entries(skipped);
  if (reasons.length > 0) section('Not measured', reasons);
  return parts.filter((part) => part !== '').join('\n');
}

function scenarioTable(scenarios: Readonly<Record<string, ScenarioReport>>, paint: Paint): string {
  const rows = Object.entries(scenarios).map(([file, one]) => [
    file,
    count(one.total),
    count(one.detected),
    count(one.detected_high),
    count(one.detected_threat),
    percent(one.technique_recall),
    percent(one.technique_recall_by_parent),
    count(one.events.events),
    count(one.events.high),
  ]);
  const titles = ['ANY', '≥ HIGH', 'THREAT', 'TECHNIQUES', 'BY PARENT', 'EVENTS', 'EVENTS ≥ HIGH'];
  return renderTable(
    [
      { title: 'SCENARIOS OF' },
      { title: 'TOTAL', align: 'right' },
      ...titles.map((title) => ({ title, align: 'right' as const })),
    ],
    rows,
    paint,
  );
}

function triageTable(report: EvaluationReport, paint: Paint): string {
  const { triage, triage_sentinel: sentinel, triage_llm: llm } = report;
  if (triage === null) return '';
  const row = (name: string, { tp, fn, fp, tn, tpr, fpr, precision }: Confusion): string[] => [
    name,
    ...[tp, fn, fp, tn].map(count),
    percent(tpr),
    percent(fpr),
    percent(precision),
  ];
  const rows = [
    row('pipeline', triage),
    ...(sentinel === null ? [] : [row('Sentinel', sentinel)]),
    ...(llm === null ? [] : [row('Sentinel with a language model', llm)]),
    ...Object.entries(triage.by_log_type)
      .filter(([, { tp, fn, fp, tn }]) => tp + fn + fp + tn >= MIN_CASES)
      .map(([type, confusion]) => row(`  ${type}`, confusion)),
  ];
  const titles = ['TP', 'FN', 'FP', 'TN', 'TPR', 'FPR', 'PRECISION'];
  const table = renderTable(
    [{ title: 'TRIAGE' }, ...titles.map((title) => ({ title, align: 'right' as const }))],
    rows,
    paint,
  );
  return triage.unread === 0
    ? table
    : `${table}  Of them ${count(triage.unread)} in no format that is known, and so no threat.\n`;
}

function pairs(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${printable(value)}\n`).join('');
}

function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

function percent(share: number | null, digits = 1): string {
  return share === null ? '-' : `${(share * 100).toFixed(digits)} %`;
}
