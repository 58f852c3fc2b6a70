import type { AuditEvent } from './audit-event.ts';
import type { EvidenceList } from './evidence.ts';
import type { AuditRecord, Leaf } from './record.ts';
import { anywhere } from './setting-words.ts';
import { wordList, wordSet } from './word-set.ts';

/** Condition keys of IAM policies that narrow who is meant. */
const restrictions =
  wordSet(`awssourceip awssourceaccount awssourcearn awsprincipalorgid awssourcevpc awssourcevpce
  awsprincipalarn awssourceowner awsuserid awsprincipalaccount awsprincipalorgpaths
  kmscalleraccount kmsviaservice awsresourceaccount awssourceorgid awscalledvia`);
const operators = /^(?!not).*(?:string|arn|ipaddress|bool|foranyvalue|forallvalues|like|equals)/;
const everyAction = new Set(['*', '*:*', 'iam:*', 'sts:*']);
const customerKeys = wordList(
  'xamzserversideencryptioncustomeralgorithm xamzcopysourceserversideencryptioncustomeralgorithm',
);

/** IAM policies: a principal or an action that is everything, another account, and what narrows it again. */
export function policyEvidence(event: AuditEvent, out: EvidenceList): void {
  const { record } = event;
  let open = 0;
  let narrowed = 0;
  for (const [from, to] of record.statements) {
    const leaves = record.leaves.slice(from, to);
    if (!leaves.some(({ key, text }) => key === 'effect' && text === 'allow')) continue;
    if (leaves.some(isAnyone)) open += 1;
    if (leaves.some(restricts)) narrowed += 1;
    statementEvidence(record, leaves, out);
  }
  if (open > 0) out.add('policy:any-principal', 'made-public', '*');
  // One open statement is not closed by a condition in the next.
  if (narrowed > 0 && narrowed >= open) out.add('policy:condition');
}

function statementEvidence(record: AuditRecord, leaves: readonly Leaf[], out: EvidenceList): void {
  const home = record.text('recipientaccountid');
  for (const leaf of leaves) {
    if (leaf.key === 'action' && everyAction.has(leaf.text)) {
      out.add('policy:any-action', 'privilege-granted', '*');
    } else if (leaf.key === 'service' && leaf.parent === 'principal') {
      out.add('policy:service-principal');
    } else if (home !== '' && isPrincipal(leaf) && isOtherAccount(leaf, home)) {
      out.add('policy:foreign-account', 'trust-changed');
    }
  }
}

function isPrincipal({ key, parent }: Leaf): boolean {
  return key === 'principal' || (key === 'aws' && parent === 'principal');
}

function isAnyone(leaf: Leaf): boolean {
  return isPrincipal(leaf) && (leaf.text === '*' || leaf.text === '*:*');
}

function restricts({ key, text, parent }: Leaf): boolean {
  return restrictions.has(key) && text !== '' && !anywhere.test(text) && operators.test(parent);
}

function isOtherAccount({ text }: Leaf, home: string): boolean {
  const account = /^(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::|$)/.exec(text)?.[1];
  return account !== undefined && account !== home;
}

/** Objects written back under a key that is not the owner's: the ransom note's better half. */
export function encryptionEvidence(event: AuditEvent, out: EvidenceList): void {
  const { record } = event;
  if (event.phrase.verb === 'read') return;
  if (customerKeys.some((key) => record.has(key))) out.add('value:customer-key', 'data-encrypted', 'SSE-C');
  const owner = keyOwner(record);
  const home = record.text('recipientaccountid', 'accountid');
  if (owner !== undefined && home !== '' && owner !== home) {
    out.add('value:foreign-key', 'data-encrypted', `key of account ${owner}`);
  }
}

function keyOwner(record: AuditRecord): string | undefined {
  const key = record.text('xamzserversideencryptionawskmskeyid', 'kmsmasterkeyid', 'kmskeyid');
  return /^arn:aws[a-z-]*:kms:[a-z0-9-]*:(\d{12}):/.exec(key)?.[1];
}
