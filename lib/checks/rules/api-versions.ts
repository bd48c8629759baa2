import { nearest } from '../../base/nearest';
import type { ClusterIndex } from '../cluster/cluster-index';
import type { FieldFinding, Level, Violation } from '../cluster/violation';
import type { Rule } from '../rule';

const NAME = 'api-versions';

/** The minor versions of Kubernetes 1 that introduce, deprecate and remove a kind, and its successor. */
export interface Lifecycle {
  readonly introduced?: number;
  readonly deprecated?: number;
  readonly removed?: number;
  /** The successor, as `networking.k8s.io/v1/Ingress`. */
  readonly use?: string;
}

/** The content of lib/checks/data/api-versions.json, which `npm run kubernetes` generates. */
export interface ApiVersions {
  /** The newest supported release. */
  readonly kubernetes: string;
  /** The oldest supported release. */
  readonly oldest: string;
  /** The kinds of Kubernetes itself, by `apps/v1/Deployment` and `v1/Pod`. */
  readonly kinds: Readonly<Record<string, Lifecycle>>;
  /**
   * The versions in which custom resources are served, by `external-secrets.io/ExternalSecret`: none where they are not known. All kinds of
   * a group are there.
   */
  readonly custom: Readonly<Record<string, readonly string[]>>;
}

/** A kind with its API group and version. */
interface KindName {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

function parseKind(key: string): KindName {
  const parts = key.split('/');
  return { kind: parts.pop() as string, version: parts.pop() as string, group: parts.join('/') };
}

const apiVersionOf = ({ group, version }: KindName): string => (group === '' ? version : `${group}/${version}`);

/** The kinds of all supported releases. */
interface KubernetesKinds {
  readonly data: ApiVersions;
  readonly oldest: number;
  readonly newest: number;
  readonly groups: ReadonlySet<string>;
  /** The kinds of the newest release, stable versions first. */
  readonly served: readonly KindName[];
}

const minorOf = (release: string): number => Number(release.split('.')[1]);
const isStable = (version: string): boolean => /^v\d+$/.test(version);

/** Loaded on first use. */
let loaded: KubernetesKinds | undefined;

function load(): KubernetesKinds {
  if (loaded) return loaded;
  // Loaded lazily, so that commands without checks start faster.
  const data = require('../data/api-versions.json') as ApiVersions;
  const newest = minorOf(data.kubernetes);
  const all = Object.keys(data.kinds);
  const served = all.filter((key) => (data.kinds[key]?.removed ?? newest + 1) > newest).map(parseKind);
  loaded = {
    data,
    oldest: minorOf(data.oldest),
    newest,
    groups: new Set(all.map((key) => parseKind(key).group)),
    served: [...served.filter(({ version }) => isStable(version)), ...served.filter((one) => !isStable(one.version))],
  };
  return loaded;
}

/** The oldest and the newest supported minor version of Kubernetes 1. */
export function releases(): { readonly oldest: number; readonly newest: number } {
  const { oldest, newest } = load();
  return { oldest, newest };
}

/** The replacements of kinds without a successor. Source: kubernetes.io, Deprecated API Migration Guide. */
const REPLACEMENTS: Readonly<Record<string, string>> = {
  PodSecurityPolicy: 'the label pod-security.kubernetes.io/enforce on the Namespace',
};

/** The expected version or kind, or that the object should be removed. */
function expectedOf({ data, oldest }: KubernetesKinds, { kind }: KindName, use: string | undefined): string {
  if (use === undefined) return REPLACEMENTS[kind] ?? 'no such object, since it has no stable version';
  const other = parseKind(use);
  const introduced = data.kinds[use]?.introduced ?? 0;
  const from = introduced > oldest ? `, which comes with Kubernetes 1.${introduced}` : '';
  return `${apiVersionOf(other)}${other.kind === kind ? '' : ` ${other.kind}`}${from}`;
}

/** Source: kubernetes.io, Deprecated API Migration Guide, and The Kubernetes API, API groups and versioning. */
function lifecycleFinding(cluster: KubernetesKinds, name: KindName, lifecycle: Lifecycle): FieldFinding | undefined {
  const { introduced, deprecated, removed, use } = lifecycle;
  const { oldest, newest } = cluster;
  const given = `given ${apiVersionOf(name)} ${name.kind}`;
  const expected = `expected ${expectedOf(cluster, name, use)}`;
  const finding = (message: string, level?: Level): FieldFinding => ({ path: 'apiVersion', message, level });
  if (removed !== undefined && removed <= newest) {
    return finding(`${given}, which Kubernetes 1.${removed} and later do not serve, ${expected}`);
  }
  // Alpha versions are off by default, and beta versions are since 1.24.
  if (!isStable(name.version)) {
    return finding(`${given}, which clusters serve only if it is enabled, ${expected}`, 'risk');
  }
  if (deprecated !== undefined && deprecated <= newest) {
    return finding(`${given}, which is deprecated since Kubernetes 1.${deprecated}, ${expected}`, 'risk');
  }
  return introduced !== undefined && introduced > oldest
    ? finding(`${given}, which needs Kubernetes 1.${introduced}, expected a version that 1.${oldest} serves`, 'risk')
    : undefined;
}

/** The finding for a kind that no release serves in a version, with the closest known kind. */
function unknownFinding({ served, oldest, newest }: KubernetesKinds, { group, version, kind }: KindName): FieldFinding {
  const given = `given ${apiVersionOf({ group, version, kind })} ${kind}, which Kubernetes 1.${oldest} to 1.${newest} do not serve`;
  const inGroup = served.filter((one) => one.group === group);
  const same = [...inGroup, ...served].find((one) => one.kind === kind);
  if (same) return { path: 'apiVersion', message: `${given}, expected ${apiVersionOf(same)}` };
  const kindsOf = (names: readonly KindName[]) => names.map((one) => one.kind);
  const meant = nearest(kind, kindsOf(inGroup)) ?? nearest(kind, kindsOf(served));
  const found = [...inGroup, ...served].find((one) => one.kind === meant);
  const expected = found ? `${apiVersionOf(found)} ${found.kind}` : 'a kind that can be applied';
  return { path: 'kind', message: `${given}, expected ${expected}` };
}

/** The known kinds of the group of a custom resource. */
const kindsIn = ({ custom }: ApiVersions, group: string): string[] =>
  Object.keys(custom).flatMap((key) => (key.startsWith(`${group}/`) ? key.slice(group.length + 1) : []));

/** The finding for a custom resource, by the versions that its definition serves. */
function customFinding({ data, groups }: KubernetesKinds, name: KindName): FieldFinding | undefined {
  const { group, kind, version } = name;
  const key = `${group}/${kind}`;
  const versions = Object.hasOwn(data.custom, key) ? data.custom[key] : undefined;
  const given = `given ${apiVersionOf(name)} ${kind}, which is not served, expected`;
  const finding = (expected: string): FieldFinding => ({ path: 'apiVersion', message: `${given} ${expected}` });
  if (versions) {
    const isServed = versions.length === 0 || versions.includes(version);
    return isServed ? undefined : finding(versions.map((one) => `${group}/${one}`).join(' or '));
  }
  const kinds = kindsIn(data, group);
  if (kinds.length > 0) {
    const all = `${kinds.length > 1 ? 'one of ' : ''}${kinds.sort().join(', ')}`;
    return { path: 'kind', message: `${given} ${nearest(kind, kinds) ?? all}` };
  }
  // The group of a custom resource has a dot: the API server refuses a definition without.
  if (group.includes('.')) return undefined;
  const meant = [...groups].find((one) => one.startsWith(`${group}.`)) ?? nearest(group, [...groups]);
  return finding(meant === undefined ? 'a group that Kubernetes has' : `a version of ${meant}`);
}

function findingFor(key: string): FieldFinding | undefined {
  const cluster = load();
  const name = parseKind(key);
  if (key === 'v1/List') return undefined; // kubectl applies its items
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

/** Every supported release of Kubernetes serves the API version of every object. */
export const apiVersions: Rule = {
  name: NAME,
  level: 'broken',
  rationale: `A cluster refuses an object whose API version it does not serve, and whatever depends on that object fails as well. A
deprecated version is refused after an upgrade of the cluster, long after the manifest was written. A version that is too new is
refused by clusters that have not been upgraded yet.`,
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
