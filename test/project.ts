import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderWith, ROOT } from './support';

/** The program, as npm run synth starts it. */
export const RUN = [join(ROOT, 'tools/run.mjs'), 'main.ts'];

/** A project of its own: the environments of this one, and a dist that is up to date. */
export function project(): string {
  const root = folderWith({});
  cpSync(join(ROOT, 'environments'), join(root, 'environments'), { recursive: true });
  cpSync(join(ROOT, 'dist'), join(root, 'dist'), { recursive: true });
  return root;
}

export function synth(root: string, args: string[] = [], env: Record<string, string> = {}): SpawnSyncReturns<string> {
  const { CDK8S_OUTDIR: _, ...inherited } = process.env;
  return spawnSync(process.execPath, [...RUN, ...args], { cwd: root, encoding: 'utf8', env: { ...inherited, ...env } });
}

/** The whole of dist/ as one text. */
export function distOf(root: string): string {
  const folder = join(root, 'dist');
  if (!existsSync(folder)) return 'missing';
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => `# ${path.slice(folder.length)}\n${readFileSync(path, 'utf8')}`)
    .join('');
}

/** Exchanges a piece of a file, which must be there. */
export function edit(root: string, file: string, from: string | RegExp, to: string) {
  const path = join(root, file);
  const text = readFileSync(path, 'utf8');
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  writeFileSync(path, changed);
}
