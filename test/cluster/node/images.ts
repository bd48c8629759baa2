import { readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../commands/shared/kubectl';
import type { ManifestObject } from '../../../lib/manifests/object';
import { folderWith } from '../../support';
import { templateOf } from '../rollout';

/** What a program says that may not write where it wants to; the official nginx image tries, and says that it does not mind. */
export const CANNOT_WRITE = /^(?!.*\binfo: can not modify).*(read-only file system|permission denied|EROFS|EACCES)/im;

/** The user of the official PostgreSQL image on Alpine, whom PostgreSQL wants to know by name. */
const POSTGRES_USER = 'alpine-postgres:x:70:70::/var/lib/postgresql:/bin/sh\n';

/** What the cluster kit has in place of an image, by the last word of its name. */
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
    default:
      throw new Error(`the cluster kit has nothing in place of ${image}`);
  }
}

/** Publishes in the cluster kit what stands for the public images of some objects. */
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
