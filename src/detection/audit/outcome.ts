import type { AuditRecord, Leaf } from './record.ts';
import { wordSet } from './word-set.ts';

export type Outcome = 'success' | 'failed' | 'denied' | 'unknown';

const failedWords =
  /^(?:fail|error|den|reject|invalid|unauthori[sz]ed|forbidden|block|unsuccess|not[_ ]?ok|no$|false$|aborted|timeout|conflict)/;
const successWords = /^(?:succe|ok$|allow|granted|accept|passed|complete|yes$|true$|0$|created|done)/;
const statusKeys = wordSet(`result outcome status resulttype resultstatus success issuccess executionstatus
  operationstatus outcomeresult metricresponsetype consolelogin passwordupdated resultsignature statustext
  responsestatus decision eventoutcome state passwordrecoveryrequested conclusion`);
const codeKeys = wordSet('statuscode responsecode httpstatus httpstatuscode edgeresponsestatus code');
const errorKeys = wordSet('errorcode errormessage error failurereason errordescription');
const noError: ReadonlySet<string> = new Set([
  '',
  ...wordSet('none null 0 success ok nil - false n/a other. noerror'),
]);
const failedAction = /fail(?:ed|ure)|_bad$|unsuccessful|denied$/i;

/** Success or failure from whatever members state it; a statement of failure outweighs one of success. */
export function outcomeOf(record: AuditRecord, action: string): Outcome {
  if (failedAction.test(action)) return 'failed';
  let outcome: Outcome = 'unknown';
  for (const leaf of record.leaves) {
    const stated = statedBy(leaf);
    if (stated === 'failed' || stated === 'denied') return stated;
    if (stated === 'success') outcome = stated;
  }
  return outcome;
}

function statedBy({ key, text, value, parent }: Leaf): Outcome {
  if (errorKeys.has(key)) return noError.has(text) ? 'unknown' : failureOf(text);
  if (key === 'granted') return value === false ? 'denied' : 'success';
  if (codeKeys.has(key)) return codeOutcome(Number(value), key, parent);
  if (!statusKeys.has(key) || (key === 'state' && parent !== 'outcome')) return 'unknown';
  if (failedWords.test(text)) return failureOf(text);
  // Entra's sign-in errors are numbers of four to six digits; 0 is success.
  if (key === 'resulttype' && /^[1-9]\d{3,6}$/.test(text)) return 'failed';
  if (key === 'resultsignature' && /^4\d\d$/.test(text)) return 'denied';
  return successWords.test(text) ? 'success' : 'unknown';
}

function codeOutcome(code: number, key: string, parent: string): Outcome {
  if (!Number.isInteger(code)) return 'unknown';
  if (code === 401 || code === 403) return 'denied';
  if (code >= 400 && code < 600) return 'failed';
  if (code >= 200 && code < 400) return 'success';
  if (key !== 'code' || parent !== 'status') return 'unknown';
  // google.rpc.Code: 0 OK, 7 PERMISSION_DENIED, 16 UNAUTHENTICATED.
  if (code === 0) return 'success';
  if (code === 7 || code === 16) return 'denied';
  return code < 17 ? 'failed' : 'unknown';
}

function failureOf(text: string): Outcome {
  return /denied|^den|unauthori|forbidden|not[ _]?authori|permission|block/.test(text) ? 'denied' : 'failed';
}
