/** The number of letters to insert, remove, change or swap with the next to make one word the other. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] as number) + 1 : Infinity;
      next.push(Math.min(changed, swapped, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    before = row;
    row = next;
  }
  return row[b.length] as number;
}

/** The known word that somebody most likely meant; none when nothing is near. Case does not count. */
function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 64) return undefined; // nobody meant that, and the cost grows with the length
  const scored = known
    .map((candidate) => ({ candidate, cost: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, cost }) => cost <= Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3)))
    .sort((a, b) => a.cost - b.cost);
  return scored[0]?.candidate;
}

/** `expected one of image, tag, digest; did you mean image?` */
export function expectedOneOf(known: readonly string[], given: string): string {
  const meant = nearest(given, known);
  return `expected ${known.length > 1 ? 'one of ' : ''}${known.join(', ')}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}
