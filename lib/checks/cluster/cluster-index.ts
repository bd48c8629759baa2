import { groupBy } from '../../base/group';
import type { ManifestObject } from '../../manifests/object';
import { listOf, type Pod, podOf, workloadNames } from './pods';
import type { Prerequisite, WorkloadName } from './prerequisite';

/** The objects that are applied to one cluster, and its prerequisites, indexed for all rules. */
export class ClusterIndex {
  /** The pods of all workloads. */
  readonly pods: readonly Pod[];
  private readonly kinds: ReadonlyMap<string, readonly ManifestObject[]>;
  private readonly names = new Map<string, ManifestObject>();
  private readonly podsByName: ReadonlyMap<string, Pod>;
  private readonly podsByNamespace: ReadonlyMap<string, readonly Pod[]>;

  /** What exists in the cluster already, without duplicates. */
  readonly prerequisites: readonly Prerequisite[];

  constructor(
    readonly objects: readonly ManifestObject[],
    prerequisites: readonly Prerequisite[] = [],
  ) {
    this.prerequisites = [...new Map(prerequisites.map((one) => [JSON.stringify(one), one])).values()];
    this.kinds = groupBy(objects, ({ kind }) => kind);
    for (const object of objects) {
      this.names.set(`${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`, object);
    }
    const nameOfWorkload = workloadNames(objects);
    this.pods = objects.flatMap((object) => podOf(object, nameOfWorkload(object)) ?? []);
    this.podsByName = new Map(this.pods.map((pod) => [`${pod.namespace}/${pod.name}`, pod]));
    this.podsByNamespace = groupBy(this.pods, ({ namespace }) => namespace);
  }

  /** All objects of some kinds. */
  ofKind(...kinds: string[]): readonly ManifestObject[] {
    return kinds.flatMap((kind) => this.kinds.get(kind) ?? []);
  }

  /**
   * Finds an object by name.
   *
   * @param namespace undefined for cluster-scoped objects; "default" also finds objects without a namespace
   */
  find(kind: string, namespace: string | undefined, name: string): ManifestObject | undefined {
    const found = this.names.get(`${kind}/${namespace ?? ''}/${name}`);
    return found ?? (namespace === 'default' ? this.names.get(`${kind}//${name}`) : undefined);
  }

  /** The pod of a workload. */
  podOf(workload: WorkloadName): Pod | undefined {
    return this.podsByName.get(`${workload.namespace}/${workload.name}`);
  }

  /** Finds a prerequisite by name. */
  findPrerequisite(kind: string, namespace: string | undefined, name: string): Prerequisite | undefined {
    return this.prerequisites.find((one) => one.kind === kind && one.name === name && one.namespace === namespace);
  }

  /** The pods of a namespace. */
  podsIn(namespace: string): readonly Pod[] {
    return this.podsByNamespace.get(namespace) ?? [];
  }

  /** The labels of a namespace, with the label that Kubernetes adds. */
  labelsOfNamespace(namespace: string): Readonly<Record<string, string>> {
    const labels = this.find('Namespace', undefined, namespace)?.metadata.labels ?? {};
    return { ...labels, 'kubernetes.io/metadata.name': namespace };
  }
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
 * Whether a label selector matches labels. An empty selector matches everything.
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
