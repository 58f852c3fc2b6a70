import type { Command } from 'commander';
import { pullRules } from '../../detection/sigma/rule-archive-pull.ts';
import { optionsOf } from '../command-options.ts';
import type { CliDependencies } from '../ports.ts';
import { printable } from '../terminal-text.ts';
import { counted, readOptionsOf, withReadOptions } from './rules-options.ts';

const fewAuthors = 10;

export function addRulesPullCommand(rules: Command, { stdout, signal }: CliDependencies): void {
  const command = withReadOptions(
    rules
      .command('pull')
      .description(
        'Take rules from a folder, an archive (.zip, .tar.gz) or an https address into a folder of their own.',
      )
      .argument('<source>', 'where they are')
      .requiredOption('--into <folder>', 'where they go: an empty folder, or that of an earlier pull'),
  )
    .option('--force', 'replace files that were changed by hand since the last pull')
    .option('--json', 'print JSON');
  command.action(async (source: string) => {
    const options = optionsOf(command);
    const into = options.text('into') ?? '';
    const force = options.flag('force');
    const report = await pullRules({ source, into, force, fetch, signal, ...readOptionsOf(options) });
    const { added, changed, removed, unchanged, refused, licences, authors, set } = report;
    if (options.flag('json')) {
      const { problems } = report;
      const counts = { detections: set.detections.length, correlations: set.correlations.length };
      stdout.write(
        `${JSON.stringify({ into, ...counts, added, changed, removed, unchanged, refused, licences, authors, problems })}\n`,
      );
      return;
    }
    const list = (mark: string, paths: readonly string[]): void => {
      for (const path of paths) stdout.write(`${mark} ${printable(path)}\n`);
    };
    if (unchanged + changed.length + removed.length > 0) {
      list('+', added);
      list('~', changed);
      list('-', removed);
    }
    for (const { file, line, severity, message } of report.problems) {
      if (severity === 'error') stdout.write(`left out ${printable(`${file}:${line}: ${message}`)}\n`);
    }
    stdout.write(
      `${counted(set.detections.length, 'rule')} and ${counted(set.correlations.length, 'correlation')} in ${into}: ` +
        `${added.length} files added, ${changed.length} changed, ${removed.length} removed, ` +
        `${unchanged} as they were, ${refused.length} left out because of errors\n`,
    );
    const named = authors.slice(0, fewAuthors).map(([author, count]) => `${author} (${count})`);
    const others = authors.length > fewAuthors ? `, and ${authors.length - fewAuthors} more` : '';
    stdout.write(`Authors: ${printable(named.join(', '))}${others}.\n`);
    stdout.write(
      licences.length === 0
        ? 'The source has no licence file: make sure that you may use these rules.\n'
        : `Licence: ${licences.map((path) => `${into}/${path}`).join(', ')}. Keep it with the rules; every hit names its rule's author.\n`,
    );
  });
}
