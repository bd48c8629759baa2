import { distance } from 'fastest-levenshtein';

/** The known word closest to a misspelled one, ignoring case, or undefined if none is close. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 64) return undefined; // the cost grows with the length
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const most = Math.ceil(Math.max(word.length, candidate.length) / 3);
    if (Math.abs(word.length - candidate.length) > most) continue;
    const cost = distance(word.toLowerCase(), candidate.toLowerCase());
    if (cost <= most && cost < least) [best, least] = [candidate, cost];
  }
  return best;
}

/** `expected one of image, tag, digest; did you mean image?` */
export function expectedOneOf(known: readonly string[], given: string): string {
  const meant = nearest(given, known);
  return `expected ${known.length > 1 ? 'one of ' : ''}${known.join(', ')}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}
