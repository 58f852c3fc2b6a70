import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder with these files, gone when the test is. */
export async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vertice-rules-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await fill(folder, files);
  return folder;
}

export async function fill(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const place = join(folder, path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, text);
  }
}

/** A rule for Sysmon process creations whose image ends so. */
export function processRule(name: string, image: string, more = ''): string {
  return `title: ${name}
name: ${name}
author: A. Uthor
${more}logsource:
  product: windows
  category: process_creation
detection:
  selection:
    Image|endswith: '\\${image}'
  filter:
    User: SYSTEM
  condition: selection and not filter
level: high
`;
}

/** A record of Sysmon about a process that was started. */
export function processEvent(
  image: string,
  user = 'bob',
  more: Readonly<Record<string, unknown>> = {},
): object {
  return {
    EventID: 1,
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    Provider_Name: 'Microsoft-Windows-Sysmon',
    Hostname: 'ws1',
    '@timestamp': '2026-01-05T12:00:00.000Z',
    Image: `C:\\Windows\\System32\\${image}`,
    User: user,
    ...more,
  };
}
