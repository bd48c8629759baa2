import type { ManifestObject } from '../../manifests/object';

/** Fields of an object, as Kubernetes names them. */
// biome-ignore lint/suspicious/noExplicitAny: any shape; the rule "schema" checks it
export type Fields = any;

/** A pod template, with the object that contains it. */
export interface Pod {
  readonly owner: ManifestObject;
  /** The path of its spec in the owner, as in `spec.template.spec`. */
  readonly path: string;
  readonly namespace: string;
  /** The name of its workload: the owner's name, for a Job without the hash at its end. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Fields;
}

/** A container of a pod, with its path in the owner. */
export interface Container {
  readonly pod: Pod;
  readonly path: string;
  readonly role: 'container' | 'init' | 'sidecar' | 'ephemeral';
  readonly fields: Fields;
}

/** The path of the pod template in each kind. */
const TEMPLATES: Readonly<Record<string, string>> = {
  Deployment: 'spec.template',
  StatefulSet: 'spec.template',
  DaemonSet: 'spec.template',
  ReplicaSet: 'spec.template',
  Rollout: 'spec.template',
  ReplicationController: 'spec.template',
  Job: 'spec.template',
  CronJob: 'spec.jobTemplate.spec.template',
  ScaledJob: 'spec.jobTargetRef.template',
  Pod: '',
};

/** The value at a path of keys, or undefined. */
export function at(value: Fields, path: string): Fields {
  return path === '' ? value : path.split('.').reduce<Fields>((here, key) => here?.[key], value);
}

/** The items of a list, without empty ones. Other values count as an empty list. */
export function listOf(value: Fields): Fields[] {
  return Array.isArray(value) ? value.filter((item) => item !== null && item !== undefined) : [];
}

/** The value if it is a number, or else a default. */
export function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

/** A function that names the workload of an object: for a Job without the hash of its content, unless two Jobs would share the name. */
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

/** The pod of an object, or undefined for other kinds. */
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
