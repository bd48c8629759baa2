const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,3}))?$/;

/** The number of a quantity: 0.5 for `500m`, 1024 for `1Ki`. Undefined if it is not valid. Source: kubernetes.io, Quantity. */
export function quantityOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  const match = typeof value === 'string' ? QUANTITY.exec(value) : null;
  if (!match) return undefined;
  const [, digits, suffix, exponent] = match;
  if (exponent !== undefined) return Number(`${digits}e${exponent}`);
  return Number(digits) * (suffix === undefined ? 1 : (SUFFIXES[suffix] as number));
}

/** The number of a percentage: 25 for `25%`. Undefined for anything else. */
export function percentOf(value: unknown): number | undefined {
  const match = typeof value === 'string' ? /^(\d{1,9})%$/.exec(value) : null;
  return match ? Number(match[1]) : undefined;
}

/** The number of pods that `1` or `25%` of a total means. Percentages are rounded up, as in disruption budgets. */
export function podCountOf(value: unknown, total: number): number | undefined {
  const percent = percentOf(value);
  if (percent !== undefined) return Math.ceil((percent * total) / 100);
  return typeof value === 'number' ? value : undefined;
}

/** Whether a value is an integer in a range, both bounds included. */
export function isInteger(value: unknown, least: number, most = Number.POSITIVE_INFINITY): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

/** A value as messages show it. Nested values are abbreviated, since they may be large or cyclic. */
export function formatValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value !== 'object') return JSON.stringify(value);
  return Array.isArray(value)
    ? `[${value.map((item) => (typeof item === 'object' ? '…' : item)).join(', ')}]`
    : 'an object';
}

/** A Kubernetes quantity of memory or storage, in bytes. NaN if it is not valid. */
export function bytesOf(quantity: string): number {
  return quantityOf(quantity) ?? Number.NaN;
}

const UNITS: readonly (readonly [string, number])[] = [
  ['Gi', 2 ** 30],
  ['Mi', 2 ** 20],
  ['Ki', 2 ** 10],
];

/** An amount of a resource as a quantity: `500m` of `requests.cpu`, `1.5Gi` of `memory`, `3` of `pods`. */
export function formatAmount(resource: string, amount: number): string {
  const rounded = Math.round(amount * 1000) / 1000;
  if (/cpu$/.test(resource)) return amount < 1 ? `${Math.round(amount * 1e6) / 1e3}m` : String(rounded);
  if (!/(memory|storage)$/.test(resource)) return String(rounded);
  // The largest unit in which two decimals are exact.
  const [unit, size] = UNITS.find(([, one]) => amount >= one && ((amount / one) * 100) % 1 === 0) ?? ['', 1];
  return `${amount / size}${unit}`;
}

/** Whether an amount is more than another. Sums of binary fractions are not exact. */
export function isMore(amount: number, than: number): boolean {
  return amount > than + Math.abs(than) * 1e-12 + 1e-12;
}
