import type { Topic, Verb } from './lexicon.ts';

/**
 * Log-odds that an action is suspicious, by what was done (column) to what (row). Set by hand from what
 * intruders do in cloud accounts (ATT&CK cloud matrix): taking a safeguard away tells more than adding one,
 * looking at something almost nothing.
 */
const columns: readonly Verb[] = [
  'read',
  'create',
  'update',
  'delete',
  'disable',
  'enable',
  'grant',
  'revoke',
  'export',
  'share',
  'assume',
  'execute',
  'login',
  'logout',
];

const rows: Readonly<Record<Topic, string>> = {
  //            read create update delete disable enable grant revoke export share assume execute login logout
  mfa: /*     */ '-0.7 0.4 1.2 2.2 2.6 -0.8 0.8 1.5 1.2 1.0 1.5 0.5 -0.8 -2',
  federation: '-0.9 2.0 2.0 2.4 2.6 0.8 1.5 1.5 1.0 1.0 1.0 0.0 -1.2 -2',
  logging: '-1.1 -0.3 1.5 2.5 2.7 -0.6 0.5 1.5 1.5 1.0 0.0 0.0 -0.5 -2',
  detection: '-0.9 0.2 1.2 2.3 2.5 -0.8 0.5 1.0 1.0 1.0 0.0 0.3 -0.5 -2',
  safeguard: '-0.9 -0.2 1.4 2.3 2.4 -0.6 0.7 1.2 0.8 0.8 0.0 0.0 -0.5 -2',
  network: '-1.0 1.2 1.3 1.4 1.8 0.2 1.5 0.6 1.0 0.8 0.0 0.3 -0.5 -2',
  encryption: '-0.9 0.6 1.1 1.9 2.0 -0.6 1.2 0.8 1.8 1.2 0.0 0.0 -0.5 -2',
  credential: '-0.5 1.8 1.4 0.8 0.8 1.0 1.2 0.4 2.0 1.5 1.0 0.5 -0.8 -2',
  secret: '0.8 0.6 0.6 1.2 0.8 0.0 1.0 0.3 2.0 1.5 0.5 0.3 -0.5 -2',
  password: '-0.6 0.8 1.1 0.9 0.8 0.3 0.8 0.3 1.5 1.0 0.5 0.0 -0.3 -2',
  privilege: '-1.0 1.2 1.4 1.2 1.2 0.8 1.8 0.2 1.0 0.8 1.0 0.2 -0.5 -2',
  account: '-1.1 0.7 -0.4 0.5 0.5 0.3 0.8 0.2 1.2 0.8 2.0 0.0 -1.3 -2',
  integration: '-1.0 1.1 0.8 0.7 0.7 0.6 1.3 0.2 0.8 0.6 0.5 0.2 -1.0 -2',
  trust: '-0.9 1.3 1.3 1.5 0.9 0.8 1.5 0.4 1.0 1.2 1.0 0.2 -0.8 -2',
  organisation: '-0.9 0.8 0.7 1.4 0.9 0.5 1.0 0.3 1.0 0.8 1.0 0.2 -0.8 -2',
  exposure: '-0.6 1.5 1.5 -0.3 0.0 1.6 1.6 -1.2 1.0 1.6 0.5 0.3 -0.5 -2',
  data: '-1.0 -1.2 -1.3 0.5 0.2 -0.7 0.6 0.0 1.1 1.1 0.3 0.0 -1.0 -2',
  repository: '-1.0 -0.8 -0.8 0.8 0.5 -0.5 0.6 0.2 1.0 1.0 0.3 -0.3 -1.0 -2',
  compute: '-1.0 0.0 0.2 0.3 0.2 -0.4 0.5 0.0 1.0 0.8 0.8 1.5 -0.5 -2',
  session: '-0.8 -0.8 -0.8 -0.3 -0.2 -0.8 0.3 0.0 0.5 0.5 1.5 0.3 -1.2 -2',
  mail: '-0.6 1.0 1.0 0.6 0.8 0.8 1.4 0.2 1.0 2.2 1.0 0.2 -0.5 -2',
  billing: '-0.7 0.8 0.9 1.4 1.4 -0.5 0.6 0.3 0.6 0.5 0.3 0.0 -0.5 -2',
  directory: '-0.9 -1.0 -1.0 -0.2 0.0 -0.8 0.2 0.0 0.8 0.5 0.3 0.0 -1.0 -2',
};

const table = new Map<string, number>();
let topic: Topic;
for (topic in rows) {
  const weights = rows[topic].trim().split(/\s+/).map(Number);
  for (const [at, verb] of columns.entries()) table.set(`${verb}:${topic}`, weights[at] ?? 0);
}

/** Log-odds of this verb on this topic. */
export function pairWeight(verb: Verb, on: Topic): number {
  return table.get(`${verb}:${on}`) ?? 0;
}
