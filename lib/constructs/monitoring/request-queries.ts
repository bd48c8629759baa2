import type { Component } from '../../model/component';
import { type ExposedComponent, isTimed, type RequestMetrics, select } from './requests';

/** A recording rule. Source: prometheus.io, Recording rules. */
export interface Recording {
  readonly record: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The windows of alerts on error budgets, in seconds. */
const SECONDS = { '5m': 300, '30m': 1800, '1h': 3600, '2h': 7200, '6h': 21_600, '1d': 86_400, '3d': 259_200 } as const;
/** The window of a rate. */
export type RateWindow = keyof typeof SECONDS;
const WINDOWS = Object.keys(SECONDS) as RateWindow[];

const QUANTILES = ['0.5', '0.95', '0.99'] as const;
type Quantile = (typeof QUANTILES)[number];

const DURATION = 'component:request_duration_seconds:quantile5m';
const requests = (window: RateWindow) => `component:requests:rate${window}`;
const errorRatio = (window: RateWindow) => `component:request_errors:ratio_rate${window}`;

/** The sum of the rates of all series that the selectors match. */
function rates(selectors: readonly string[], window: RateWindow, by = ''): string {
  return `sum${by}(${selectors.map((one) => `rate(${one}[${window}])`).join(' or ')})`;
}

/** A quantile, of the slowest source if there are several: histograms with different buckets cannot be added. */
function quantileOf(quantile: Quantile, sources: readonly RequestMetrics[]): string {
  const each = sources.map(
    ({ durations, second }) =>
      `histogram_quantile(${quantile}, ${rates(durations, '5m', ' by (le) ')})${second === 1 ? '' : ` / ${second}`}`,
  );
  const [one = '', ...others] = each;
  if (others.length === 0) return one;
  // A label that differs, since `or` keeps only the first of several series with the same labels.
  return `max(${each.map((expr, index) => `label_replace(${expr}, "source", "${index}", "", "")`).join(' or ')})`;
}

/**
 * The recording rules for the requests to a component. Alerts and panels use only these series, so they do not depend on the edge or the
 * application. Without requests, the ratio is NaN (0/0), which exceeds no threshold.
 */
export function recordingsOf({ component: { namespace, name }, sources }: ExposedComponent): Recording[] {
  const labels = { namespace, component: name };
  const all = sources.flatMap((source) => source.all);
  const failed = sources.flatMap((source) => source.errors);
  const timed = sources.filter(isTimed);
  return [
    ...WINDOWS.flatMap((window) => {
      const every = `sum(${select(requests(window), labels)})`;
      return [
        { record: requests(window), expr: rates(all, window), labels },
        { record: errorRatio(window), expr: `(${rates(failed, window)} or 0 * ${every}) / ${every}`, labels },
      ];
    }),
    ...(timed.length === 0 ? [] : QUANTILES).map((quantile) => ({
      record: DURATION,
      expr: quantileOf(quantile, timed),
      labels: { ...labels, quantile },
    })),
  ];
}

type InNamespace = Pick<Component, 'namespace'>;

/** Requests per second, by component. */
export function requestRate({ namespace }: InNamespace): string {
  return select(requests('5m'), { namespace });
}

/** The part of requests that was answered with an error, by component. */
export function errors({ namespace }: InNamespace, window: RateWindow = '5m'): string {
  return select(errorRatio(window), { namespace });
}

/** The number of requests in a window that were answered with an error, by component. */
export function failures({ namespace }: InNamespace, window: RateWindow): string {
  return `${errors({ namespace }, window)} * ${select(requests(window), { namespace })} * ${SECONDS[window]}`;
}

/** A quantile of response times in seconds, by component or of one component. */
export function duration({ namespace }: InNamespace, quantile: Quantile, component?: string): string {
  return select(DURATION, { namespace, ...(component !== undefined && { component }), quantile });
}
