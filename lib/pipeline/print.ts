import { INDEX } from '../config/argocd';
import { type Files, toFiles } from '../output/files';
import type { ArgoCdOutput, ArgoCdPart } from './argocd';
import type { Built } from './build';
import type { TargetOutput } from './target';

/** A folder of `dist/` and its files. */
export type Printed<Part> = Part & { readonly files: Files };

/** The generated content of `dist/`. */
export interface Product {
  readonly systems: readonly Printed<Built>[];
  /** The objects of Argo CD. */
  readonly argocd: readonly Printed<ArgoCdPart>[];
  /** The files of other platforms. */
  readonly targets: readonly TargetOutput[];
  /** All files, those of Argo CD and the index included. */
  readonly files: Files;
  /** The folders whose other files are removed, or "all". */
  readonly scope: readonly string[] | 'all';
}

function printed<Part extends ArgoCdPart>(part: Part): Printed<Part> {
  const started = performance.now();
  const files = toFiles(part.folder, part.objects);
  return { ...part, files, milliseconds: part.milliseconds + performance.now() - started };
}

/**
 * Prints objects into files.
 *
 * @param argocdOutput the objects of Argo CD. @default - none
 * @param targets the files of other platforms
 * @param scope the folders that are generated now, or "all"
 */
export function print(
  built: readonly Built[],
  argocdOutput: ArgoCdOutput | undefined,
  targets: readonly TargetOutput[],
  scope: readonly string[] | 'all',
): Product {
  const systems = built.map(printed);
  const argocd = (argocdOutput?.parts ?? []).map(printed);
  const files = new Map([
    ...[...systems, ...argocd].flatMap((part) => [...part.files]),
    ...targets.flatMap((one) => [...one.files]),
  ]);
  if (argocdOutput !== undefined) files.set(INDEX, argocdOutput.index);
  const folders = [...argocd.map(({ folder }) => folder), ...targets.flatMap((one) => one.folders)];
  return { systems, argocd, targets, files, scope: scope === 'all' ? scope : [...scope, ...folders] };
}
