import type { Command } from 'commander';
import { createSigmaEngine } from '../../detection/sigma/compile/create-sigma-engine.ts';
import { createCorrelationSet } from '../../detection/sigma/correlate/create-correlation-set.ts';
import { formatRuleProblem } from '../../detection/sigma/parse/problem.ts';
import { loadRules } from '../../detection/sigma/rule-archive.ts';
import { findTestFiles } from '../../detection/sigma/rule-folder.ts';
import { type RuleTestReport, runRuleTests } from '../../detection/sigma/rule-test.ts';
import { toSigmaEvent } from '../../detection/sigma/taxonomy/to-sigma-event.ts';
import { VerticeError } from '../../errors.ts';
import { createReader } from '../../events/read.ts';
import { optionsOf } from '../command-options.ts';
import type { CliDependencies } from '../ports.ts';
import { createPaint, printable } from '../terminal-text.ts';
import { counted, readOptionsOf, withReadOptions } from './rules-options.ts';

const maxRecordBytes = 1_048_576;

export function addRulesTestCommand(rules: Command, dependencies: CliDependencies): void {
  const command = withReadOptions(
    rules
      .command('test')
      .description(
        'Run the tests beside rules (name.test.yml for name.yml): events that must and must not match.',
      )
      .argument('<path...>', 'folders of rules and tests'),
  )
    .option('--strict', 'fail when a rule lacks an event that must match, or one that must not')
    .option('--json', 'print JSON');
  command.action(async (paths: string[]) => {
    const options = optionsOf(command);
    const set = await loadRules(paths, readOptionsOf(options));
    const report = await runRuleTests(await findTestFiles(paths), set, {
      read: createReader({ maxRecordBytes }),
      toSigmaEvent,
      engine: createSigmaEngine(set.detections),
      correlations: createCorrelationSet(set.correlations, set.detections),
    });
    const ruleErrors = set.problems.filter(({ severity }) => severity === 'error');
    const whole = { ...report, problems: [...ruleErrors, ...report.problems] };
    if (options.flag('json')) dependencies.stdout.write(`${JSON.stringify(asJson(whole))}\n`);
    else show(whole, options.flag('strict'), dependencies);
    const failed = whole.results.filter(({ failure }) => failure !== null).length;
    const lacking = options.flag('strict') ? whole.untested.length : 0;
    if (failed + whole.problems.length + lacking > 0) {
      throw new VerticeError(
        'VTC_RULE_INVALID',
        `expected every test to pass, got ${failed} failed, ${whole.problems.length} that cannot be run` +
          (options.flag('strict') ? `, ${counted(lacking, 'rule')} without tests of both kinds` : ''),
      );
    }
  });
}

function show(report: RuleTestReport, isStrict: boolean, { stdout, environment }: CliDependencies): void {
  const paint = createPaint(stdout, environment);
  for (const problem of report.problems)
    stdout.write(`${paint('red', printable(formatRuleProblem(problem)))}\n`);
  for (const { file, line, rule, case: name, failure } of report.results) {
    if (failure === null) continue;
    stdout.write(
      `${paint('red', `${file}:${line}: failed: ${printable(`${rule}: ${name}: ${failure}`)}`)}\n`,
    );
  }
  if (isStrict) {
    for (const { rule, lacks } of report.untested) {
      const { file, line } = rule.origin;
      const what = lacks === 'both' ? 'events that must match and that must not' : `an event for "${lacks}"`;
      stdout.write(`${paint('yellow', printable(`${file}:${line}: lacks ${what}: ${rule.title}`))}\n`);
    }
  }
  const passed = report.results.filter(({ failure }) => failure === null).length;
  const rules = new Set(report.results.map(({ ruleId }) => ruleId)).size;
  stdout.write(
    `${counted(passed, 'test')} of ${report.results.length} passed, ${counted(rules, 'rule')} tested, ` +
      `${counted(report.untested.length, 'rule')} without tests of both kinds\n`,
  );
}

function asJson({ results, problems, untested }: RuleTestReport): unknown {
  return {
    results,
    problems,
    untested: untested.map(({ rule, lacks }) => ({ id: rule.id, title: rule.title, lacks })),
  };
}
