import { fileURLToPath } from 'node:url';
import type { Config } from './config/schema.ts';
import { isTechnique } from './detection/attack/attack.ts';
import { compileRules } from './detection/sigma/compile-rules.ts';
import { withPackLicences } from './detection/sigma/pack-licence.ts';
import type { RuleProblem } from './detection/sigma/parse/problem.ts';
import type { RuleSet } from './detection/sigma/parse/rule-set.ts';
import { RuleBook } from './detection/sigma/rule-book.ts';
import { type LoadOptions, loadRuleFolder, RuleFileCache } from './detection/sigma/rule-folder.ts';
import { watchRuleFolder } from './detection/sigma/rule-folder-watch.ts';
import { VerticeError } from './errors.ts';
import type { Log } from './observability/log.ts';
import type { Metrics } from './observability/metrics.ts';

/** The Sigma rules that come with Vértice. */
export const starterRules = fileURLToPath(new URL('../rules', import.meta.url));

export interface OpenRules {
  readonly book: RuleBook;
  close(): Promise<void>;
}

const MAX_PROBLEMS_TOLD = 20;

/**
 * Loads the rules of the configuration, and loads them anew when a file of theirs changes. A change with errors is
 * reported and leaves what is in force.
 *
 * @throws VerticeError `VTC_RULE_INVALID` with file, line and what was expected, when a rule is wrong at the start
 */
export async function openRules(config: Config, metrics: Metrics, log: Log): Promise<OpenRules> {
  const { starter_rules: isStarting, rules_dirs: dirs } = config.detection;
  const paths = [...(isStarting ? [starterRules] : []), ...dirs];
  const options: LoadOptions = {
    cache: new RuleFileCache(),
    isKnownTechnique: isTechnique,
    placeholders: placeholdersIn(config.detection.placeholders),
  };
  const set = await withPackLicences(await loadRuleFolder(paths, options), dirs);
  const errors = errorsIn(set);
  if (errors.length > 0) throw new VerticeError('VTC_RULE_INVALID', told(errors));
  const book = new RuleBook(compileRules(set));
  report(set);

  function report({ detections, correlations, problems }: RuleSet): void {
    metrics.sigmaRules.set({ kind: 'detection' }, detections.length);
    metrics.sigmaRules.set({ kind: 'correlation' }, correlations.length);
    log.info('Sigma rules are in force', {
      detections: detections.length,
      correlations: correlations.length,
      warnings: problems.length,
    });
  }

  function refuse(problem: string): void {
    metrics.sigmaReloads.inc({ status: 'refused' });
    log.error('The changed rules are wrong; those in force stay', { problem });
  }

  const watch = watchRuleFolder(paths, {
    ...options,
    async onChange(changed) {
      try {
        book.replace(compileRules(await withPackLicences(changed, dirs)));
      } catch (error) {
        if (!(error instanceof VerticeError)) throw error;
        refuse(error.message);
        return;
      }
      metrics.sigmaReloads.inc({ status: 'success' });
      report(changed);
    },
    onInvalid: (changed) => refuse(told(errorsIn(changed))),
    onFailure(error) {
      metrics.sigmaReloads.inc({ status: 'failed' });
      log.error('The rules could not be looked at; those in force stay', { error });
    },
  });
  return { book, close: () => watch.close() };
}

/** `name=value` pairs; one name may have several values. */
function placeholdersIn(pairs: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at);
    values.set(name, [...(values.get(name) ?? []), pair.slice(at + 1)]);
  }
  return values;
}

function errorsIn(set: RuleSet): readonly RuleProblem[] {
  return set.problems.filter(({ severity }) => severity === 'error');
}

function told(errors: readonly RuleProblem[]): string {
  const lines = errors
    .slice(0, MAX_PROBLEMS_TOLD)
    .map(({ file, line, message }) => `${file}:${line}: ${message}`);
  const more = errors.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more; 'vertice rules check' shows all`] : [])].join('\n');
}
