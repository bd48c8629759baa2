import { COMPOSE, composeSchema } from '../../lib/config/compose';
import { RENDER, renderSchema } from '../../lib/config/render';
import { loadTargetFile } from '../../lib/config/target-file';
import type { DocumentContext } from '../../lib/document/context';
import { platformsPage } from '../../lib/document/platforms';

/** The folder of all documents. */
export const FOLDER = 'docs/systems';

/** The page of a system's platforms. */
export const platformsFile = (system: string) => `${FOLDER}/${system}/platforms.md`;

/**
 * A page for each system that has a Blueprint of Render, by file: when Kubernetes is chosen, and how a system moves there.
 *
 * @param contexts each system in all of its environments; the page is about the one in production, or the last one
 */
export function platformsOf(root: string, contexts: readonly DocumentContext[]): Map<string, string> {
  const blueprints = loadTargetFile(root, RENDER, renderSchema)?.value ?? {};
  const composed = loadTargetFile(root, COMPOSE, composeSchema)?.value ?? {};
  const pages = Object.entries(blueprints).flatMap(([system, environments]) => {
    const all = contexts.filter(({ folder }) => folder.endsWith(`/${system}`));
    const context = all.find(({ model }) => model.tier === 'production') ?? all.at(-1);
    const [[environment, options] = []] = Object.entries(environments);
    if (context === undefined || environment === undefined || options === undefined) return [];
    const page = platformsPage(context, {
      blueprint: `dist/${RENDER}/${system}/render.yaml`,
      environment,
      database: options.database?.name,
      compose: composed[system] === undefined ? undefined : `dist/${COMPOSE}/${system}/compose.yaml`,
    });
    return [[platformsFile(system), page] as const];
  });
  return new Map(pages);
}
