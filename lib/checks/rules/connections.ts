import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from '../cluster/cluster-index';
import type { WorkloadName } from '../cluster/prerequisite';
import type { Violation } from '../cluster/violation';
import { autoscalersByTarget, boundsOf } from '../cluster/workloads';
import type { Budget, BudgetClient, Intent } from '../intent';
import type { Rule } from '../rule';

const NAME = 'connections';

type Autoscalers = ReturnType<typeof autoscalersByTarget>;

/** The most pods that a workload has at a time. */
interface PodCounts {
  readonly owner: ManifestObject;
  /** The most replicas. */
  readonly max: number;
  /** The further pods during a rollout. */
  readonly surge: number;
}

/** A client of a server, with the connections of its pods. */
export interface BudgetedClient {
  readonly name: string;
  readonly pods: PodCounts;
  readonly perPod: number;
  /** The calculation of `perPod`, for messages. */
  readonly because: string;
  /** The setting of `perPod`. */
  readonly setting: string | undefined;
  /** The most connections of all its pods. */
  readonly worst: number;
}

/** With a longer grace period, old pods may still run when all new pods do. Source: kubernetes.io, the default grace period. */
const LONG_GRACE_SECONDS = 30;

/**
 * The further pods during a rollout: maxSurge (a number, or a percentage that is rounded up) or, with a long grace period, as many as
 * there are replicas, since a Deployment does not wait for old pods to end. Source: kubernetes.io, Deployments, Max Surge.
 */
function surgeOf({ kind, spec }: ManifestObject, replicas: number): number {
  const { type = 'RollingUpdate', rollingUpdate } = spec?.strategy ?? {};
  if (kind !== 'Deployment' || type !== 'RollingUpdate') return 0;
  if ((spec?.template?.spec?.terminationGracePeriodSeconds ?? LONG_GRACE_SECONDS) > LONG_GRACE_SECONDS) return replicas;
  const maxSurge = rollingUpdate?.maxSurge ?? '25%';
  return typeof maxSurge === 'number' ? maxSurge : Math.ceil((replicas * Number.parseFloat(maxSurge)) / 100);
}

function podCountsOf(cluster: ClusterIndex, scalers: Autoscalers, name: WorkloadName): PodCounts | undefined {
  const owner = cluster.podOf(name)?.owner;
  if (owner === undefined) return undefined;
  const scaler = scalers.get(owner);
  const max = (scaler && boundsOf(scaler).most) ?? owner.spec?.replicas ?? owner.spec?.parallelism ?? 1;
  return { owner, max: max, surge: surgeOf(owner, max) };
}

/** The most pods of all clients of a pooler that use its databases. */
function clientPodsOf(
  cluster: ClusterIndex,
  scalers: Autoscalers,
  pooler: WorkloadName,
  budgets: readonly Budget[],
): number {
  const before = budgets.filter(({ pods }) => pods?.namespace === pooler.namespace && pods.name === pooler.name);
  const clients = before
    .flatMap((budget) => budget.clients.filter(({ console }) => !console))
    .flatMap((client) => podCountsOf(cluster, scalers, client) ?? []);
  return clients.reduce((sum, { max, surge }) => sum + max + surge, 0);
}

function clientOf(
  cluster: ClusterIndex,
  scalers: Autoscalers,
  client: BudgetClient,
  budgets: readonly Budget[],
): BudgetedClient[] {
  const pods = podCountsOf(cluster, scalers, client);
  if (pods === undefined) return [];
  const { behind, because, setting } = client;
  const name = `${client.namespace}/${client.name}`;
  const count = pods.max + pods.surge;
  const { perPod: own } = client;
  if (behind === undefined) return [{ name, pods, perPod: own, because, setting, worst: count * own }];
  const used = clientPodsOf(cluster, scalers, client, budgets) * behind.atOnce;
  const open = [...behind.sizes].sort((a, b) => b - a).slice(0, used);
  const sizes = open.reduce((sum, size) => sum + size, 0);
  const perPod = own + sizes;
  const those =
    open.length === behind.sizes.length ? open.length : `the largest ${open.length} of ${behind.sizes.length}`;
  const all = `pools of ${those} databases: ${sizes}`;
  const calculation = because === '' ? all : `${all} + ${because}`;
  return [{ name, pods, perPod, because: calculation, setting, worst: count * perPod }];
}

/** The largest settings of one client that fit, with unchanged other clients, as text. */
function fittingSizes(left: number, { name, pods, perPod }: BudgetedClient): string {
  const each = Math.floor(left / (pods.max + pods.surge));
  let max = pods.max;
  while (max > 0 && (max + surgeOf(pods.owner, max)) * perPod > left) max--;
  const choices = [
    ...(each > 0 ? [`${each} connections per pod`] : []),
    ...(max > 0 ? [`${max} pods of ${perPod}`] : []),
  ];
  return choices.length > 0 ? `${name} would fit with ${choices.join(' or ')}` : `${name} does not fit at any size`;
}

/** What the clients of a server or pooler open in the worst case. */
export function budgetedClients(
  cluster: ClusterIndex,
  { budgets }: Pick<Intent, 'budgets'>,
  budget: Budget,
): BudgetedClient[] {
  const scalers = autoscalersByTarget(cluster);
  return budget.clients.flatMap((client) => clientOf(cluster, scalers, client, budgets));
}

function budgetViolations(
  cluster: ClusterIndex,
  scalers: Autoscalers,
  budget: Budget,
  budgets: readonly Budget[],
): Violation[] {
  const { server, maxConnections, reserved, pooler } = budget;
  const clients = budget.clients.flatMap((client) => clientOf(cluster, scalers, client, budgets));
  const worst = clients.reduce((sum, client) => sum + client.worst, 0);
  if (worst + reserved <= maxConnections) return [];
  const sums = clients.map(({ name, pods, perPod, because }) => {
    const count = pods.surge > 0 ? `(${pods.max} + ${pods.surge} during a rollout)` : `${pods.max}`;
    return `${name} ${count} × ${perPod} (${because})`;
  });
  const largest = clients.reduce((a, b) => (b.worst > a.worst ? b : a), clients[0] as BudgetedClient);
  if (largest === undefined) return [];
  const arithmetic = `${sums.join(' + ')} + ${reserved} reserved = ${worst + reserved}`;
  const remedy = fittingSizes(maxConnections - reserved - (worst - largest.worst), largest);
  const or = pooler === undefined ? '' : `; or add ${pooler}`;
  const message = `${arithmetic} connections, expected at most ${maxConnections}, which ${server} accepts; ${remedy}${or}`;
  const settings = [largest.setting, budget.setting].filter((one) => one !== undefined);
  return [{ rule: NAME, object: largest.pods.owner, path: 'spec', message, settings }];
}

/** In the worst case, database servers accept the connections of all clients. */
export const connections: Rule = {
  name: NAME,
  level: 'broken',
  needsIntent: true,
  rationale: `Each pod has a pool of connections for each tenant, and an autoscaler adds pods when load is highest. If the server then
refuses connections, requests of all tenants fail. So the worst case (the most replicas and the pods that a rollout adds, times the
largest pool) must fit max_connections. A Deployment does not wait for old pods to end: with a long grace period, all old pods hold
connections beside all new ones. For a pooler, as many databases count as the pods of its clients use at the same time; it closes the
pools of databases that are idle.`,
  wrong: `# 3 pods × 5 tenants × (10 + 5) = 225 connections, to a server that accepts 100
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  replicas: 3
  template: { spec: { containers: [{ name: api, image: "example.com/api:v1.0.0" }] } }
`,
  right: `# a pool of 3 for each of 5 tenants: (3 + 1 during a rollout) × 15 = 60
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  replicas: 3
  template: { spec: { containers: [{ name: api, image: "example.com/api:v1.0.0" }] } }
`,
  judge: (cluster: ClusterIndex, intent?: Intent) => {
    const scalers = autoscalersByTarget(cluster);
    const budgets = intent?.budgets ?? [];
    return budgets.flatMap((budget) => budgetViolations(cluster, scalers, budget, budgets));
  },
};
