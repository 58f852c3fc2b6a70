/** Whether objects and arrays are nested deeper than `maxDepth` in a JSON text. Linear, without recursion. */
export function exceedsDepth(text: string, maxDepth: number): boolean {
  // Almost every record has fewer brackets than allowed levels, and finding those is a native search.
  const braces = countUpTo(text, '{', maxDepth);
  if (braces + countUpTo(text, '[', maxDepth - braces) <= maxDepth) return false;
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    switch (text.charCodeAt(i)) {
      case 0x7b:
      case 0x5b:
        depth += 1;
        if (depth > maxDepth) return true;
        break;
      case 0x7d:
      case 0x5d:
        depth -= 1;
        break;
      case 0x22:
        i = endOfString(text, i + 1);
        break;
    }
  }
  return false;
}

/** Occurrences of a character, counting no further than one above `limit`. */
function countUpTo(text: string, character: string, limit: number): number {
  let count = 0;
  for (let at = text.indexOf(character); at !== -1 && count <= limit; at = text.indexOf(character, at + 1)) {
    count += 1;
  }
  return count;
}

function endOfString(text: string, start: number): number {
  let i = start;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return i;
    i += code === 0x5c ? 2 : 1;
  }
  return i;
}

const escapes = /\\(?:u0000|ud[89ab][0-9a-f]{2}(?:\\ud[c-f][0-9a-f]{2})?|ud[c-f][0-9a-f]{2}|.)/gis;

/**
 * The JSON text with the two things that databases and encoders cannot hold, U+0000 and surrogates without
 * their other half, written as U+FFFD. Its length does not change, so positions stay true.
 */
export function withoutUnstorable(text: string): string {
  if (!text.includes('\\u')) return text;
  return text.replace(escapes, (found) => {
    const isUnstorable = found === '\\u0000' || (found.length === 6 && /^\\ud[89a-f]/i.test(found));
    return isUnstorable ? '\\ufffd' : found;
  });
}

/** Longest text whose error is looked for: each of the log₂(n) attempts parses up to all of it. */
const maxTextToSearch = 8192;

/** Where and why a text is not JSON, without quoting more of it than one character. */
export function describeJsonError(text: string): string {
  const problem = jsonProblem(text) ?? '';
  const known = positionOf(problem) ?? (isAtEnd(problem) ? text.length : null);
  const position = known ?? (text.length <= maxTextToSearch ? firstWrong(text) : null);
  const where = position === null ? '' : ` at character ${position + 1}`;
  // V8 quotes the text around the error in some of its messages.
  const what = problem
    .replace(/, (?:\.\.\.)?".*$/s, '')
    .replace(/ (?:in JSON )?at position .*$/s, '')
    .replace(/"(?:.*)" is not valid JSON/s, 'not JSON');
  return `expected JSON, got an error${where} of ${text.length}: ${what}`;
}

function jsonProblem(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof SyntaxError ? error.message : 'unreadable';
  }
}

function positionOf(problem: string): number | null {
  const position = / at position (\d+)/.exec(problem)?.[1];
  return position === undefined ? null : Number(position);
}

function isAtEnd(problem: string): boolean {
  return problem.startsWith('Unexpected end') || problem.startsWith('Unterminated');
}

/** V8 gives no position for an unexpected token: the shortest prefix that fails before its own end has it last. */
function firstWrong(text: string): number {
  let right = 0;
  let wrong = text.length;
  while (wrong - right > 1) {
    const middle = (right + wrong) >> 1;
    const problem = jsonProblem(text.slice(0, middle));
    const isRight = problem === null || isAtEnd(problem) || positionOf(problem) === middle;
    if (isRight) right = middle;
    else wrong = middle;
  }
  return wrong - 1;
}
