import { messageOf } from '../../../errors.ts';
import type { CorrelationRule, DetectionRule } from '../rule.ts';
import { applyActions } from './collection-actions.ts';
import { readCorrelation } from './correlation-rule.ts';
import { readDetection } from './detection.ts';
import { type FilterRule, readFilter } from './filter.ts';
import type { ReadOptions } from './options.ts';
import { ProblemLog, type RuleProblem } from './problem.ts';
import { describeNode, entryOf, get, readYaml, type YamlMap } from './yaml-tree.ts';

/** What one file holds. References of correlations are not resolved and filters not worked in: `assembleRules`. */
export interface RuleFile {
  readonly rules: readonly (DetectionRule | CorrelationRule)[];
  readonly filters: readonly FilterRule[];
  readonly problems: readonly RuleProblem[];
  /** Of correlations: the line of each rule they refer to, by reference. */
  readonly referenceLines: ReadonlyMap<CorrelationRule, ReadonlyMap<string, number>>;
  /** Ids and names of rules that are left out: references to them are no mystery. */
  readonly leftOut: readonly string[];
}

/**
 * Reads a Sigma file of any number of documents: rules, correlations and filters. Never throws: what cannot be
 * used is a problem, and the rest of the file is read on.
 *
 * @param text whole content
 * @param file its name, as it should stand in problems and rules
 */
export function readRules(text: string, file: string, options: ReadOptions = {}): RuleFile {
  const log = new ProblemLog(file, text);
  const rules: (DetectionRule | CorrelationRule)[] = [];
  const filters: FilterRule[] = [];
  const referenceLines = new Map<CorrelationRule, ReadonlyMap<string, number>>();
  const leftOut: string[] = [];
  const read = (map: YamlMap): boolean => {
    if (entryOf(map, 'correlation') !== undefined) {
      const correlation = readCorrelation(map, log, options);
      if (correlation === null) return false;
      rules.push(correlation.rule);
      referenceLines.set(correlation.rule, correlation.referenceLines);
      return true;
    }
    if (entryOf(map, 'filter') !== undefined) {
      const filter = readFilter(map, log, options);
      if (filter !== null) filters.push(filter);
      return filter !== null;
    }
    const rule = readDetection(map, log, options);
    if (rule !== null) rules.push(rule);
    return rule !== null;
  };
  for (const document of applyActions(readYaml(text, log), log)) {
    if (document.kind !== 'map') {
      log.error(document.offset, `expected a Sigma rule (a mapping), got ${describeNode(document)}`);
    } else if (!isSigma(document)) {
      log.warn(
        document.offset,
        'this is no Sigma rule (it has no detection, correlation or filter) and is left out',
      );
    } else {
      let isRead = false;
      try {
        isRead = read(document);
      } catch (error) {
        // Readers log what is wrong; whatever they did not foresee must not take the other rules down with it.
        log.error(document.offset, `expected a Sigma rule, got what cannot be read (${messageOf(error)})`);
      }
      if (!isRead) leftOut.push(...namesOf(document));
    }
  }
  return { rules, filters, problems: log.problems, referenceLines, leftOut };
}

function isSigma(map: YamlMap): boolean {
  return ['detection', 'correlation', 'filter', 'logsource'].some((key) => entryOf(map, key) !== undefined);
}

function namesOf(map: YamlMap): readonly string[] {
  return ['id', 'name'].flatMap((key) => {
    const node = get(map, key);
    return node?.kind === 'scalar' && node.value !== null ? [node.text.toLowerCase()] : [];
  });
}
