/**
 * What is not seen, or changes how the rest is seen: control characters, bidirectional marks, zero-width
 * characters, tag characters, variation selectors, unusual line ends, unpaired surrogates and private use.
 */
const unseen = new RegExp(
  [
    String.raw`[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]`,
    String.raw`[\u{fe00}-\u{fe0f}]|[\u{e0100}-\u{e01ef}]`,
    String.raw`\u034f|\u115f|\u1160|\u17b4|\u17b5|\u3164|\uffa0`,
  ].join('|'),
  'gu',
);

function escapeOf(character: string): string {
  const digits = (character.codePointAt(0) ?? 0).toString(16);
  return digits.length > 4 ? `\\u{${digits}}` : `\\u${digits.padStart(4, '0')}`;
}

/**
 * At most `maxChars` of a text, its beginning and its end: padding must not push out what comes after it. What was
 * left out is said in its place.
 */
export function shortened(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const mark = ` …${text.length - maxChars} more… `;
  const room = Math.max(0, maxChars - mark.length);
  const tail = Math.floor(room / 4);
  return text.slice(0, room - tail) + mark + text.slice(text.length - tail);
}

/** Attacker-written text as it may be shown to a model or a person: nothing in it is invisible, and it is short. */
export function neutralised(text: string, maxChars: number): string {
  return shortened(shortened(text, maxChars).replaceAll(unseen, escapeOf), maxChars);
}

/** The same for a name of a field, which an attacker may also have chosen: letters, digits and `_.@-` alone. */
export function neutralName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_.@-]+/g, '_').slice(0, 64) || '_';
}

/**
 * JSON in which no character can be taken for markup of the prompt around it: `<`, `>`, `` ` ``, and everything
 * outside printable ASCII that could look like them, are escaped. `JSON.parse` gives back the same value.
 */
export function inertJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[<>`&\u2028\u2029\u2039\u203a\u3008\u3009\uff1c\uff1e\ufe64\ufe65\u27e8\u27e9]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const escapeSequences = new RegExp(
  [
    String.raw`[\u001b\u009b]`,
    String.raw`(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])?`,
  ].join(''),
  'g',
);
const markdownLink = /!?\[([^\]\n]{0,500})\](?:\([^)\n]{0,2000}\)|\[[^\]\n]{0,200}\])/g;
const htmlTag = /<\/?[A-Za-z!?][^<>]{0,2000}>?/g;
const urlScheme = /\b(https?|ftp|wss?|data|javascript|file|vbscript):/gi;

/**
 * Prose for a terminal, a page or a chat message: no escape sequence, no markup, no link that something could
 * follow (schemes are defanged: `hxxp:`), one line, at most `maxChars`.
 */
export function plainProse(text: string, maxChars: number): string {
  const plain = text
    .slice(0, maxChars * 4)
    .replaceAll(escapeSequences, '')
    .replaceAll(/[\t\n\r]+/g, ' ')
    .replaceAll(unseen, '')
    .replaceAll(markdownLink, '$1')
    .replaceAll(htmlTag, '')
    .replaceAll(/[<>`]/g, '')
    // What is left of nested or broken links.
    .replaceAll(/\](?=[([])/g, '] ')
    .replaceAll(urlScheme, (_, scheme: string) => `${defanged(scheme)}:`)
    .replaceAll(/ {2,}/g, ' ')
    .trim();
  return shortened(plain, maxChars);
}

function defanged(scheme: string): string {
  const lower = scheme.toLowerCase();
  return lower.startsWith('http') ? lower.replace('tt', 'xx') : `x-${lower}`;
}
