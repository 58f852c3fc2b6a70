import type { Case, CaseEntry } from './case.ts';

/** Work that looks like an attack and is none. */
export interface Routine {
  readonly description: string;
  /** What it takes from the odds; negative. */
  readonly logOdds: number;
}

interface RoutinePattern extends Routine {
  readonly holds: (entry: CaseEntry) => boolean;
}

/**
 * Only what the sensor or the cloud provider itself writes counts here, never a text that the other side chooses (a user
 * agent, a command line, a user name): else an attacker would speak for himself. And it must hold of every entry.
 * Values are chosen so that the strongest takes a lone `medium` finding of confidence 0.6 below even odds, and no
 * more: exp(-1) is a third of the odds.
 */
const patterns: readonly RoutinePattern[] = [
  {
    description: 'every call was made by the cloud provider on its own behalf.',
    logOdds: -1,
    // CloudTrail sets userIdentity.type and invokedBy itself: "CloudTrail userIdentity element" in its user guide.
    holds: ({ source, fields }) =>
      source === 'cloudtrail' &&
      fields.some(
        ({ name, value }) =>
          (endsIn(name, 'type') && value === 'AWSService') ||
          (endsIn(name, 'invokedby') && typeof value === 'string' && value.endsWith('.amazonaws.com')),
      ),
  },
  {
    description: 'every event stays on the loopback interface of one machine.',
    logOdds: -0.7,
    holds: ({ fields }) =>
      isLoopback(fields.find(({ name }) => name === 'source_ip')?.value) &&
      isLoopback(fields.find(({ name }) => name === 'destination_ip')?.value),
  },
  {
    description: "every event is the system's own start of a service of the operating system.",
    logOdds: -0.7,
    // Both directories are writable by the system alone; who can write there no longer needs to hide from a rule.
    holds: ({ fields }) =>
      fields.some(({ name, value }) => endsIn(name, 'parentimage') && isPath(value, windowsParents)) &&
      fields.some(({ name, value }) => endsIn(name, 'image') && isPath(value, windowsChildren)) &&
      fields.some(({ name, value }) => endsIn(name, 'user') && value === 'NT AUTHORITY\\SYSTEM'),
  },
];

const windowsParents: ReadonlySet<string> = new Set([
  'c:\\windows\\system32\\services.exe',
  'c:\\windows\\servicing\\trustedinstaller.exe',
  'c:\\windows\\system32\\wuauclt.exe',
]);
const windowsChildren: ReadonlySet<string> = new Set([
  'c:\\windows\\system32\\svchost.exe',
  'c:\\windows\\system32\\msiexec.exe',
  'c:\\windows\\servicing\\trustedinstaller.exe',
  'c:\\windows\\system32\\searchindexer.exe',
  'c:\\windows\\system32\\spoolsv.exe',
]);

/** The routine that explains the whole case; null when none does. */
export function routineOf(subject: Case): Routine | null {
  if (subject.entries.length === 0) return null;
  return patterns.find(({ holds }) => subject.entries.every(holds)) ?? null;
}

function endsIn(name: string, part: string): boolean {
  return name.slice(name.lastIndexOf('.') + 1).toLowerCase() === part;
}

function isPath(value: unknown, paths: ReadonlySet<string>): boolean {
  return typeof value === 'string' && paths.has(value.toLowerCase());
}

function isLoopback(value: unknown): boolean {
  return typeof value === 'string' && (/^127\.\d+\.\d+\.\d+$/.test(value) || value === '::1');
}
