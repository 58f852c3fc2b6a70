const CHUNK = 12;
const SHINGLE_WORDS = 8;

/**
 * Whether any of these texts repeats the instructions: a piece of the canary, plain or in one of the usual disguises
 * (spaced out, reversed, ROT13, hexadecimal, base64), or eight words of the instructions in a row.
 */
export function repeatsInstructions(texts: readonly string[], system: string, canary: string): boolean {
  const disguises = disguisesOf(canary);
  const shingles = new Set(shinglesOf(system));
  return texts.some((text) => {
    const bare = bareOf(text);
    return (
      disguises.some((disguise) => bare.includes(disguise)) ||
      shinglesOf(text).some((shingle) => shingles.has(shingle))
    );
  });
}

/** Every run of twelve characters of the canary, and of it disguised, bare. */
function disguisesOf(canary: string): string[] {
  const bare = bareOf(canary);
  const chunks: string[] = [];
  for (const plain of [bare, [...bare].reverse().join(''), rot13(bare)]) {
    for (let at = 0; at + CHUNK <= plain.length; at += 1) chunks.push(plain.slice(at, at + CHUNK));
  }
  const bytes = Buffer.from(canary);
  const hex = bytes.toString('hex');
  for (let at = 0; at + 2 * CHUNK <= hex.length; at += 2) chunks.push(hex.slice(at, at + 2 * CHUNK));
  // Base64 depends on the position within the text modulo 3: the inner characters of each of the three.
  for (const shift of [0, 1, 2]) {
    const inner = bareOf(bytes.subarray(shift).toString('base64').slice(0, -4));
    for (let at = 0; at + CHUNK <= inner.length; at += 4) chunks.push(inner.slice(at, at + CHUNK));
  }
  return chunks;
}

/** Letters and digits alone, lower case, compatibility forms resolved: what is left when nobody plays tricks. */
function bareOf(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}

function shinglesOf(text: string): string[] {
  const words =
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  const shingles: string[] = [];
  for (let at = 0; at + SHINGLE_WORDS <= words.length; at += 1) {
    shingles.push(words.slice(at, at + SHINGLE_WORDS).join(' '));
  }
  return shingles;
}

function rot13(text: string): string {
  return text.replaceAll(/[a-z]/g, (letter) => String.fromCharCode(((letter.charCodeAt(0) - 84) % 26) + 97));
}
