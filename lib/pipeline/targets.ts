import { buildCompose } from './compose';
import type { Registry } from './definition';
import type { Described } from './describe';
import { buildRender } from './render';
import type { Chosen, TargetOutput } from './target';

/**
 * The files for all other platforms. For parameters and errors see `buildTarget`.
 */
export function buildTargets(
  registry: Registry,
  root: string,
  described: readonly Described[],
  chosen: Chosen,
): TargetOutput[] {
  return [buildCompose, buildRender].flatMap((build) => build(registry, root, described, chosen) ?? []);
}
