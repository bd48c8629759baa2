import { memoizeOf } from '../../base/memoize';
import { type ManifestObject, objectName } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import { containersOf, type Fields, listOf } from './pods';

/** Whether a role may create Secrets. A name cannot limit that. Source: kubernetes.io, Using RBAC Authorization. */
function createsSecrets(role: ManifestObject | undefined): boolean {
  const has = (list: Fields, ...values: string[]) => listOf(list).some((one) => values.includes(one));
  return listOf(role?.rules).some(
    ({ apiGroups, resources, verbs }) =>
      has(apiGroups, '', '*') && has(resources, 'secrets', '*') && has(verbs, 'create', '*'),
  );
}

/** The ServiceAccounts that may create Secrets in the namespace of their pods, as `namespace/name`. */
function makingAccounts(cluster: ClusterIndex): ReadonlySet<string> {
  return new Set(
    cluster.ofKind('RoleBinding', 'ClusterRoleBinding').flatMap((binding) => {
      const own = binding.kind === 'RoleBinding' ? (binding.metadata.namespace ?? 'default') : undefined;
      const { kind, name } = binding.roleRef ?? {};
      const role = cluster.find(String(kind), kind === 'Role' ? own : undefined, String(name));
      if (!createsSecrets(role)) return [];
      return listOf(binding.subjects)
        .map((subject) => ({ ...subject, namespace: subject.namespace ?? own }))
        .filter((subject) => subject.kind === 'ServiceAccount' && (own === undefined || subject.namespace === own))
        .map((subject) => `${subject.namespace}/${subject.name}`);
    }),
  );
}

/** What makes Secrets when it runs. */
interface Makers {
  /** By namespace: a workload whose ServiceAccount may create Secrets there. */
  readonly allowed: ReadonlyMap<string, ManifestObject>;
  /** By `namespace/word`: a Job, or a workload with an init container, that has the word in its arguments. */
  readonly named: ReadonlyMap<string, ManifestObject>;
}

const RUNS_ONCE = ['Job', 'CronJob'];

const makersOf = memoizeOf((cluster: ClusterIndex): Makers => {
  const accounts = makingAccounts(cluster);
  const allowed = new Map<string, ManifestObject>();
  const named = new Map<string, ManifestObject>();
  for (const pod of cluster.pods) {
    const account = `${pod.namespace}/${pod.spec.serviceAccountName ?? 'default'}`;
    if (accounts.has(account) && !allowed.has(pod.namespace)) allowed.set(pod.namespace, pod.owner);
    for (const { role, fields } of containersOf(pod)) {
      if (role !== 'init' && !RUNS_ONCE.includes(pod.owner.kind)) continue;
      const words = [
        ...listOf(fields.command),
        ...listOf(fields.args),
        ...listOf(fields.env).map(({ value }) => value),
      ];
      for (const word of words.flatMap((one) => (typeof one === 'string' ? one.split(/[^a-z0-9.-]+|--/) : []))) {
        if (word.length > 2) named.set(`${pod.namespace}/${word}`, pod.owner);
      }
    }
  }
  return { allowed, named };
});

/** What may make a Secret of a namespace when it runs: a Job or init container that names it, or a workload that may create Secrets. */
export function runTimeMaker(cluster: ClusterIndex, namespace: string, name: string): string | undefined {
  const { allowed, named } = makersOf(cluster);
  const maker = named.get(`${namespace}/${name}`) ?? allowed.get(namespace);
  return maker && objectName(maker);
}
