/**
 * The same run, if it has changed nothing before.
 *
 * @param project the folder of the input and the output
 * @param root the folder of the code
 * @param bundle the file of the program
 * @returns whether the bundle is that of the code; what the run printed, if it is known; and a function that keeps what this run has
 *   printed. Undefined where nothing can be said
 */
export function earlierRun(
  project: string,
  root: string,
  bundle: string,
  args: readonly string[],
): { readonly isBuilt: boolean; readonly printed: string | undefined; keep(printed: string): void } | undefined;
