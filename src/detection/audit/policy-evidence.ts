import type { AuditEvent } from './audit-event.ts';
import type { EvidenceList } from './evidence.ts';
import type { AuditRecord, Leaf } from './record.ts';
import { anywhere } from './setting-words.ts';
import { wordList } from './word-set.ts';

/** Condition keys of IAM policies that narrow who is meant. */
const restrictions =
  wordList(`awssourceip awssourceaccount awssourcearn awsprincipalorgid awssourcevpc awssourcevpce
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
  if (!record.all('effect').some((leaf) => leaf.text === 'allow')) return;
  const principals = [
    ...record.all('principal'),
    ...record.all('aws').filter((leaf) => leaf.parent === 'principal'),
  ];
  if (principals.some(({ text }) => text === '*' || text === '*:*')) {
    out.add('policy:any-principal', 'made-public', '*');
  } else if (record.all('service').some((leaf) => leaf.parent === 'principal')) {
    out.add('policy:service-principal');
  }
  if (record.all('action').some((leaf) => everyAction.has(leaf.text))) {
    out.add('policy:any-action', 'privilege-granted', '*');
  }
  if (restrictions.some((key) => record.all(key).some(restricts))) out.add('policy:condition');
  const home = record.text('recipientaccountid');
  if (home !== '' && principals.some((leaf) => isOtherAccount(leaf, home))) {
    out.add('policy:foreign-account', 'trust-changed');
  }
}

function restricts({ text, parent }: Leaf): boolean {
  return text !== '' && !anywhere.test(text) && operators.test(parent);
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
