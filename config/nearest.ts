import { distance } from 'fastest-levenshtein';

/** The known word that somebody most likely meant; none when nothing is near. Case does not count. */
function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 64) return undefined; // nobody meant that, and the cost grows with the length
  const scored = known.map((candidate) => ({
    candidate,
    cost: distance(word.toLowerCase(), candidate.toLowerCase()),
    most: Math.ceil(Math.max(word.length, candidate.length) / 3),
  }));
  return scored.filter(({ cost, most }) => cost <= most).sort((a, b) => a.cost - b.cost)[0]?.candidate;
}

/** `expected one of image, tag, digest; did you mean image?` */
export function expectedOneOf(known: readonly string[], given: string): string {
  const meant = nearest(given, known);
  return `expected ${known.length > 1 ? 'one of ' : ''}${known.join(', ')}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}
