import { z } from 'zod';

/** What an environment is for: a developer's own cluster, tests before a release, or the users. */
export const TIERS = ['development', 'staging', 'production'] as const;

export type Tier = (typeof TIERS)[number];

/** The name of the file in an environment's folder that states its tier. */
export const ENVIRONMENT = 'environment';

/** An environment: a cluster, or a part of one, that systems run in. */
export interface Environment {
  /** The folder's name: dev, staging, prod or any other. Namespaces, prefixes of secrets and hosts of backups follow it. */
  readonly name: string;
  /** The name in labels and dashboards: development for dev, production for prod, otherwise the folder's name. */
  readonly longName: string;
  /** Decides which secrets and tags are allowed, how pods are spread, and the environment that applications are started with. */
  readonly tier: Tier;
  /** Whether the tier is development: only there mutable tags, well-known secrets and missing TLS are allowed. */
  readonly development: boolean;
  /** Whether the tier is production. */
  readonly production: boolean;
}

const LONG_NAMES: Readonly<Record<string, string>> = { dev: 'development', prod: 'production' };

/** The tiers of names that need no file. */
const DEFAULT_TIERS: Readonly<Record<string, Tier>> = { dev: 'development', staging: 'staging', prod: 'production' };

/** Folders of `dist/` and `dist/argocd/` that are not environments. */
export const RESERVED = ['all', 'argocd', 'compose', 'health', 'render'];

/** The settings that `environment.yaml` may give to all applications of the environment. */
export const COMMON: readonly string[] = ['edge', 'secrets', 'monitoring', 'backups', 'imagePullSecrets', 'dns'];

/** The schema of `environments/<environment>/environment.yaml`. The file is optional for the names dev, staging and prod. */
export function environmentSchema(name: string) {
  const tier = z.enum(TIERS).describe('What the environment is for: it decides which secrets and tags are allowed');
  const fallback = DEFAULT_TIERS[name];
  return z.strictObject({
    tier: fallback === undefined ? tier : tier.default(fallback),
    applications: z
      .strictObject(
        Object.fromEntries(
          COMMON.map((key) => [key, z.unknown().optional().describe(`The setting ${key} of each application`)]),
        ),
      )
      .optional()
      .describe('What all applications of the environment have in common; their own files override it'),
  });
}

/**
 * The environment with a name.
 *
 * @param tier @default - that of the names dev, staging and prod; staging for any other
 */
export function environment(name: string, tier: Tier = DEFAULT_TIERS[name] ?? 'staging'): Environment {
  return {
    name,
    longName: LONG_NAMES[name] ?? name,
    tier,
    development: tier === 'development',
    production: tier === 'production',
  };
}

/** The problem with an environment's name, or undefined. */
export function environmentNameProblem(name: string): string | undefined {
  if (RESERVED.includes(name)) return `"${name}" is a reserved folder name in dist/; rename the environment`;
  const short = Object.entries(LONG_NAMES).find(([, longName]) => longName === name)?.[0];
  if (short !== undefined) return `is called ${short} here; rename the folder`;
  return /^[a-z]([-a-z0-9]{0,18}[a-z0-9])?$/.test(name)
    ? undefined
    : 'expected an environment name of at most 20 lower-case letters, digits and dashes that starts with a letter';
}
