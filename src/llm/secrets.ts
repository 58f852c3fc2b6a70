import { isIP } from 'node:net';

/**
 * Takes credentials out of text before it goes to somebody else's computer: keys and tokens with a shape of
 * their own, private keys, card numbers, and whatever stands where a password stands (`password=`,
 * `--token x`, `Authorization:`, `https://user:x@host`). Each becomes `[redacted:<kind>]`, so that a reader
 * still sees that something was there; such marks are left alone. Addresses, hashes, host names and ids stay.
 * Time is linear in the text.
 */
export function redactSecrets(text: string): string {
  let redacted = withoutPrivateKeys(text);
  for (const { kind, pattern } of shapes) redacted = redacted.replace(pattern, marker(kind));
  for (const { kind, pattern, keeps } of places) {
    redacted = redacted.replace(pattern, (match: string, before: string, value: string) => {
      if (value.startsWith('[redacted:') || keeps?.(value, before) === true) return match;
      return before + marker(kind) + match.slice(before.length + value.length);
    });
  }
  return redacted.replace(cardPattern, (match: string, ...rest: unknown[]) => {
    const [offset, whole] = rest.slice(-2);
    const before = typeof offset === 'number' ? String(whole).slice(Math.max(0, offset - 12), offset) : '';
    return isCardNumber(match) && !/id["'\\\s:=]*$/i.test(before) ? marker('card') : match;
  });
}

function marker(kind: string): string {
  return `[redacted:${kind}]`;
}

interface Shape {
  readonly kind: string;
  readonly pattern: RegExp;
}

/**
 * Tokens that are known by their look. None begins within a word, and what repeats in one cannot begin
 * another, so no position is read more than a bounded number of times.
 */
const shapes: readonly Shape[] = [
  { kind: 'aws-key', pattern: /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])/g },
  { kind: 'github-token', pattern: /(?<![A-Za-z0-9_])gh[oprsu]_[A-Za-z0-9]{36,255}/g },
  { kind: 'github-token', pattern: /(?<![A-Za-z0-9_])github_pat_[A-Za-z0-9_]{22,255}/g },
  { kind: 'gitlab-token', pattern: /(?<![A-Za-z0-9_-])gl(?:pat|rt|dt|ptt|oas|cbt)-[A-Za-z0-9_.-]{20,300}/g },
  { kind: 'slack-token', pattern: /(?<![A-Za-z0-9])(?:xox[a-z](?:\.xox[a-z])?|xapp)-[A-Za-z0-9-]{10,300}/g },
  { kind: 'anthropic-key', pattern: /(?<![A-Za-z0-9_-])sk-ant-[A-Za-z0-9_-]{20,300}/g },
  {
    kind: 'openai-key',
    pattern:
      /(?<![A-Za-z0-9_-])sk-(?:(?:proj|svcacct|admin|None|or-v1)-[A-Za-z0-9_-]{20,300}|[A-Za-z0-9]{32,200})/g,
  },
  { kind: 'google-key', pattern: /(?<![A-Za-z0-9_-])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/g },
  {
    kind: 'google-token',
    pattern: /(?<![A-Za-z0-9_-])(?:ya29\.[A-Za-z0-9_.-]{20,2000}|GOCSPX-[A-Za-z0-9_-]{20,60})/g,
  },
  { kind: 'stripe-key', pattern: /(?<![A-Za-z0-9_])(?:[rs]k_(?:live|test)|whsec)_[A-Za-z0-9]{16,250}/g },
  { kind: 'npm-token', pattern: /(?<![A-Za-z0-9_])npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])/g },
  { kind: 'pypi-token', pattern: /(?<![A-Za-z0-9_-])pypi-AgE[A-Za-z0-9_-]{50,1000}/g },
  { kind: 'huggingface-token', pattern: /(?<![A-Za-z0-9_])hf_[A-Za-z0-9]{30,100}/g },
  { kind: 'sendgrid-key', pattern: /(?<![A-Za-z0-9_])SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}/g },
  { kind: 'vertice-key', pattern: /(?<![A-Za-z0-9_])vk_[0-9a-f]{16}_[A-Za-z0-9_-]{43}/g },
  {
    kind: 'jwt',
    pattern: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,8000}\.eyJ[A-Za-z0-9_-]{4,8000}\.[A-Za-z0-9_-]{0,2000}/g,
  },
];

interface Place extends Shape {
  /** Its first group is what stays before the secret, its second the secret. */
  readonly pattern: RegExp;
  /** True for a value that is no secret after all. */
  keeps?(value: string, before: string): boolean;
}

/** An opening quotation mark as it may stand in JSON within JSON. */
const quote = String.raw`\\{0,3}["']?`;
const secretName =
  '(?:password|passwd|passphrase|secret(?:[_-]?(?:access[_-]?)?key)?|token|api[_-]?key|access[_-]?key|account[_-]?key|private[_-]?key|client[_-]?secret)';

/** Values known by what stands before them. Bounded repetitions keep every attempt at a match short. */
const places: readonly Place[] = [
  {
    kind: 'password',
    // scheme://user:password@host
    pattern: /(:\/\/[^\s/:@'"<>?#]{0,256}:)([^\s/'"<>?#]{1,256})(?=@)/g,
  },
  {
    kind: 'authorization',
    pattern: new RegExp(
      `((?:authorization|x-api-key)${quote}[ \\t]{0,3}[=:][ \\t]{0,3}${quote}(?:(?:bearer|basic|token|negotiate|ntlm|digest|apikey|aws4-hmac-sha256)[ \\t]{1,3})?)([^\\s"',;\\\\]{1,4096})`,
      'gi',
    ),
  },
  { kind: 'authorization', pattern: /(\bbearer[ \t]{1,3})([A-Za-z0-9._~+/=-]{16,4096})/gi },
  {
    kind: 'secret',
    pattern: new RegExp(
      `(${secretName}\\d{0,2}${quote}[ \\t]{0,3}[=:][ \\t]{0,3}\\\\{0,3}(?:"|'))((?:(?!["'\\\\])[^\\r\\n]){1,512})`,
      'gi',
    ),
    keeps: isNoSecret,
  },
  {
    kind: 'secret',
    pattern: new RegExp(
      `(${secretName}\\d{0,2}${quote}[ \\t]{0,3}[=:][ \\t]{0,3})([^\\s"'&,;<>(){}\\\\]{1,512})`,
      'gi',
    ),
    keeps: isNoSecret,
  },
  {
    kind: 'secret',
    // Short names are words of prose as well: only with an equals sign, and never a folder (sudo's PWD=).
    pattern: /((?<![A-Za-z])(?:pass|pwd|pw)=\\{0,3}["']?)([^\s"'&,;<>(){}\\]{1,512})/gi,
    keeps: (value) => /^[/~]/.test(value) || isNoSecret(value),
  },
  {
    kind: 'secret',
    // --password x, -Token "x", --db-pass x
    pattern: new RegExp(
      `((?<![A-Za-z0-9])--?(?:[A-Za-z]{1,20}[-_]){0,2}(?:${secretName}|pass|pwd)[ \\t]{1,3}${quote})([^\\s"'\\\\]{1,512})`,
      'gi',
    ),
    keeps: (value) => value.startsWith('-') || isNoSecret(value),
  },
  { kind: 'secret', pattern: /(\/(?:pass|password|pwd):["']?)([^\s"']{1,512})/gi },
  { kind: 'secret', pattern: /(\bsshpass[ \t]{1,3}-p[ \t]{0,3}["']?)([^\s"']{1,256})/gi },
  {
    kind: 'secret',
    // curl -u user:password; -u 1000:1000 is a user and a group
    pattern:
      /((?<=\s)(?:-u|--user)[ \t=]{1,3}["']?(?!\d{1,10}:\d{1,10}(?:\s|$))[^\s:"']{1,64}:)([^\s"']{1,256})/g,
  },
  {
    kind: 'secret',
    // net user name password /add
    pattern:
      /(\bnet1?(?:\.exe)?["']?[ \t]{1,3}user[ \t]{1,3}[^\s]{1,64}[ \t]{1,3})([^\s/][^\s]{0,128})(?=[ \t]{1,3}\/)/gi,
  },
];

const plainWords: ReadonlySet<string> = new Set(['null', 'none', 'true', 'false', 'undefined', '-', '*']);

function isNoSecret(value: string): boolean {
  return plainWords.has(value.toLowerCase()) || /^[*x.]+$/i.test(value) || isIP(value) !== 0;
}

const privateKeyStart = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
/** Base64 in lines, which may be broken by real or escaped line ends, or run on between blanks. */
const privateKeyRest =
  /(?:[\r\n]|\\[rn])*(?:(?:Proc-Type|DEK-Info|Version|Comment): [^\r\n\\]{0,100}(?:[\r\n]|\\[rn])*){0,4}(?:[A-Za-z0-9+/=]|[\r\n]|\\[rn]|[ \t]{1,3}(?=[A-Za-z0-9+/=]{16})){0,20000}(?:[ \t]{0,3}-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?/y;

/** Only what looks like key material goes with the header: nobody hides a text between two such lines. */
function withoutPrivateKeys(text: string): string {
  let kept = '';
  let at = 0;
  for (const start of text.matchAll(privateKeyStart)) {
    if (start.index < at) continue;
    privateKeyRest.lastIndex = start.index + start[0].length;
    const rest = privateKeyRest.exec(text)?.[0] ?? '';
    kept += text.slice(at, start.index) + marker('private-key');
    at = start.index + start[0].length + rest.length;
  }
  return at === 0 ? text : kept + text.slice(at);
}

const cardPattern =
  /(?<![\w.-])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5})(?![\w-]|\.\d)/g;

/** First digits and lengths of the card networks (ISO/IEC 7812). */
const cardNetworks =
  /^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17})$/;

function isCardNumber(text: string): boolean {
  const digits = text.replace(/[ -]/g, '');
  return cardNetworks.test(digits) && hasCheckDigit(digits);
}

/** The Luhn formula, ISO/IEC 7812-1 annex B. */
function hasCheckDigit(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
