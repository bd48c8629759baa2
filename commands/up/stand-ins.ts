import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { registry } from '../../charts';
import { Failure } from '../../lib/base/errors';
import { type Image, imageReference } from '../../lib/base/image';
import { InputError } from '../../lib/base/problem';
import { loadEnvironments } from '../../lib/config/load';
import type { StandIn, StandIns, TrialRequest } from '../../lib/pipeline/definition';
import { run } from '../shared/kubectl';
import { ENVIRONMENT, type LocalCluster } from '../shared/local-cluster';
import type { Edits } from './variant';

/** The stand-ins of a system, as its definition names them. */
function definedFor(root: string, system: string): StandIns<unknown> {
  const found = registry.in(root).systems[system]?.standIns;
  if (found === undefined) throw new InputError([{ file: '--stand-ins', message: `there are none for ${system}` }]);
  return found;
}

/** The settings of a system that is run. */
function settingsOf(root: string, system: string): unknown {
  return loadEnvironments(root, [ENVIRONMENT], registry.in(root).schemas).find((one) => one.system === system)?.values;
}

/** The stand-ins by settings. Only those that depend on the settings read the environment's files. */
function imagesOf(root: string, system: string): Readonly<Record<string, StandIn>> {
  const { images } = definedFor(root, system);
  return typeof images === 'function' ? images(settingsOf(root, system)) : images;
}

/** A stand-in that is built. */
type Built = Extract<StandIn, { readonly folder: string }>;

/** What an image is built from, as absolute paths. */
interface Source {
  readonly folder: string;
  readonly dockerfile: string;
}

function sourceIn(root: string, { folder, dockerfile = join(folder, 'Dockerfile') }: Built): Source {
  return { folder: join(root, folder), dockerfile: join(root, dockerfile) };
}

/** A tag that is another one when the content of the files is. It has digits, so that the cluster does not look for a newer image. */
function tagOf({ folder, dockerfile }: Source): string {
  const hash = createHash('sha256').update(readFileSync(dockerfile));
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of entries.map((entry) => join(entry.parentPath, entry.name)).sort()) {
    hash.update(`${path.slice(folder.length)}\0`).update(readFileSync(path));
  }
  return `v0-${hash.digest('hex').slice(0, 10)}`;
}

/** Where images are built, or brought: the first arguments of tools/stand-in.sh. */
type Way = readonly [string, string];

/** How images come into a cluster. */
function wayInto({ maker, name }: LocalCluster): Way {
  if (maker === 'kind' || maker === 'k3d') return [maker, name];
  const kit = process.env.BERTH_CLUSTER_KIT;
  if (maker === 'this machine' && kit) return ['kit', resolve(kit)];
  throw new InputError([
    { file: '--stand-ins', message: `is for clusters of kind and k3d, and this one is of ${maker}` },
  ]);
}

/** The images that stand for those of a system, by the settings that name them. */
export function standInsOf(root: string, system: string): Record<string, Image> {
  return Object.fromEntries(
    Object.entries(imagesOf(root, system)).map(([setting, one]) => [
      setting,
      { image: one.image, tag: 'tag' in one ? one.tag : tagOf(sourceIn(root, one)) },
    ]),
  );
}

/** Builds those of them that have to be built, and brings them into a cluster, or another way. */
export async function buildStandIns(
  root: string,
  system: string,
  to: LocalCluster | Way,
  images: Readonly<Record<string, Image>> = standInsOf(root, system),
) {
  const way = 'maker' in to ? wayInto(to) : to;
  const sources = new Map<string, Source>();
  for (const [setting, one] of Object.entries(imagesOf(root, system))) {
    if ('folder' in one) sources.set(imageReference(images[setting] as Image), sourceIn(root, one));
  }
  for (const [image, { folder, dockerfile }] of sources) {
    const args = [join(root, 'tools/stand-in.sh'), ...way, image, folder, dockerfile];
    const { code, stderr } = await run('bash', args);
    if (code !== 0) throw new Failure(`${image} was not built: ${stderr.trim()}`);
  }
}

/** Puts them into the file of an environment. */
export function withStandIns(root: string, system: string): Edits {
  const { changes } = definedFor(root, system);
  return {
    [system]: (document) => {
      for (const [setting, { image, tag }] of Object.entries(standInsOf(root, system))) {
        const path = setting.split('.');
        document.setIn([...path, 'image'], image);
        document.setIn([...path, 'tag'], tag);
        document.deleteIn([...path, 'digest']);
      }
      const changed = changes?.(settingsOf(root, system)) ?? {};
      for (const [setting, value] of Object.entries(changed)) {
        document.setIn(setting.split('.'), document.createNode(value));
      }
    },
  };
}

/** The requests that show that a system works, with the hosts of its environment. */
export function trialRequests(root: string, system: string): readonly TrialRequest[] {
  return definedFor(root, system).requests(settingsOf(root, system));
}
