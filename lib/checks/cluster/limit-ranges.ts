import { groupBy } from '../../base/group';
import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import { type Fields, listOf } from './pods';

/** What one item of a LimitRange says. */
export interface Limit {
  readonly object: ManifestObject;
  /** Container, Pod or PersistentVolumeClaim. */
  readonly type: unknown;
  readonly min: Fields;
  readonly max: Fields;
  readonly maxLimitRequestRatio: Fields;
  /** The limits of containers that state none. */
  readonly default: Fields;
  /** The requests of containers that state neither. */
  readonly defaultRequest: Fields;
}

const fields = (value: Fields): Fields => (typeof value === 'object' && value !== null ? value : {});

/** An item with the defaults that the API server adds to one of containers. Source: Kubernetes, SetDefaults_LimitRangeItem. */
function limitOf(object: ManifestObject, item: Fields): Limit {
  const isForContainers = item.type === 'Container';
  const [min, max] = [fields(item.min), fields(item.max)];
  const usual = isForContainers ? { ...max, ...fields(item.default) } : {};
  return {
    ...{ object, type: item.type, min, max, maxLimitRequestRatio: fields(item.maxLimitRequestRatio), default: usual },
    defaultRequest: isForContainers ? { ...min, ...usual, ...fields(item.defaultRequest) } : {},
  };
}

/** The limits of each namespace, of all its LimitRanges. */
export function limitsByNamespace(cluster: ClusterIndex): ReadonlyMap<string, readonly Limit[]> {
  const all = cluster
    .ofKind('LimitRange')
    .flatMap((object) => listOf(object.spec?.limits).map((item) => limitOf(object, item)));
  return groupBy(all, ({ object }) => object.metadata.namespace ?? 'default');
}

function containerWithDefaults(container: Fields, limits: readonly Limit[]): Fields {
  const { resources } = container;
  const stated = { limits: fields(resources?.limits), requests: fields(resources?.requests) };
  // A limit without a request is also the request, before any default.
  const all = { limits: stated.limits, requests: { ...stated.limits, ...stated.requests } };
  for (const limit of limits) {
    all.limits = { ...limit.default, ...all.limits };
    all.requests = { ...limit.defaultRequest, ...all.requests };
  }
  return { ...container, resources: { ...fields(resources), ...all } };
}

/**
 * The spec of a pod with what the LimitRanges of its namespace add to its containers. Of several with a default, the first counts
 * here; Kubernetes does not say which does. Source: kubernetes.io, Limit Ranges.
 */
export function withDefaults(spec: Fields, limits: readonly Limit[] = []): Fields {
  if (limits.length === 0) return spec;
  const each = (containers: Fields) => listOf(containers).map((one) => containerWithDefaults(one, limits));
  return {
    ...spec,
    containers: each(spec?.containers),
    ...(spec?.initContainers && { initContainers: each(spec.initContainers) }),
  };
}
