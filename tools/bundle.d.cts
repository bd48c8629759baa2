/**
 * Bundles an entry point if its bundle is missing or out of date.
 *
 * @param root the project's folder
 * @param entry its path in it
 * @returns the path of the bundle
 * @throws the error of esbuild, which has already printed file, line and cause; a system error when .build/ cannot be written
 */
export function bundled(root: string, entry: string): Promise<string>;
