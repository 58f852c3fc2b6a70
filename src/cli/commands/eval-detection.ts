import { closeSync, openSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { Sentinel } from '../../detection/sentinel/sentinel.ts';
import { messageOf, VerticeError } from '../../errors.ts';
import type { Detail, DetailListener } from '../../evaluation/detail.ts';
import type { EvaluationReport } from '../../evaluation/report.ts';
import { optionsOf } from '../command-options.ts';
import type { CliDependencies } from '../ports.ts';
import { createProgressBar } from '../progress-bar.ts';
import { createPaint } from '../terminal-text.ts';
import { renderEvaluation } from './eval-text.ts';

/** The Sigma rules that come with Vértice. */
const starterRules = fileURLToPath(new URL('../../../rules', import.meta.url));

export function addEvalDetectionCommand(evaluation: Command, dependencies: CliDependencies): void {
  const { stdout, stderr, environment, clock, signal, version } = dependencies;
  const command = evaluation
    .command('detection')
    .description('Measure detection on a folder of labelled events: conformance, scenarios, benign, triage.')
    .requiredOption(
      '--data <folder>',
      'folder of events and expectations (docs/evaluation.md has its layout)',
    )
    .option('--rules <folders...>', 'folders of further Sigma rules in force')
    .option('--no-starter-rules', 'leave out the rules that come with Vértice')
    .option('--llm', 'also show the triage cases to the configured language model')
    .option('--details <file>', 'write what lies behind the figures, as JSON lines')
    .option('--json', 'print JSON');
  command.action(async () => {
    // Loaded when it is asked for: no other command should start the slower for it.
    const { evaluateDetection } = await import('../../evaluation/evaluate-detection.ts');
    const options = optionsOf(command);
    const data = options.text('data') ?? '';
    const details = openDetails(options.text('details'));
    const bar = createProgressBar(stderr, performance.now.bind(performance));
    let report: EvaluationReport;
    try {
      report = await evaluateDetection({
        data,
        ruleFolders: [...(options.flag('starterRules') ? [starterRules] : []), ...options.list('rules')],
        llm: options.flag('llm') ? await modelAnalyst(dependencies) : 'no --llm was given',
        version,
        clock,
        now: () => performance.now(),
        signal,
        onDetail: details.write,
        onProgress: (file, rows) => bar.show(null, `${file}: ${rows} events`),
      });
    } finally {
      bar.clear();
      details.close();
    }
    if (options.flag('json')) stdout.write(`${JSON.stringify(report)}\n`);
    else stdout.write(renderEvaluation(report, createPaint(stdout, environment)));
  });
}

/** The analyst on the configured language model, or why there is none. */
async function modelAnalyst({ openLlm, clock }: CliDependencies): Promise<Sentinel | string> {
  const llm = (await openLlm?.()) ?? null;
  if (llm === null) return 'no language model is configured';
  const { openModelAnalyst } = await import('../../evaluation/model-analyst.ts');
  return openModelAnalyst(llm, clock);
}

function openDetails(path: string | null): { readonly write: DetailListener; close(): void } {
  if (path === null) return { write() {}, close() {} };
  let file: number;
  try {
    file = openSync(path, 'w');
  } catch (error) {
    throw new VerticeError(
      'VTC_USAGE',
      `Expected a file that can be written for --details: ${messageOf(error)}`,
      { cause: error },
    );
  }
  return {
    write: (detail: Detail) => void writeSync(file, `${JSON.stringify(detail)}\n`),
    close: () => closeSync(file),
  };
}
