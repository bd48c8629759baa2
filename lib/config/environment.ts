/** An environment: a cluster, or a part of one, that systems run in. */
export interface Environment {
  /** The folder's name: dev, staging, prod or any other. */
  readonly name: string;
  /** The name that applications use: development, staging, production. */
  readonly longName: string;
  /** Whether this is a developer's cluster: only there mutable tags, well-known secrets and missing TLS are allowed. */
  readonly development: boolean;
  /** Whether this is the environment that customers use. */
  readonly production: boolean;
}

const LONG_NAMES: Readonly<Record<string, string>> = { dev: 'development', prod: 'production' };

/** Folders of `dist/` and `dist/argocd/` that are not environments. */
const RESERVED = ['all', 'argocd', 'compose', 'health', 'render'];

/** The environment with a name. */
export function environment(name: string): Environment {
  return { name, longName: LONG_NAMES[name] ?? name, development: name === 'dev', production: name === 'prod' };
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
