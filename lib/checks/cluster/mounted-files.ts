import type { ClusterIndex } from './cluster-index';
import { containersOf, type Fields, listOf, type Pod } from './pods';
import { configMapsOf } from './variables';
import type { FieldFinding } from './violation';

/** A ConfigMap or Secret that a volume holds. */
interface Source {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
}

function sourcesOf(volume: Fields): Source[] {
  const secrets = [volume.secret?.secretName, ...listOf(volume.projected?.sources).map(({ secret }) => secret?.name)];
  return [
    ...configMapsOf(volume).map((name) => ({ kind: 'ConfigMap' as const, name })),
    ...secrets.flatMap((name) => (typeof name === 'string' ? [{ kind: 'Secret' as const, name }] : [])),
  ];
}

/** Kinds whose pods are new for each run. */
const SHORT = ['Job', 'CronJob'];

/** Annotations by which pods are rolled when a file changes. */
const ROLLS = /checksum|hash|reload|^berth\.dev\/config$/i;

const isRolled = ({ annotations, owner }: Pod): boolean =>
  [...Object.keys(annotations), ...Object.keys(owner.metadata.annotations ?? {})].some((key) => ROLLS.test(key));

/** A name that changes with the content. */
const isHashed = (name: string): boolean => /-[a-z0-9]{8,10}$/.test(name);

/** The files of a volume of one ConfigMap or Secret, or undefined where the set does not tell. */
function filesOf(cluster: ClusterIndex, { namespace }: Pod, volume: Fields): ReadonlySet<string> | undefined {
  const [source] = sourcesOf(volume);
  if (source === undefined || volume.projected != null) return undefined;
  const items = listOf((volume.configMap ?? volume.secret)?.items);
  if (items.length > 0) return new Set(items.map(({ path }) => String(path)));
  const object = cluster.find(source.kind, namespace, source.name);
  const maps = [object?.data, object?.binaryData, object?.stringData].filter((map) => typeof map === 'object');
  return object === undefined ? undefined : new Set(maps.flatMap((map) => Object.keys(map ?? {})));
}

/** Files that a mount by subPath does not find, or that are never updated. Source: kubernetes.io, Volumes, configMap and secret. */
export function subPathFindings(cluster: ClusterIndex, pod: Pod): FieldFinding[] {
  const volumes = new Map<unknown, Fields>(listOf(pod.spec.volumes).map((volume) => [volume.name, volume]));
  return containersOf(pod).flatMap(({ fields, path }) =>
    listOf(fields.volumeMounts).flatMap(({ name, subPath, subPathExpr }, index): FieldFinding[] => {
      const volume = volumes.get(name);
      const [source] = volume === undefined ? [] : sourcesOf(volume);
      const field = typeof subPath === 'string' ? 'subPath' : 'subPathExpr';
      if (source === undefined || typeof (subPath ?? subPathExpr) !== 'string') return [];
      const at = `${path}.volumeMounts[${index}].${field}`;
      const what = `${source.kind} "${source.name}"`;
      const files = filesOf(cluster, pod, volume);
      const isThere = (file: string) => file === subPath || file.startsWith(`${subPath}/`);
      if (field === 'subPath' && files !== undefined && ![...files].some(isThere)) {
        const message = `given "${subPath}", expected a file of ${what}: ${[...files].slice(0, 8).join(', ') || 'none'}; without it an empty folder is mounted`;
        return [{ path: at, message }];
      }
      const isFixed = cluster.find(source.kind, pod.namespace, source.name)?.immutable === true;
      if (SHORT.includes(pod.owner.kind) || isRolled(pod) || isHashed(source.name) || isFixed) return [];
      const message = `given a file of ${what} by ${field}, which is never updated in a pod that runs; expected the whole folder, or an annotation of the pod with a checksum`;
      return [{ path: at, message, level: 'policy' }];
    }),
  );
}
