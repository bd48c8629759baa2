import { expectedOneOf } from '../base/nearest';
import { InputError, type Problem } from '../base/problem';
import { environmentNames } from '../config/environment-folders';
import { loadEnvironments } from '../config/load';
import { PLATFORM } from '../config/platform';
import { loadPrices } from '../config/prices';
import { SMOKE } from '../parts/smoke/smoke';
import type { Registry } from './definition';
import { type Described, describe } from './describe';
import { linksIn } from './links';
import { poolProblems, poolsOf } from './pools';
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

/** A workload with the name of the Job that the platform adds to its system. */
function smokeProblems({ model, locate, platform }: Described): Problem[] {
  if (model === undefined || platform.argocd.smoke === undefined) return [];
  const own = [...model.components, ...model.tasks.filter(({ stage }) => stage !== 'verification')];
  return own
    .filter(({ name }) => name === SMOKE)
    .map(({ from = '' }) => {
      const message = `given the name "${SMOKE}", which the Job of argocd.smoke in platform.yaml has; rename it`;
      return { ...locate(from.split('.')), path: from, message };
    });
}

/** Bounds of namespaces that no system of the environment has. */
function namespaceProblems({ environment, system, platform, locate }: Described, all: readonly Described[]): Problem[] {
  if (system !== PLATFORM) return [];
  const known = all.flatMap((one) => (one.environment === environment ? (one.model?.namespaces ?? []) : []));
  return Object.keys(platform.namespaces)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const expected = known.length === 0 ? 'but the environment has no system' : expectedOneOf(known, name);
      return { ...locate(['namespaces', name]), message: `given "${name}", ${expected}` };
    });
}

/**
 * Loads and describes every system of some environments, and their platforms.
 *
 * @throws InputError when an environment file is wrong, shares with any other environment what each has to have for itself, or has a
 * workload with the name of a Job of the platform
 */
export function describeEnvironments(registry: Registry, root: string, environments: readonly string[]): Described[] {
  const all = registry.in(root);
  const described = describeAll(all, root, environments);
  const types = loadPrices(root)?.prices.nodes ?? {};
  const problems = [
    ...described.flatMap((one) => poolProblems(one, types)),
    ...sharedProblems(describeOthers(all, root, environments), described),
    ...described.flatMap(smokeProblems),
    ...described.flatMap((one) => namespaceProblems(one, described)),
  ];
  if (problems.length > 0) throw new InputError(problems);
  return described.map((one) => ({ ...one, pools: poolsOf(one.platform, types) }));
}
