import type { Component } from '../../model/component';
import type { Metrics } from '../../model/metrics';
import type { SystemProps } from '../../model/system';
import { Duration } from '../../model/units';
import { scrapedBy } from './prometheus';
import type { SystemMonitoringConfig } from './settings';

type ExtraMetrics = 'pool' | 'tokens';

/** A duration from a number of seconds, which may have decimals. */
export function toDuration(seconds: number): Duration {
  return Duration.millis(Math.round(seconds * 1000));
}

/**
 * The metrics of a component by the names in the settings.
 *
 * @param has the metrics that it has besides those of requests
 * @returns undefined if monitoring is disabled, or the application has no metrics path
 */
export function metricsOf(
  { enabled, path, port, metrics }: SystemMonitoringConfig,
  ...has: ExtraMetrics[]
): Metrics | undefined {
  if (!enabled || path === undefined) return undefined;
  const { requests, pool, ai } = metrics;
  return {
    path,
    port,
    requests,
    ...(has.includes('pool') && { pool }),
    ...(has.includes('tokens') && { tokens: { count: ai.tokens, type: ai.type, model: ai.model } }),
  };
}

/**
 * The monitoring fields of {@link SystemProps}, with the connections of Prometheus to all components that have metrics.
 *
 * @param tokensPerDay the tokens of language models that a day should need. @default - unknown: no alert on them
 */
export function withMonitoring(
  config: SystemMonitoringConfig,
  namespace: string,
  components: readonly Component[],
  tokensPerDay?: number,
): Pick<SystemProps, 'externalPods' | 'monitoring'> {
  if (!config.enabled) return {};
  return {
    externalPods: [scrapedBy(config.prometheus, components)],
    monitoring: {
      namespace,
      availability: config.availability,
      dashboards: config.dashboards.labels,
      prices: config.metrics.ai.prices,
      tokensPerDay,
    },
  };
}
