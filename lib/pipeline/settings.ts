import { ClusterIndex } from '../checks/cluster/cluster-index';
import { podReferences } from '../checks/cluster/references';
import type { Violation } from '../checks/cluster/violation';
import { valueAt } from '../config/parse';
import { PLATFORM } from '../config/platform';
import { objectKey } from '../manifests/change';
import type { ManifestObject } from '../manifests/object';
import { serverSetting } from '../parts/postgres/servers';
import { type Built, type BuiltSystem, isSystem } from './build';

/** Where a field of an object comes from: the ends of setting paths, of which the first that the settings have is meant. */
interface Source {
  readonly kind: RegExp;
  readonly field: RegExp;
  readonly settings: readonly string[];
}

const WORKLOAD = /^(Deployment|StatefulSet|Job|CronJob)$/;

/** The settings of a workload's fields, relative to the workload's own. */
const SOURCES: readonly Source[] = [
  { kind: /^(HorizontalPodAutoscaler|ScaledObject)$/, field: /minReplica/, settings: ['scale.min'] },
  { kind: /^(HorizontalPodAutoscaler|ScaledObject)$/, field: /maxReplica|^spec$/, settings: ['scale.max'] },
  { kind: /^ScaledObject$/, field: /triggers/, settings: ['scale.queue'] },
  { kind: WORKLOAD, field: /resources.*cpu/, settings: ['cpu'] },
  { kind: WORKLOAD, field: /resources.*memory/, settings: ['memory'] },
  { kind: WORKLOAD, field: /\.image$/, settings: ['tag', 'image'] },
  { kind: WORKLOAD, field: /^spec(\.replicas)?$/, settings: ['scale.max', 'scale.replicas', 'replicas', 'instances'] },
  { kind: /^PersistentVolumeClaim$/, field: /storage/, settings: ['storage'] },
];

/** The setting of a workload that decides a field: the most exact one that the settings have. */
function settingOf(built: Built, from: string, kind: string, field: string): string {
  const own = SOURCES.filter((one) => one.kind.test(kind) && one.field.test(field)).flatMap(({ settings }) => settings);
  const found = own.find((end) => valueAt(built.values, [...from.split('.'), ...end.split('.')]) !== undefined);
  return found === undefined ? from : `${from}.${found}`;
}

/** Whether a text names a host itself, not one that it is a part of: `api.example.com` in `eu.api.example.com`. */
function names(text: string, host: string): boolean {
  return text.split(/[^\w.-]+/).includes(host);
}

type Origin = string | undefined;

/** The objects of CloudNativePG are named after their Cluster, and policies for its pods select them by its name. */
function clusterOf({ model }: BuiltSystem, { apiVersion, metadata, spec }: ManifestObject): Origin {
  const selected = spec?.podSelector?.matchLabels?.['cnpg.io/cluster'];
  const name = selected ?? (apiVersion.includes('cnpg.io/') ? metadata.name : undefined);
  const own = model.clusters.find(
    (one) => one.namespace === metadata.namespace && `${name}-`.startsWith(`${one.name}-`),
  );
  return own && serverSetting(own.serverName);
}

/** The workload that an object is labelled with or selects. */
function workloadOf({ model }: BuiltSystem, { metadata, spec }: ManifestObject): Origin {
  const { podSelector, selector } = spec ?? {};
  const selected = (podSelector ?? selector)?.matchLabels ?? selector;
  const name = metadata.labels?.component ?? selected?.component;
  const all = [...model.components, ...model.tasks];
  return all.find((one) => one.namespace === metadata.namespace && one.name === name)?.from;
}

/** The site that an object is named after, or whose host it names. */
function siteOf({ model }: BuiltSystem, { metadata, spec }: ManifestObject): Origin {
  const sites = model.components.flatMap(({ exposed }) => exposed.map(({ site }) => site));
  const text = JSON.stringify(spec ?? {});
  const found =
    sites.find(({ name }) => name === metadata.name) ??
    sites.find(({ host }) => names(text, host)) ??
    sites.find(({ name }) => metadata.name.startsWith(`${name}-`));
  return found?.from;
}

/** The first workload whose pods read a ConfigMap. */
function readerOf(owner: BuiltSystem, { kind, metadata }: ManifestObject): Origin {
  if (kind !== 'ConfigMap') return undefined;
  const reader = new ClusterIndex(owner.objects).pods.find(
    (pod) =>
      pod.namespace === metadata.namespace &&
      podReferences(pod).some((one) => one.kind === kind && one.name === metadata.name),
  );
  return reader && workloadOf(owner, reader.owner);
}

const MONITORING = /^(PrometheusRule|ServiceMonitor|PodMonitor)$/;

/** The setting that an object comes from. @default - none of its own */
function originOf(owner: BuiltSystem, object: ManifestObject): Origin {
  const { kind, metadata } = object;
  if (/Secret(Store)?$/.test(kind)) return 'secrets';
  const found =
    clusterOf(owner, object) ?? workloadOf(owner, object) ?? siteOf(owner, object) ?? readerOf(owner, object);
  if (found !== undefined) return found;
  if (kind === 'ServiceAccount') return 'secrets'; // of the store
  return MONITORING.test(kind) || metadata.labels?.grafana_dashboard !== undefined ? 'monitoring' : undefined;
}

/**
 * The settings that change what a violation is about, each with its file and line: the one that its object comes from, and those that
 * the rule names; where it comes from no single one, the file. Nothing for objects that no environment file describes.
 */
export function settingsOf({ object, path, settings = [] }: Violation, built: readonly Built[]): string[] {
  const owner =
    built.find(({ objects }) => objects.includes(object)) ??
    built.find(({ objects }) => objects.some((one) => objectKey(one) === objectKey(object)));
  if (owner === undefined) return [];
  const origin = isSystem(owner) ? originOf(owner, object) : undefined;
  const own = origin === undefined ? [] : [settingOf(owner, origin, object.kind, path)];
  const all = [...new Set([...own, ...settings])];
  if (all.length === 0) return [owner.locate([]).file];
  return all.map((setting) => {
    const [first, ...rest] = setting.split('.');
    const platform = first === PLATFORM ? built.find((one) => one.system === PLATFORM) : undefined;
    const { file, position } = platform?.locate(rest) ?? owner.locate(setting.split('.'));
    return `${file}:${position?.line ?? 1}: ${setting}`;
  });
}
