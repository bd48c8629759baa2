import { INDEX } from '../config/argocd';
import { type Files, toFiles } from '../output/files';
import type { ArgoCdOutput, ArgoCdPart } from './argocd';
import type { Built } from './build';

/** A folder of `dist/` and its files. */
export type Printed<Part> = Part & { readonly files: Files };

/** What `dist/` is to hold. */
export interface Product {
  readonly systems: readonly Printed<Built>[];
  /** What Argo CD is told of all that `dist/` holds then. */
  readonly argocd: readonly Printed<ArgoCdPart>[];
  readonly files: Files;
  /** The folders that are to hold these files and nothing else, or "all". */
  readonly scope: readonly string[] | 'all';
}

function printed<Part extends ArgoCdPart>(part: Part): Printed<Part> {
  const started = performance.now();
  const files = toFiles(part.folder, part.objects);
  return { ...part, files, milliseconds: part.milliseconds + performance.now() - started };
}

/**
 * From objects to files.
 *
 * @param argocdOutput what Argo CD is told of them. @default - nothing
 * @param scope the folders that are made anew, or "all"
 */
export function print(
  built: readonly Built[],
  argocdOutput: ArgoCdOutput | undefined,
  scope: readonly string[] | 'all',
): Product {
  const systems = built.map(printed);
  const argocd = (argocdOutput?.parts ?? []).map(printed);
  const files = new Map([...systems, ...argocd].flatMap((part) => [...part.files]));
  if (argocdOutput !== undefined) files.set(INDEX, argocdOutput.index);
  return { systems, argocd, files, scope: scope === 'all' ? scope : [...scope, ...argocd.map(({ folder }) => folder)] };
}
