import type { Verdict } from '../../contracts/analysis.ts';
import type { Case } from './case.ts';
import type { KillChain } from './kill-chain.ts';
import type { NextMoveModel } from './next-moves.ts';
import type { Tool, ToolKind } from './tools.ts';

type Profile = Verdict['attacker_profile'];
type Sophistication = Profile['sophistication'];

const MAX_OBJECTIVES = 10;
const NEXT_MOVES = 5;

/** What a tactic is for, from the last to the first: the nearer to the end, the nearer to what the attacker wants. */
const objectives: readonly (readonly [tactic: string, objective: string])[] = [
  ['TA0040', 'Disrupt: destroy, encrypt or misuse systems or data'],
  ['TA0010', 'Steal data'],
  ['TA0009', 'Gather data of value'],
  ['TA0011', 'Keep control of the machine from outside'],
  ['TA0008', 'Reach other machines'],
  ['TA0006', 'Obtain credentials'],
  ['TA0003', 'Keep access over time'],
  ['TA0004', 'Gain higher rights'],
  ['TA0112', 'Switch off defences'],
  ['TA0005', 'Stay unseen'],
  ['TA0007', 'Learn about the environment'],
  ['TA0002', 'Run code'],
  ['TA0001', 'Get in'],
  ['TA0043', 'Find a weak point'],
  ['TA0042', 'Prepare means of attack'],
];
/** Techniques whose aim is known more exactly than their tactic's. */
const aims: Readonly<Record<string, string>> = {
  T1486: 'Encrypt data for ransom',
  T1490: 'Make recovery impossible, as before a ransom demand',
  T1496: 'Use computing power, as for mining',
  T1498: 'Deny service',
  T1499: 'Deny service',
  T1485: 'Destroy data',
  T1565: 'Falsify data',
  T1657: 'Take money',
};

const outerTactics: ReadonlySet<string> = new Set(['TA0043', 'TA0042', 'TA0001', 'TA0006']);
const hidingTactics: ReadonlySet<string> = new Set(['TA0005', 'TA0112']);

/** Who the attacker seems to be, from what was seen alone. */
export function profileOf(
  subject: Case,
  chain: KillChain,
  tools: readonly Tool[],
  nextMoves: NextMoveModel,
): Profile {
  const exact = chain.techniques.flatMap((technique) => aims[technique.split('.')[0] ?? ''] ?? []);
  const reached = new Set(chain.tactics.map(({ id }) => id));
  const general = objectives.filter(([tactic]) => reached.has(tactic)).map(([, objective]) => objective);
  return {
    sophistication: sophisticationOf(subject, chain, tools),
    tools: tools.map(({ name }) => name),
    objectives: [...new Set([...exact, ...general])].slice(0, MAX_OBJECTIVES),
    next_moves: chain.techniques.length === 0 ? [] : [...nextMoves.predict(chain.techniques, NEXT_MOVES)],
  };
}

/**
 * A sum of signs: one point for each tactic of hiding (Stealth, Defense Impairment); one for two tactics beyond the
 * door, two for four; one for a command-and-control framework or a tool made to attack from within; one for six
 * techniques or more; one for an indicator that names an actor; less one for machine speed, which is a program trying
 * everything. 0: opportunistic when nothing beyond the door was tried or only scanners were used, else basic; 1: basic;
 * 2 and 3: intermediate; 4 or more: advanced. Our own scale; ATT&CK has none.
 */
export function sophisticationOf(subject: Case, chain: KillChain, tools: readonly Tool[]): Sophistication {
  const kinds = new Set<ToolKind>(tools.map(({ kind }) => kind));
  const inner = chain.tactics.filter(({ id }) => !outerTactics.has(id));
  const hiding = chain.tactics.filter(({ id }) => hidingTactics.has(id)).length;
  let points = Math.min(2, hiding);
  points += inner.length >= 4 ? 2 : inner.length >= 2 ? 1 : 0;
  points += kinds.has('command-and-control') || kinds.has('offensive') ? 1 : 0;
  points += chain.techniques.length >= 6 ? 1 : 0;
  points += subject.indicators.some(({ threat_actor }) => threat_actor !== undefined) ? 1 : 0;
  if (points > 0 && isAutomated(subject)) points -= 1;
  if (points === 0) {
    const onlyScans = kinds.size > 0 && [...kinds].every((kind) => kind === 'scanner');
    return inner.length === 0 || onlyScans ? 'opportunistic' : 'basic';
  }
  return points === 1 ? 'basic' : points <= 3 ? 'intermediate' : 'advanced';
}

const BURST = 8;
const BURST_MS = 1000;

/** Whether the shown events came faster than hands can type: eight within a second. */
function isAutomated({ entries }: Case): boolean {
  return entries.some((entry, index) => {
    const later = entries[index + BURST - 1];
    return later !== undefined && Date.parse(later.timestamp) - Date.parse(entry.timestamp) <= BURST_MS;
  });
}
