import type { Image } from '../../base/image';
import { quantityOf } from '../../base/quantity';
import { Config } from '../../model/config';
import type { ContainerProps } from '../../model/container';
import type { Archive, PostgresCluster } from '../../model/postgres-cluster';
import { type Task, task } from '../../model/task';
import { Duration, Size } from '../../model/units';
import { serverSetting } from '../postgres/servers';
import { nightlyMinute } from '../restic';
import { shellFiles } from '../shell/shell';
import drillScript from './archive-drill.sh';
import barmanScript from './barman.sh';
import recoveryScript from './recovery.sh';
import restoreWalScript from './restore-wal.sh';
import rowsSql from './rows.sql';
import scratchConf from './scratch.conf';

/** The props of {@link archiveDrill}. */
export interface ArchiveDrillProps {
  /** Made by `cloudNativePg()`. A role ARN of its archive has to trust the drill's ServiceAccount too. */
  readonly cluster: PostgresCluster;
  /** An image with bash, the cluster's major of PostgreSQL and barman-cloud: CloudNativePG's of the type `system`. */
  readonly image: Image;
  /** The hour (UTC) in which it starts. */
  readonly hour: number;
  /** The largest age of the newest transaction in the archive, in seconds, where it has none of some minutes ago. */
  readonly rpo: number;
}

const USER = 26; // the user postgres in CloudNativePG's images

function credentialsOf({ credentials }: Archive): ContainerProps['env'] {
  return 'roleArn' in credentials
    ? {}
    : { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey };
}

/** The scripts, and the databases that have to come back. */
export function archiveDrillScripts({ namespace, name, database, databases }: PostgresCluster): Config {
  return new Config(namespace, `${name}-archive-drill-scripts`, {
    ...shellFiles('log.sh'),
    'archive-drill.sh': drillScript,
    'barman.sh': barmanScript,
    'recovery.sh': recoveryScript,
    'restore-wal.sh': restoreWalScript,
    'rows.sql': rowsSql,
    'scratch.conf': scratchConf,
    databases: [database, ...databases].map((one) => `${one.name}\n`).join(''),
  });
}

/**
 * A daily CronJob that restores the archive of a cluster to a moment some minutes ago, in a server of its own pod, and reads every row. Its
 * volume has the size and the class of an instance's, and is deleted with the pod. It connects to the store alone.
 */
export function archiveDrill({ cluster, image, hour, rpo }: ArchiveDrillProps): Task {
  const { system, namespace, archive, size: volume, storageClass } = cluster;
  const name = `${cluster.name}-archive-restore-drill`;
  const size = Size.mebibytes(Math.ceil((quantityOf(volume) as number) / 2 ** 20));
  return task({
    ...{ system, namespace, name },
    from: `${serverSetting(cluster.serverName)}.archive.drill`,
    about: 'restores the archive to a moment',
    purpose: 'restore-drill',
    priority: 'background',
    user: USER,
    awsRole: 'roleArn' in archive.credentials ? archive.credentials.roleArn : undefined,
    connectsTo: archive.connectsTo,
    schedule: { cron: `${nightlyMinute(`${namespace}/${name}`)} ${hour} * * *` },
    deadline: Duration.hours(6),
    retries: 1,
    containers: [
      {
        name: 'drill',
        image,
        command: ['/bin/bash', '/etc/berth/scripts/archive-drill.sh'],
        env: {
          ARCHIVE: archive.destination,
          // Where the plug-in puts the cluster's backups below the destination.
          SERVER_NAME: cluster.name,
          ...(archive.endpoint !== undefined && { ENDPOINT_URL: archive.endpoint }),
          ...credentialsOf(archive),
          MOMENT: '',
          RPO_SECONDS: String(rpo),
          SIZE_MIB: String(size.toMebibytes()),
        },
        mounts: [{ path: '/etc/berth/scripts', from: archiveDrillScripts(cluster) }],
        scratch: [{ path: '/restore', size, claim: { storageClass } }, { path: '/tmp' }],
        resources: { cpu: { request: '100m', limit: '2' }, memory: { request: '256Mi', limit: '1Gi' } },
      },
    ],
  });
}
