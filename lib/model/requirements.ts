/** A number that follows from a requirement, with its arithmetic. */
export interface DerivedNumber {
  /** What it is: `pods of api at the peak`. */
  readonly name: string;
  /** With its unit: `15`, `43.2 min`. */
  readonly value: string;
  /** How it is calculated, with the numbers filled in: `⌈500 × 0.01 / (0.5 × 0.7)⌉`. */
  readonly formula: string;
  /** The law or the text that the formula is from; where it needs none, the setting. */
  readonly source: string;
  /** The setting that it follows from: `requirements.requestsPerSecond`. */
  readonly from: string;
}

/**
 * The error budget's burn rates that fire an alert, with the two windows in which they must be exceeded.
 * Source: the Site Reliability Workbook, chapter 5.
 */
export const BURN_RATES = [
  { rate: 14.4, long: '1h', short: '5m', severity: 'critical', for: '2m' },
  { rate: 6, long: '6h', short: '30m', severity: 'critical', for: '15m' },
  { rate: 3, long: '1d', short: '2h', severity: 'warning', for: '1h' },
  { rate: 1, long: '3d', short: '6h', severity: 'warning', for: '3h' },
] as const;
