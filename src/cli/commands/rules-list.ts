import type { Command } from 'commander';
import { spellLogSource } from '../../detection/sigma/explain.ts';
import type { LoadedRule } from '../../detection/sigma/rule.ts';
import { loadRules } from '../../detection/sigma/rule-archive.ts';
import { optionsOf } from '../command-options.ts';
import type { CliDependencies } from '../ports.ts';
import { createPaint, renderTable } from '../terminal-text.ts';
import { counted, readOptionsOf, withReadOptions } from './rules-options.ts';

export function addRulesListCommand(rules: Command, { stdout, stderr, environment }: CliDependencies): void {
  const command = withReadOptions(
    rules
      .command('list')
      .description('List the rules that can be used.')
      .argument('<path...>', 'folders, files and archives of rules'),
  ).option('--json', 'print JSON');
  command.action(async (paths: string[]) => {
    const options = optionsOf(command);
    const set = await loadRules(paths, readOptionsOf(options));
    const all = [...set.detections, ...set.correlations];
    if (options.flag('json')) stdout.write(`${JSON.stringify({ items: all.map(asItem) })}\n`);
    else {
      stdout.write(
        renderTable(
          [
            { title: 'ID', maxWidth: 36 },
            { title: 'LEVEL' },
            { title: 'TITLE' },
            { title: 'LOG SOURCE', maxWidth: 48 },
            { title: 'TECHNIQUES', maxWidth: 30 },
            { title: 'AUTHOR', maxWidth: 30 },
          ],
          all.map((rule) => [
            rule.id,
            rule.level,
            rule.title,
            sourceOf(rule),
            rule.techniques.join(' '),
            rule.author ?? '',
          ]),
          createPaint(stdout, environment),
        ),
      );
    }
    const errors = set.problems.filter(({ severity }) => severity === 'error').length;
    if (errors > 0) stderr.write(`${counted(errors, 'error')}; "vertice rules check" shows them\n`);
  });
}

function sourceOf(rule: LoadedRule): string {
  return rule.kind === 'detection' ? spellLogSource(rule.logSource) : `correlation: ${rule.type}`;
}

function asItem(rule: LoadedRule): unknown {
  const { id, name, kind, level, status, title, techniques, tags, author, license, references, origin } =
    rule;
  const source =
    rule.kind === 'detection'
      ? { logsource: rule.logSource, filters: rule.filters }
      : {
          correlation: {
            type: rule.type,
            rules: rule.rules.map(({ ruleId }) => ruleId),
            group_by: rule.groupBy,
          },
        };
  return {
    id,
    name,
    kind,
    level,
    status,
    title,
    ...source,
    techniques,
    tags,
    author,
    license,
    references,
    origin,
  };
}
