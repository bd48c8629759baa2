import { z } from 'zod';
import { labelKey, labelValue, latency, port, prometheus, text } from '../../config/fields';

const metric = text(/^[a-zA-Z_:][\w:]*$/, 'the name of a metric, as Prometheus has it');
const label = text(/^[a-zA-Z_]\w*$/, 'the name of a label, as Prometheus has it');
const price = z
  .number({ error: 'a price such as 2.5' })
  .min(0, 'a price such as 2.5')
  .max(100_000, 'a price such as 2.5');

/** The names that OpenTelemetry's conventions have for tokens. Source: opentelemetry.io, Generative AI metrics. */
const ai = z
  .strictObject({
    tokens: metric.default('gen_ai_client_token_usage_sum').describe('Counts tokens'),
    type: label.default('gen_ai_token_type').describe('Its label that says input or output'),
    model: label.default('gen_ai_request_model').describe('Its label that says which model'),
    prices: z
      .strictObject({ input: price, output: price })
      .optional()
      .describe('What a million tokens cost, in US$; without it the dashboard shows tokens, and no cost'),
  })
  .prefault({})
  .describe('Metrics of the components that ask models');

/**
 * What is watched of a system, and what it is measured against. Source: the seed of neuron, "Non-Functional Requirements"
 * and "Monitoring & Observability".
 *
 * @param targets the components that are exposed, and what 95 of 100 answers of each take at the most unless told otherwise
 * @param ownPort where applications serve metrics, unless told otherwise: undefined is the port of their requests
 */
export function monitoring<Targets extends Readonly<Record<string, string>>>(targets: Targets, ownPort?: number) {
  const p95 = Object.fromEntries(Object.entries(targets).map(([name, most]) => [name, latency.prefault(most)]));
  return z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe('Whether Prometheus reads metrics and alerts, and Grafana shows a dashboard'),
      path: text(/^\/[\w./-]*$/, 'a path such as /metrics')
        .optional()
        .describe('Where the application serves metrics of its own; without it only others are asked'),
      port: (ownPort === undefined ? port.optional() : port.default(ownPort)).describe(
        'The port of that path, if it is not the one of requests. What the edge leads to is open to all: a port of its own is not',
      ),
      prometheus: prometheus.prefault({ namespace: 'monitoring' }).describe('Its pods, which alone may come'),
      dashboards: z
        .strictObject({ labels: z.record(labelKey, labelValue).default({ grafana_dashboard: '1' }) })
        .prefault({})
        .describe('The labels by which Grafana finds the ConfigMap of the dashboard'),
      availability: z
        .number({ error: 'a percentage such as 99.9' })
        .min(95, 'at least 95 %')
        .max(99.999, 'at most 99.999 %')
        .default(99.9)
        .describe('How many of 100 requests are to be answered without an error'),
      p95: z
        .strictObject(p95 as { [Name in keyof Targets]: ReturnType<typeof latency.prefault> })
        .prefault({} as never)
        .describe(
          'What 95 of 100 answers take at the most. The longest that Traefik tells apart is 5s, unless its buckets are changed',
        ),
      metrics: z
        .strictObject({
          requests: z
            .strictObject({
              duration: metric.describe('A histogram in seconds, without _bucket'),
              status: label.describe('Its label with the status code'),
            })
            .optional()
            .describe("Requests as the application counts them, in place of the edge's"),
          pool: z
            .strictObject({
              waiting: metric.default('db_client_connection_pending_requests'),
              connections: metric.default('db_client_connection_count'),
            })
            .prefault({})
            .describe('Of its pool of connections to the database: who waits for one, and how many there are'),
          ai,
        })
        .prefault({})
        .describe('What the metrics at the path are called'),
    })
    .prefault({});
}

/** With defaults filled in. */
export type MonitoringConfig = Omit<z.output<ReturnType<typeof monitoring>>, 'p95'>;
