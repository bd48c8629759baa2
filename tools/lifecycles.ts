import type { ApiVersions, Lifecycle } from '../lib/checks/rules/api-versions';

/** When API versions of kinds were introduced, deprecated and removed, by `apps/v1/Deployment`. */
export type Lifecycles = Map<string, { introduced?: number; deprecated?: number; removed?: number; use?: string }>;

const kindOf = (group: string, version: string, kind: string) => [...(group ? [group] : []), version, kind].join('/');

/**
 * Reads a file `zz_generated.prerelease-lifecycle.go` into the lifecycles. Only minor versions are read, since every release is 1.x.
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
    if (!seen.has(key)) into.set(key, {}); // a later release overrides earlier ones
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

/** The kinds that can be applied, by `apps/v1/Deployment`, with their descriptions in Kubernetes' OpenAPI. */
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

/** The kinds with a PATCH operation, with the names of their definitions. Lists, reviews and bindings have none. */
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

/** Reads a deprecation that only the description has: `This API is deprecated in v1.33+. Use discoveryv1.EndpointSlice.` */
function deprecationIn(description: string, served: Served): Lifecycle {
  const deprecated = /API is deprecated in v1\.(\d+)/.exec(description)?.[1];
  if (deprecated === undefined) return {};
  const [, group, version, kind] = /Use (\w+?)(v\d\w*)\.(\w+)/.exec(description) ?? [];
  const use = [...served.keys()].find((key) => key.startsWith(`${group}.`) && key.endsWith(`/${version}/${kind}`));
  return { deprecated: Number(deprecated), ...(use !== undefined && { use }) };
}

/** When each kind was introduced, deprecated and removed, and its replacement. */
export function apiVersionsOf(lifecycles: Lifecycles, served: Served): ApiVersions['kinds'] {
  const stable = new Map([...served.keys()].filter(isStable).map((key) => [groupAndKind(key), key]));
  const keys = new Set([...served.keys(), ...[...lifecycles].flatMap(([key, { removed }]) => (removed ? [key] : []))]);
  const kinds = [...keys]
    .filter((key) => !/(List|Options)$/.test(key))
    .sort()
    .map((key): [string, Lifecycle] => {
      const lifecycle: Lifecycle = { ...lifecycles.get(key), ...deprecationIn(served.get(key) ?? '', served) };
      // Some lifecycles name no replacement, and some name one that is removed itself.
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
