import type { Command } from 'commander';
import { formatRuleProblem } from '../../detection/sigma/parse/problem.ts';
import { loadRules } from '../../detection/sigma/rule-archive.ts';
import { VerticeError } from '../../errors.ts';
import { optionsOf } from '../command-options.ts';
import type { CliDependencies } from '../ports.ts';
import { createPaint, printable } from '../terminal-text.ts';
import { counted, readOptionsOf, withReadOptions } from './rules-options.ts';

export function addRulesCheckCommand(rules: Command, { stdout, environment }: CliDependencies): void {
  const command = withReadOptions(
    rules
      .command('check')
      .description('Check rules: one line for each problem, with file and line.')
      .argument('<path...>', 'folders, files and archives of rules'),
  )
    .option('--strict', 'fail on warnings too')
    .option('--json', 'print JSON');
  command.action(async (paths: string[]) => {
    const options = optionsOf(command);
    const set = await loadRules(paths, readOptionsOf(options));
    const errors = set.problems.filter(({ severity }) => severity === 'error').length;
    const warnings = set.problems.length - errors;
    if (options.flag('json')) {
      const { detections, correlations, problems } = set;
      const counts = { detections: detections.length, correlations: correlations.length, errors, warnings };
      stdout.write(`${JSON.stringify({ ...counts, problems })}\n`);
    } else {
      const paint = createPaint(stdout, environment);
      for (const problem of set.problems) {
        const line = printable(formatRuleProblem(problem));
        stdout.write(`${paint(problem.severity === 'error' ? 'red' : 'yellow', line)}\n`);
      }
      stdout.write(
        `${counted(set.detections.length, 'rule')} and ${counted(set.correlations.length, 'correlation')} can be used; ` +
          `${counted(errors, 'error')}, ${counted(warnings, 'warning')}\n`,
      );
    }
    if (errors > 0 || (options.flag('strict') && warnings > 0)) {
      throw new VerticeError(
        'VTC_RULE_INVALID',
        `expected rules without ${errors > 0 ? 'errors' : 'warnings'}, got ${counted(errors, 'error')} and ${counted(warnings, 'warning')}`,
      );
    }
  });
}
