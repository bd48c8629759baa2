import { type ManifestObject, objectName, type Rule, type Violation } from './violation';

const RULE = 'identity';

/** An API group without its version: two versions of a kind are the same objects. */
function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] as string) : '';
}

/** Kinds whose names go into DNS are labels, those of others subdomains. Source: kubernetes.io, Object Names and IDs. */
const LABEL_KINDS = ['Namespace', 'Service'];
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

function nameViolations(object: ManifestObject): Violation[] {
  const { name, namespace } = object.metadata;
  const isLabel = LABEL_KINDS.includes(object.kind);
  const longest = isLabel ? 63 : 253;
  const valid = name.length <= longest && (isLabel ? LABEL : SUBDOMAIN).test(name);
  const violations: Violation[] = [];
  const wrong = (path: string, message: string) =>
    violations.push({ rule: RULE, object: objectName(object), path, message });
  if (!valid)
    wrong('metadata.name', `given "${name}", expected at most ${longest} lower-case letters, digits and dashes`);
  if (namespace !== undefined && !(namespace.length <= 63 && LABEL.test(namespace))) {
    wrong('metadata.namespace', `given "${namespace}", expected at most 63 lower-case letters, digits and dashes`);
  }
  return violations;
}

const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

function labelViolations(object: ManifestObject): Violation[] {
  return Object.entries(object.metadata.labels ?? {}).flatMap(([key, value]) => {
    const wrong = (message: string) => [
      { rule: RULE, object: objectName(object), path: `metadata.labels.${key}`, message },
    ];
    if (!LABEL_KEY.test(key))
      return wrong(`given the key "${key}", expected a label key such as app or example.com/app`);
    if (!LABEL_VALUE.test(value)) {
      return wrong(`given "${value}", expected at most 63 letters, digits, dashes, dots and underscores`);
    }
    return [];
  });
}

interface IngressSpec {
  readonly ingressClassName?: string;
  readonly rules?: readonly {
    readonly host?: string;
    readonly http?: { readonly paths?: readonly { readonly path?: string }[] };
  }[];
}

/** The host and path pairs that an Ingress claims of its controller. */
function claimsOf(object: ManifestObject): { readonly claim: string; readonly path: string }[] {
  if (object.kind !== 'Ingress') return [];
  const { rules = [], ingressClassName = '' } = (object.spec ?? {}) as IngressSpec;
  return rules.flatMap(({ host = '*', http }, rule) =>
    (http?.paths ?? []).map(({ path = '/' }, index) => ({
      claim: `${host}${path}${ingressClassName === '' ? '' : ` of class ${ingressClassName}`}`,
      path: `spec.rules[${rule}].http.paths[${index}]`,
    })),
  );
}

/** Reports what a second one claims that the first already has. */
function onlyOnce(
  claims: Iterable<{ claim: string; by: ManifestObject; path: string }>,
  say: (claim: string, owner: ManifestObject) => string,
) {
  const owners = new Map<string, ManifestObject>();
  const violations: Violation[] = [];
  for (const { claim, by, path } of claims) {
    const owner = owners.get(claim);
    if (owner) violations.push({ rule: RULE, object: objectName(by), path, message: say(claim, owner) });
    else owners.set(claim, by);
  }
  return violations;
}

/**
 * Each object is itself: valid names and labels, no two objects with the same identity, no host and path with two owners.
 * A duplicate is overwritten silently by whatever is applied last.
 */
export const identity: Rule = (objects) => [
  ...objects.flatMap(nameViolations),
  ...objects.flatMap(labelViolations),
  ...onlyOnce(
    objects.map((by) => ({ claim: `${groupOf(by.apiVersion)}/${objectName(by)}`, by, path: 'metadata.name' })),
    () => 'is there twice; rename one of them',
  ),
  ...onlyOnce(
    objects.flatMap((by) => claimsOf(by).map((claim) => ({ ...claim, by }))),
    (claim, owner) => `given ${claim}, which ${objectName(owner)} owns; one host and path has one owner`,
  ),
];
