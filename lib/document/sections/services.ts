import type { Connection, ServerKind } from '../../model/connection';
import {
  type Any,
  type DocumentContext,
  purposeOf,
  runsOf,
  type Section,
  type Workload,
  workloadsOf,
} from '../context';
import { code, codes, duration, paragraphs, table } from '../markdown';

/** Requests and limits of a workload's main container: `200m..500m`. */
function rangeOf(resources: Any, name: 'cpu' | 'memory'): string {
  const [request, limit] = [resources?.requests?.[name], resources?.limits?.[name]];
  return request === undefined && limit === undefined ? '' : `${request ?? 0}..${limit ?? 'no limit'}`;
}

/** GPUs and other devices of a container. */
function devicesOf(resources: Any): string[] {
  return Object.entries(resources?.limits ?? {}).flatMap(([name, count]) =>
    name.includes('/') ? [`${count} × ${name}`] : [],
  );
}

/** How a probe asks: `GET /health`, `TCP`, the command. */
function probeOf(container: Any): string {
  const probe = container?.readinessProbe;
  if (probe === undefined) return '';
  const ports: Any[] = container.ports ?? [];
  const port = (asked: unknown) => ` at ${ports.find(({ name }) => name === asked)?.containerPort ?? asked}`;
  if (probe.httpGet) return `${code(`GET ${probe.httpGet.path}`)}${port(probe.httpGet.port)}`;
  if (probe.grpc) return `gRPC health${port(probe.grpc.port)}`;
  if (probe.tcpSocket) return `TCP${port(probe.tcpSocket.port)}`;
  return code((probe.exec?.command ?? []).join(' ').split('\n')[0] as string);
}

/** Replicas as text. */
export function replicasText({ replicas: { min, max }, scaledBy }: Workload): string {
  return scaledBy === undefined ? String(min) : `${min} to ${max}, by ${scaledBy}`;
}

/** The volumes that outlive the pods of a workload, with their sizes. */
export function volumesOf(context: DocumentContext, { object, namespace }: Workload): string[] {
  const { kind, spec } = object;
  if (kind === 'Cluster') return [`${spec.storage.size} for each instance`];
  const templates: string[] = (spec.volumeClaimTemplates ?? []).map(
    (claim: Any) => `${claim.metadata.name} ${claim.spec.resources.requests.storage}`,
  );
  const claims: string[] = (spec.template.spec.volumes ?? []).flatMap(({ persistentVolumeClaim }: Any) => {
    if (persistentVolumeClaim === undefined) return [];
    const claim = context.cluster.find('PersistentVolumeClaim', namespace, persistentVolumeClaim.claimName);
    return `${persistentVolumeClaim.claimName} ${claim?.spec?.resources?.requests?.storage ?? '(its size is not ours)'}`;
  });
  return [...templates, ...claims];
}

function workloadRow(context: DocumentContext, one: Workload): string[] {
  const { object, namespace, name, containers } = one;
  const [main] = containers;
  const { spec, kind } = object;
  const resources = main?.resources ?? spec.resources;
  const ports: string[] = containers.flatMap(({ ports = [] }) => ports.map(({ containerPort }: Any) => containerPort));
  return [
    `${code(name)}${kind === 'Deployment' ? '' : ` (${kind})`}`,
    purposeOf(context, namespace, name),
    kind === 'Cluster' ? code(spec.imageName) : codes(containers.map(({ image }) => image)),
    kind === 'Cluster' ? '5432' : [...new Set(ports)].join(', '),
    replicasText(one),
    rangeOf(resources, 'cpu'),
    [rangeOf(resources, 'memory'), ...devicesOf(resources)].join(', '),
    probeOf(main),
    volumesOf(context, one).join(', '),
  ];
}

/** A connection to a server outside the cluster. */
type ServerConnection = Extract<Connection, { readonly kind: ServerKind }>;

/** Servers outside the cluster that keep data. @param clients what connects to them. @default - all */
export function externalStores(
  { model }: DocumentContext,
  clients: readonly { readonly connectsTo: readonly Connection[] }[] = [...model.components, ...model.tasks],
): ServerConnection[] {
  const all = clients.flatMap(({ connectsTo }) => connectsTo);
  const servers = all.filter((one): one is ServerConnection => 'kind' in one);
  const stores = servers.filter(({ kind }) => !['http', 'other'].includes(kind));
  return [...new Map(stores.map((one) => [`${one.to}:${one.port}`, one])).values()];
}

function text(context: DocumentContext): string | undefined {
  const runs = runsOf(context).map(({ object, name, namespace, job, env, schedule }) => [
    code(name),
    purposeOf(context, namespace, name) || (env.SNAPSHOT === undefined ? '' : 'brings a copy back'),
    schedule ?? (object.kind === 'Job' ? 'at each deployment that changes it' : 'by hand'),
    codes(job.template.spec.containers.map(({ image }: Any) => image)),
    duration(job.activeDeadlineSeconds),
    String(job.backoffLimit),
  ]);
  const outside = externalStores(context).map(({ to, kind, port, cidrs }) => [
    to,
    kind,
    String(port),
    cidrs.map(({ cidr }) => cidr).join(', '),
  ]);
  return paragraphs(
    table(
      ['Service', 'Does', 'Image', 'Ports', 'Replicas', 'CPU', 'Memory', 'Health', 'Volumes'],
      workloadsOf(context).map((one) => workloadRow(context, one)),
    ),
    'A container is started again when it ends or its liveness probe fails, and gets requests only while its readiness probe succeeds.',
    table(['Job', 'Does', 'Runs', 'Image', 'Stopped after', 'Retries'], runs),
    outside.length === 0 ? undefined : 'Servers outside the cluster, which are not part of `dist/`:',
    table(['Server', 'Kind', 'Port', 'Addresses'], outside),
  );
}

/** Source: the seed, "Service Specifications" and "Infrastructure Requirements". */
export const services: Section = { title: 'Services', text };
