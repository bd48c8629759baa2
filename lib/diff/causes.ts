import { ClusterIndex } from '../checks/cluster/cluster-index';
import { podReferences } from '../checks/cluster/references';
import { type Change, objectOf } from '../manifests/change';
import type { FieldChange } from '../manifests/fields';
import { type ManifestObject, objectName } from '../manifests/object';

/** The annotation with the hash of a pod's configuration. A new hash rolls the pods out. */
const CONFIG = 'berth.dev/config';
/** The annotation with the revision of a secret at its source. A new revision fetches it again. */
const REVISION = 'berth.dev/secret-revision';

/** The ConfigMap or Secret that an object is, or creates, as `Kind/namespace/name`. */
function readableAs({ kind, metadata, spec }: ManifestObject): string | undefined {
  if (kind === 'ExternalSecret') return `Secret/${metadata.namespace}/${spec?.target?.name ?? metadata.name}`;
  return kind === 'ConfigMap' || kind === 'Secret' ? `${kind}/${metadata.namespace}/${metadata.name}` : undefined;
}

/** The changed objects that a workload's pods read. */
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

/** What a changed hash, revision or hashed name means, or undefined for other fields. */
export function meaningOf({ path }: FieldChange, change: Change, changes: readonly Change[]): string | undefined {
  if (path.endsWith(`["${CONFIG}"]`)) {
    const causes = change.after === undefined ? [] : changedSourcesOf(change.after, changes);
    return `its configuration changed${causes.length > 0 ? `: ${causes.join(', ')}` : ''}`;
  }
  if (path.endsWith(`["${REVISION}"]`)) return 'the secret is fetched again';
  if (path === 'metadata.name' && objectOf(change).kind === 'Job') return 'a Job with new content has a new name';
  return undefined;
}
