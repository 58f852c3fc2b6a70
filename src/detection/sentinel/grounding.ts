import { isIP } from 'node:net';
import type { Verdict } from '../../contracts/analysis.ts';
import { resolveTechnique } from '../attack/attack.ts';
import type { Case } from './case.ts';

const MAX_FAULTS = 12;

/**
 * What a model claims that the case does not bear out, in sentences of ours that repeat none of its words but ids and
 * addresses. Empty when everything it names exists: techniques in ATT&CK, events, addresses, names and hashes in the
 * case. `eventIds`: the names the model was given for events.
 */
export function faultsOf(verdict: Verdict, subject: Case, eventIds: ReadonlyMap<string, string>): string[] {
  const faults = new Set<string>();
  for (const { technique, evidence_event_ids } of verdict.techniques) {
    if (resolveTechnique(technique) === null) faults.add(`${technique} is no technique of ATT&CK.`);
    for (const name of evidence_event_ids) {
      if (!eventIds.has(name)) faults.add(`${technique}: the case has no event ${named(name)}.`);
    }
  }
  for (const { technique } of verdict.attacker_profile.next_moves) {
    if (resolveTechnique(technique) === null) faults.add(`${technique} is no technique of ATT&CK.`);
  }
  const evidence = textOf(subject);
  const said = [
    verdict.description,
    verdict.reasoning,
    ...verdict.attacker_profile.objectives,
    ...verdict.attacker_profile.tools,
  ];
  for (const observable of observablesIn(said.join('\n'))) {
    if (!evidence.includes(observable)) faults.add(`${named(observable)} does not occur in the case.`);
  }
  const own = fieldValues(subject);
  for (const observable of observablesIn(verdict.recommended_actions.join('\n'))) {
    if (!own.has(observable)) {
      faults.add(
        `recommended_actions name ${named(observable)}, which stands in no field of its own in the case.`,
      );
    }
  }
  return [...faults].slice(0, MAX_FAULTS);
}

/** Whether the evidence holds the tool's name, whatever the case of its letters. */
export function isNamedIn(subject: Case, tool: string): boolean {
  const name = tool.toLowerCase().trim();
  return name.length >= 2 && textOf(subject).includes(name);
}

/** Endings that make `name.ending` a file and no domain. */
const fileEndings: ReadonlySet<string> = new Set(
  'exe dll sys bat cmd ps1 psm1 vbs vbe js jse wsf hta lnk scr msi jar py pl rb sh bash php asp aspx jsp jspx war html htm xml json yml yaml conf cfg ini log txt csv doc docx docm xls xlsx xlsm ppt pptx pdf rtf zip rar gz tgz tar bz2 iso img vhd tmp dat bin db key pem crt pfx evtx dmp hive service timer socket so ko elf'.split(
    ' ',
  ),
);
const MAX_OBSERVABLES = 200;

/** Addresses, domains, host names in URLs and hashes in a text, lower case, defanged ones included. */
export function observablesIn(text: string): ReadonlySet<string> {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|[\u3002\uff0e\uff61]/g, '.')
    .replaceAll(/\[:\]/g, ':');
  const found = new Set<string>();
  const add = (observable: string): void => {
    if (found.size < MAX_OBSERVABLES) found.add(observable);
  };
  for (const [word] of plain.matchAll(/[0-9a-f:.]*:[0-9a-f:.]+/g)) {
    if (isIP(word.replace(/[.:]$/, '')) === 6) add(word.replace(/[.:]$/, ''));
  }
  for (const [address] of plain.matchAll(/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)/g)) {
    if (isIP(address) === 4) add(address);
  }
  for (const [hash] of plain.matchAll(/\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b/g)) add(hash);
  for (const [domain, ending = ''] of plain.matchAll(
    /(?<![\p{L}\p{N}_\\/.-])(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+(\p{L}{2,24}|xn--[a-z0-9-]{2,40})(?![\p{L}\p{N}_-])/gu,
  )) {
    if (!fileEndings.has(ending)) add(domain);
  }
  for (const [, host = ''] of plain.matchAll(/(?:https?|hxxps?|ftp):\/\/([^\s/:?#"'()<>]{1,253})/g))
    add(host);
  return found;
}

/** Everything the case says, lower case. */
function textOf(subject: Case): string {
  return [
    subject.attacker,
    subject.target,
    subject.asset?.name ?? '',
    ...subject.indicators.flatMap(({ value, entity }) => [value, entity]),
    ...subject.entries.flatMap(({ fields, findings }) => [
      ...fields.map(({ value }) => String(value)),
      ...findings.flatMap(({ title, reason }) => [title, reason]),
    ]),
  ]
    .join('\n')
    .toLowerCase();
}

/** What stands alone in a field that a sensor fills, and so is more than a word in somebody's sentence. */
function fieldValues(subject: Case): ReadonlySet<string> {
  return new Set(
    [
      subject.attacker,
      subject.target,
      subject.asset?.name ?? '',
      ...subject.indicators.flatMap(({ value, entity }) => [value, entity]),
      ...subject.entries.flatMap(({ fields }) => fields.map(({ value }) => String(value))),
    ].map((value) => value.toLowerCase()),
  );
}

/** An id or address of the model's, cut down to what can hold neither a sentence nor markup. */
function named(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}:._-]+/gu, '_').slice(0, 64);
}
