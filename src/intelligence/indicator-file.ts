import { readFile, stat } from 'node:fs/promises';
import { VerticeError } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import { type IndicatorList, parseIndicators } from './indicator-list.ts';

export interface IndicatorFile {
  readonly current: () => IndicatorList;
  /** Reads the file again if it changed. A file that cannot be read leaves the old list in force. */
  refresh(): Promise<void>;
}

/** Follows a file of indicators. An empty path is an empty list. Rejects when the file cannot be read at first. */
export async function openIndicatorFile(path: string, log: Log): Promise<IndicatorFile> {
  let list = parseIndicators('');
  let stamp = '';
  const load = async (): Promise<void> => {
    const { mtimeMs, size, ino } = await stat(path);
    const now = `${ino}:${mtimeMs}:${size}`;
    if (now === stamp) return;
    const next = parseIndicators(await readFile(path, 'utf8'));
    if (next.size < list.size / 2)
      log.warn('The indicator list shrank by more than half', { path, size: next.size });
    for (const bad of next.bad.slice(0, 20)) log.warn('Indicator skipped', { path, ...bad });
    list = next;
    stamp = now;
    log.info('Indicators loaded', { path, indicators: next.size, skipped: next.bad.length });
  };
  if (path !== '') {
    try {
      await load();
    } catch (cause) {
      throw new VerticeError(
        'VTC_CONFIG_INVALID',
        `intelligence.indicators_file: expected a readable file, but ${path} could not be read`,
        { cause },
      );
    }
  }
  return {
    current: () => list,
    async refresh() {
      if (path === '') return;
      try {
        await load();
      } catch (error) {
        log.warn('The indicator file cannot be read; the old list stays in force', { path, error });
      }
    },
  };
}
