import { App, type Chart } from 'cdk8s';
import { SystemChart } from '../constructs/system-chart';
import type { ManifestObject } from '../manifests/object';
import type { System } from '../model/system';
import type { Registry } from './definition';
import { type Described, describeEnvironments } from './describe';

/** What one system, or the platform, becomes in one environment. */
export interface Built extends Described {
  readonly objects: readonly ManifestObject[];
  readonly milliseconds: number;
}

/** A system in one environment. */
export type BuiltSystem = Built & { readonly model: System };

export function isSystem(built: Built): built is BuiltSystem {
  return built.model !== undefined;
}

/** The objects of a chart in an App of its own: cdk8s resolves all of an App again for each chart that it synthesizes. */
export function objectsOf(chart: (app: App) => Chart): ManifestObject[] {
  return chart(new App()).toJson() as ManifestObject[];
}

/** From what a system, or the platform, is to its objects. */
export function build(registry: Registry, described: Described): Built {
  const started = performance.now();
  const { system, model, platform } = described;
  const objects = objectsOf((app) =>
    model === undefined ? new registry.platform(app, system, platform) : new SystemChart(app, system, model),
  );
  return { ...described, objects, milliseconds: performance.now() - started };
}

/**
 * Loads, describes and builds every system of some environments, and their platforms.
 *
 * @throws InputError when an environment file is wrong
 */
export function buildEnvironments(registry: Registry, root: string, environments: readonly string[]): Built[] {
  return describeEnvironments(registry, root, environments).map((described) => build(registry, described));
}
