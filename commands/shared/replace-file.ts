import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Writes or replaces a file in one step, so that it is never there in part. Its mode stays. */
export function replaceFile(file: string, content: string | Buffer): void {
  const unfinished = join(dirname(file), `.${process.pid}.new`);
  writeFileSync(unfinished, content, { mode: statSync(file, { throwIfNoEntry: false })?.mode });
  try {
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished);
    throw error;
  }
}
