import { formatAmount } from '../../lib/base/quantity';
import { podAmounts } from '../../lib/checks/cluster/requests';
import { type Any, purposeOf, runsOf, type Workload, workloadsOf } from '../../lib/document/context';
import type { ManifestObject } from '../../lib/manifests/object';
import type { System } from '../../lib/model/system';
import type { Thing } from './view-data';

/** One system's objects, with the model that they are made from. */
export interface Part {
  readonly system: string;
  readonly objects: readonly ManifestObject[];
  /** @default - none: the objects are those of a revision */
  readonly model?: System | undefined;
}

type Facts = Thing['facts'];

/** What the pods of a template request each; nothing where an operator's object has no template. */
function sizeOf(spec: Any): Facts {
  if (spec === undefined) return [];
  const { cpu, memory } = podAmounts(spec);
  return [
    ...(cpu === undefined ? [] : [['CPU of each pod', formatAmount('cpu', cpu)] as const]),
    ...(memory === undefined ? [] : [['Memory of each pod', `${Math.round(memory / 2 ** 20)} MiB`] as const]),
  ];
}

/** The volumes that pods of an object keep data on, with their sizes. */
function volumesOf(
  { object, cluster }: Pick<Workload, 'object' | 'cluster'>,
  objects: readonly ManifestObject[],
): string[] {
  const { spec, metadata } = cluster ?? object;
  const own = (object.spec.volumeClaimTemplates ?? []).map((claim: Any) => claim.spec.resources?.requests?.storage);
  const claims = (object.spec.template?.spec.volumes ?? []).flatMap((volume: Any) => {
    const claim = objects.find(
      (one) =>
        one.kind === 'PersistentVolumeClaim' &&
        one.metadata.namespace === metadata.namespace &&
        one.metadata.name === volume.persistentVolumeClaim?.claimName,
    );
    return claim === undefined ? [] : [claim.spec?.resources?.requests?.storage];
  });
  return [...own, ...claims, spec.storage?.size].filter((size) => size !== undefined).map(String);
}

const imageFacts = (containers: readonly Any[]): Facts =>
  containers.map(({ name, image }) => [containers.length > 1 ? `Image of ${name}` : 'Image', String(image)] as const);

function replicasText({ min, max }: Workload['replicas']): string {
  return min === max ? `${min}` : `${min} to ${max}`;
}

/** Whether it keeps data, or is between data and its clients. */
function holdsData({ model }: Part, { namespace, name, object }: Workload, volumes: readonly string[]): boolean {
  const component = model?.components.find((one) => one.namespace === namespace && one.name === name);
  return object.kind === 'Cluster' || volumes.length > 0 || ['data', 'pooling'].includes(component?.stage ?? '');
}

function aboutOf({ model }: Part, namespace: string, name: string): string {
  return model === undefined ? '' : purposeOf({ model }, namespace, name);
}

/** What runs in a system, without what is outside of it. */
export function thingsOf(part: Part): Thing[] {
  const { system, objects } = part;
  const workloads = workloadsOf({ objects }).map((workload): Thing => {
    const { namespace, name, object, cluster, replicas, scaledBy, containers } = workload;
    const volumes = volumesOf(workload, objects);
    return {
      id: `${namespace}/${name}`,
      name,
      system,
      namespace,
      kind: holdsData(part, workload, volumes) ? 'data' : 'workload',
      about: aboutOf(part, namespace, name),
      facts: [
        ['Kind', (cluster ?? object).kind],
        ['Pods', replicasText(replicas)],
        ...(scaledBy === undefined ? [] : [['Scaled by', scaledBy] as const]),
        ...sizeOf(object.spec.template?.spec),
        ...(volumes.length === 0 ? [] : [['Volume of each pod', volumes.join(', ')] as const]),
        ...imageFacts(containers),
      ],
    };
  });
  const jobs = runsOf({ objects }).map(({ object, namespace, name, schedule, job }): Thing => {
    const { suspend } = object.spec;
    const once = object.kind === 'Job' ? 'with each release' : 'only by hand';
    return {
      id: `${namespace}/${name}`,
      name,
      system,
      namespace,
      kind: 'job',
      about: aboutOf(part, namespace, name),
      facts: [
        ['Kind', object.kind],
        ['Runs', schedule === undefined || suspend ? once : schedule.replaceAll('`', '')],
        ...sizeOf(job.template.spec),
        ...imageFacts(job.template.spec.containers),
      ],
    };
  });
  // A CronJob and a Job may share a name, as two Jobs of one task do: the picture has them once.
  return [...new Map([...jobs, ...workloads].map((one) => [one.id, one])).values()];
}
