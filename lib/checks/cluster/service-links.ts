import { memoizeOf } from '../../base/memoize';
import { type ManifestObject, objectName } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import { imageName } from './known-images';
import { containersOf, type Fields, listOf, type Pod } from './pods';
import { variablesOf } from './variables';
import type { FieldFinding } from './violation';

/** Programs that read the variable of their port: REDIS_PORT, SOLR_PORT. */
const READS_PORT = new Set(
  'redis redis-cluster valkey solr superset rabbitmq kong influxdb mongodb sentry airflow registry zookeeper kafka keycloak consul jenkins memcached'.split(
    ' ',
  ),
);

/** Images that make all variables of a prefix their settings, and end at the one of a port. Source: docs.confluent.io, Docker Configuration Parameters. */
const SETTINGS: Readonly<Record<string, string>> = {
  'cp-kafka': 'KAFKA',
  'cp-server': 'KAFKA',
  'cp-schema-registry': 'SCHEMA_REGISTRY',
  'cp-kafka-rest': 'KAFKA_REST',
  'cp-kafka-connect': 'CONNECT',
  'cp-zookeeper': 'ZOOKEEPER',
};

const prefixOf = (name: string): string => name.toUpperCase().replace(/[-.]/g, '_');

/** The Services that make variables, by namespace and prefix: those with an address of their own. */
const linkedServices = memoizeOf((cluster: ClusterIndex): ReadonlyMap<string, ManifestObject> => {
  const linked = cluster
    .ofKind('Service')
    .filter(({ spec }) => spec?.clusterIP !== 'None' && spec?.type !== 'ExternalName');
  return new Map(
    linked.map((one) => [`${one.metadata.namespace ?? 'default'}/${prefixOf(String(one.metadata.name))}`, one]),
  );
});

/** The prefixes of ports that the words of a container read: API of `$API_PORT`, `${API_PORT:-80}` and `$(API_PORT)`. */
function readPrefixes({ env, command, args }: Fields): string[] {
  const words = [...listOf(env).map(({ value }) => value), ...listOf(command), ...listOf(args)];
  return words
    .filter((word) => typeof word === 'string')
    .flatMap((word) => [...word.matchAll(/\$[({]?([A-Z][A-Z0-9_]*)_PORT\b/g)].map(([, prefix]) => prefix as string));
}

/**
 * Variables of links that shadow what a program expects. Source: kubernetes.io, Service, Environment variables: each Service makes
 * `<NAME>_PORT=tcp://<address>:<port>` in the pods of its namespace, where the pod does not set that variable itself.
 */
export function linkFindings(cluster: ClusterIndex, pod: Pod): FieldFinding[] {
  if (pod.spec.enableServiceLinks === false) return [];
  const services = linkedServices(cluster);
  return containersOf(pod).flatMap(({ fields, path }): FieldFinding[] => {
    const { values } = variablesOf(cluster, pod, fields);
    const name = imageName(fields.image);
    const isOfImage = READS_PORT.has(name) || Object.hasOwn(SETTINGS, name);
    const ofImage = isOfImage ? [SETTINGS[name] ?? prefixOf(name)] : [];
    const hosts = [...values.keys()].flatMap((variable) => /^(.+)_HOST$/.exec(variable)?.[1] ?? []);
    const candidates = [
      ...ofImage.map((prefix) => ({ prefix, who: `the image ${name} (${path}) may read`, level: 'risk' as const })),
      ...readPrefixes(fields).map((prefix) => ({ prefix, who: `${path} reads`, level: 'risk' as const })),
      ...hosts.map((prefix) => ({ prefix, who: `${path} may read beside ${prefix}_HOST`, level: 'policy' as const })),
    ];
    const found = candidates.find(
      ({ prefix }) => services.has(`${pod.namespace}/${prefix}`) && !values.has(`${prefix}_PORT`),
    );
    if (found === undefined) return [];
    const { prefix, who, level } = found;
    const service = services.get(`${pod.namespace}/${prefix}`) as ManifestObject;
    const message = `given ${pod.spec.enableServiceLinks ?? 'nothing'}, expected false: ${objectName(service)} makes the variable ${prefix}_PORT=tcp://… in the pods of its namespace, which ${who} as its own`;
    return [{ path: `${pod.path}.enableServiceLinks`, message, level }];
  });
}
