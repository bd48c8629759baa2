import { type ManifestObject, objectName } from '../../manifests/object';
import type { ClusterIndex } from '../cluster/cluster-index';
import { apiGroupOf } from '../cluster/field-paths';
import { podNameFindings, portNameFindings } from '../cluster/pod-names';
import { type Fields, listOf } from '../cluster/pods';
import type { FieldFinding, Level, Violation } from '../cluster/violation';
import type { Rule } from '../rule';

const NAME = 'identity';

/** Names of these kinds are DNS labels, those of the next path segments, and all others are DNS subdomains. */
const LABEL_KINDS = ['Namespace', 'Service'];
const SEGMENT_KINDS = ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding', 'PodDisruptionBudget'];
/** Jobs of a CronJob have its name and 11 more characters. Source: kubernetes.io, CronJob. */
const LONGEST_CRON_JOB = 52;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const PATH_SEGMENT = /^(?!\.{1,2}$)[^/%]+$/;

/** Source: kubernetes.io, Object Names and IDs. */
function nameViolations(object: ManifestObject): Violation[] {
  const { name, namespace } = object.metadata;
  const isLabel = LABEL_KINDS.includes(object.kind);
  const isSegment = SEGMENT_KINDS.includes(object.kind);
  const longest = isLabel
    ? 63
    : object.kind === 'CronJob'
      ? LONGEST_CRON_JOB
      : isSegment
        ? Number.POSITIVE_INFINITY
        : 253;
  const form = isLabel ? LABEL : isSegment ? PATH_SEGMENT : SUBDOMAIN;
  const violations: Violation[] = [];
  const report = (path: string, given: string, most: number) => {
    const expected = Number.isFinite(most)
      ? `at most ${most} lower-case letters, digits and dashes`
      : 'a name without slash and percent sign';
    violations.push({ rule: NAME, object, path, message: `given "${given}", expected ${expected}` });
  };
  if (name.length > longest || !form.test(name)) report('metadata.name', name, longest);
  if (namespace !== undefined && !(namespace.length <= 63 && LABEL.test(namespace))) {
    report('metadata.namespace', namespace, 63);
  }
  return violations;
}

const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** The paths of metadata: of the object and of its templates of pods and Jobs. */
const METADATA = ['', 'spec.template.', 'spec.jobTemplate.', 'spec.jobTemplate.spec.template.'].map((template) => {
  const path = `${template}metadata`;
  return { path, keys: path.split('.') };
});

const noProblem = (): undefined => undefined;

/** Whether a label has nothing is told by the rule "schema". */
const labelValueProblem = (value: unknown): string | undefined =>
  value === null || (typeof value === 'string' && LABEL_VALUE.test(value))
    ? undefined
    : `given ${JSON.stringify(value)}, expected at most 63 letters, digits, dashes, dots and underscores in quotes`;

/** Invalid keys and values. Keys of annotations are checked in lower case. Source: kubernetes.io, Labels and Selectors, Annotations. */
function labelViolations(object: ManifestObject): Violation[] {
  return METADATA.flatMap(({ path: metadataPath, keys }) => {
    const metadata = keys.reduce<Fields>((here, key) => here?.[key], object);
    const fieldViolations = (
      field: string,
      what: string,
      problemOf: typeof labelValueProblem,
      shape: (key: string) => string,
    ): Violation[] =>
      Object.entries(metadata?.[field] ?? {}).flatMap(([key, value]) => {
        const message = LABEL_KEY.test(shape(key))
          ? problemOf(value)
          : `given the key "${key}", expected ${what} such as app or example.com/app`;
        return message === undefined ? [] : [{ rule: NAME, object, path: `${metadataPath}.${field}.${key}`, message }];
      });
    return [
      ...fieldViolations('labels', 'a label key', labelValueProblem, (key) => key),
      ...fieldViolations('annotations', 'an annotation key', noProblem, (key) => key.toLowerCase()),
    ];
  });
}

/** Invalid and duplicate names inside pods and Services. */
function innerViolations(cluster: ClusterIndex): Violation[] {
  const of = (object: ManifestObject, findings: readonly FieldFinding[]): Violation[] =>
    findings.map((finding) => ({ rule: NAME, object, ...finding }));
  return [
    ...cluster.pods.flatMap((pod) => of(pod.owner, podNameFindings(pod))),
    ...cluster.ofKind('Service').flatMap((object) => of(object, portNameFindings(object))),
  ];
}

/** Something that only one object may have. */
interface Claim {
  /** What is claimed, as text. */
  readonly what: string;
  readonly by: ManifestObject;
  readonly path: string;
}

/** The annotation before `ingressClassName`. Source: kubernetes.io, Ingress, Deprecated annotation. */
const OLD_CLASS = 'kubernetes.io/ingress.class';

/** The hosts with paths that an edge object claims. */
function routeClaimsOf(by: ManifestObject): Claim[] {
  if (by.kind === 'Ingress') {
    // A canary repeats host and path on purpose. Source: ingress-nginx, Annotations, Canary.
    if (String(by.metadata.annotations?.['nginx.ingress.kubernetes.io/canary']) === 'true') return [];
    const { rules, ingressClassName = by.metadata.annotations?.[OLD_CLASS] } = by.spec ?? {};
    const edge = ingressClassName === undefined ? '' : ` of class ${ingressClassName}`;
    return listOf(rules).flatMap(({ host, http }, rule) =>
      listOf(http?.paths).map(({ path }, index) => ({
        what: `${host ?? '*'}${path ?? '/'}${edge}`,
        by,
        path: `spec.rules[${rule}].http.paths[${index}]`,
      })),
    );
  }
  if (by.kind === 'HTTPRoute') {
    const gateways = listOf(by.spec?.parentRefs).map(({ namespace, name, sectionName, port }) =>
      [namespace ?? by.metadata.namespace, name, sectionName, port].filter(Boolean).join('/'),
    );
    const hosts = by.spec?.hostnames === undefined ? ['*'] : listOf(by.spec.hostnames);
    const claims = listOf(by.spec?.rules).flatMap(({ matches, backendRefs, filters }, rule) =>
      (matches === undefined ? [{}] : listOf(matches)).flatMap((match: Fields, index: number) => {
        const { path, ...others } = match;
        const also = Object.keys(others).length > 0 ? ` with ${JSON.stringify(others)}` : '';
        return hosts.map((host) => ({
          what: `${host}${path?.value ?? '/'}${also} of gateway ${gateways.join(', ')}`,
          by,
          path: `spec.rules[${rule}].matches[${index}]`,
          nowhere: listOf(backendRefs).length === 0 && listOf(filters).length === 0,
        }));
      }),
    );
    // A rule without a backend may repeat the match of an earlier rule, as a fallback.
    const isBehind = (claim: Claim, at: number) => claims.slice(0, at).some(({ what }) => what === claim.what);
    return claims.filter((claim, at) => !claim.nowhere || !isBehind(claim, at));
  }
  return [];
}

/** Violations for claims that an earlier object has already. */
function duplicateViolations(
  claims: readonly Claim[],
  messageOf: (what: string, owner: ManifestObject) => string,
  level: Level,
): Violation[] {
  const owners = new Map<string, ManifestObject>();
  return claims.flatMap(({ what, by, path }) => {
    const owner = owners.get(what);
    if (!owner) owners.set(what, by);
    return owner ? [{ rule: NAME, object: by, path, message: messageOf(what, owner), level }] : [];
  });
}

/** Names, labels and annotations are valid, names within an object are unique, and no two objects have the same identity or route. */
export const identity: Rule = {
  name: NAME,
  level: 'broken',
  rationale: `Of two objects with the same kind, namespace and name, the one that is applied last silently replaces the other. Of two
routes for the same host and path, the edge uses either. The API server refuses an invalid name or label only when other objects have
already been applied.`,
  wrong: `apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: shop }
data: { LEVEL: info }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: shop }
data: { LEVEL: debug }
`,
  right: `apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: shop }
data: { LEVEL: debug }
`,
  judge: (cluster) => [
    ...cluster.objects.flatMap(nameViolations),
    ...cluster.objects.flatMap(labelViolations),
    ...innerViolations(cluster),
    ...duplicateViolations(
      cluster.objects.map((by) => ({
        what: `${apiGroupOf(by.apiVersion)}/${objectName(by)}`,
        by,
        path: 'metadata.name',
      })),
      () => 'given a duplicate object, expected a unique name; rename one of them',
      'broken',
    ),
    ...duplicateViolations(
      cluster.objects.flatMap(routeClaimsOf),
      (what, owner) =>
        `given ${what}, which ${objectName(owner)} has already; expected one object for each host and path`,
      'risk',
    ),
  ],
};
