import { INDEX } from '../charts/argocd/fleet';
import { loadArgoCd } from '../config/load';
import type { Dist } from '../output/dist';
import { type Files, toFiles } from '../output/files';
import type { Built } from './build';
import { type FleetPart, fleetOf, judgeFleet } from './fleet';

/** A folder of `dist/` and its files. */
type Printed<Part> = Part & { readonly files: Files };

/** What `dist/` is to hold. */
export interface Product {
  readonly systems: readonly Printed<Built>[];
  /** What Argo CD is told of all that `dist/` holds then. */
  readonly fleet: readonly Printed<FleetPart>[];
  readonly files: Files;
  /** The folders that are to hold these files and nothing else, or "all". */
  readonly scope: readonly string[] | 'all';
  /** What does not hold in what Argo CD is told. */
  readonly violations: readonly string[];
}

function printed<Part extends FleetPart>(part: Part): Printed<Part> {
  const started = performance.now();
  const files = toFiles(part.folder, part.objects);
  return { ...part, files, milliseconds: part.milliseconds + performance.now() - started };
}

/**
 * What `dist/` is to hold of some environments and systems.
 *
 * @param scope the folders that are made anew, or "all"
 * @throws InputError when the settings of Argo CD are wrong
 */
export function productOf(
  root: string,
  dist: Dist,
  built: readonly Built[],
  scope: readonly string[] | 'all',
): Product {
  const settings = loadArgoCd(root);
  const told = settings && { settings, ...fleetOf(settings, built, scope, dist.read(INDEX)) };
  const systems = built.map(printed);
  const fleet = (told?.parts ?? []).map(printed);
  return {
    systems,
    fleet,
    files: new Map([...[...systems, ...fleet].flatMap(({ files }) => [...files]), ...(told?.index ?? [])]),
    scope: scope === 'all' ? scope : [...scope, ...fleet.map(({ folder }) => folder)],
    violations: told === undefined ? [] : judgeFleet(told.settings, told),
  };
}
