import { readFile, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Command } from 'commander';
import type { SecurityEvent } from '../../contracts/security-event.ts';
import { type Explanation, explainRule, type RuleExplanation } from '../../detection/sigma/explain.ts';
import { refersTo } from '../../detection/sigma/parse/filter.ts';
import { formatRuleProblem } from '../../detection/sigma/parse/problem.ts';
import type { RuleSet } from '../../detection/sigma/parse/rule-set.ts';
import type { DetectionRule, LoadedRule } from '../../detection/sigma/rule.ts';
import { loadRules } from '../../detection/sigma/rule-archive.ts';
import { toSigmaEvent } from '../../detection/sigma/taxonomy/to-sigma-event.ts';
import { messageOf, VerticeError } from '../../errors.ts';
import { createReader } from '../../events/read.ts';
import { type CommandOptions, collect, optionsOf } from '../command-options.ts';
import type { CliDependencies } from '../ports.ts';
import { createPaint, type Paint, printable } from '../terminal-text.ts';
import { readOptionsOf, withReadOptions } from './rules-options.ts';

const maxRecordBytes = 4 * 1_048_576;
/** Parts that do not matter to an outcome, shown of each list. */
const fewIdle = 6;

export function addRulesExplainCommand(rules: Command, dependencies: CliDependencies): void {
  const command = withReadOptions(
    rules
      .command('explain')
      .description('Show why a rule matches an event, or why not.')
      .argument('<rule>', 'file of the rule; with --rules also its id or name')
      .argument('<event>', 'file with one record of a sensor, "-" for standard input, or the JSON itself'),
  )
    .option('--rules <path>', 'folder, file or archive to find the rule in (may be repeated)', collect)
    .option('--format <id>', 'format of the record (default: recognised)')
    .option('--all', 'show every part of the condition')
    .option('--json', 'print JSON');
  command.action(async (ruleName: string, eventName: string) => {
    const options = optionsOf(command);
    const chosen = await chooseRules(ruleName, options);
    const events = await readEvents(eventName, options.text('format'), dependencies);
    const explanations = events.flatMap((event) => {
      const view = toSigmaEvent(event);
      return chosen.map((rule) => ({ event, explanation: explainRule(rule, view) }));
    });
    if (options.flag('json')) {
      const items = explanations.map(({ event, explanation }) => asItem(event, explanation));
      dependencies.stdout.write(`${JSON.stringify({ items })}\n`);
      return;
    }
    const paint = createPaint(dependencies.stdout, dependencies.environment);
    for (const { event, explanation } of explanations) {
      dependencies.stdout.write(render(event, explanation, options.flag('all'), paint));
    }
  });
}

async function chooseRules(name: string, options: CommandOptions): Promise<readonly DetectionRule[]> {
  const paths = options.list('rules');
  const isPath = await stat(name).then(
    () => true,
    () => false,
  );
  if (!isPath && paths.length === 0) {
    throw new VerticeError(
      'VTC_USAGE',
      `expected a file of rules, or an id with --rules, got "${name}", which is no file`,
    );
  }
  const set = await loadRules(isPath ? [...paths, name] : paths, readOptionsOf(options));
  const all: readonly LoadedRule[] = [...set.detections, ...set.correlations];
  const found = isPath
    ? all.filter(({ origin }) => origin.file === name || paths.length === 0)
    : all.filter((rule) => refersTo(name, rule));
  const chosen = new Set(found.flatMap((rule) => detectionsUnder(rule, set)));
  if (chosen.size > 0) return [...chosen];
  const errors = set.problems.map(formatRuleProblem).slice(0, 5).join('\n');
  throw new VerticeError(
    'VTC_RULE_INVALID',
    `expected a rule that can be used, got none for "${name}"${errors === '' ? '' : `:\n${errors}`}`,
  );
}

/** A rule on single events; of a correlation those that it rests on. */
function detectionsUnder(rule: LoadedRule, set: RuleSet): readonly DetectionRule[] {
  if (rule.kind === 'detection') return [rule];
  return rule.rules.flatMap(({ ruleId }) => {
    const below = [...set.detections, ...set.correlations].find(({ id }) => id === ruleId);
    return below === undefined ? [] : detectionsUnder(below, set);
  });
}

async function readEvents(
  name: string,
  format: string | null,
  { stdin, clock }: CliDependencies,
): Promise<readonly SecurityEvent[]> {
  const bytes = await recordOf(name, stdin);
  const read = createReader({ maxRecordBytes });
  const origin = { position: 'explain', receivedAtMs: clock.now(), ...(format === null ? {} : { format }) };
  const events: SecurityEvent[] = [];
  for (const result of read(bytes, origin)) {
    if (result.kind === 'rejected') {
      throw new VerticeError(
        'VTC_EVENT_INVALID',
        `expected a record that can be read, got ${result.reason}: ${result.detail}`,
      );
    }
    events.push(result.event);
  }
  return events;
}

async function recordOf(name: string, stdin: Readable): Promise<Buffer> {
  if (/^\s*\{/.test(name)) return Buffer.from(name);
  if (name !== '-') {
    return readFile(name).catch((error: unknown) => {
      throw new VerticeError(
        'VTC_EVENT_INVALID',
        `expected a file with one event, got ${name}: ${messageOf(error)}`,
        {
          cause: error,
        },
      );
    });
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    const buffer: Buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > maxRecordBytes) break;
    chunks.push(buffer);
  }
  return Buffer.concat(chunks);
}

function asItem(event: SecurityEvent, { rule, isMatch, logSource, condition }: RuleExplanation): unknown {
  const { id, title } = rule;
  return {
    rule: { id, title },
    event_id: event.event_id,
    is_match: isMatch,
    log_source: logSource,
    condition,
  };
}

function render(event: SecurityEvent, explanation: RuleExplanation, isWhole: boolean, paint: Paint): string {
  const { rule, isMatch, logSource, condition } = explanation;
  const lines = [
    `${paint(isMatch ? 'green' : 'red', isMatch ? 'match' : 'no match')}  ${printable(rule.title)} (${printable(rule.id)})`,
    `event ${printable(event.event_id)}, read as ${printable(event.context.format ?? 'no known format')}`,
    `${mark(logSource.holds, paint)} log source ${printable(logSource.wanted)}; the event's: ${printable(logSource.has)}`,
  ];
  renderPart(condition, 0, isWhole, paint, lines);
  return `${lines.join('\n')}\n`;
}

function mark(holds: boolean, paint: Paint): string {
  return holds ? paint('green', '✓') : paint('red', '✗');
}

function renderPart(part: Explanation, depth: number, isWhole: boolean, paint: Paint, lines: string[]): void {
  const indent = '  '.repeat(depth);
  const has = part.has === null ? '' : paint('dim', `   event: ${printable(part.has)}`);
  lines.push(`${indent}${mark(part.holds, paint)} ${printable(part.wanted)}${has}`);
  // In a list of alternatives those that hold tell most, in a list of demands those that do not.
  const telling = part.wanted === 'any of';
  let idle = 0;
  let hidden = 0;
  for (const inner of part.parts) {
    if (inner.holds !== telling) idle += 1;
    if (!isWhole && inner.holds !== telling && idle > fewIdle) hidden += 1;
    else renderPart(inner, depth + 1, isWhole, paint, lines);
  }
  if (hidden > 0)
    lines.push(`${indent}  … ${hidden} more that ${telling ? 'do not hold' : 'hold'} (--all shows them)`);
}
