import type { ManifestObject } from '../../manifests/object';

/** The fields of a pod that rules look at, as Kubernetes names them. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the schema allows; the rule "schema" judges its shape
export type Fields = any;

/** A pod that objects describe: its template, and the object that makes it. */
export interface Pod {
  readonly owner: ManifestObject;
  /** Where its spec stands in the owner, as in `spec.template.spec`. */
  readonly path: string;
  readonly namespace: string;
  /** What its workload is called: as its object, or for a Job without the hash that the object's name ends in. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Fields;
}

/** A container of a pod, and where it stands in the owner. */
export interface Container {
  readonly pod: Pod;
  readonly path: string;
  readonly role: 'container' | 'init' | 'sidecar' | 'ephemeral';
  readonly fields: Fields;
}

/** Where the pod template of each kind stands. */
const TEMPLATES: Readonly<Record<string, string>> = {
  Deployment: 'spec.template',
  StatefulSet: 'spec.template',
  DaemonSet: 'spec.template',
  ReplicaSet: 'spec.template',
  ReplicationController: 'spec.template',
  Job: 'spec.template',
  CronJob: 'spec.jobTemplate.spec.template',
  Pod: '',
};

/** The value at a path of keys, or undefined where the path ends early. */
export function at(value: Fields, path: string): Fields {
  return path === '' ? value : path.split('.').reduce<Fields>((here, key) => here?.[key], value);
}

/** The items of what should be a list. */
export function listOf(value: Fields): Fields[] {
  return Array.isArray(value) ? value.filter((item) => item !== null && item !== undefined) : [];
}

/** A number, or what counts where none is given. */
export function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

/** A Job of another content is another object, and the same workload; two at once are two. */
export function workloadNames(objects: readonly ManifestObject[]): (owner: ManifestObject) => string {
  const jobs = objects.filter(({ kind }) => kind === 'Job').map(({ metadata }) => metadata);
  const plain = (name: unknown) => String(name).replace(/-[0-9a-f]{8,}$/, '');
  const same = new Map<string, number>();
  for (const { namespace = 'default', name } of jobs) {
    const key = `${namespace}/${plain(name)}`;
    same.set(key, (same.get(key) ?? 0) + 1);
  }
  return ({ kind, metadata: { namespace = 'default', name } }) =>
    kind === 'Job' && same.get(`${namespace}/${plain(name)}`) === 1 ? plain(name) : name;
}

export function podOf(owner: ManifestObject, name: string): Pod | undefined {
  const path = Object.hasOwn(TEMPLATES, owner.kind) ? TEMPLATES[owner.kind] : undefined;
  if (path === undefined) return undefined;
  const template = at(owner, path);
  if (typeof template?.spec !== 'object' || template.spec === null) return undefined;
  return {
    owner,
    path: path === '' ? 'spec' : `${path}.spec`,
    namespace: owner.metadata.namespace ?? 'default',
    name,
    labels: template.metadata?.labels ?? {},
    annotations: template.metadata?.annotations ?? {},
    spec: template.spec,
  };
}

/** The containers of a pod, in the order in which they start. */
export function containersOf(pod: Pod): Container[] {
  const of = (field: string, role: (fields: Fields) => Container['role']): Container[] =>
    listOf(pod.spec[field]).map((fields, index) => ({
      pod,
      path: `${pod.path}.${field}[${index}]`,
      role: role(fields),
      fields,
    }));
  return [
    ...of('initContainers', ({ restartPolicy }) => (restartPolicy === 'Always' ? 'sidecar' : 'init')),
    ...of('containers', () => 'container'),
    ...of('ephemeralContainers', () => 'ephemeral'),
  ];
}
