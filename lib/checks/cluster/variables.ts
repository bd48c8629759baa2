import type { ClusterIndex } from './cluster-index';
import { type Fields, listOf, type Pod } from './pods';

/** The variables of a container: their texts, or undefined for a value that the set does not tell. */
export interface Variables {
  readonly values: ReadonlyMap<string, string | undefined>;
  /** Whether it may have others as well: those of a Secret, or of a ConfigMap that is not in the set. */
  readonly hasOthers: boolean;
}

/** The texts of an object's map, without other values. */
const textsOf = (map: Fields): [string, string][] =>
  typeof map === 'object' && map !== null
    ? Object.entries(map).flatMap(([key, value]): [string, string][] =>
        typeof value === 'string' ? [[key, value]] : [],
      )
    : [];

/** The variables of a container. Those of `env` replace those of `envFrom`. Source: kubernetes.io, Define Environment Variables for a Container. */
export function variablesOf(cluster: ClusterIndex, pod: Pod, { env, envFrom }: Fields): Variables {
  const config = (name: unknown) => cluster.find('ConfigMap', pod.namespace, String(name))?.data;
  const values = new Map<string, string | undefined>();
  let hasOthers = false;
  for (const { prefix = '', configMapRef } of listOf(envFrom)) {
    const data = config(configMapRef?.name);
    if (data === undefined) hasOthers = true;
    for (const [key, value] of textsOf(data)) values.set(`${prefix}${key}`, value);
  }
  for (const { name, value, valueFrom } of listOf(env)) {
    const { name: from, key } = valueFrom?.configMapKeyRef ?? {};
    const text = valueFrom == null ? (value ?? '') : config(from)?.[key];
    values.set(String(name), typeof text === 'string' ? text : undefined);
  }
  return { values, hasOthers };
}

/** The names of the ConfigMaps that a volume holds. */
export function configMapsOf({ configMap, projected }: Fields): string[] {
  return [configMap, ...listOf(projected?.sources).map((source) => source.configMap)].flatMap((one) =>
    typeof one?.name === 'string' ? one.name : [],
  );
}

/** The files of ConfigMaps that a container mounts, as texts. */
export function mountedTexts(cluster: ClusterIndex, pod: Pod, { volumeMounts }: Fields): string[] {
  const mounted = new Set(listOf(volumeMounts).map(({ name }) => name));
  return listOf(pod.spec.volumes)
    .filter(({ name }) => mounted.has(name))
    .flatMap(configMapsOf)
    .flatMap((name) => textsOf(cluster.find('ConfigMap', pod.namespace, name)?.data).map(([, text]) => text));
}
