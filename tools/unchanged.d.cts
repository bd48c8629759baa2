/**
 * The same run, if it has changed nothing before.
 *
 * @param project the folder of the input and the output
 * @param root the folder of the code
 * @param bundle the file of the program
 * @param copy the path of a further file that the run is to write. @default - none
 * @returns whether the bundle is that of the code; what the run printed, and its further file, if they are known; and a function that keeps
 *   what this run has printed. Undefined where nothing can be said
 */
export function earlierRun(
  project: string,
  root: string,
  bundle: string,
  args: readonly string[],
  copy?: string,
):
  | { readonly isBuilt: boolean; readonly printed?: string; readonly copied?: string; keep(printed: string): void }
  | undefined;
