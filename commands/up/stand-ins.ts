import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { Failure } from '../../lib/base/errors';
import { type Image, imageReference } from '../../lib/base/image';
import { InputError } from '../../lib/base/problem';
import { run } from '../shared/kubectl';
import { ENVIRONMENT, type LocalCluster } from '../shared/local-cluster';
import type { Edits } from './variant';

/** What stands for an image of a system's own: a public image, or one that is built from a folder with a Dockerfile. */
type StandIn = { readonly image: string } & ({ readonly tag: string } | { readonly folder: string });

/** By system, and by the setting of the image that it stands for: its keys, with dots between them. */
const STAND_INS: Readonly<Record<string, Readonly<Record<string, StandIn>>>> = {
  salient: {
    backend: { image: 'docker.io/library/salient-backend-stand-in', folder: 'test/cluster/backend' },
    adminUi: { image: 'docker.io/library/nginx', tag: '1.29-alpine' },
  },
  pliers: {
    'services.api': { image: 'docker.io/library/pliers-stand-in', folder: 'test/cluster/pliers' },
    'services.ai': { image: 'docker.io/library/pliers-stand-in', folder: 'test/cluster/pliers' },
    'services.web': { image: 'docker.io/library/nginx', tag: '1.29-alpine' },
  },
};

/** A tag that is another one when the folder's content is. It has digits, so that the cluster does not look for a newer image. */
function tagOf(folder: string): string {
  const hash = createHash('sha256');
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of entries.map((entry) => join(entry.parentPath, entry.name)).sort()) {
    hash.update(`${path.slice(folder.length)}\0`).update(readFileSync(path));
  }
  return `v0-${hash.digest('hex').slice(0, 10)}`;
}

/** How images come into a cluster: the first arguments of tools/stand-in.sh. */
function wayInto({ maker, name }: LocalCluster): [string, string] {
  if (maker === 'kind' || maker === 'k3d') return [maker, name];
  const kit = process.env.BERTH_CLUSTER_KIT;
  if (maker === 'this machine' && kit) return ['kit', resolve(kit)];
  throw new InputError([
    { file: '--stand-ins', message: `is for clusters of kind and k3d, and this one is of ${maker}` },
  ]);
}

/** The images that stand for those of a system, by the settings that name them. */
export function standInsOf(root: string, system: string): Record<string, Image> {
  const wanted = STAND_INS[system];
  if (wanted === undefined) throw new InputError([{ file: '--stand-ins', message: `there are none for ${system}` }]);
  return Object.fromEntries(
    Object.entries(wanted).map(([setting, one]) => [
      setting,
      { image: one.image, tag: 'tag' in one ? one.tag : tagOf(join(root, one.folder)) },
    ]),
  );
}

/** Builds those of them that have to be built, and brings them into a cluster. */
export async function buildStandIns(
  root: string,
  system: string,
  cluster: LocalCluster,
  images: Readonly<Record<string, Image>> = standInsOf(root, system),
) {
  const way = wayInto(cluster);
  const folders = new Map<string, string>();
  for (const [setting, one] of Object.entries(STAND_INS[system] ?? {})) {
    if ('folder' in one) folders.set(imageReference(images[setting] as Image), one.folder);
  }
  for (const [image, folder] of folders) {
    const args = [join(root, 'tools/stand-in.sh'), ...way, image, join(root, folder)];
    const { code, stderr } = await run('bash', args);
    if (code !== 0) throw new Failure(`${image} was not built: ${stderr.trim()}`);
  }
}

/** Puts them into the file of an environment. */
export function withStandIns(root: string, system: string): Edits {
  return {
    [system]: (document) => {
      for (const [setting, { image, tag }] of Object.entries(standInsOf(root, system))) {
        const path = setting.split('.');
        document.setIn([...path, 'image'], image);
        document.setIn([...path, 'tag'], tag);
        document.deleteIn([...path, 'digest']);
      }
    },
  };
}

export interface FirstRequest {
  readonly path: string;
  readonly body?: unknown;
}

/** What a person may ask a host of a stand-in first: of Salient, a word from each of two tenants; of Pliers, all that is behind its host. */
export function firstRequests(root: string, system: string, service: string): FirstRequest[] {
  if (system === 'pliers') {
    const body = { text: 'hello' };
    return [{ path: '/config.js' }, { path: '/api/notes', body }, { path: '/ai/ask', body }];
  }
  if (system !== 'salient' || service !== 'chat-api-svc') return [];
  const file = join(root, 'environments', ENVIRONMENT, 'tenants.yaml');
  const tenants: { slug: string }[] = parse(readFileSync(file, 'utf8')) ?? [];
  return tenants.slice(0, 2).map(({ slug }) => ({
    path: `/accounts/${slug}/agents/demo/chat`,
    body: { message: `hello from ${slug}` },
  }));
}
