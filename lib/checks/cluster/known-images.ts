import { containersOf, type Fields, listOf, type Pod } from './pods';
import type { FieldFinding } from './violation';
import { mountsOf, volumesOf } from './volumes';

/** The name of an image, without registry, tag and digest: `nginx` of `docker.io/library/nginx:1`. */
export function imageName(image: unknown): string {
  if (typeof image !== 'string') return '';
  const [reference = ''] = image.split('@', 1);
  return reference.slice(reference.lastIndexOf('/') + 1).split(':')[0] ?? '';
}

/** Whether an image is the official one of its name, and no variant of another vendor. */
export const isOfficial = (image: string): boolean =>
  /^(?:(?:docker\.io\/)?(?:library\/)?)[a-z0-9-]+(?:[:@]|$)/.test(image);

/** The folders that official images write. Some runtimes make the volumes that an image declares writable, others do not. */
const WRITTEN: Readonly<Record<string, readonly string[]>> = {
  nginx: ['/var/cache/nginx', '/var/run'],
  httpd: ['/usr/local/apache2/logs'],
  postgres: ['/var/run/postgresql'],
  mysql: ['/var/run/mysqld', '/tmp'],
  mariadb: ['/run/mysqld', '/tmp'],
  mongo: ['/tmp'],
  redis: ['/data'],
  valkey: ['/data'],
  rabbitmq: ['/var/lib/rabbitmq'],
  wordpress: ['/var/run/apache2', '/tmp'],
  haproxy: ['/var/lib/haproxy'],
  tomcat: ['/usr/local/tomcat/logs', '/usr/local/tomcat/temp', '/usr/local/tomcat/work'],
};

/** The same folder under another name. */
const canonical = (path: string): string => path.replace(/^\/run(?=\/|$)/, '/var/run');

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/**
 * The folders that an official image writes, and that none of the writable paths holds.
 *
 * @returns none for an image that is not known
 */
export function foldersWithoutVolume(image: string, writable: readonly string[]): string[] {
  const name = imageName(image);
  const written = Object.hasOwn(WRITTEN, name) && isOfficial(image) ? (WRITTEN[name] ?? []) : [];
  const paths = writable.map(canonical);
  return written.filter(
    (folder) =>
      !paths.some(
        (one) => isBelow(canonical(folder), one) || (canonical(folder) === '/var/run' && isBelow(one, '/var/run')),
      ),
  );
}

/** Read-only root file systems of official images that write to them. */
function readOnlyFindings(pod: Pod): FieldFinding[] {
  return containersOf(pod).flatMap(({ path, fields }): FieldFinding[] => {
    if (fields.securityContext?.readOnlyRootFilesystem !== true || fields.command != null) return [];
    const mounted = mountsOf({ fields, path }).flatMap(({ mountPath }) =>
      typeof mountPath === 'string' ? mountPath : [],
    );
    const missing = foldersWithoutVolume(String(fields.image), mounted);
    const name = imageName(fields.image);
    if (missing.length === 0) return [];
    const message = `given true for the image ${name}, which writes ${missing.join(' and ')}, expected an emptyDir there`;
    return [{ path: `${path}.securityContext.readOnlyRootFilesystem`, message }];
  });
}

const POSTGRES = ['postgres', 'postgis', 'timescaledb', 'pgvector'];
const DATA = '/var/lib/postgresql/data';

/** Disks that are mounted as the data folder of PostgreSQL itself, which finds lost+found in it and does not start. */
function dataFolderFindings(pod: Pod): FieldFinding[] {
  const disks = new Set(
    volumesOf(pod)
      .filter(({ isPersistent }) => isPersistent)
      .map(({ name }) => name),
  );
  return containersOf(pod).flatMap(({ path, fields }) => {
    if (!POSTGRES.includes(imageName(fields.image))) return [];
    const variable = listOf(fields.env).find(({ name }) => name === 'PGDATA');
    const folder = variable === undefined ? DATA : variable.value;
    return listOf(fields.volumeMounts).flatMap(({ name, mountPath, subPath }, index): FieldFinding[] => {
      if (!disks.has(name) || subPath != null || subPathOf(mountPath) !== subPathOf(folder)) return [];
      const message = `given ${mountPath}, which is PGDATA itself, expected a subPath, or PGDATA in a folder below: a new disk holds lost+found, and PostgreSQL only begins in an empty folder`;
      return [{ path: `${path}.volumeMounts[${index}].mountPath`, message }];
    });
  });
}

const subPathOf = (path: Fields): unknown => (typeof path === 'string' ? path.replace(/\/$/, '') : path);

/** What is wrong with known images. */
export const imageFindings = (pod: Pod): FieldFinding[] => [...readOnlyFindings(pod), ...dataFolderFindings(pod)];
