import { readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../commands/shared/kubectl';
import type { ManifestObject } from '../../../lib/manifests/object';
import { folderWith } from '../../support';
import { SURREAL } from '../../surrealdb-server';
import { templateOf } from '../rollout';

/** The error messages of refused writes. The official nginx image tries one, and continues without it. */
export const CANNOT_WRITE = /^(?!.*\binfo: can not modify).*(read-only file system|permission denied|EROFS|EACCES)/im;

/** The user of the official PostgreSQL image on Alpine, which PostgreSQL looks up by name. */
const POSTGRES_USER = 'alpine-postgres:x:70:70::/var/lib/postgresql:/bin/sh\n';

/** The cluster kit's replacement of an image, by the last part of its name. */
function substituteOf(image: string): string[] {
  const name = image
    .replace(/[:@].*$/, '')
    .split('/')
    .pop();
  const users = join(process.env.CLUSTER_CACHE ?? join(homedir(), '.cache/cluster-kit'), 'images/toolbox/etc/passwd');
  const passwd = join(folderWith({}), 'passwd');
  switch (name) {
    case 'postgres':
      writeFileSync(passwd, readFileSync(users, 'utf8') + POSTGRES_USER);
      return ['-a', `${passwd}:/etc/passwd`, '--', 'kit-postgres'];
    case 'pgbouncer':
      return ['-u', '70', '--', 'kit-pgbouncer'];
    case 'redis':
      return ['-u', '999', '--', 'kit-redis'];
    case 'nginx':
      return ['-u', '101', '--', 'kit-nginx', '80'];
    case 'surrealdb':
      return ['-a', `${SURREAL}:/surreal`, '--', '/surreal'];
    default:
      throw new Error(`the cluster kit has no replacement of ${image}`);
  }
}

/** Publishes replacements of the public images of some objects in the cluster kit. */
export async function publishPublicImages(kit: string, objects: readonly ManifestObject[], own: readonly string[]) {
  const images = new Set(
    objects.flatMap((object) => {
      const { initContainers = [], containers = [] } = templateOf(object)?.spec ?? {};
      return [...initContainers, ...containers].map(({ image }: { image: string }) => image);
    }),
  );
  for (const image of images) {
    if (own.includes(image)) continue;
    const { code, stderr } = await run(join(kit, 'alias.sh'), [image, ...substituteOf(image)]);
    if (code !== 0) throw new Error(`${image}: ${stderr}`);
  }
}
