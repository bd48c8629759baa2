import type { ClusterIndex } from '../checks/cluster/cluster-index';
import { asStatefulSet } from '../checks/cluster/rabbitmq';
import type { OpenConnection } from '../checks/cluster/reach';
import type { Estimate } from '../cost/estimate';
import type { ManifestObject } from '../manifests/object';
import type { About, Checklist } from '../model/about';
import type { System } from '../model/system';

/** Objects, or parts of them. */
// biome-ignore lint/suspicious/noExplicitAny: objects of every kind
export type Any = any;

/** What a document is made from: one system in one environment. */
export interface DocumentContext {
  readonly environment: string;
  /** The folder of its files in `dist/`, such as `prod/salient`. */
  readonly folder: string;
  /** The environment file, such as `environments/prod/salient.yaml`. */
  readonly file: string;
  /** The file with its words, `document`: the environment file, or the one of all environments, such as `environments/shop.yaml`. */
  readonly words: string;
  /** The files of its lists beside the environment file, such as that of its tenants. */
  readonly lists: readonly string[];
  readonly model: System;
  /** Its objects, as they are applied. */
  readonly objects: readonly ManifestObject[];
  /** The objects of all systems of the environment and of its platform, with what they presuppose. */
  readonly cluster: ClusterIndex;
  /** The connections that are open among them, and with what is outside. */
  readonly connections: readonly OpenConnection[];
  /** What the rules find wrong with its objects. */
  readonly violations: number;
  /** Days that logs of all pods are kept by the platform. @default - the platform collects none */
  readonly logDays?: number | undefined;
  /** The settings of the images of its own programs, as `npm run promote` names them. Programs of one image have one. */
  readonly images: readonly string[];
  /** Whether Argo CD applies a commit by itself, and takes back what is changed by hand. */
  readonly sync: 'automatic' | 'manual';
  /** The other environments that have the system. */
  readonly others: readonly string[];
  /** What it costs in a cluster of its own, with the date and the file of the prices. @default - there are no prices */
  readonly cost?: (Estimate & { readonly date: string; readonly file: string }) | undefined;
  /** Lines of its checklist, besides those of every system. @default - none */
  readonly checklist?: Checklist | undefined;
}

/** A section of a document. */
export interface Section {
  readonly title: string;
  /** Its text in Markdown, without the title. Undefined where the system has nothing of it: then the section is left out. */
  readonly text: (context: DocumentContext) => string | undefined;
}

/** The system's own objects of some kinds. */
export function ofKind({ objects }: Pick<DocumentContext, 'objects'>, ...kinds: readonly string[]): Any[] {
  return objects.filter(({ kind }) => kinds.includes(kind));
}

/** What says that a word was not given, and where it belongs. */
export function notStated({ words }: Pick<DocumentContext, 'words'>, setting: string): string {
  return `*not stated: set document.${setting} in ${words}*`;
}

/** A word of the environment file, or what says that it is missing. */
export function word(
  context: DocumentContext,
  key: {
    [Key in keyof About]-?: string extends About[Key] ? Key : never;
  }[keyof About],
): string {
  return context.model.about?.[key] ?? notStated(context, key);
}

/** What runs for long: a Deployment, a StatefulSet, or what an operator runs. */
export interface Workload {
  /** For a RabbitmqCluster the StatefulSet that its operator makes. */
  readonly object: Any;
  readonly namespace: string;
  readonly name: string;
  /** The RabbitmqCluster. @default - it is none */
  readonly cluster?: Any;
  /** Its containers; those of an operator's pods are not in an object. */
  readonly containers: readonly Any[];
  /** The least and the largest number of its pods. */
  readonly replicas: { readonly min: number; readonly max: number };
  /** What changes the number, such as `CPU 70 %`. @default - nothing */
  readonly scaledBy?: string | undefined;
}

/** What an autoscaler scales by. */
function triggersOf({ kind, spec }: Any): string {
  const all: string[] =
    kind === 'ScaledObject'
      ? spec.triggers.map(({ type }: Any) => type)
      : spec.metrics.map((metric: Any) => {
          const { resource, external } = metric;
          if (resource === undefined) return external?.metric.name ?? metric.type;
          const name = resource.name === 'cpu' ? 'CPU' : resource.name;
          return `${name} ${resource.target.averageUtilization} %`;
        });
  return all.join(', ');
}

/** What runs for long, in the order of the objects. */
export function workloadsOf(context: Pick<DocumentContext, 'objects'>): Workload[] {
  const scalers = ofKind(context, 'HorizontalPodAutoscaler', 'ScaledObject');
  return ofKind(context, 'Deployment', 'StatefulSet', 'Cluster', 'RabbitmqCluster').map((one): Workload => {
    const { namespace, name } = one.metadata;
    const object: Any = asStatefulSet(one);
    const { spec, kind } = object;
    const scaler = scalers.find(
      (one) => one.metadata.namespace === namespace && one.spec.scaleTargetRef.name === name && kind !== 'Cluster',
    );
    const fixed = spec.instances ?? spec.replicas ?? 1;
    return {
      object,
      namespace,
      name,
      ...(object !== one && { cluster: one }),
      containers: spec.template?.spec.containers ?? [],
      replicas: {
        min: scaler?.spec.minReplicas ?? scaler?.spec.minReplicaCount ?? fixed,
        max: scaler?.spec.maxReplicas ?? scaler?.spec.maxReplicaCount ?? fixed,
      },
      scaledBy: scaler && triggersOf(scaler),
    };
  });
}

/** Jobs and CronJobs by the names of their tasks, which the names of Jobs begin with. */
export interface Run {
  readonly object: Any;
  readonly namespace: string;
  /** The name of its task. */
  readonly name: string;
  /** Its fields as a Job. */
  readonly job: Any;
  readonly container: Any;
  /** The text variables of its containers. */
  readonly env: Readonly<Record<string, string>>;
  /** When it runs, in cron's fields. @default - it is no CronJob, or suspended */
  readonly schedule?: string | undefined;
}

/** What runs to its end. */
export function runsOf(context: Pick<DocumentContext, 'objects'>): Run[] {
  return ofKind(context, 'Job', 'CronJob').map((object): Run => {
    const { metadata, spec, kind } = object;
    const job = kind === 'CronJob' ? spec.jobTemplate.spec : spec;
    const { containers, initContainers = [] } = job.template.spec;
    const texts = [...initContainers, ...containers].flatMap(({ env = [] }: Any) =>
      env.flatMap(({ name, value }: Any) => (value === undefined ? [] : [[name, value]])),
    );
    return {
      object,
      namespace: metadata.namespace,
      name: metadata.labels?.component ?? metadata.name,
      job,
      container: containers[0],
      env: Object.fromEntries(texts),
      ...(kind === 'CronJob' && !spec.suspend && { schedule: scheduleText(spec) }),
    };
  });
}

/** A schedule with its time zone. */
function scheduleText({ schedule, timeZone = 'UTC' }: Any): string {
  return `\`${schedule}\` ${timeZone.replace('Etc/', '')}`;
}

/** What tasks of a purpose do, where their model has no words of its own. */
const PURPOSES = {
  backup: 'keeps a copy of the data',
  'restore-drill': 'tries whether the newest copy can be restored',
  provisioning: 'creates roles and databases',
  migrations: 'migrates the schemas',
} as const;

/** What a workload or task does, in the words of its model. */
export function purposeOf({ model }: Pick<DocumentContext, 'model'>, namespace: string, name: string): string {
  const is = (one: { readonly namespace: string; readonly name: string }) =>
    one.namespace === namespace && one.name === name;
  if (model.clusters.some(is)) return 'PostgreSQL, run by CloudNativePG';
  const task = model.tasks.find(is);
  return model.components.find(is)?.about ?? task?.about ?? (task?.purpose ? PURPOSES[task.purpose] : '');
}

/** The command that runs a program of this project for the system alone. */
export function commandOf(
  { environment, model }: Pick<DocumentContext, 'environment' | 'model'>,
  program: string,
): string {
  return `npm run ${program} -- --env ${environment} --system ${model.name}`;
}
