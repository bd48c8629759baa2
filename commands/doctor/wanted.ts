import type { Prerequisite } from '../../lib/checks/cluster/prerequisite';
import type { ManifestObject } from '../../lib/manifests/object';
import { type Built, type BuiltSystem, isSystem } from '../../lib/pipeline/build';
import type { Live } from './view';

/** What an environment expects of its cluster: its finished objects, and what they take for granted. */
export interface Wanted {
  /** What it is made of: its systems, and its platform where they stand on that. */
  readonly built: readonly Built[];
  readonly systems: readonly BuiltSystem[];
  readonly objects: readonly ManifestObject[];
  readonly prerequisites: readonly Prerequisite[];
}

/** Whether a system needs what a platform makes. */
function standsOnPlatform({ model: { edge, placement } }: BuiltSystem): boolean {
  return edge.issuer !== undefined || placement.priorityClasses === true;
}

export function wantedBy(all: readonly Built[]): Wanted {
  const systems = all.filter(isSystem);
  const built = systems.some(standsOnPlatform) ? all : systems;
  const prerequisites = built.flatMap((one) => one.prerequisites);
  return {
    built,
    systems,
    objects: built.flatMap(({ objects }) => objects),
    prerequisites: [...new Map(prerequisites.map((one) => [JSON.stringify(one), one])).values()],
  };
}

export function ofKind({ objects }: Pick<Wanted, 'objects'>, ...kinds: string[]): Live[] {
  return objects.filter(({ kind }) => kinds.includes(kind));
}

/** The namespaces that the environment makes. What is given in them is made when it is applied, by operators. */
export function ownNamespaces(wanted: Wanted): Set<string> {
  return new Set(ofKind(wanted, 'Namespace').map(({ metadata }) => metadata.name));
}

/** What makes something of the cluster be there: the folder that makes it, or else what is said of it. */
export function howToMake({ built }: Wanted, kind: string, name: string, otherwise: string): string {
  const maker = built.find(({ objects }) => objects.some((one) => one.kind === kind && one.metadata.name === name));
  return maker === undefined ? otherwise : `apply dist/${maker.folder} first`;
}

/** Pods that objects make at the least: by whom, how many, and what each is like. */
export interface WantedPods {
  readonly name: string;
  readonly count: number;
  readonly spec: Live;
  /** Whether one more is there while they are exchanged. */
  readonly surges: boolean;
}

/** The pods of Deployments, StatefulSets and clusters of CloudNativePG. */
export function wantedPods(wanted: Wanted): WantedPods[] {
  const scaled = new Map(
    ofKind(wanted, 'HorizontalPodAutoscaler').map(({ metadata, spec }) => [
      `${metadata.namespace}/${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`,
      spec.minReplicas ?? 1,
    ]),
  );
  const workloads = ofKind(wanted, 'Deployment', 'StatefulSet').map(({ kind, metadata, spec }) => ({
    name: metadata.name,
    count: scaled.get(`${metadata.namespace}/${kind}/${metadata.name}`) ?? spec.replicas ?? 1,
    spec: spec.template.spec,
    surges: kind === 'Deployment' && spec.strategy?.type !== 'Recreate',
  }));
  const clusters = ofKind(wanted, 'Cluster').map(({ metadata, spec }) => ({
    name: metadata.name,
    count: spec.instances ?? 1,
    spec: { ...spec, containers: [{ resources: spec.resources }] },
    surges: false,
  }));
  return [...workloads, ...clusters];
}
