/**
 * Runs a bundle as `require` would, with the code that V8 compiled for it in an earlier run.
 *
 * @param bundle the path of its file
 * @returns its exports
 */
export function load(bundle: string): { readonly default?: { start(): Promise<void> } };
