import { InputError } from '../base/problem';
import { environmentNames } from '../config/environment-folders';
import { loadEnvironments } from '../config/load';
import type { Registry } from './definition';
import { type Described, describe } from './describe';
import { linksIn } from './links';
import { sharedProblems } from './shared';

function describeAll(registry: Registry, root: string, environments: readonly string[]): Described[] {
  const loaded = loadEnvironments(root, environments, registry.schemas);
  const links = linksIn(registry, loaded);
  return loaded.map((settings) => describe(registry, settings, links.get(settings.environment.name)));
}

/** The other environments, without those that have mistakes of their own. */
function describeOthers(registry: Registry, root: string, environments: readonly string[]): Described[] {
  const others = environmentNames(root).filter((name) => !environments.includes(name));
  return others.flatMap((name) => {
    try {
      return describeAll(registry, root, [name]);
    } catch (error) {
      if (error instanceof InputError) return [];
      throw error;
    }
  });
}

/**
 * Loads and describes every system of some environments, and their platforms.
 *
 * @throws InputError when an environment file is wrong, or shares with any other environment what each has to have for itself
 */
export function describeEnvironments(registry: Registry, root: string, environments: readonly string[]): Described[] {
  const all = registry.in(root);
  const described = describeAll(all, root, environments);
  const problems = sharedProblems(describeOthers(all, root, environments), described);
  if (problems.length > 0) throw new InputError(problems);
  return described;
}
