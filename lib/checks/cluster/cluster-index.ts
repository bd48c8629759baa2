import { groupBy } from '../../base/group';
import type { ManifestObject } from '../../manifests/object';
import type { Prerequisite, WorkloadName } from './prerequisite';

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
function namesOf(objects: readonly ManifestObject[]): (owner: ManifestObject) => string {
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

function podOf(owner: ManifestObject, name: string): Pod | undefined {
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

/** Everything that is about to be applied to one cluster, and what the cluster has already: indexed once, for all rules. */
export class ClusterIndex {
  readonly pods: readonly Pod[];
  private readonly kinds: ReadonlyMap<string, readonly ManifestObject[]>;
  private readonly names = new Map<string, ManifestObject>();
  private readonly podsByName: ReadonlyMap<string, Pod>;
  private readonly podsByNamespace: ReadonlyMap<string, readonly Pod[]>;

  /** What the cluster has already: each thing once, however many systems count on it. */
  readonly given: readonly Prerequisite[];

  constructor(
    readonly objects: readonly ManifestObject[],
    given: readonly Prerequisite[] = [],
  ) {
    this.given = [...new Map(given.map((one) => [JSON.stringify(one), one])).values()];
    this.kinds = groupBy(objects, ({ kind }) => kind);
    for (const object of objects) {
      this.names.set(`${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`, object);
    }
    const nameOf = namesOf(objects);
    this.pods = objects.flatMap((object) => podOf(object, nameOf(object)) ?? []);
    this.podsByName = new Map(this.pods.map((pod) => [`${pod.namespace}/${pod.name}`, pod]));
    this.podsByNamespace = groupBy(this.pods, ({ namespace }) => namespace);
  }

  ofKind(...kinds: string[]): readonly ManifestObject[] {
    return kinds.flatMap((kind) => this.kinds.get(kind) ?? []);
  }

  /**
   * An object by its name; no namespace for what belongs to the whole cluster. An object that says no namespace, as in a
   * rendered chart, is applied to "default".
   */
  find(kind: string, namespace: string | undefined, name: string): ManifestObject | undefined {
    const found = this.names.get(`${kind}/${namespace ?? ''}/${name}`);
    return found ?? (namespace === 'default' ? this.names.get(`${kind}//${name}`) : undefined);
  }

  /** The pod of a workload, by the workload's name. */
  podOf(workload: WorkloadName): Pod | undefined {
    return this.podsByName.get(`${workload.namespace}/${workload.name}`);
  }

  /** What the cluster has already, by its name. */
  findPrerequisite(kind: string, namespace: string | undefined, name: string): Prerequisite | undefined {
    return this.given.find((one) => one.kind === kind && one.name === name && one.namespace === namespace);
  }

  podsIn(namespace: string): readonly Pod[] {
    return this.podsByNamespace.get(namespace) ?? [];
  }

  /** The labels of a namespace, with the one that Kubernetes adds. */
  labelsOfNamespace(namespace: string): Readonly<Record<string, string>> {
    const labels = this.find('Namespace', undefined, namespace)?.metadata.labels ?? {};
    return { ...labels, 'kubernetes.io/metadata.name': namespace };
  }
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

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/**
 * Whether a label selector selects what has these labels. An empty one selects everything.
 * Source: kubernetes.io, Labels and Selectors.
 */
export function selects(selector: Selector | undefined, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels, matchExpressions } = selector ?? {};
  return (
    Object.entries(matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
    listOf(matchExpressions).every(({ key, operator, ...expression }) => {
      const value = labels[key];
      const values = listOf(expression.values);
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value);
        case 'NotIn':
          return value === undefined || !values.includes(value);
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
        default:
          return false;
      }
    })
  );
}
