import { copyFileSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { run } from '../../../commands/shared/kubectl';
import type { ManifestObject } from '../../../lib/manifests/object';
import { folderWith } from '../../support';
import { SURREAL } from '../../surrealdb-server';
import { templateOf } from '../rollout';

/** The error messages of refused writes. The official nginx image tries one, and continues without it. */
export const CANNOT_WRITE = /^(?!.*\binfo: can not modify).*(read-only file system|permission denied|EROFS|EACCES)/im;

/** The user of the official PostgreSQL image on Alpine, which PostgreSQL looks up by name. */
const POSTGRES_USER = 'alpine-postgres:x:70:70::/var/lib/postgresql:/bin/sh\n';

/** The cluster kit's folder with what it has built. */
const cache = () => process.env.CLUSTER_CACHE ?? join(homedir(), '.cache/cluster-kit');

/** An image with one program of the cluster kit and nothing else. */
const alone = (program: string, path: string) => [
  '-r',
  'sys-pause',
  '-a',
  `${join(cache(), 'bin', program)}:${path}`,
  '--',
  path,
];

/** BusyBox under the names of its commands, as in its official image. */
function busybox(): string {
  const folder = folderWith({});
  const commands = 'sh cat chmod chown cp date id ls mkdir mv nc nslookup rm sleep timeout wget'.split(' ');
  const program = (process.env.PATH ?? '')
    .split(delimiter)
    .map((path) => join(path, 'busybox'))
    .find(existsSync);
  if (program === undefined) throw new Error('this machine has no busybox; install busybox-static');
  copyFileSync(program, join(folder, 'busybox'));
  for (const command of commands) symlinkSync('busybox', join(folder, command));
  return folder;
}

/** The cluster kit's replacement of an image, by the last part of its name. */
function substituteOf(image: string): string[] {
  const name = image
    .replace(/[:@].*$/, '')
    .split('/')
    .pop();
  const users = join(cache(), 'images/toolbox/etc/passwd');
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
    case 'restic':
      return ['--', '/usr/bin/restic'];
    case 'traefik':
      return alone('traefik', '/usr/local/bin/traefik');
    case 'coredns':
      return alone('coredns', '/coredns');
    case 'busybox':
      return ['-r', 'sys-pause', '-a', `${busybox()}:/bin`];
    default:
      throw new Error(`the cluster kit has no replacement of ${image}`);
  }
}

/** Publishes replacements of public images in the cluster kit. */
export async function publishImages(kit: string, images: Iterable<string>) {
  for (const image of images) {
    const { code, stderr } = await run(join(kit, 'alias.sh'), [image, ...substituteOf(image)]);
    if (code !== 0) throw new Error(`${image}: ${stderr}`);
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
  await publishImages(
    kit,
    [...images].filter((image) => !own.includes(image)),
  );
}
