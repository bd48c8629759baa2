/** Where a system runs. */
export interface Environment {
  /** The folder's name: dev, staging, prod or one of the user's. */
  readonly name: string;
  /** As applications say it: development, staging, production. */
  readonly longName: string;
}

const LONG_NAMES: Record<string, string> = { dev: 'development', prod: 'production' };

/** Folders of `dist/` that are not environments. */
const RESERVED = ['argocd', 'render', 'compose'];

export function environment(name: string): Environment {
  return { name, longName: LONG_NAMES[name] ?? name };
}

/** What is wrong with an environment's name, or undefined. */
export function environmentNameProblem(name: string): string | undefined {
  if (RESERVED.includes(name)) return `"${name}" is a folder of dist/ for something else`;
  return /^[a-z]([-a-z0-9]{0,18}[a-z0-9])?$/.test(name)
    ? undefined
    : 'expected an environment name of at most 20 lower-case letters, digits and dashes that starts with a letter';
}
