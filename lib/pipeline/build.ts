import { ApiObject, App, type Chart } from 'cdk8s';
import { SystemChart } from '../constructs/system-chart';
import type { ManifestObject } from '../manifests/object';
import type { System } from '../model/system';
import type { Registry } from './definition';
import type { Described } from './describe';
import { describeEnvironments } from './environments';

/** One system, or the platform, in one environment, with its objects. */
export interface Built extends Described {
  readonly objects: readonly ManifestObject[];
  /** The time to build them, in ms. */
  readonly milliseconds: number;
}

/** One system in one environment, not the platform. */
export type BuiltSystem = Built & { readonly model: System };

/** Whether this is a system, not the platform. */
export function isSystem(built: Built): built is BuiltSystem {
  return built.model !== undefined;
}

/**
 * The objects of a chart. They are asked one by one: cdk8s would sort them by their dependencies, which takes longer than to make them,
 * and the names of files order them anyway.
 */
export function objectsOf(make: (app: App) => Chart): ManifestObject[] {
  const constructs = make(new App()).node.findAll();
  const errors = constructs.flatMap(({ node }) => node.validate().map((error) => `${node.path}: ${error}`));
  if (errors.length > 0) throw new Error(errors.join('\n'));
  return constructs.flatMap((one) => (ApiObject.isApiObject(one) ? one.toJson() : []));
}

/** Builds the objects of a described system or platform. */
export function build(registry: Registry, described: Described): Built {
  const started = performance.now();
  const { system, model, platform } = described;
  const objects = objectsOf((app) =>
    model === undefined ? new registry.platform(app, system, platform) : new SystemChart(app, system, model),
  );
  return { ...described, objects, milliseconds: performance.now() - started };
}

/**
 * Loads, describes and builds all systems of some environments, and their platforms.
 *
 * @throws InputError if an environment file is invalid
 */
export function buildEnvironments(registry: Registry, root: string, environments: readonly string[]): Built[] {
  return describeEnvironments(registry, root, environments).map((described) => build(registry, described));
}
