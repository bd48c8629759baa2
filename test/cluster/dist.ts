import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, isMap, isSeq, parseDocument, visit } from 'yaml';
import { registry } from '../../charts';
import { writeVariant } from '../../commands/up/variant';
import { environmentNames } from '../../lib/config/environment-folders';
import type { ManifestObject } from '../../lib/manifests/object';
import { readManifests } from '../../lib/manifests/read';
import { buildEnvironments } from '../../lib/pipeline/build';
import { folderWith, PROJECT, ROOT } from '../support';

/** The objects of a folder of manifests. */
export function objectsIn(folder: string): ManifestObject[] {
  return readManifests([folder]).map(({ object }) => object);
}

/** Every system of every environment. */
export function discover(): { readonly environment: string; readonly system: string }[] {
  return buildEnvironments(registry, PROJECT, environmentNames(PROJECT));
}

/** Sets another version of every image. */
function newImages(document: Document) {
  visit(document, {
    Map: (_, map) => {
      if (!map.has('tag')) return; // in an application's file without the image, which its base has
      // CloudNativePG's images keep their major and their type, which the drill of the archive needs.
      const tag = String(map.get('tag'));
      map.set('tag', /^\d+\.\d+(-|$)/.test(tag) ? tag.replace(/^(\d+)\.\d+/, '$1.99') : 'v9.9.9');
      map.delete('digest');
    },
  });
}

/** Suspends the first tenant, or removes it where there are backups for its last dump; deletes the line of the last one. */
function fewerTenants(backups: boolean) {
  return (document: Document) => {
    const { contents } = document;
    if (!isSeq(contents)) return;
    const [first] = contents.items;
    if (contents.items.length > 1) contents.items.pop();
    if (!isMap(first)) return;
    first.set('state', backups ? 'removed' : 'suspended');
    if (backups) first.set('confirm', `drop ${first.get('slug')}`);
  };
}

/**
 * A changed dist/ of an environment: new images, fewer tenants, and every ConfigMap with another name, like the Jobs that
 * read them.
 */
export function changedDist(environment: string, system: string): string {
  const settings = readFileSync(join(PROJECT, 'environments', environment, `${system}.yaml`), 'utf8');
  const folder = folderWith({});
  const edits = { [system]: newImages, tenants: fewerTenants(parseDocument(settings).has('backups')) };
  writeVariant(PROJECT, environment, system, edits, folder);
  const renamed = objectsIn(folder)
    .filter(({ kind }) => kind === 'ConfigMap' || kind === 'Job')
    .map(({ metadata }) => metadata.name);
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    const text = renamed.reduce(
      (all, old) => all.replace(new RegExp(`^(.*\\bname: )${old}$`, 'gm'), `$1${old}-renamed`),
      readFileSync(file, 'utf8'),
    );
    const itself = /-(configmap|job)-/.test(name);
    rmSync(file);
    writeFileSync(itself ? file.replace(/\.yaml$/, '-renamed.yaml') : file, text);
  }
  return folder;
}

function git(...args: readonly string[]): { status: number | null; stdout: string } {
  return spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
}

/**
 * The dist/ of the fixtures' environments by the code before the last change of dist/.
 *
 * @returns a folder like dist/, or undefined where there is no such history
 */
export function previousDist(): string | undefined {
  const changed = git('status', '--porcelain', '--', 'dist').stdout !== '';
  const [commit, parent] = git('log', '-1', '--format=%H %P', '--', 'dist').stdout.trim().split(' ');
  const before = changed ? commit : parent;
  if (!before || git('cat-file', '-e', `${before}:test/fixtures/environments`).status !== 0) return undefined;
  const folder = folderWith({});
  git('archive', '--format=tar', '-o', join(folder, 'all.tar'), before);
  spawnSync('tar', ['-xf', 'all.tar'], { cwd: folder });
  for (const own of ['dist', 'environments']) rmSync(join(folder, own), { recursive: true, force: true });
  renameSync(join(folder, 'test/fixtures/environments'), join(folder, 'environments'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const made = spawnSync(process.execPath, ['tools/run.mjs', 'main.ts'], { cwd: folder, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`synth of ${before} failed: ${made.stderr}`);
  return join(folder, 'dist');
}
