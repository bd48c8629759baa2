/**
 * The same run, if it has changed nothing before.
 *
 * @param project the folder of the input and the output
 * @param root the folder of the code
 * @param bundle the file of the program
 * @returns what it printed, if so, and a function that keeps what this run has printed; undefined where nothing can be said
 */
export function earlierRun(
  project: string,
  root: string,
  bundle: string,
  args: readonly string[],
): { readonly printed: string | undefined; keep(printed: string): void } | undefined;
