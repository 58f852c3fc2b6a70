import { addressOf } from './client-address.ts';

/** What a message in words says of a login. */
export interface LoginWording {
  readonly succeeded: boolean;
  /** The account does not exist, or so the message says. */
  readonly isUserUnknown: boolean;
}

/** Messages longer than this are dumps; what matters stands at their beginning. */
const searched = 4096;

/** Cheap look before the dear ones: a message about a login holds one of these. */
const hint = /log|auth|pass|credential|sign|denied|user|otp|fa\b|account/i;

const what = String.raw`(?:log-?\s?[io]n|logon|sign-?\s?[io]n|auth(?:entication|orization)?|[12]fa|mfa|t?otp|ban:? login)`;
const bad =
  '(?:failed|failure|fail|unsuccessful|rejected|refused|denied|incorrect|invalid|bad|wrong|unauthori[sz]ed|illegal|unknown)';

/** The failure of a login, in the orders of words in which applications tell it. */
const failed = new RegExp(
  [
    String.raw`\b${what}(?:[ _:-]{1,3}(?:attempt|request|try|error|handler|check|process|validation|has|was|is|[a-z]{2,12})){0,3}[ _:.()'"-]{1,4}${bad}\b`,
    String.raw`\b${bad}[ _:-]{1,3}(?:[a-z0-9()-]{1,14}[ _]){0,3}${what}(?:\b|_)`,
    String.raw`\b(?:failed|invalid|bad|wrong|incorrect)[ _-]{0,2}(?:[a-z0-9]{1,12}[ _]){0,3}(?:or |and |/ ?)?(?:[a-z]{1,12}[ _]){0,1}(?:password|passwd|pass(?:word)?\b|passphrase|credentials?|user ?names?)`,
    String.raw`\b(?:password|passwd|credentials?|user ?name)(?:[ _](?:for|of) [^\s]{1,64})?[ _](?:is |was |are |were |does |did |check |verification |auth\w{0,12} |not ){0,3}(?:incorrect|invalid|wrong|mismatch\w{0,4}|match|failed|rejected|bad)\b`,
    String.raw`\bfailed to (?:log-? ?in|login|sign-? ?in|authenticate|authorize|verify (?:the )?(?:password|user|credentials?))\b`,
    String.raw`\b(?:can(?:no|')t|could not|couldn't|unable to) (?:log-? ?in|authenticate|verify (?:the )?(?:password|user|credentials?))\b`,
    String.raw`\baccess denied for (?:user|account)\b`,
    String.raw`\b${what} (?:request |attempt )?(?:for|by|of|from) [^\n]{1,80}? (?:has been|was|were) (?:denied|rejected|refused|unsuccessful)\b`,
    String.raw`\bNT_STATUS_(?:WRONG_PASSWORD|NO_SUCH_USER|LOGON_FAILURE|ACCOUNT_LOCKED_OUT|ACCOUNT_DISABLED)\b`,
    String.raw`\b(?:login|auth(?:entication)?|logon)[ _-]?(?:error|fail(?:ed|ure)?|denied|invalid)\b`,
    String.raw`\bfail(?:ed)?[ _-](?:login|logon|auth)`,
    String.raw`\b(?:wrong|bad|invalid)[_-]?(?:pass(?:word)?|cred(?:ential)?s?|login|user(?:name)?)\b`,
    String.raw`\bauth(?:entication)? (?:[a-z]{1,12} ){0,2}(?:fail|reject|unsuccess)`,
    String.raw`\b(?:user|account|login|identifier) (?:['"\x60<\[(]?[^\s]{1,128} )?(?:was |is )?(?:not found|does ?n[o']t exist|unknown|not registered)\b`,
    String.raw`\b(?:no such|unknown|illegal|non-?existent|nonexistent) (?:user|account|login|extension|peer)\b`,
    String.raw`\bunauthenticated (?:user|login|access|request)\b`,
    String.raw`\bnot allowed to (?:log-? ?in|login)\b`,
    String.raw`\bno matching (?:peer|endpoint) found\b`,
    String.raw`\battempted to (?:log-? ?in|login|authenticate)\b.{0,80}\bfail`,
  ].join('|'),
  'i',
);

const unknownUser =
  /\b(?:user|account|login|identifier)\b.{0,140}?\b(?:not found|does ?n[o']t exist|unknown|not registered)\b|\b(?:no such|unknown|illegal|non-?existent|invalid) (?:user\b|account|identifier|peer|extension)|\buser_not_found\b|\bno matching (?:peer|endpoint) found\b/i;

const succeeded = new RegExp(
  [
    String.raw`\b(?:successful(?:ly)?|succeeded)[ _-](?:[a-z0-9]{1,12} ){0,2}(?:login|logon|log-? ?in|logged[ -]in|sign(?:ed)?[ -]?in|authentication|authenticated)\b`,
    String.raw`\b(?:login|logon|log-? ?in|sign-? ?in|authentication)(?: (?:[a-z]{1,12}|'[^']{1,64}'|"[^"]{1,64}")){0,3}[ _:-]{1,3}(?:succe(?:ss(?:ful(?:ly)?)?|eded)|ok\b|accepted)\b`,
    String.raw`\b(?:ok|accepted) login\b`,
    String.raw`\buser ['"\x60]?[^\s'"\x60]{1,64}['"\x60]? (?:has |was |successfully |just ){0,2}(?:logged|signed)[ -]in\b`,
    String.raw`\b(?:has |was )?(?:logged|signed) in successfully\b`,
  ].join('|'),
  'i',
);

/** Talk about failed logins that is none: counters, settings, clean-ups. */
const negated =
  /\b(?:0|no|not?|without|zero|reset(?:ting)?|clear(?:ed|ing)?|max(?:imum)?|delay after|after (?:too many )?) (?:of )?(?:failed|unsuccessful|invalid|login fail|auth(?:entication)? fail)/i;

/**
 * Whether a message of an application tells of a login that failed or went through; null when of neither. Goes by the
 * words that programs of all kinds use, so that a program nobody has heard of is understood too. A name of a user that
 * holds such words can only turn its own owner's lines into failures.
 */
export function loginWording(message: string): LoginWording | null {
  const text = message.length > searched ? message.slice(0, searched) : message;
  if (!hint.test(text)) return null;
  if (failed.test(text)) {
    return negated.test(text) ? null : { succeeded: false, isUserUnknown: unknownUser.test(text) };
  }
  return succeeded.test(text) ? { succeeded: true, isUserUnknown: false } : null;
}

const quote = String.raw`['"\x60<\[]`;
const name = String.raw`[^\s'"\x60<>\[\](){},;=]{1,128}`;
const quotedUser = new RegExp(
  String.raw`\b(?:user ?name|user|account|login|logins?? (?:failed )?for|for|uname|acct|set_id)\b["']?\s{0,2}[:=]{0,1}\s{0,2}${quote}([^'"\x60<>\r\n]{1,128}?)['"\x60>\]]`,
  'gi',
);
const keyedUser = new RegExp(
  String.raw`\b(?:user(?:name)?|uname|acct|account|set_id|login|usr|sasl_username|name|suser|duser|userid|user_id)["']?\s?[=:]\s?["'<]?(${name})`,
  'gi',
);
const spokenUser = new RegExp(
  String.raw`\b(?:for|by|of) (?:invalid |illegal |unknown )?(?:user ?name|user|account|login|admin user) (${name})|\b(?:user|username|account) (${name}) (?:failed|not|does|login|logged|log|attempt|from|auth|has|is|was|\()|\b(?:attempt|failed|failure|login) (?:for|by) (${name}) (?:from|with|using|at|on|\()`,
  'gi',
);
/** Places looked at for a name, for each way of writing it. */
const maxNames = 8;
const noNames = new Set(
  'null nil none undefined unknown not is was has the a an and or from with for password name authentication login failed error id agent user -- - n/a na'.split(
    ' ',
  ),
);

/** The account that a message about a login names; undefined when none is plain to see. */
export function userIn(message: string): string | undefined {
  const text = message.length > searched ? message.slice(0, searched) : message;
  for (const pattern of [keyedUser, quotedUser, spokenUser]) {
    let looked = 0;
    for (const found of text.matchAll(pattern)) {
      looked += 1;
      if (looked > maxNames) break;
      const user = found.slice(1).find((part) => part !== undefined);
      const trimmed = user?.replace(/[.:]{1,8}$/, '').trim();
      if (trimmed !== undefined && isName(trimmed)) return trimmed;
    }
  }
  return undefined;
}

/** Has letters or digits, and is no address. */
function isName(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text) && addressOf(text) === undefined && !noNames.has(text.toLowerCase());
}
