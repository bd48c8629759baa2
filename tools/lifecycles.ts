import type { ApiVersions, Lifecycle } from '../lib/checks/rules/api-versions';

/** A type of the Go code that says when it came and went: by `apps/v1/Deployment`. */
export type Lifecycles = Map<string, { introduced?: number; deprecated?: number; removed?: number; use?: string }>;

const kindOf = (group: string, version: string, kind: string) => [...(group ? [group] : []), version, kind].join('/');

/**
 * Reads a file `zz_generated.prerelease-lifecycle.go` into the lifecycles. Minor versions are all that is read: every release is 1.x.
 *
 * @param group the API group of its package
 * @param version the version, which is the package's name
 */
export function readLifecycles(goCode: string, group: string, version: string, into: Lifecycles): void {
  const seen = new Set<string>();
  for (const [, kind = '', what, given = ''] of goCode.matchAll(
    /func \(in \*(\w+)\) APILifecycle(\w+)\(\).*\{\n\treturn (.*)\n/g,
  )) {
    const key = kindOf(group, version, kind);
    if (!seen.has(key)) into.set(key, {}); // a later release knows better
    seen.add(key);
    const lifecycle = into.get(key) as NonNullable<ReturnType<Lifecycles['get']>>;
    const minor = Number(given.split(', ')[1]);
    if (what === 'Introduced') lifecycle.introduced = minor;
    if (what === 'Deprecated') lifecycle.deprecated = minor;
    if (what === 'Removed') lifecycle.removed = minor;
    const use = /Group: "(.*)", Version: "(.*)", Kind: "(.*)"/.exec(given);
    if (what === 'Replacement' && use) lifecycle.use = kindOf(use[1] ?? '', use[2] as string, use[3] as string);
  }
}

/** What can be applied, as the paths of Kubernetes' OpenAPI tell: by `apps/v1/Deployment`, with its description. */
export type Served = ReadonlyMap<string, string>;

interface Swagger {
  readonly paths: Readonly<Record<string, { readonly patch?: Readonly<Record<string, unknown>> }>>;
  readonly definitions: Readonly<Record<string, { readonly description?: string }>>;
}

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The kinds that can be patched by their name, with the names of their definitions. Lists, reviews and bindings cannot. */
export function appliedKinds({ paths, definitions }: Swagger): Map<string, string> {
  const names = new Map<string, string>();
  for (const [name, definition] of Object.entries(definitions)) {
    const kinds = (definition as Record<string, unknown>)['x-kubernetes-group-version-kind'] as GroupVersionKind[];
    for (const { group, version, kind } of kinds ?? []) names.set(kindOf(group, version, kind), name);
  }
  const applied = new Map<string, string>();
  for (const [path, { patch }] of Object.entries(paths)) {
    if (!patch || !path.endsWith('/{name}')) continue;
    const { group, version, kind } = patch['x-kubernetes-group-version-kind'] as GroupVersionKind;
    const key = kindOf(group, version, kind);
    applied.set(key, names.get(key) as string);
  }
  return applied;
}

const versionOf = (key: string) => key.split('/').at(-2) as string;
const isStable = (key: string) => /^v\d+$/.test(versionOf(key));
const groupAndKind = (key: string) => key.replace(`${versionOf(key)}/`, '');

/** `This API is deprecated in v1.33+. Use discoveryv1.EndpointSlice.` is said in the description only. */
function deprecationIn(description: string, served: Served): Lifecycle {
  const deprecated = /API is deprecated in v1\.(\d+)/.exec(description)?.[1];
  if (deprecated === undefined) return {};
  const [, group, version, kind] = /Use (\w+?)(v\d\w*)\.(\w+)/.exec(description) ?? [];
  const use = [...served.keys()].find((key) => key.startsWith(`${group}.`) && key.endsWith(`/${version}/${kind}`));
  return { deprecated: Number(deprecated), ...(use !== undefined && { use }) };
}

/** When each kind came, is deprecated and went, and what is to be used in its place. */
export function apiVersionsOf(lifecycles: Lifecycles, served: Served): ApiVersions['kinds'] {
  const stable = new Map([...served.keys()].filter(isStable).map((key) => [groupAndKind(key), key]));
  const keys = new Set([...served.keys(), ...[...lifecycles].flatMap(([key, { removed }]) => (removed ? [key] : []))]);
  const kinds = [...keys]
    .filter((key) => !/(List|Options)$/.test(key))
    .sort()
    .map((key): [string, Lifecycle] => {
      const lifecycle: Lifecycle = { ...lifecycles.get(key), ...deprecationIn(served.get(key) ?? '', served) };
      // Not every lifecycle says what replaces it, and some say what is itself gone.
      const named = lifecycle.use !== undefined && served.has(lifecycle.use) ? lifecycle.use : undefined;
      const use = isStable(key) ? named : (stable.get(groupAndKind(key)) ?? named);
      const { introduced, deprecated, removed } = lifecycle;
      return [
        key,
        {
          ...(introduced !== undefined && { introduced }),
          ...(deprecated !== undefined && { deprecated }),
          ...(removed !== undefined && { removed }),
          ...(use !== undefined && { use }),
        },
      ];
    });
  return Object.fromEntries(kinds);
}
