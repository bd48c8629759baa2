/** Where a system runs. */
export interface Environment {
  /** The folder's name: dev, staging, prod or one of the user's. */
  readonly name: string;
  /** As applications say it: development, staging, production. */
  readonly longName: string;
  /** A developer's own cluster, which may do what no other may: tags that move, well-known secrets, no TLS. */
  readonly development: boolean;
  /** The one that customers use. */
  readonly production: boolean;
}

const LONG_NAMES: Readonly<Record<string, string>> = { dev: 'development', prod: 'production' };

/** Folders of `dist/` and `dist/argocd/` that are not environments. */
const RESERVED = ['all', 'argocd', 'compose', 'health', 'render'];

export function environment(name: string): Environment {
  return { name, longName: LONG_NAMES[name] ?? name, development: name === 'dev', production: name === 'prod' };
}

/** What is wrong with an environment's name, or undefined. */
export function environmentNameProblem(name: string): string | undefined {
  if (RESERVED.includes(name)) return `"${name}" is a folder of dist/ for something else`;
  const short = Object.entries(LONG_NAMES).find(([, longName]) => longName === name)?.[0];
  if (short !== undefined) return `is called ${short} here; rename the folder`;
  return /^[a-z]([-a-z0-9]{0,18}[a-z0-9])?$/.test(name)
    ? undefined
    : 'expected an environment name of at most 20 lower-case letters, digits and dashes that starts with a letter';
}
