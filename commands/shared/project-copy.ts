import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FOLDER } from '../../lib/config/environment-folders';

/**
 * Runs an action on a copy of a project whose environment files may be changed. All else is the project's own, since environment files
 * may name any of its files.
 *
 * @param act what is done with the copy, which is deleted afterwards
 */
export function withCopy<T>(root: string, act: (copy: string) => T): T {
  const copy = mkdtempSync(join(tmpdir(), 'berth-copy-'));
  try {
    for (const entry of readdirSync(root)) if (entry !== FOLDER) symlinkSync(join(root, entry), join(copy, entry));
    cpSync(join(root, FOLDER), join(copy, FOLDER), { recursive: true });
    return act(copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
