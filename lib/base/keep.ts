/** A function of a text that keeps its answers, for texts that come again and again: the same scripts, ranges and patterns everywhere. */
export function keep<T>(answerTo: (text: string) => T): (text: string) => T {
  const kept = new Map<string, T>();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined || kept.has(text)) return known as T;
    const answer = answerTo(text);
    kept.set(text, answer);
    return answer;
  };
}
