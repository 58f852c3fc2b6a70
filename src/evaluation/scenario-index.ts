import { readFile } from 'node:fs/promises';
import { messageOf, VerticeError } from '../errors.ts';
import { isJsonObject } from '../json.ts';

/** ATT&CK technique ids of each scenario, as the data's author wrote them. Scenarios without any are absent. */
export async function readScenarioTechniques(path: string): Promise<ReadonlyMap<string, readonly string[]>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new VerticeError('VTC_EVENT_INVALID', `${path}: expected JSON: ${messageOf(error)}.`, {
      cause: error,
    });
  }
  const scenarios = isJsonObject(parsed) ? parsed['scenarios'] : undefined;
  if (!Array.isArray(scenarios)) {
    throw new VerticeError('VTC_EVENT_INVALID', `${path}: expected "scenarios", a list.`);
  }
  const techniques = new Map<string, readonly string[]>();
  for (const scenario of scenarios) {
    if (!isJsonObject(scenario) || typeof scenario['id'] !== 'string') continue;
    const named = scenario['techniques'];
    const ids = Array.isArray(named) ? named.filter((id) => typeof id === 'string') : [];
    if (ids.length > 0) techniques.set(scenario['id'], ids);
  }
  return techniques;
}
