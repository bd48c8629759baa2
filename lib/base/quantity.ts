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

/** The number that a quantity stands for: 0.5 for `500m`, 1024 for `1Ki`. Source: kubernetes.io, Quantity. */
export function quantityOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  const match = typeof value === 'string' ? QUANTITY.exec(value) : null;
  if (!match) return undefined;
  const [, digits, suffix, exponent] = match;
  if (exponent !== undefined) return Number(`${digits}e${exponent}`);
  return Number(digits) * (suffix === undefined ? 1 : (SUFFIXES[suffix] as number));
}

/** The number in `25%`. */
export function percentOf(value: unknown): number | undefined {
  const match = typeof value === 'string' ? /^(\d{1,9})%$/.exec(value) : null;
  return match ? Number(match[1]) : undefined;
}

/** How many pods of a total `1` or `25%` are; percentages are rounded up, as disruption budgets round them. */
export function podsOf(value: unknown, total: number): number | undefined {
  const percent = percentOf(value);
  if (percent !== undefined) return Math.ceil((percent * total) / 100);
  return typeof value === 'number' ? value : undefined;
}

/** Whether a value is a whole number in a range. */
export function isWhole(value: unknown, least: number, most = Number.POSITIVE_INFINITY): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

/** A value as messages show it; what is nested may be large, or hold itself. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value !== 'object') return JSON.stringify(value);
  return Array.isArray(value)
    ? `[${value.map((item) => (typeof item === 'object' ? '…' : item)).join(', ')}]`
    : 'an object';
}

/** A Kubernetes quantity of memory or storage, in bytes. */
export function bytesOf(quantity: string): number {
  return quantityOf(quantity) ?? Number.NaN;
}
