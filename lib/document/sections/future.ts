import type { ServerKind } from '../../model/connection';
import { isSingle } from '../../model/storage';
import { backupRunsOf } from '../backups';
import { type DocumentContext, ofKind, type Section, workloadsOf } from '../context';
import { codes, table } from '../markdown';
import { externalStores } from './services';

/** What a system may have later. */
interface Consideration {
  readonly name: string;
  /** What the system has of it. @default - it cannot be seen in its objects */
  readonly used?: (context: DocumentContext) => string | undefined;
  /** Whether it makes sense for the system. @default - for all */
  readonly fits?: (context: DocumentContext) => boolean;
  /** What to set for it. @default - this project does not make it */
  readonly offered?: string;
  /** The usual product, where this project does not make it. */
  readonly usual?: string;
}

/** The names of workloads that speak to, or are, a kind of server. */
function serverOf(context: DocumentContext, kind: ServerKind, image: RegExp): string | undefined {
  const inside = workloadsOf(context).filter(({ containers }) => containers.some((one) => image.test(one.image)));
  const outside = externalStores(context).filter((one) => one.kind === kind);
  const all = [...codes(inside.map(({ name }) => name)).split(', '), ...outside.map(({ to }) => to)].filter(
    (one) => one !== '',
  );
  return all.length === 0 ? undefined : all.join(', ');
}

/** Whether it has a PostgreSQL: only that limits the connections of its clients. */
const hasPostgres = ({ model }: DocumentContext) =>
  [...model.components, ...model.tasks].some(({ connectsTo }) => connectsTo.some(({ limit }) => limit !== undefined));

/** Source: the seed, "Future Considerations", and its options for caches, queues and workflows. */
const CONSIDERATIONS: readonly Consideration[] = [
  {
    name: 'Caching',
    used: (context) => serverOf(context, 'redis', /redis|valkey|memcached/),
    offered: 'the part `redis`',
  },
  {
    name: 'Message queue',
    used: (context) => serverOf(context, 'other', /rabbitmq|kafka|nats/),
    usual: 'RabbitMQ or Kafka',
  },
  { name: 'Workflow engine', used: (context) => serverOf(context, 'other', /temporal/), usual: 'Temporal' },
  {
    name: 'Background workers',
    used: ({ model }) =>
      codes(
        model.components
          .filter(({ ports, stage }) => ports.length === 0 && stage === 'workloads')
          .map(({ name }) => name),
      ) || undefined,
    offered: 'a service without a port',
  },
  {
    name: 'Autoscaling',
    used: (context) =>
      codes(workloadsOf(context).flatMap(({ name, scaledBy }) => (scaledBy === undefined ? [] : [name]))) || undefined,
    fits: ({ model }) => model.components.some((one) => one.stage === 'workloads' && !isSingle(one)),
    offered: '`scale: { min, max, cpu }`',
  },
  {
    name: 'Connection pooling',
    used: (context) => serverOf(context, 'other', /pgbouncer/),
    fits: hasPostgres,
    offered: '`database.pgbouncer`, for many connections',
  },
  {
    name: 'Metrics, alerts and dashboards',
    used: (context) => (ofKind(context, 'PrometheusRule').length > 0 ? 'Prometheus and Grafana' : undefined),
    offered: '`monitoring.enabled`',
  },
  {
    name: 'Backups with drills',
    used: (context) => (backupRunsOf(context).dumps.length > 0 ? 'restic, each night' : undefined),
    offered: '`backups`',
  },
  {
    name: 'Recovery to any moment',
    used: (context) => (ofKind(context, 'ScheduledBackup').length > 0 ? 'the archive of CloudNativePG' : undefined),
    fits: hasPostgres,
    offered: '`database.kind: cloudnative-pg`, or the provider of a managed server',
  },
  {
    name: 'Rotation of secrets',
    used: ({ model }) =>
      model.secrets.some(({ source }) => source.kind === 'external') ? '`secrets.revision`, by hand' : undefined,
    offered: '`secrets.kind: external`',
  },
  { name: 'CDN for static files', usual: 'Cloudflare, CloudFront or Fastly before the edge' },
  { name: 'Web application firewall and protection against DDoS', usual: 'Cloudflare, AWS WAF and Shield' },
  { name: 'Distributed tracing', usual: 'Jaeger or Grafana Tempo, by OpenTelemetry in the application' },
  { name: 'Application performance monitoring', usual: 'Datadog, New Relic or Sentry' },
  { name: 'Alerts on business metrics', usual: 'own PrometheusRules on metrics of the application' },
  { name: 'Blue-green and canary releases', usual: 'Argo Rollouts or Flagger; releases here are rolling' },
  { name: 'Security scans of images', usual: 'Trivy or Grype in the pipeline that builds them' },
  { name: 'Several regions', usual: 'an environment for each region, and a database that replicates' },
];

/** Whether a key of the settings, which has no spaces, is a name. */
const isSame = (one: string, other: string) => one.toLowerCase().replaceAll('-', ' ') === other.toLowerCase();

function text(context: DocumentContext): string | undefined {
  const declined = Object.entries(context.model.about?.declined ?? {});
  const known = CONSIDERATIONS.filter(({ fits }) => fits?.(context) ?? true).map(({ name, used, offered, usual }) => {
    const why = declined.find(([one]) => isSame(one, name))?.[1];
    const has = used?.(context);
    if (has !== undefined) return [name, 'used', has];
    if (why !== undefined) return [name, 'declined', why];
    return offered === undefined ? [name, 'not made here', `usually ${usual}`] : [name, 'offered', offered];
  });
  const others = declined.filter(([one]) => !CONSIDERATIONS.some(({ name }) => isSame(one, name)));
  return table(['What', 'Here', 'By'], [...known, ...others.map(([name, why]) => [name, 'declined', why])]);
}

export const future: Section = { title: 'Future considerations', text };
