import type { ManifestObject } from '../../manifests/object';
import type { Facts } from '../cluster/facts';
import type { Violation } from '../cluster/violation';
import { autoscalersByTarget } from '../cluster/workloads';
import type { Budget, BudgetClient, Intent } from '../intent';
import type { Rule } from '../rule';

const NAME = 'connections';

type Scalers = ReturnType<typeof autoscalersByTarget>;

/** How many pods of a workload there are at the worst moment, and how that comes about. */
interface Pods {
  readonly owner: ManifestObject;
  /** The most that it is scaled to. */
  readonly most: number;
  /** What a rollout adds to that. */
  readonly surge: number;
}

/** `25%` of the replicas, rounded up, or a number. Source: kubernetes.io, Deployments, Max Surge. */
function surgeOf(deployment: ManifestObject, replicas: number): number {
  const { type = 'RollingUpdate', rollingUpdate } = deployment.spec?.strategy ?? {};
  if (deployment.kind !== 'Deployment' || type !== 'RollingUpdate') return 0;
  const surge = rollingUpdate?.maxSurge ?? '25%';
  return typeof surge === 'number' ? surge : Math.ceil((replicas * Number.parseFloat(surge)) / 100);
}

function podsOf(facts: Facts, scalers: Scalers, client: BudgetClient): Pods | undefined {
  const owner = facts.podOf(client)?.owner;
  if (owner === undefined) return undefined;
  const scaler = scalers.get(owner);
  const most = scaler?.spec?.maxReplicas ?? owner.spec?.replicas ?? owner.spec?.parallelism ?? 1;
  return { owner, most, surge: surgeOf(owner, most) };
}

/** The largest settings of one client that would fit, when the others stay as they are. */
function fitting(budget: Budget, others: number, pods: Pods, client: BudgetClient): string {
  const left = budget.maxConnections - budget.reserved - others;
  const perPod = Math.floor(left / (pods.most + pods.surge));
  let most = pods.most;
  while (most > 0 && (most + surgeOf(pods.owner, most)) * client.perPod > left) most--;
  const choices = [
    ...(perPod > 0 ? [`${perPod} connections a pod`] : []),
    ...(most > 0 ? [`${most} pods of ${client.perPod}`] : []),
  ];
  const name = `${client.namespace}/${client.name}`;
  return choices.length > 0 ? `${name} would fit with ${choices.join(' or ')}` : `${name} does not fit at any size`;
}

function overdrawn(facts: Facts, scalers: Scalers, budget: Budget): Violation[] {
  const clients = budget.clients.flatMap((client) => {
    const pods = podsOf(facts, scalers, client);
    return pods === undefined ? [] : [{ client, pods, worst: (pods.most + pods.surge) * client.perPod }];
  });
  const worst = clients.reduce((sum, client) => sum + client.worst, 0);
  if (worst + budget.reserved <= budget.maxConnections) return [];
  const sums = clients.map(({ client, pods }) => {
    const count = pods.surge > 0 ? `(${pods.most} + ${pods.surge} of a rollout)` : `${pods.most}`;
    return `${client.namespace}/${client.name} ${count} × ${client.perPod} (${client.because})`;
  });
  const largest = clients.reduce((a, b) => (b.worst > a.worst ? b : a), clients[0] as (typeof clients)[number]);
  if (largest === undefined) return [];
  const arithmetic = `${sums.join(' + ')} + ${budget.reserved} reserved = ${worst + budget.reserved}`;
  return [
    {
      rule: NAME,
      object: largest.pods.owner,
      path: 'spec',
      message: `${arithmetic} connections, but ${budget.server} takes ${budget.maxConnections}; ${fitting(budget, worst - largest.worst, largest.pods, largest.client)}`,
    },
  ];
}

/** The worst case of database connections fits what the server takes. */
export const connections: Rule = {
  name: NAME,
  needsIntent: true,
  rationale: `Each pod keeps a pool of connections for each tenant that it serves, and an autoscaler multiplies the pods just when
load is highest. What the server refuses then are the requests of those who came last, for all tenants at once. So the worst case
(most replicas, and those that a rollout adds, times the largest pool) has to fit max_connections.`,
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
  judge: (facts: Facts, intent?: Intent) => {
    const scalers = autoscalersByTarget(facts);
    return (intent?.budgets ?? []).flatMap((budget) => overdrawn(facts, scalers, budget));
  },
};
