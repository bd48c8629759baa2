import type { Prerequisite } from '../../lib/checks/cluster/prerequisite';
import { asStatefulSet, isRabbitmqCluster } from '../../lib/checks/cluster/rabbitmq';
import { AUTOSCALERS, boundsOf } from '../../lib/checks/cluster/workloads';
import type { ManifestObject } from '../../lib/manifests/object';
import { type Built, type BuiltSystem, isSystem } from '../../lib/pipeline/build';
import type { Live } from '../shared/view';

/** What an environment needs from its cluster: its objects, and what has to exist before they are applied. */
export interface Requirements {
  /** The systems, and the platform where a system needs it. */
  readonly built: readonly Built[];
  readonly systems: readonly BuiltSystem[];
  /** With the StatefulSets that RabbitMQ's cluster operator makes. */
  readonly objects: readonly ManifestObject[];
  readonly prerequisites: readonly Prerequisite[];
}

/** Whether a system uses objects of the platform. */
function needsPlatform({ model: { edge, placement } }: BuiltSystem): boolean {
  return edge.issuer !== undefined || placement.priorityClasses === true;
}

/** The requirements of what was built for an environment. */
export function requirementsOf(all: readonly Built[]): Requirements {
  const systems = all.filter(isSystem);
  const built = systems.some(needsPlatform) ? all : systems;
  const prerequisites = built.flatMap((one) => one.prerequisites);
  return {
    built,
    systems,
    objects: built.flatMap(({ objects }) => [...objects, ...objects.filter(isRabbitmqCluster).map(asStatefulSet)]),
    prerequisites: [...new Map(prerequisites.map((one) => [JSON.stringify(one), one])).values()],
  };
}

/** The objects of some kinds. */
export function ofKind({ objects }: Pick<Requirements, 'objects'>, ...kinds: string[]): Live[] {
  return objects.filter(({ kind }) => kinds.includes(kind));
}

/** The namespaces that the environment creates. Prerequisites in them are created by operators after an apply. */
export function namespacesIn(requirements: Requirements): Set<string> {
  return new Set(ofKind(requirements, 'Namespace').map(({ metadata }) => metadata.name));
}

/** How to create a cluster-wide object: apply the folder that contains it, or else `otherwise`. */
export function howToCreate({ built }: Requirements, kind: string, name: string, otherwise: string): string {
  const maker = built.find(({ objects }) => objects.some((one) => one.kind === kind && one.metadata.name === name));
  return maker === undefined ? otherwise : `apply dist/${maker.folder} first`;
}

/** The pods of one workload, at its minimum of replicas. */
export interface RequiredPods {
  readonly name: string;
  readonly count: number;
  readonly spec: Live;
  /** Whether a rollout runs one pod more. */
  readonly surges: boolean;
}

/** The pods of Deployments, StatefulSets and clusters of CloudNativePG. */
export function requiredPods(requirements: Requirements): RequiredPods[] {
  const scaled = new Map(
    ofKind(requirements, ...AUTOSCALERS).map((autoscaler) => {
      const { kind, name } = autoscaler.spec.scaleTargetRef;
      return [`${autoscaler.metadata.namespace}/${kind}/${name}`, boundsOf(autoscaler as ManifestObject).least];
    }),
  );
  const workloads = ofKind(requirements, 'Deployment', 'StatefulSet').map(({ kind, metadata, spec }) => ({
    name: metadata.name,
    count: scaled.get(`${metadata.namespace}/${kind}/${metadata.name}`) ?? spec.replicas ?? 1,
    spec: spec.template.spec,
    surges: kind === 'Deployment' && spec.strategy?.type !== 'Recreate',
  }));
  const clusters = ofKind(requirements, 'Cluster').map(({ metadata, spec }) => ({
    name: metadata.name,
    count: spec.instances ?? 1,
    spec: { ...spec, containers: [{ resources: spec.resources }] },
    surges: false,
  }));
  return [...workloads, ...clusters];
}
