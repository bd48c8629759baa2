import { groupBy } from '../base/group';
import { formatLocation, type Problem } from '../base/problem';
import type { Limit } from '../model/connection';
import type { Described } from './describe';

/** A value that only one system, or one environment, may use. */
interface Claim {
  readonly described: Described;
  /** What it is, such as `host`. */
  readonly kind: string;
  readonly value: string;
  /** The same text for all values that mean the same. @default - the value */
  readonly key?: string;
  /** Its setting. */
  readonly path: readonly PropertyKey[];
}

const REPOSITORY = 'backup repository';

/**
 * Settings whose value no other system may have: where two would use one host, one backup repository or one archive, each would take
 * or overwrite what belongs to the other. A `*` stands for every key.
 */
const OF_ONE_SYSTEM: Readonly<Record<string, string>> = {
  'hosts.*': 'host',
  'hosts.*.host': 'host',
  'backups.repository': REPOSITORY,
  'database.archive.destination': 'archive of the write-ahead log',
  'tenantServers.*.archive.destination': 'archive of the write-ahead log',
};

/** Settings whose value no other environment may have. */
const OF_ONE_ENVIRONMENT: Readonly<Record<string, string>> = {
  'secrets.store.roleArn': 'cloud role',
  'secrets.store.clientId': 'cloud identity',
};

/** One text for all forms of a URL with a kind before it, such as `rest:https://host:443/path/`. Others only lose a slash at their end. */
function sameForm(repository: string): string {
  const [, kind, url] = /^(\w+:)(https?:.*)$/.exec(repository) ?? [];
  const known = url !== undefined && URL.canParse(url) ? `${kind}${new URL(url).href}` : repository;
  return known.replace(/\/+$/, '');
}

/** The texts at a path, each with its own path. */
function valuesAt(
  value: unknown,
  [key, ...rest]: readonly string[],
  path: readonly string[] = [],
): [string[], string][] {
  if (key === undefined) return typeof value === 'string' ? [[[...path], value]] : [];
  if (value === null || typeof value !== 'object') return [];
  const keys = key === '*' ? Object.keys(value) : Object.hasOwn(value, key) ? [key] : [];
  return keys.flatMap((one) => valuesAt((value as Record<string, unknown>)[one], rest, [...path, one]));
}

function claimsOf(described: Described, settings: Readonly<Record<string, string>>): Claim[] {
  return Object.entries(settings).flatMap(([path, kind]) =>
    valuesAt(described.values, path.split('.')).map(([at, value]) => ({
      ...{ described, kind, value, path: at },
      key: kind === REPOSITORY ? sameForm(value) : value,
    })),
  );
}

/**
 * What has the same name in several places: hosts below localhost are those of each developer's own machine, and a backup repository that is
 * a path is on a volume of its system's namespace, which no other system has.
 */
function isLocal({ kind, value }: Claim): boolean {
  return (kind === 'host' && value.endsWith('.localhost')) || (kind === REPOSITORY && value.startsWith('/'));
}

/** The connection limits of the servers outside the cluster, once for each workload that connects to one. */
export function externalLimits({ model }: Pick<Described, 'model'>): Limit[] {
  return [...(model?.components ?? []), ...(model?.tasks ?? [])].flatMap(({ connectsTo }) =>
    connectsTo.flatMap(({ to, limit }) => (typeof to === 'string' && limit ? limit : [])),
  );
}

/** The claims of the model: namespaces, the prefixes of remote secrets, and external database servers. */
function modelClaims(described: Described): { ofSystem: Claim[]; ofEnvironment: Claim[] } {
  const { model } = described;
  if (model === undefined) return { ofSystem: [], ofEnvironment: [] };
  const prefixes = model.secrets.flatMap(({ source }) => (source.kind === 'external' ? (source.prefix ?? []) : []));
  const servers = externalLimits(described).map(({ name }) => name);
  return {
    ofSystem: model.namespaces.map((value) => ({ described, kind: 'namespace', value, path: [] })),
    ofEnvironment: [
      ...[...new Set(prefixes)].map((value) => ({
        described,
        kind: 'prefix of remote secrets',
        value,
        path: ['secrets', 'prefix'],
      })),
      ...[...new Set(servers)].map((value) => ({ described, kind: 'database server', value, path: ['database'] })),
    ],
  };
}

/** The cluster that a platform is for. Two platforms in one cluster would overwrite each other. */
function platformClaim(described: Described): Claim[] {
  if (described.model !== undefined) return [];
  const { cluster } = described.platform.argocd;
  return [{ described, kind: 'cluster', value: cluster, path: ['argocd', 'cluster'] }];
}

/** The problems of claims that more than one owner has: each is a problem of the later one. */
function problemsOf(
  claims: readonly Claim[],
  others: readonly Described[],
  ownerOf: (one: Described) => string,
  owner: string,
): Problem[] {
  const byValue = groupBy(
    claims.filter((claim) => !isLocal(claim)),
    ({ kind, value, key = value }) => `${kind}\n${key}`,
  );
  return [...byValue.values()].flatMap(([first, ...later]) => {
    if (first === undefined) return [];
    return later
      .filter(({ described }) => !others.includes(described))
      .filter(
        ({ described, path }) =>
          ownerOf(described) !== ownerOf(first.described) ||
          (first.kind !== 'namespace' && described === first.described && path.join() !== first.path.join()),
      )
      .map(({ described, kind, value, path }) => {
        const place = formatLocation(first.described.locate(first.path));
        const message = `given "${value}", expected ${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind} that no other ${owner} has; it is used at ${place}`;
        return { ...described.locate(path), message };
      });
  });
}

/** The problems of database servers for which two systems of an environment state other limits: they have one joined budget. */
function limitProblems(described: readonly Described[]): Problem[] {
  const limits = described.flatMap((owner) =>
    externalLimits(owner).flatMap((limit) => (limit.from ? [{ owner, limit }] : [])),
  );
  const byServer = groupBy(limits, ({ owner, limit }) => `${owner.environment}/${limit.name}`);
  return [...byServer.values()].flatMap(([first, ...later]) => {
    const other = later.find(({ limit }) => limit.maxConnections !== first?.limit.maxConnections);
    if (first === undefined || other === undefined) return [];
    const place = (one: typeof other) => one.owner.locate(String(one.limit.from).split('.'));
    const message = `given ${other.limit.maxConnections}, expected ${first.limit.maxConnections}, which ${formatLocation(place(first))} states for the same server ${first.limit.name}`;
    return [{ ...place(other), message }];
  });
}

/**
 * What systems and environments share by mistake, such as a host, a backup repository or the prefix of remote secrets: usually an
 * environment was copied, and not all of its settings were changed. Hosts below `localhost` and paths of volumes may be shared.
 *
 * @param others what is only compared with, and has no problems of its own here
 */
export function sharedProblems(others: readonly Described[], described: readonly Described[]): Problem[] {
  const all = [...others, ...described];
  const models = all.map(modelClaims);
  const systemClaims = [
    ...all.flatMap((one) => claimsOf(one, OF_ONE_SYSTEM)),
    ...models.flatMap(({ ofSystem }) => ofSystem),
  ];
  const environmentClaims = [
    ...all.flatMap((one) => claimsOf(one, OF_ONE_ENVIRONMENT)),
    ...models.flatMap(({ ofEnvironment }) => ofEnvironment),
    ...all.flatMap(platformClaim),
  ];
  return [
    ...problemsOf(systemClaims, others, ({ folder }) => folder, 'system'),
    ...limitProblems(described),
    ...problemsOf(environmentClaims, others, ({ environment }) => environment, 'environment'),
  ];
}
