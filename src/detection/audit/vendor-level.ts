import type { AuditRecord, Leaf } from './record.ts';
import { wordList } from './word-set.ts';

/** How bad a product itself calls something. */
export type VendorLevel = 'critical' | 'high' | 'medium' | 'low' | 'info';

const severityKeys =
  wordList(`severity severityname severitylabel label risklevel riskseverity threatlevel level priority
  alertseverity threatseverity normalized issueseverity risk riskscore score threatscore
  phishscore malwarescore spamscore`);
const levelWords: ReadonlyMap<string, VendorLevel> = new Map([
  ...wordList('critical crit severe emergency fatal p1').map((word): [string, VendorLevel] => [
    word,
    'critical',
  ]),
  ...wordList('high major important p2').map((word): [string, VendorLevel] => [word, 'high']),
  ...wordList('medium moderate warning warn p3').map((word): [string, VendorLevel] => [word, 'medium']),
  ...wordList('low minor p4').map((word): [string, VendorLevel] => [word, 'low']),
  ...wordList('info informational information notice none debug unknown default').map(
    (word): [string, VendorLevel] => [word, 'info'],
  ),
]);

/** The product's severity: a word, GuardDuty's 0-10, or a score of 0-100; null when it states none. */
export function vendorLevel(record: AuditRecord): VendorLevel | null {
  for (const key of severityKeys) {
    for (const leaf of record.all(key)) {
      const level = levelWords.get(leaf.text) ?? levelOfScore(leaf);
      if (level !== null) return level;
    }
  }
  return null;
}

function levelOfScore({ value }: Leaf): VendorLevel | null {
  if (typeof value !== 'number' || value <= 0) return null;
  // CrowdStrike and Security Hub count to 100, GuardDuty to 10.
  const score = value > 10 ? value : value * 10;
  if (score >= 90) return 'critical';
  if (score >= 70) return 'high';
  if (score >= 40) return 'medium';
  return score >= 10 ? 'low' : 'info';
}
