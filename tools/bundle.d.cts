/**
 * The bundle of an entry point, as its sources are now.
 *
 * @param root the project's folder
 * @param entry its path in it
 * @returns the file
 * @throws what esbuild throws, which has printed file, line and cause by then; a system error when .build/ cannot be written
 */
export function bundled(root: string, entry: string): Promise<string>;
