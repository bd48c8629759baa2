import { existsSync, type FSWatcher, readdirSync, watch as watchFolder } from 'node:fs';
import { join } from 'node:path';

/** How long to wait for a folder that is gone, as while git replaces it, in milliseconds. */
const ABSENCE = 200;

/** How long to wait for further events of one save, in milliseconds: an editor may write, rename and touch a file. */
const SETTLE = 15;

/** A folder and all folders below it, by their paths in it; none where it is gone. */
function foldersOf(root: string): string[] {
  if (!existsSync(root)) return [];
  const below = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
  return ['', ...below.map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1))];
}

/**
 * Calls a function after each change of files below a folder, hidden ones and editors' copies aside. Folders are watched, not files:
 * many editors replace a file when they save it.
 *
 * @param changed gets the paths of the changed files in the folder
 * @returns a function that ends it
 */
export function watchFiles(root: string, changed: (files: readonly string[]) => void): () => void {
  const watchers = new Map<string, FSWatcher>();
  const files = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  const report = () => {
    try {
      follow();
    } catch {
      timer = setTimeout(report, SETTLE); // a folder has gone meanwhile
      return;
    }
    const all = [...files].sort();
    files.clear();
    if (all.length > 0) changed(all);
  };
  const onEvent = (folder: string) => (event: string, name: string | null) => {
    // A folder of this name is gone, or is another one now: its watchers, and those below it, would see nothing.
    if (event === 'rename' && name !== null) {
      const path = join(folder, name);
      for (const [one, watcher] of watchers)
        if (one === path || one.startsWith(`${path}/`)) {
          watcher.close();
          watchers.delete(one);
          files.add(path);
        }
    }
    if (name === null || !/^\.|~$/.test(name)) files.add(join(folder, name ?? ''));
    clearTimeout(timer);
    timer = setTimeout(report, SETTLE);
  };
  /** Watches the folders that there are now. A new one may have files already. */
  const follow = () => {
    const present = foldersOf(root);
    for (const [folder, watcher] of watchers)
      if (!present.includes(folder)) {
        watcher.close();
        watchers.delete(folder);
        files.add(folder === '' ? '.' : folder);
      }
    if (present.length === 0) timer = setTimeout(report, ABSENCE);
    for (const folder of present) {
      if (watchers.has(folder)) continue;
      const watcher = watchFolder(join(root, folder), onEvent(folder));
      watcher.on('error', () => {}); // its folder is gone, which the folder above reports
      watchers.set(folder, watcher);
      if (timer !== undefined) for (const name of readdirSync(join(root, folder))) onEvent(folder)('', name);
    }
  };

  follow();
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers.values()) watcher.close();
  };
}
