import { parse } from 'yaml';
import { RENDER, type RenderConfig, renderSchema } from '../config/render';
import { loadTargetFile } from '../config/target-file';
import type { System } from '../model/system';
import { Dist } from '../output/dist';
import type { Blueprint } from '../targets/render/blueprint';
import { immutableChanges } from '../targets/render/immutable';
import { renderOf } from '../targets/render/render';
import type { Registry } from './definition';
import type { Described } from './describe';
import { buildTarget, type Chosen, type Given, problem, type TargetOutput } from './target';

/** The Blueprint that `dist/` has now. @returns an empty one where it has none that can be read */
function present(dist: Dist, file: string): Blueprint {
  try {
    return (parse(dist.read(file) ?? '') ?? {}) as Blueprint;
  } catch {
    return {};
  }
}

/** The Blueprints of the systems that `environments/render.yaml` names. For parameters and errors see {@link buildTarget}. */
export function buildRender(
  registry: Registry,
  root: string,
  described: readonly Described[],
  chosen: Chosen,
): TargetOutput | undefined {
  const loaded = loadTargetFile(root, RENDER, renderSchema);
  const dist = new Dist(root);
  const make = (model: System, options: RenderConfig, given: Given, folder: string) => {
    const { files, blueprint, problems } = renderOf(model, options, `dist/${folder}`);
    const at = (path: readonly string[], message: string) =>
      problem({ ...given, path: [...given.path, ...path] }, message);
    if (files === undefined) return { problems: problems.map(({ path, message }) => at(path, message)) };
    const changes = immutableChanges(present(dist, `${folder}/render.yaml`), blueprint);
    return changes.length > 0 ? { problems: changes.map((message) => at([], message)) } : { files };
  };
  return buildTarget({ name: RENDER, make }, loaded, registry, root, described, chosen);
}
