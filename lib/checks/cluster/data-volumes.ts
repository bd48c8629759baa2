import { quantityOf } from '../../base/quantity';
import type { ManifestObject } from '../../manifests/object';
import { clustersOf } from './cloudnative-pg';
import type { ClusterIndex } from './cluster-index';
import { familyOf, imageName } from './known-images';
import { containersOf, type Fields, listOf, type Pod } from './pods';
import { podReferences } from './references';
import type { FieldFinding, Finding } from './violation';

/** The least that a claim can hold files in, and that a new PostgreSQL takes with its write-ahead log, in bytes. */
const LEAST_CLAIM = 16 * 2 ** 20;
const LEAST_POSTGRES = 512 * 2 ** 20;

function tooSmall(cluster: ClusterIndex): Finding[] {
  const sizes = [
    ...cluster.ofKind('PersistentVolumeClaim').map((object) => ({
      ...{ object, path: 'spec.resources.requests.storage', least: LEAST_CLAIM },
      given: object.spec?.resources?.requests?.storage,
    })),
    ...clustersOf(cluster).map((object) => ({
      ...{ object, path: 'spec.storage.size', least: LEAST_POSTGRES },
      given: object.spec?.storage?.size,
    })),
  ];
  return sizes.flatMap(({ object, path, given, least }) => {
    const bytes = quantityOf(given);
    if (bytes === undefined || bytes <= 0 || bytes >= least) return [];
    return [
      {
        object,
        path,
        message: `given ${given}, expected at least ${least / 2 ** 20}Mi: it would be full when it is new`,
      },
    ];
  });
}

/** The folders in which official images of databases keep their data. */
const FOLDERS: Readonly<Record<string, string>> = {
  postgres: '/var/lib/postgresql',
  mysql: '/var/lib/mysql',
  mariadb: '/var/lib/mysql',
  mongo: '/data/db',
  redis: '/data',
  valkey: '/data',
};

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** The texts of a ConfigMap or Secret. */
function filesOf(object: ManifestObject | undefined): unknown[] {
  if (object?.kind !== 'Secret') return [object?.data];
  const encoded = Object.values(object.data ?? {}).filter((value) => typeof value === 'string');
  return [object.stringData, ...encoded.map((value) => Buffer.from(value, 'base64').toString())];
}

/** Disks of databases at a path where the database keeps nothing, or that it may not write. */
function dataFindings(cluster: ClusterIndex, pod: Pod): FieldFinding[] {
  const claims = new Set([
    ...listOf(pod.spec.volumes).flatMap(({ name, persistentVolumeClaim }) =>
      persistentVolumeClaim == null ? [] : [name],
    ),
    ...listOf(pod.owner.spec?.volumeClaimTemplates).map(({ metadata }) => metadata?.name),
  ]);
  return containersOf(pod).flatMap(({ fields, path, role }) => {
    const name = imageName(fields.image);
    const family = familyOf(fields.image);
    const folder = Object.hasOwn(FOLDERS, family) ? FOLDERS[family] : undefined;
    const disks = listOf(fields.volumeMounts)
      .map((mount, index) => ({ mount, at: `${path}.volumeMounts[${index}]` }))
      .filter(({ mount }) => claims.has(mount.name) && typeof mount.mountPath === 'string');
    const [first] = disks;
    if (folder === undefined || first === undefined || role !== 'container' || pod.owner.kind === 'CronJob') return [];
    if (pod.owner.kind === 'Job') return [];
    // Another folder may be named in a variable, a command, or a file of a ConfigMap.
    const files = podReferences(pod).map((one) => filesOf(cluster.find(one.kind, one.namespace, one.name)));
    const stated = JSON.stringify([fields.env, fields.command, fields.args, files]);
    const states = (path: string) => stated.split(/[^\w./-]+/).some((word) => isBelow(word, path));
    const isData = ({ mount }: (typeof disks)[number]) =>
      isBelow(mount.mountPath, folder) || isBelow(folder, mount.mountPath) || states(mount.mountPath);
    const data = disks.find(isData);
    if (data === undefined) {
      const message = `given ${first.mount.mountPath}, expected ${folder}, where the image ${name} keeps its data: they would be lost with the pod`;
      return [{ path: `${first.at}.mountPath`, message }];
    }
    return data.mount.readOnly === true
      ? [
          {
            path: `${data.at}.readOnly`,
            message: `given true for the data of ${name}, expected false: it cannot write`,
          },
        ]
      : [];
  });
}

/** Mounts for writing of claims that can only be read. Source: kubernetes.io, Persistent Volumes, Access Modes. */
function readOnlyClaims(cluster: ClusterIndex, pod: Pod): FieldFinding[] {
  return listOf(pod.spec.volumes).flatMap(({ name, persistentVolumeClaim }, index): FieldFinding[] => {
    const claim = cluster.find('PersistentVolumeClaim', pod.owner.metadata.namespace, persistentVolumeClaim?.claimName);
    const modes = listOf(claim?.spec?.accessModes);
    const isRead = modes.length > 0 && modes.every((mode) => mode === 'ReadOnlyMany');
    const writes = (mount: Fields) => mount.name === name && mount.readOnly !== true;
    const isWritten = containersOf(pod).some(({ fields }) => listOf(fields.volumeMounts).some(writes));
    if (!isRead || !isWritten || persistentVolumeClaim?.readOnly === true) return [];
    const message = `given the claim ${persistentVolumeClaim.claimName}, which is ReadOnlyMany, for a mount that writes, expected readOnly: true there, or another access mode`;
    return [{ path: `${pod.path}.volumes[${index}].persistentVolumeClaim`, message }];
  });
}

/** Claims with disks on which no data can be kept. */
export function dataVolumeFindings(cluster: ClusterIndex): Finding[] {
  return [
    ...tooSmall(cluster),
    ...cluster.pods.flatMap((pod) =>
      [...dataFindings(cluster, pod), ...readOnlyClaims(cluster, pod)].map((finding) => ({
        object: pod.owner,
        ...finding,
      })),
    ),
  ];
}

/** Claims that no pod mounts: what was to be kept there is kept elsewhere, or not at all. */
export function unusedClaims(cluster: ClusterIndex): Finding[] {
  const mounted = new Set(
    cluster.pods.flatMap(({ namespace, spec }) =>
      listOf(spec.volumes).map(({ persistentVolumeClaim }) => `${namespace}/${persistentVolumeClaim?.claimName}`),
    ),
  );
  return cluster
    .ofKind('PersistentVolumeClaim')
    .filter(({ metadata: { namespace = 'default', name } }) => !mounted.has(`${namespace}/${name}`))
    .map((object) => ({
      object,
      path: 'metadata.name',
      message: 'no pod mounts the claim, expected one: its data are not where they were',
    }));
}

/** CronJobs of backups that never run. */
export function suspendedBackups(cluster: ClusterIndex): Finding[] {
  return cluster
    .ofKind('CronJob')
    .filter(({ metadata, spec }) => spec?.suspend === true && /(^|-)(backup|dump)s?(-|$)/.test(metadata.name))
    .map((object) => ({
      object,
      path: 'spec.suspend',
      message: 'given true for a backup, expected false: none is made',
    }));
}
