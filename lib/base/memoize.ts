/** Caches the results of a function of a text, or of an object by its identity. The cache is not bounded. */
export function memoize<T, Key = string>(compute: (key: Key) => T): (key: Key) => T {
  const cache = new Map<Key, T>();
  return (key) => {
    const cached = cache.get(key);
    if (cached !== undefined || cache.has(key)) return cached as T;
    const result = compute(key);
    cache.set(key, result);
    return result;
  };
}

/** Caches the results of a function of an object, as long as the object is used. */
export function memoizeOf<T, Key extends object>(compute: (key: Key) => T): (key: Key) => T {
  const cache = new WeakMap<Key, { readonly result: T }>();
  return (key) => {
    const cached = cache.get(key) ?? { result: compute(key) };
    cache.set(key, cached);
    return cached.result;
  };
}
