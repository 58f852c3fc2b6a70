import type { Command } from 'commander';
import type { CliDependencies } from '../ports.ts';
import { addRulesCheckCommand } from './rules-check.ts';
import { addRulesExplainCommand } from './rules-explain.ts';
import { addRulesListCommand } from './rules-list.ts';
import { addRulesPullCommand } from './rules-pull.ts';
import { addRulesTestCommand } from './rules-test.ts';

/** Work on detection rules; none of it needs a server. */
export function addRulesCommand(program: Command, dependencies: CliDependencies): void {
  const rules = program.command('rules').description('Check, test, list, pull and explain Sigma rules.');
  addRulesCheckCommand(rules, dependencies);
  addRulesTestCommand(rules, dependencies);
  addRulesListCommand(rules, dependencies);
  addRulesPullCommand(rules, dependencies);
  addRulesExplainCommand(rules, dependencies);
}
