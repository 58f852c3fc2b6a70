import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { openRuleArchive } from '../src/detection/sigma/rule-archive.ts';
import { isJsonObject, type JsonObject } from '../src/json.ts';

/** What the engines are compared on, unpacked once into a folder of its own. */
export interface SigmaBenchData {
  /** SigmaHQ's rules as files. */
  readonly rules: string;
  /** The OTRF recordings as NDJSON under the names of the Sigma taxonomy, each line with its log source. */
  readonly events: string;
}

export async function prepareSigmaData(source: string, cache: string): Promise<SigmaBenchData> {
  const rules = join(cache, 'rules');
  const events = join(cache, 'otrf.ndjson');
  await mkdir(cache, { recursive: true });
  if (!existsSync(rules)) await unpackRules(join(source, 'sigma-rules-pack.tar.gz'), rules);
  if (!existsSync(events)) await writeEvents(join(source, 'otrf-windows.jsonl.gz'), events);
  return { rules, events };
}

async function unpackRules(archive: string, target: string): Promise<void> {
  const partial = `${target}.partial`;
  for (const { path, text } of (await openRuleArchive(archive)).rules) {
    await mkdir(dirname(join(partial, path)), { recursive: true });
    await writeFile(join(partial, path), text);
  }
  await rename(partial, target);
}

async function writeEvents(file: string, target: string): Promise<void> {
  const partial = `${target}.partial`;
  const rows = createInterface({ input: createReadStream(file).pipe(createGunzip()) });
  async function* lines(): AsyncGenerator<string> {
    for await (const text of rows) {
      const row: unknown = JSON.parse(text);
      if (!isJsonObject(row) || !isJsonObject(row['event'])) continue;
      yield `${JSON.stringify({ ...flat(row['event']), ...logSource(row['ls']) })}\n`;
    }
  }
  await pipeline(lines(), createWriteStream(partial));
  await rename(partial, target);
}

/** One shape for all engines: most of them know fields only at the top, under the names that rules use. */
function flat(event: JsonObject): JsonObject {
  const { event_data: data, ...rest } = event;
  if (isJsonObject(data)) {
    const {
      event_id: EventID,
      log_name: Channel,
      source_name: Provider_Name,
      computer_name: Computer,
    } = rest;
    return withoutHoles({ ...rest, ...data, EventID, Channel, Provider_Name, Computer });
  }
  const { SourceName, Hostname } = event;
  return withoutHoles({ Provider_Name: SourceName, Computer: Hostname, ...event });
}

function withoutHoles(members: Readonly<Record<string, JsonObject[string] | undefined>>): JsonObject {
  const record: Record<string, JsonObject[string]> = {};
  for (const [name, value] of Object.entries(members)) if (value !== undefined) record[name] = value;
  return record;
}

/** RSigma takes one of each; of several categories the first is the narrowest. */
function logSource(stated: JsonObject[string] | undefined): JsonObject {
  if (!isJsonObject(stated)) return {};
  const { product, category, service } = stated;
  const first = (value: JsonObject[string] | undefined): JsonObject[string] | undefined =>
    Array.isArray(value) ? value[0] : value;
  return withoutHoles({ product, category: first(category), service: first(service) });
}
