import { listOf } from './facts/facts';
import { groupOf } from './facts/places';
import type { Rule } from './rule';
import { type ManifestObject, objectName, type Violation } from './violation';

const NAME = 'identity';

/** Kinds whose names go into DNS are labels; those of RBAC may hold anything that a path may; others are subdomains. */
const LABEL_KINDS = ['Namespace', 'Service'];
const RBAC_KINDS = ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'];
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const PATH_SEGMENT = /^(?!\.{1,2}$)[^/%]+$/;

/** Source: kubernetes.io, Object Names and IDs. */
function nameViolations(object: ManifestObject): Violation[] {
  const { name, namespace } = object.metadata;
  const isLabel = LABEL_KINDS.includes(object.kind);
  const longest = isLabel ? 63 : 253;
  const form = isLabel ? LABEL : RBAC_KINDS.includes(object.kind) ? PATH_SEGMENT : SUBDOMAIN;
  const violations: Violation[] = [];
  const wrong = (path: string, given: string, most: number) =>
    violations.push({
      rule: NAME,
      object,
      path,
      message: `given "${given}", expected at most ${most} lower-case letters, digits and dashes`,
    });
  if (name.length > longest || !form.test(name)) wrong('metadata.name', name, longest);
  if (namespace !== undefined && !(namespace.length <= 63 && LABEL.test(namespace))) {
    wrong('metadata.namespace', namespace, 63);
  }
  return violations;
}

const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** Labels stand on the object and, where it makes pods, on their template. Source: kubernetes.io, Labels and Selectors. */
function labelViolations(object: ManifestObject): Violation[] {
  const places: [string, Readonly<Record<string, unknown>> | undefined][] = [
    ['metadata.labels', object.metadata.labels],
    ['spec.template.metadata.labels', object.spec?.template?.metadata?.labels],
  ];
  return places.flatMap(([place, labels]) =>
    Object.entries(labels ?? {}).flatMap(([key, value]) => {
      const wrong = (message: string) => [{ rule: NAME, object, path: `${place}.${key}`, message }];
      if (!LABEL_KEY.test(key)) {
        return wrong(`given the key "${key}", expected a label key such as app or example.com/app`);
      }
      return typeof value === 'string' && LABEL_VALUE.test(value)
        ? []
        : wrong(
            `given ${JSON.stringify(value)}, expected at most 63 letters, digits, dashes, dots and underscores in quotes`,
          );
    }),
  );
}

interface Claim {
  readonly what: string;
  readonly by: ManifestObject;
  readonly path: string;
}

/** The host and path pairs that an object claims of its edge. */
function routesOf(by: ManifestObject): Claim[] {
  if (by.kind === 'Ingress') {
    const { rules, ingressClassName } = by.spec ?? {};
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
    const gateways = listOf(by.spec?.parentRefs).map(({ namespace, name, sectionName }) =>
      [namespace ?? by.metadata.namespace, name, sectionName].filter(Boolean).join('/'),
    );
    const hosts = by.spec?.hostnames ?? ['*'];
    return listOf(by.spec?.rules).flatMap(({ matches }, rule) =>
      (matches ?? [{}]).flatMap((match: { path?: { value?: string }; [other: string]: unknown }, index: number) => {
        const { path, ...others } = match;
        const also = Object.keys(others).length > 0 ? ` with ${JSON.stringify(others)}` : '';
        return listOf(hosts).map((host) => ({
          what: `${host}${path?.value ?? '/'}${also} of gateway ${gateways.join(', ')}`,
          by,
          path: `spec.rules[${rule}].matches[${index}]`,
        }));
      }),
    );
  }
  return [];
}

/** Reports what a second one claims that the first already has. */
function onlyOnce(claims: readonly Claim[], say: (what: string, owner: ManifestObject) => string): Violation[] {
  const owners = new Map<string, ManifestObject>();
  return claims.flatMap(({ what, by, path }) => {
    const owner = owners.get(what);
    if (!owner) owners.set(what, by);
    return owner ? [{ rule: NAME, object: by, path, message: say(what, owner) }] : [];
  });
}

/** Each object is itself: valid names and labels, no two objects with one identity, no host and path with two owners. */
export const identity: Rule = {
  name: NAME,
  rationale: `Of two objects with the same kind, namespace and name the one that is applied last silently replaces the other, and
of two routes for the same host and path the edge takes whichever it read first. A name or label of the wrong form is refused by
the API server only when half of the set has been applied.`,
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
  judge: ({ objects }) => [
    ...objects.flatMap(nameViolations),
    ...objects.flatMap(labelViolations),
    ...onlyOnce(
      objects.map((by) => ({ what: `${groupOf(by.apiVersion)}/${objectName(by)}`, by, path: 'metadata.name' })),
      () => 'is there twice; rename one of them',
    ),
    ...onlyOnce(
      objects.flatMap(routesOf),
      (what, owner) => `given ${what}, which ${objectName(owner)} owns; one host and path has one owner`,
    ),
  ],
};
