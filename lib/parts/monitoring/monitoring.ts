import type { Component } from '../../model/component';
import type { Metrics } from '../../model/metrics';
import type { SystemProps } from '../../model/system';
import { Duration } from '../../model/units';
import { scrapedBy } from './prometheus';
import type { MonitoringConfig } from './settings';

type ExtraMetrics = 'pool' | 'tokens';

/** How long an answer may take, as a component says it. */
export function toDuration(seconds: number): Duration {
  return Duration.millis(Math.round(seconds * 1000));
}

/**
 * The application's own metrics, with those that a component has of its own.
 *
 * @param has what beside requests it counts
 */
export function metricsOf(
  { enabled, path, port, metrics }: MonitoringConfig,
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

/** What watches a system, and whom Prometheus reads: every component that has metrics, beside what is read anyway. */
export function withMonitoring(
  config: MonitoringConfig,
  namespace: string,
  components: readonly Component[],
): Pick<SystemProps, 'externalPods' | 'monitoring'> {
  if (!config.enabled) return {};
  return {
    externalPods: [scrapedBy(config.prometheus, components)],
    monitoring: {
      namespace,
      availability: config.availability,
      dashboards: config.dashboards.labels,
      prices: config.metrics.ai.prices,
    },
  };
}
