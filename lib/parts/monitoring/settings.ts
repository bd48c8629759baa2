import { z } from 'zod';
import { labelKey, labelValue, latency, name, notHere, port, text } from '../../config/fields';

const metric = text(/^[a-zA-Z_:][\w:]*$/, 'the name of a Prometheus metric');
const label = text(/^[a-zA-Z_]\w*$/, 'the name of a Prometheus label');
const price = z
  .number({ error: 'a price such as 2.5' })
  .min(0, 'a price such as 2.5')
  .max(100_000, 'a price such as 2.5');

/** The pods of Prometheus, which scrape metrics. */
const prometheus = z.strictObject(
  {
    namespace: name.describe('Their namespace'),
    labels: z.record(labelKey, labelValue).default({ 'app.kubernetes.io/name': 'prometheus' }).describe('Their labels'),
  },
  {
    error: ({ code }) =>
      code === 'invalid_type'
        ? 'no address, since Prometheus reads the metrics itself: the namespace of its pods, such as { namespace: monitoring }'
        : undefined,
  },
);

/** Metrics of AI models; the default names are OpenTelemetry's. Source: opentelemetry.io, Generative AI metrics. */
const ai = z
  .strictObject({
    tokens: metric.default('gen_ai_client_token_usage_sum').describe('The counter of tokens'),
    type: label.default('gen_ai_token_type').describe('Its label with the token type, input or output'),
    model: label.default('gen_ai_request_model').describe('Its label with the name of the model'),
    prices: z
      .strictObject({
        input: price.describe('Of tokens of a request'),
        output: price.describe('Of tokens of an answer'),
      })
      .optional()
      .describe('US$ per million tokens; when absent, the dashboard shows no cost'),
  })
  .prefault({})
  .describe('Metrics of the components that use AI models');

const metrics = z
  .strictObject({
    requests: z
      .strictObject({
        duration: metric.describe('A histogram in seconds, without the suffix _bucket'),
        status: label.describe('Its label with the status code'),
      })
      .optional()
      .describe('Request metrics of the application; when absent, those of the edge are used'),
    pool: z
      .strictObject({
        waiting: metric.default('db_client_connection_pending_requests').describe('Clients that wait'),
        connections: metric.default('db_client_connection_count').describe('Open connections'),
      })
      .prefault({})
      .describe('Its pool of database connections: the number of waiting clients, and of open connections'),
    ai,
  })
  .prefault({})
  .describe('The names of the metrics at the path');

/**
 * The monitoring settings of a system in an environment file. Source: the seed of neuron, "Non-Functional Requirements" and
 * "Monitoring & Observability".
 *
 * @param targets the default target of the 95th percentile of response times, by exposed component
 * @param ownPort the default port of the applications' metrics. @default - the port of their requests
 */
export function monitoring<Targets extends Readonly<Record<string, string>>>(targets: Targets, ownPort?: number) {
  const p95 = Object.fromEntries(
    Object.entries(targets).map(([name, most]) => [name, latency.prefault(most).describe(`Of ${name}`)]),
  );
  return z
    .strictObject({
      enabled: z.boolean().default(false).describe('Whether to make scrape configuration, alerts and a dashboard'),
      path: text(/^\/[\w./-]*$/, 'a path such as /metrics')
        .optional()
        .describe('The path of the metrics of the applications; when absent, the applications are not scraped'),
      port: (ownPort === undefined ? port.optional() : port.default(ownPort)).describe(
        'The port of that path, if it is not the port of requests. Only a port of its own keeps metrics private, since the edge exposes the port of requests',
      ),
      prometheus: prometheus
        .prefault({ namespace: 'monitoring' })
        .describe('The Prometheus pods; only they may connect to the ports of metrics'),
      dashboards: z
        .strictObject({
          labels: z
            .record(labelKey, labelValue)
            .default({ grafana_dashboard: '1' })
            .describe('Labels of the ConfigMap'),
        })
        .prefault({})
        .describe('The labels by which Grafana finds the ConfigMap of the dashboard'),
      grafana: notHere(
        'no grafana here, which finds the dashboard by dashboards.labels and needs no address: monitoring.grafana of platform.yaml installs one',
      ),
      loki: notHere(
        'no loki here, which gets the logs from the nodes and needs no address: monitoring.loki of platform.yaml installs one',
      ),
      availability: z
        .number({ error: 'a percentage such as 99.9' })
        .min(95, 'at least 95 %')
        .max(99.999, 'at most 99.999 %')
        .default(99.9)
        .describe('The target of requests that are answered without an error, in %'),
      p95: z
        .strictObject(p95 as { [Name in keyof Targets]: ReturnType<typeof latency.prefault> })
        .prefault({} as never)
        .describe(
          'The target of the 95th percentile of response times. With Traefik it must not exceed 5s, the largest default bucket of its histogram',
        ),
      metrics,
    })
    .prefault({})
    .describe('Metrics, alerts and a dashboard');
}

/** The settings of {@link monitoring} with defaults filled in. */
export type SystemMonitoringConfig = Omit<z.output<ReturnType<typeof monitoring>>, 'p95'>;
