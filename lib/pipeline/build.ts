import { App, type Chart } from 'cdk8s';
import { objectsIn } from '../constructs/chart-objects';
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

/** The objects of a chart. Each chart has its own App, since cdk8s resolves the whole App again for each chart. */
export function objectsOf(chart: (app: App) => Chart): ManifestObject[] {
  return objectsIn(chart(new App())) as ManifestObject[];
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
