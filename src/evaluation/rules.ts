import { type CompiledEngine, createSigmaEngine } from '../detection/sigma/compile/create-sigma-engine.ts';
import { compileRules } from '../detection/sigma/compile-rules.ts';
import { formatRuleProblem } from '../detection/sigma/parse/problem.ts';
import { type RuleFile, readRules } from '../detection/sigma/parse/read-rules.ts';
import { assembleRules, type RuleSet } from '../detection/sigma/parse/rule-set.ts';
import { openRuleArchive } from '../detection/sigma/rule-archive.ts';
import type { ActiveRules } from '../detection/sigma/rule-book.ts';
import { readRuleFolder } from '../detection/sigma/rule-folder.ts';
import type { RuleSetReport, RulesReport } from './report.ts';

/** Problems that are listed; all are counted. */
const MAX_LISTED = 20;

export interface EvaluationRules {
  /** The folder's pack alone; null when it has none. */
  readonly pack: CompiledEngine | null;
  /** The pack, then the rules of the folders, as the product would run them together. */
  readonly product: ActiveRules;
  readonly report: RulesReport;
}

/**
 * @param rulePack archive of rules in the data folder, or null
 * @param folders further folders of rules: the starter pack's, and the user's own
 * @throws VerticeError `VTC_RULE_INVALID` when one of them cannot be read at all
 */
export async function loadEvaluationRules(
  rulePack: string | null,
  folders: readonly string[],
  now: () => number,
): Promise<EvaluationRules> {
  const startedAt = now();
  const packed = rulePack === null ? null : await readPack(rulePack);
  // The expectations are about the rules as they are: a filter in the pack has no say in them.
  const packSet = packed === null ? null : assembleRules(packed.map((file) => ({ ...file, filters: [] })));
  const pack = packSet === null ? null : createSigmaEngine(packSet.detections);
  const loadedAt = now();
  const productSet = assembleRules([...(packed ?? []), ...(await readRuleFolder(folders))]);
  const product = compileRules(productSet);
  return {
    pack,
    product,
    report: {
      pack: packSet === null ? null : reportOf(packSet),
      product: reportOf(productSet),
      pack_load_ms: Math.round(loadedAt - startedAt),
      product_load_ms: Math.round(now() - loadedAt),
    },
  };
}

async function readPack(path: string): Promise<readonly RuleFile[]> {
  const { rules } = await openRuleArchive(path);
  return rules.map((file) => readRules(file.text, file.path));
}

function reportOf({ detections, correlations, problems }: RuleSet): RuleSetReport {
  return {
    detections: detections.length,
    correlations: correlations.length,
    filtered: detections.filter(({ filters }) => filters.length > 0).length,
    errors: problems.filter(({ severity }) => severity === 'error').length,
    warnings: problems.filter(({ severity }) => severity === 'warning').length,
    problems: problems.slice(0, MAX_LISTED).map(formatRuleProblem),
  };
}
