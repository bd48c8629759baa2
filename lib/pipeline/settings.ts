import type { Violation } from '../checks/cluster/violation';
import { valueAt } from '../config/parse';
import { PLATFORM } from '../config/platform';
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

/** The setting that an object comes from: of its workload, of its host, or of the secrets. @default - none of its own */
function originOf({ model }: BuiltSystem, { kind, metadata, spec }: Violation['object']): string | undefined {
  if (/Secret(Store)?$/.test(kind)) return 'secrets';
  const cluster = model.clusters.find(
    ({ namespace, name }) => namespace === metadata.namespace && name === metadata.name,
  );
  if (cluster !== undefined) return serverSetting(cluster.serverName);
  const { podSelector, selector } = spec ?? {};
  const selected = (podSelector ?? selector)?.matchLabels ?? selector;
  const name = metadata.labels?.component ?? selected?.component;
  const workload = [...model.components, ...model.tasks].find(
    (one) => one.namespace === metadata.namespace && one.name === name,
  );
  if (workload?.from !== undefined) return workload.from;
  const sites = model.components.flatMap(({ exposed }) => exposed.map(({ site }) => site));
  const text = JSON.stringify(spec ?? {});
  return (sites.find((site) => site.name === metadata.name) ?? sites.find(({ host }) => names(text, host)))?.from;
}

/**
 * The settings that change what a violation is about, each with its file and line: the one that its object comes from, and those that
 * the rule names. Nothing for objects that no environment file describes.
 */
export function settingsOf({ object, path, settings = [] }: Violation, built: readonly Built[]): string[] {
  const owner = built.find(({ objects }) => objects.includes(object));
  if (owner === undefined) return [];
  const origin = isSystem(owner) ? originOf(owner, object) : undefined;
  const own = origin === undefined ? [] : [settingOf(owner, origin, object.kind, path)];
  return [...new Set([...own, ...settings])].map((setting) => {
    const [first, ...rest] = setting.split('.');
    const platform = first === PLATFORM ? built.find((one) => one.system === PLATFORM) : undefined;
    const { file, position } = platform?.locate(rest) ?? owner.locate(setting.split('.'));
    return `${file}:${position?.line ?? 1}: ${setting}`;
  });
}
