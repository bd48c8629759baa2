import type { ManifestObject } from '../../manifests/object';
import { type Fields, listOf } from './pods';

/** The kinds that fetch values from a secret store. */
export const FETCHING_KINDS = ['ExternalSecret', 'ClusterExternalSecret'];

/** A value of a secret store, or a JSON object with several, that an object fetches. */
export interface RemoteValue {
  readonly key: string;
  /** The property of the JSON object. @default - the whole value */
  readonly property?: string;
  /** The reference to the store. */
  readonly store: Fields;
}

/** The spec of an ExternalSecret, or of those that a ClusterExternalSecret makes. */
export function fetchingSpec({ kind, spec }: ManifestObject): Fields {
  return kind === 'ClusterExternalSecret' ? spec?.externalSecretSpec : spec;
}

/** What an object fetches. What is found by a search (`dataFrom.find`) is unknown. Source: external-secrets.io, ExternalSecret. */
export function remoteValues(object: ManifestObject): RemoteValue[] {
  if (!FETCHING_KINDS.includes(object.kind)) return [];
  const spec = fetchingSpec(object);
  const entries = [
    ...listOf(spec?.data).map(({ remoteRef, sourceRef }) => ({ ref: remoteRef, sourceRef })),
    ...listOf(spec?.dataFrom).map(({ extract, sourceRef }) => ({ ref: extract, sourceRef })),
  ];
  return entries.flatMap(({ ref, sourceRef }) => {
    if (typeof ref?.key !== 'string') return [];
    const { key, property } = ref;
    return [
      { key, ...(typeof property === 'string' && { property }), store: sourceRef?.storeRef ?? spec.secretStoreRef },
    ];
  });
}
