import { formatAmount, isMore, quantityOf } from '../../base/quantity';
import { type ManifestObject, objectName } from '../../manifests/object';
import type { ClusterIndex } from '../cluster/cluster-index';
import { type AdmittedPod, admittedPods, scaleOf } from '../cluster/fleet';
import { type Fields, listOf } from '../cluster/pods';
import { type Contents, contentsOf, type QuotaUse, usesOf } from '../cluster/quota-use';
import { amountsOf } from '../cluster/requests';
import type { Violation } from '../cluster/violation';
import type { Rule } from '../rule';

const NAME = 'quotas';

const namespaceOf = ({ metadata }: ManifestObject) => metadata.namespace ?? 'default';
const settingsOf = (quota: ManifestObject) => [`platform.namespaces.${namespaceOf(quota)}.quota`];

/** The resources of which each container has to state an amount where a quota counts them. Source: kubernetes.io, Resource Quotas. */
const STATED = /^((requests|limits)\.)?(cpu|memory)$/;

/** Containers that the API server refuses, since they state no amount of what the quota counts. */
function unstated(quota: ManifestObject, hard: readonly string[], pods: readonly AdmittedPod[]): Violation[] {
  return pods.flatMap(({ owner, spec, containers }) =>
    containers.flatMap(({ path, fields }) =>
      hard.flatMap((resource): Violation[] => {
        const [, , field = 'requests', name] = STATED.exec(resource) ?? [];
        const isStated = (one: Fields) => Object.hasOwn(amountsOf(one, field as 'requests' | 'limits'), String(name));
        if (name === undefined || isStated(fields) || isStated(spec)) return [];
        const message = `given no ${field}.${name}, expected one, since ${objectName(quota)} counts it: the API server refuses the pod; state it, or a default in a LimitRange`;
        const at = `${path}.resources.${field}.${name}`;
        return [{ rule: NAME, object: owner, path: at, message, level: 'broken', settings: settingsOf(quota) }];
      }),
    ),
  );
}

/** The largest uses, as messages show them. */
function largest(uses: readonly QuotaUse[], which: 'least' | 'most', resource: string): string {
  const sorted = uses.filter((use) => use[which] > 0).sort((use, other) => other[which] - use[which]);
  const shown = sorted.slice(0, 3).map((use) => `${use.name} ${formatAmount(resource, use[which])}`);
  return [...shown, ...(sorted.length > 3 ? [`${sorted.length - 3} more`] : [])].join(', ');
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

/** What is used at the fewest pods: of Jobs, which run one after the other, the largest. */
function leastOf(uses: readonly QuotaUse[]): QuotaUse[] {
  const [job] = uses.filter(({ passes }) => passes).sort((one, other) => other.least - one.least);
  return [...uses.filter(({ passes }) => !passes), ...(job ? [job] : [])];
}

/** The violation of one resource of a quota. */
function exceeded(quota: ManifestObject, resource: string, hard: number, contents: Contents): Violation[] {
  const uses = usesOf(resource, contents);
  const always = leastOf(uses);
  const isBroken = isMore(sum(always.map(({ least }) => least)), hard);
  const [which, counted] = isBroken ? (['least', always] as const) : (['most', uses] as const);
  const used = sum(counted.map((use) => use[which]));
  if (!isMore(used, hard)) return [];
  const pods = counted.filter(({ group }) => group !== undefined).sort((one, other) => other[which] - one[which]);
  const group = pods[0]?.[which] ? pods[0].group : undefined;
  const when =
    group === undefined ? '' : isBroken ? ' at the fewest pods' : ' at the most pods, during a rollout of all';
  const remedy = group === undefined ? 'remove some' : 'lower a scale or what each pod takes';
  const text = (amount: number) => formatAmount(resource, amount);
  return [
    {
      rule: NAME,
      ...(group ? scaleOf(group, which) : { object: quota, path: `spec.hard.${resource}` }),
      message: `given ${text(used)} of ${resource} in the namespace ${namespaceOf(quota)}${when} (${largest(counted, which, resource)}), expected at most ${text(hard)}, which ${objectName(quota)} allows: the API server refuses what is beyond it; ${remedy}, or raise the quota`,
      level: isBroken ? 'broken' : 'risk',
      settings: settingsOf(quota),
    },
  ];
}

/** The violations of one quota. A quota of some pods only, by scopes, is not judged. */
function quotaViolations(quota: ManifestObject, pods: readonly AdmittedPod[], contents: Contents): Violation[] {
  const { hard, scopes, scopeSelector } = quota.spec ?? {};
  if (listOf(scopes).length > 0 || scopeSelector != null || typeof hard !== 'object' || hard === null) return [];
  const amounts = Object.entries(hard).flatMap(([resource, amount]) => {
    const most = quantityOf(amount);
    return most === undefined ? [] : [{ resource, most }];
  });
  const resources = amounts.map(({ resource }) => resource);
  return [
    ...unstated(quota, resources, pods),
    ...amounts.flatMap(({ resource, most }) => exceeded(quota, resource, most, contents)),
  ];
}

/** The violations of all quotas. */
function judge(cluster: ClusterIndex): Violation[] {
  const quotas = cluster.ofKind('ResourceQuota');
  if (quotas.length === 0) return [];
  const contents = contentsOf(cluster);
  const pods = admittedPods(cluster);
  return quotas.flatMap((quota) => {
    const namespace = namespaceOf(quota);
    const own = pods.filter((pod) => pod.namespace === namespace);
    return quotaViolations(quota, own, contents(namespace));
  });
}

/** What a namespace holds fits in its ResourceQuotas. */
export const quotas: Rule = {
  name: NAME,
  level: 'risk',
  rationale: `The API server refuses each pod, claim or object beyond a ResourceQuota of its namespace, and each container that does not state what the quota counts. A Deployment is
accepted all the same, and only its events tell that pods are missing: at the next rollout, or when an autoscaler wants the last pod. Counted are all workloads at their
maximum, the further pods of a rollout of all of them at once, and the pods of each Job. What does not fit at the fewest pods is broken; what does not fit at the
most is a risk.`,
  wrong: `apiVersion: v1
kind: ResourceQuota
metadata: { name: all, namespace: shop }
spec: { hard: { requests.cpu: "2" } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  replicas: 4
  template: { spec: { containers: [{ name: api, image: example.com/api:v1, resources: { requests: { cpu: 500m } } }] } }
`,
  right: `apiVersion: v1
kind: ResourceQuota
metadata: { name: all, namespace: shop }
spec: { hard: { requests.cpu: "2500m" } } # and one pod of a rollout
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  replicas: 4
  template: { spec: { containers: [{ name: api, image: example.com/api:v1, resources: { requests: { cpu: 500m } } }] } }
`,
  judge,
};
