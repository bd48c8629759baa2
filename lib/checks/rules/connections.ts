import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from '../cluster/cluster-index';
import type { WorkloadName } from '../cluster/prerequisite';
import type { Violation } from '../cluster/violation';
import { autoscalersByTarget } from '../cluster/workloads';
import type { Budget, BudgetClient, Intent } from '../intent';
import type { Rule } from '../rule';

const NAME = 'connections';

type Autoscalers = ReturnType<typeof autoscalersByTarget>;

/** How many pods of a workload there are at the worst moment, and how that comes about. */
interface PodCounts {
  readonly owner: ManifestObject;
  /** The most that it is scaled to. */
  readonly max: number;
  /** What a rollout adds to that. */
  readonly surge: number;
}

/** A client of a server, its pods, and what each of them holds. */
interface Client {
  readonly name: string;
  readonly pods: PodCounts;
  readonly perPod: number;
  readonly because: string;
  readonly worst: number;
}

/** Who has longer than this to end is still there when all new pods are. Source: kubernetes.io, the default of a grace period. */
const LONG_GRACE_SECONDS = 30;

/**
 * What a rollout of so many pods adds to them: `25%`, rounded up, or a number; and where old pods take their time to end, as many as
 * there are, since a Deployment does not wait for them. Source: kubernetes.io, Deployments, Max Surge.
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
  const most = scalers.get(owner)?.spec?.maxReplicas ?? owner.spec?.replicas ?? owner.spec?.parallelism ?? 1;
  return { owner, max: most, surge: surgeOf(owner, most) };
}

/** The pods of all who connect to a pooler. */
function clientPodsOf(
  cluster: ClusterIndex,
  scalers: Autoscalers,
  pooler: WorkloadName,
  budgets: readonly Budget[],
): number {
  const before = budgets.filter(({ pods }) => pods?.namespace === pooler.namespace && pods.name === pooler.name);
  const clients = before
    .flatMap((budget) => budget.clients)
    .flatMap((client) => podCountsOf(cluster, scalers, client) ?? []);
  return clients.reduce((sum, { max: most, surge: beside }) => sum + most + beside, 0);
}

function clientOf(
  cluster: ClusterIndex,
  scalers: Autoscalers,
  client: BudgetClient,
  budgets: readonly Budget[],
): Client[] {
  const pods = podCountsOf(cluster, scalers, client);
  if (pods === undefined) return [];
  const { behind, because } = client;
  const name = `${client.namespace}/${client.name}`;
  const count = pods.max + pods.surge;
  if (behind === undefined) return [{ name, pods, perPod: client.perPod, because, worst: count * client.perPod }];
  const used = clientPodsOf(cluster, scalers, client, budgets) * behind.atOnce;
  const open = [...behind.sizes].sort((a, b) => b - a).slice(0, used);
  const sizes = open.reduce((sum, size) => sum + size, 0);
  const perPod = client.perPod + sizes;
  const those =
    open.length === behind.sizes.length ? open.length : `the largest ${open.length} of ${behind.sizes.length}`;
  const all = `pools of ${those} databases: ${sizes}`;
  return [{ name, pods, perPod, because: because === '' ? all : `${all} + ${because}`, worst: count * perPod }];
}

/** The largest settings of one client that would fit, when the others stay as they are. */
function fittingSizes(left: number, { name, pods, perPod }: Client): string {
  const each = Math.floor(left / (pods.max + pods.surge));
  let most = pods.max;
  while (most > 0 && (most + surgeOf(pods.owner, most)) * perPod > left) most--;
  const choices = [
    ...(each > 0 ? [`${each} connections a pod`] : []),
    ...(most > 0 ? [`${most} pods of ${perPod}`] : []),
  ];
  return choices.length > 0 ? `${name} would fit with ${choices.join(' or ')}` : `${name} does not fit at any size`;
}

function budgetViolations(
  cluster: ClusterIndex,
  scalers: Autoscalers,
  budget: Budget,
  budgets: readonly Budget[],
): Violation[] {
  const { server, maxConnections, reserved } = budget;
  const clients = budget.clients.flatMap((client) => clientOf(cluster, scalers, client, budgets));
  const worst = clients.reduce((sum, client) => sum + client.worst, 0);
  if (worst + reserved <= maxConnections) return [];
  const sums = clients.map(({ name, pods, perPod, because }) => {
    const count = pods.surge > 0 ? `(${pods.max} + ${pods.surge} of a rollout)` : `${pods.max}`;
    return `${name} ${count} × ${perPod} (${because})`;
  });
  const largest = clients.reduce((a, b) => (b.worst > a.worst ? b : a), clients[0] as Client);
  if (largest === undefined) return [];
  const arithmetic = `${sums.join(' + ')} + ${reserved} reserved = ${worst + reserved}`;
  const remedy = fittingSizes(maxConnections - reserved - (worst - largest.worst), largest);
  const message = `${arithmetic} connections, but ${server} takes ${maxConnections}; ${remedy}`;
  return [{ rule: NAME, object: largest.pods.owner, path: 'spec', message }];
}

/** The worst case of database connections fits what the server takes. */
export const connections: Rule = {
  name: NAME,
  needsIntent: true,
  rationale: `Each pod keeps a pool of connections for each tenant that it serves, and an autoscaler multiplies the pods just when
load is highest. What the server refuses then are the requests of those who came last, for all tenants at once. So the worst case
(most replicas, and those that a rollout adds, times the largest pool) has to fit max_connections. A Deployment does not wait for
pods that end: where they have long to end, all old ones hold connections beside all new ones. Of a pooler's databases as many count
as its clients' pods use at the same time; the pool of one that is no longer used is given back when it was idle for a while.`,
  wrong: `# 3 pods × 5 tenants × (10 + 5) = 225 connections, to a server that takes 100
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  replicas: 3
  template: { spec: { containers: [{ name: api, image: "example.com/api:v1" }] } }
`,
  right: `# a pool of 3 for each of 5 tenants: (3 + 1 of a rollout) × 15 = 60
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  replicas: 3
  template: { spec: { containers: [{ name: api, image: "example.com/api:v1" }] } }
`,
  judge: (cluster: ClusterIndex, intent?: Intent) => {
    const scalers = autoscalersByTarget(cluster);
    const budgets = intent?.budgets ?? [];
    return budgets.flatMap((budget) => budgetViolations(cluster, scalers, budget, budgets));
  },
};
