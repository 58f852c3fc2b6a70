/**
 * Text without the difference of case, as Sigma compares it: lower case, with the two letters of which
 * `toLowerCase` keeps variants (long s, final sigma) folded as Unicode's CaseFolding.txt folds them. So folding
 * a part of a text gives the same part of the folded text, on which the index relies.
 */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  // Both searches end at once in a text of one-byte characters, which nearly all are.
  if (!lower.includes('ς') && !lower.includes('ſ')) return lower;
  return lower.replaceAll('ς', 'σ').replaceAll('ſ', 's');
}
