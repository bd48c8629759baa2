import { nearest } from '../../base/nearest';
import type { ClusterIndex } from '../cluster/cluster-index';
import type { FieldFinding, Violation } from '../cluster/violation';
import type { Rule } from '../rule';

const NAME = 'api-versions';

/** When a kind came and went, as minor versions of Kubernetes 1, and what is used in its place. */
export interface Lifecycle {
  readonly introduced?: number;
  readonly deprecated?: number;
  readonly removed?: number;
  /** As `networking.k8s.io/v1/Ingress`. */
  readonly use?: string;
}

/** What lib/checks/data/api-versions.json says. It is written by `npm run kubernetes`. */
export interface ApiVersions {
  /** The newest release. */
  readonly kubernetes: string;
  /** The oldest release that is supported. */
  readonly oldest: string;
  /** The kinds of Kubernetes itself, by `apps/v1/Deployment` and `v1/Pod`. */
  readonly kinds: Readonly<Record<string, Lifecycle>>;
  /** The versions in which custom resources are served, by `external-secrets.io/ExternalSecret`. */
  readonly custom: Readonly<Record<string, readonly string[]>>;
}

/** What is wrong, and in which field. */
interface Name {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

function nameOf(key: string): Name {
  const parts = key.split('/');
  return { kind: parts.pop() as string, version: parts.pop() as string, group: parts.join('/') };
}

const apiVersionOf = ({ group, version }: Name): string => (group === '' ? version : `${group}/${version}`);

/** The kinds of Kubernetes, so that what is not there can be told from what is meant. */
interface Known {
  readonly data: ApiVersions;
  readonly oldest: number;
  readonly newest: number;
  readonly groups: ReadonlySet<string>;
  /** What the newest release serves, in its stable versions first. */
  readonly served: readonly Name[];
}

const minorOf = (release: string): number => Number(release.split('.')[1]);
const isStable = (version: string): boolean => /^v\d+$/.test(version);

/** Read when the rule is first asked. */
let known: Known | undefined;

function load(): Known {
  if (known) return known;
  // Required, not imported, so that who judges nothing does not wait for it.
  const data = require('../data/api-versions.json') as ApiVersions;
  const newest = minorOf(data.kubernetes);
  const all = Object.keys(data.kinds);
  const served = all.filter((key) => (data.kinds[key]?.removed ?? newest + 1) > newest).map(nameOf);
  known = {
    data,
    oldest: minorOf(data.oldest),
    newest,
    groups: new Set(all.map((key) => nameOf(key).group)),
    served: [...served.filter(({ version }) => isStable(version)), ...served.filter((one) => !isStable(one.version))],
  };
  return known;
}

/** The minor versions of Kubernetes 1 that the rules know: the oldest that is supported, and the newest. */
export function releases(): { readonly oldest: number; readonly newest: number } {
  const { oldest, newest } = load();
  return { oldest, newest };
}

/** What takes the place of a kind that has no successor. Source: kubernetes.io, Deprecated API Migration Guide. */
const INSTEAD: Readonly<Record<string, string>> = {
  PodSecurityPolicy: 'the label pod-security.kubernetes.io/enforce on the Namespace',
};

/** What to write instead: another version, another kind, or nothing. */
function expectedOf({ data, oldest }: Known, { kind }: Name, use: string | undefined): string {
  if (use === undefined) return INSTEAD[kind] ?? 'none of the object, since no stable version takes its place';
  const other = nameOf(use);
  const introduced = data.kinds[use]?.introduced ?? 0;
  const from = introduced > oldest ? `, which comes with Kubernetes 1.${introduced}` : '';
  return `${apiVersionOf(other)}${other.kind === kind ? '' : ` ${other.kind}`}${from}`;
}

/** Source: kubernetes.io, Deprecated API Migration Guide, and The Kubernetes API, API groups and versioning. */
function lifecycleFinding(cluster: Known, name: Name, lifecycle: Lifecycle): FieldFinding | undefined {
  const { introduced, deprecated, removed, use } = lifecycle;
  const { oldest, newest } = cluster;
  const given = `given ${apiVersionOf(name)} ${name.kind}`;
  const expected = `expected ${expectedOf(cluster, name, use)}`;
  const told = (message: string): FieldFinding => ({ path: 'apiVersion', message });
  if (removed !== undefined && removed <= newest) {
    return told(`${given}, which Kubernetes 1.${removed} and later do not serve, ${expected}`);
  }
  // Alpha versions are off by default, and beta versions are since 1.24.
  if (!isStable(name.version)) {
    return told(`${given}, which a cluster serves only where it is switched on, ${expected}`);
  }
  if (deprecated !== undefined && deprecated <= newest) {
    return told(`${given}, which is deprecated since Kubernetes 1.${deprecated}, ${expected}`);
  }
  return introduced !== undefined && introduced > oldest
    ? told(`${given}, which needs Kubernetes 1.${introduced}, expected what 1.${oldest} serves too`)
    : undefined;
}

/** A kind that no release serves in that version, with the one that was most likely meant. */
function unknownFinding({ served, oldest, newest }: Known, { group, version, kind }: Name): FieldFinding {
  const given = `given ${apiVersionOf({ group, version, kind })} ${kind}, which Kubernetes 1.${oldest} to 1.${newest} do not serve`;
  const inGroup = served.filter((one) => one.group === group);
  const same = [...inGroup, ...served].find((one) => one.kind === kind);
  if (same) return { path: 'apiVersion', message: `${given}, expected ${apiVersionOf(same)}` };
  const kindsOf = (names: readonly Name[]) => names.map((one) => one.kind);
  const meant = nearest(kind, kindsOf(inGroup)) ?? nearest(kind, kindsOf(served));
  const found = [...inGroup, ...served].find((one) => one.kind === meant);
  const expected = found ? `${apiVersionOf(found)} ${found.kind}` : 'a kind that can be applied';
  return { path: 'kind', message: `${given}, expected ${expected}` };
}

/** Custom resources are known by the versions in which their definitions serve them. */
function customFinding({ data, groups }: Known, name: Name): FieldFinding | undefined {
  const { group, kind, version } = name;
  const versions = data.custom[`${group}/${kind}`];
  const told = (expected: string): FieldFinding => ({
    path: 'apiVersion',
    message: `given ${apiVersionOf(name)} ${kind}, which is not served, expected ${expected}`,
  });
  if (Array.isArray(versions)) {
    return versions.includes(version) ? undefined : told(versions.map((one) => `${group}/${one}`).join(' or '));
  }
  // The group of a custom resource has a dot: the API server refuses a definition without.
  if (group.includes('.')) return undefined;
  const meant = [...groups].find((one) => one.startsWith(`${group}.`)) ?? nearest(group, [...groups]);
  return told(meant === undefined ? 'a group that Kubernetes has' : `a version of ${meant}`);
}

function findingFor(key: string): FieldFinding | undefined {
  const cluster = load();
  const name = nameOf(key);
  if (key === 'v1/List') return undefined; // kubectl takes it apart
  if (!cluster.groups.has(name.group)) return customFinding(cluster, name);
  const lifecycle = Object.hasOwn(cluster.data.kinds, key) ? cluster.data.kinds[key] : undefined;
  return lifecycle ? lifecycleFinding(cluster, name, lifecycle) : unknownFinding(cluster, name);
}

function judge({ objects }: ClusterIndex): Violation[] {
  const findings = new Map<string, FieldFinding | undefined>();
  const violations: Violation[] = [];
  for (const object of objects) {
    const { apiVersion, kind } = object;
    if (typeof apiVersion !== 'string' || typeof kind !== 'string') continue;
    const key = `${apiVersion}/${kind}`;
    if (!findings.has(key)) findings.set(key, findingFor(key));
    const finding = findings.get(key);
    if (finding) violations.push({ rule: NAME, object, ...finding });
  }
  return violations;
}

/** Every supported release of Kubernetes serves every object in the version that it is written in. */
export const apiVersions: Rule = {
  name: NAME,
  rationale: `An object of a version that the cluster does not serve is refused, and with it everything that waits for it. What
is deprecated today is refused after an upgrade of the cluster, when nobody thinks of manifests; what is too new is refused by the
one cluster that has not been upgraded yet.`,
  wrong: `apiVersion: networking.k8s.io/v1beta1
kind: Ingress
metadata: { name: edge, namespace: shop }
`,
  right: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: edge, namespace: shop }
`,
  judge,
};
