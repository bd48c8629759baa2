import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { NotPossible } from '../base/errors';

/** A tree that cannot be read or replaced. The message says why, and the remedy. */
export class DistError extends NotPossible {}

/** Every file below a folder. */
export function readTree(folder: string, below = ''): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  if (!existsSync(join(folder, below))) return files;
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) for (const [key, bytes] of readTree(folder, path)) files.set(key, bytes);
    else if (entry.isFile()) files.set(path, readFileSync(join(folder, path)));
    else {
      throw new DistError(`${join(folder, path)} is not a regular file; dist/ is for generated files only, remove it`);
    }
  }
  return files;
}

/** Gives a file of another folder a second name. @returns whether the file system can do that */
function link(from: string, file: string): boolean {
  try {
    linkSync(from, file);
    return true;
  } catch {
    return false;
  }
}

/**
 * Writes files below a folder. Missing folders are created.
 *
 * @param same the path of a file with the same content, which is linked: that is faster, and the file keeps its time. @default - none has one
 */
export function writeTree(
  folder: string,
  files: Iterable<readonly [string, string | Buffer]>,
  same: (path: string) => string | undefined = () => undefined,
) {
  const made = new Set<string>();
  for (const [path, content] of files) {
    const file = join(folder, path);
    const parent = dirname(file);
    if (!made.has(parent)) mkdirSync(parent, { recursive: true });
    made.add(parent);
    const other = same(path);
    if (other === undefined || !link(other, file)) writeFileSync(file, content);
  }
}
