import { ClusterIndex } from '../checks/cluster/cluster-index';
import { podReferences } from '../checks/cluster/references';
import { type ManifestObject, objectName } from '../manifests/object';
import { type Change, objectOf } from './change';
import type { FieldChange } from './fields';

/** The hash of what pods read at their start; when it changes, they roll. */
const CONFIG = 'berth.dev/config';
/** The revision of a secret at its source; when it changes, it is fetched again. */
const REVISION = 'berth.dev/secret-revision';

/** What a pod reads and what comes with it: a ConfigMap or Secret by its name, or what fetches it. */
function readableAs({ kind, metadata, spec }: ManifestObject): string | undefined {
  if (kind === 'ExternalSecret') return `Secret/${metadata.namespace}/${spec?.target?.name ?? metadata.name}`;
  return kind === 'ConfigMap' || kind === 'Secret' ? `${kind}/${metadata.namespace}/${metadata.name}` : undefined;
}

/** Why a pod's configuration is another one: the changed objects that it reads. */
function changedSourcesOf(object: ManifestObject, changes: readonly Change[]): string[] {
  const read = new Set(
    new ClusterIndex([object]).pods
      .flatMap(podReferences)
      .map(({ kind, namespace, name }) => `${kind}/${namespace}/${name}`),
  );
  return changes.map(objectOf).flatMap((one) => {
    const made = readableAs(one);
    return made !== undefined && read.has(made) ? [objectName(one)] : [];
  });
}

/** What a hash, a stamp or a name with a hash means when it changes, in words; undefined where it speaks for itself. */
export function meaningOf({ path }: FieldChange, change: Change, changes: readonly Change[]): string | undefined {
  if (path.endsWith(`["${CONFIG}"]`)) {
    const causes = change.after === undefined ? [] : changedSourcesOf(change.after, changes);
    return `its configuration changed${causes.length > 0 ? `: ${causes.join(', ')}` : ''}`;
  }
  if (path.endsWith(`["${REVISION}"]`)) return 'it is fetched again';
  if (path === 'metadata.name' && objectOf(change).kind === 'Job') return 'another content is another Job';
  return undefined;
}
