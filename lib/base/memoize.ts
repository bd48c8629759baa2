/** Caches the results of a function of a text. The cache is not bounded. */
export function memoize<T>(compute: (text: string) => T): (text: string) => T {
  const cache = new Map<string, T>();
  return (text) => {
    const cached = cache.get(text);
    if (cached !== undefined || cache.has(text)) return cached as T;
    const result = compute(text);
    cache.set(text, result);
    return result;
  };
}
