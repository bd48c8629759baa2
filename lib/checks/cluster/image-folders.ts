import type { ClusterIndex } from './cluster-index';
import { foldersWithoutVolume, imageName, isKnown, tagOf } from './known-images';
import { containersOf, type Fields, listOf, type Pod } from './pods';
import { mountedTexts, variablesOf } from './variables';
import type { FieldFinding } from './violation';
import { mountsOf } from './volumes';

/** The programs that the known images start by themselves. */
const SERVERS =
  /^(?:nginx|httpd-foreground|apache2-foreground|postgres|mysqld|mariadbd|mongod|redis-server|valkey-server|rabbitmq-server|prometheus|alertmanager|catalina\.sh|grafana(?:-server)?|elasticsearch|eswrapper)$/;

/** Whether a container runs the server of its image: by default, with further arguments, or by its name. */
function runsServer({ command, args }: Fields): boolean {
  const [program] = [...listOf(command), ...listOf(args)];
  if (typeof program !== 'string') return listOf(command).length === 0;
  return (listOf(command).length === 0 && program.startsWith('-')) || SERVERS.test(program.replace(/^.*\//, ''));
}

const READ_ONLY = ['configMap', 'secret', 'projected', 'downwardAPI', 'image'];

/** The paths that a container may write. Volumes of ConfigMaps, Secrets and images cannot be written. Source: kubernetes.io, Volumes. */
function writablePaths(pod: Pod, fields: Fields, path: string): string[] {
  const fixed = new Set(
    listOf(pod.spec.volumes)
      .filter((volume) => READ_ONLY.some((source) => volume[source] != null))
      .map(({ name }) => name),
  );
  return mountsOf({ fields, path }).flatMap(({ name, mountPath, isReadOnly }) =>
    typeof mountPath !== 'string' || isReadOnly || fixed.has(name) ? [] : mountPath,
  );
}

/** Read-only root file systems of images that write to them. */
function readOnlyFindings(cluster: ClusterIndex, pod: Pod): FieldFinding[] {
  return containersOf(pod).flatMap(({ path, fields }): FieldFinding[] => {
    if (fields.securityContext?.readOnlyRootFilesystem !== true || !runsServer(fields)) return [];
    if (!isKnown(fields.image)) return [];
    const { values } = variablesOf(cluster, pod, fields);
    const stated = [
      ...[[...listOf(fields.command), ...listOf(fields.args)].join(' ')],
      ...[...values].map(([name, value]) => `${name}=${value}`),
      ...mountedTexts(cluster, pod, fields),
    ].join('\n');
    const missing = foldersWithoutVolume(String(fields.image), writablePaths(pod, fields, path), stated);
    const name = imageName(fields.image);
    if (missing.length === 0) return [];
    const message = `given true for the image ${name}, which writes ${missing.join(' and ')}, expected an emptyDir there`;
    return [{ path: `${path}.securityContext.readOnlyRootFilesystem`, message }];
  });
}

const POSTGRES = ['postgres', 'postgis', 'timescaledb', 'pgvector'];
const DATA = '/var/lib/postgresql/data';

/** The first version of the official image of PostgreSQL with its data in a folder of the version. Source: github.com/docker-library/postgres, 18. */
const VERSIONED = 18;

/** Sources of volumes that are disks of their own, with the folder lost+found when they are new. */
const DISKS = [
  'persistentVolumeClaim',
  'ephemeral',
  'awsElasticBlockStore',
  'gcePersistentDisk',
  'azureDisk',
  'cinder',
];

function disksOf({ owner, spec }: Pod): ReadonlySet<unknown> {
  const templates = owner.kind === 'StatefulSet' ? listOf(owner.spec?.volumeClaimTemplates) : [];
  return new Set([
    ...listOf(spec.volumes).flatMap((volume) => (DISKS.some((source) => volume[source] != null) ? [volume.name] : [])),
    ...templates.map(({ metadata }) => metadata?.name),
  ]);
}

/** What is wrong with a disk at a path of a database, if anything. */
function diskProblem(cluster: ClusterIndex, pod: Pod, fields: Fields, { mountPath, ...mount }: Fields) {
  const [name, tag] = [imageName(fields.image), tagOf(fields.image)];
  const isWhole = mount.subPath == null && mount.subPathExpr == null;
  const path = typeof mountPath === 'string' ? mountPath.replace(/\/$/, '') : undefined;
  // MySQL 8 ignores the folder by itself. Source: dev.mysql.com, Initializing the Data Directory.
  if (name === 'mysql' && /^5(?:\.7|$|-)/.test(tag) && path === '/var/lib/mysql' && isWhole) {
    const isIgnored = /ignore-db-dir/.test([...listOf(fields.args), ...mountedTexts(cluster, pod, fields)].join('\n'));
    return isIgnored
      ? undefined
      : `given ${mountPath}, the data folder itself, expected a subPath: a new disk holds lost+found, and MySQL 5.7 only begins in an empty folder`;
  }
  if (!POSTGRES.includes(name)) return undefined;
  const { values, hasOthers } = variablesOf(cluster, pod, fields);
  const isSet = values.has('PGDATA') || hasOthers;
  if (!isSet && path === DATA && name === 'postgres' && Number.parseInt(tag, 10) >= VERSIONED) {
    return `given ${mountPath}, expected /var/lib/postgresql: from version ${VERSIONED} on the image keeps its data in a folder of the version, and does not start with a disk at ${DATA}`;
  }
  const folder = isSet ? values.get('PGDATA') : DATA;
  return isWhole && folder !== undefined && path === folder.replace(/\/$/, '')
    ? `given ${mountPath}, which is PGDATA itself, expected a subPath, or PGDATA in a folder below: a new disk holds lost+found, and PostgreSQL only begins in an empty folder`
    : undefined;
}

/** Disks that are mounted as the data folder of a database itself, which finds lost+found in it and does not start. */
function dataFolderFindings(cluster: ClusterIndex, pod: Pod): FieldFinding[] {
  const disks = disksOf(pod);
  return containersOf(pod).flatMap(({ path, fields }) =>
    [...POSTGRES, 'mysql'].includes(imageName(fields.image)) && runsServer(fields)
      ? listOf(fields.volumeMounts).flatMap((mount, index): FieldFinding[] => {
          const message = disks.has(mount.name) ? diskProblem(cluster, pod, fields, mount) : undefined;
          return message === undefined ? [] : [{ path: `${path}.volumeMounts[${index}].mountPath`, message }];
        })
      : [],
  );
}

/** What is wrong with known images. */
export const imageFindings = (cluster: ClusterIndex, pod: Pod): FieldFinding[] => [
  ...readOnlyFindings(cluster, pod),
  ...dataFolderFindings(cluster, pod),
];
