import type { TaskVolume } from '../../lib/model/task';
import type { BuiltSystem } from '../../lib/pipeline/build';
import { type BackupBucket, backupBucket } from './backup-buckets';

/** The restic repository of the backups of a system. */
export interface BackupRepository {
  /** The folder of the system below `dist/`. */
  readonly folder: string;
  /** In restic's form, without those of its parts, which are folders in it. */
  readonly url: string;
  readonly namespace: string;
  /** The volume of a path. @default - it is in a store */
  readonly volume?: TaskVolume | undefined;
}

/** A repository in no S3 bucket, and what has to exist for it. */
export interface OtherRepository {
  readonly folder: string;
  readonly repository: string;
  /** What has to exist, as shell comments. */
  readonly note: string;
}

/** The days for which what is deleted can be brought back, in the commands. */
const DAYS = 30;

/** What has to exist for a repository outside of S3, as lines. */
function needsOf({ url, namespace, volume }: BackupRepository): string[] {
  const [, kind, name] = /^(azure|gs|rest):(https:\/\/[^/]+|[^:]+)/.exec(url) ?? [];
  switch (kind) {
    case 'azure':
      return [
        `the container ${name} of the Azure storage account whose name and key are the credentials.`,
        'The key may do everything in the account, so take one that has nothing else. Once, with your own account:',
        `az storage container create --account-name ACCOUNT --name ${name} --auth-mode login`,
        `az storage account blob-service-properties update --account-name ACCOUNT --enable-versioning true --enable-delete-retention true --delete-retention-days ${DAYS}`,
      ];
    case 'gs':
      return [
        `the Google bucket ${name}, which restic does not make.`,
        `The service account whose key is the credentials cannot change the bucket, which keeps for ${DAYS} days what is deleted. Once:`,
        `gcloud storage buckets create gs://${name} --uniform-bucket-level-access --soft-delete-duration ${DAYS}d`,
        `gcloud storage buckets add-iam-policy-binding gs://${name} --member serviceAccount:ACCOUNT --role roles/storage.objectUser`,
      ];
    case 'rest':
      return [
        `the REST server ${name}, with a certificate of a public authority, and the user whose name and password are the credentials.`,
        'It must not be append-only, since what is no longer kept is deleted: snapshots of its disk bring back what should have stayed.',
      ];
    default:
      if (volume === undefined) return [];
      return [
        `the PersistentVolumeClaim ${volume.claim} in the namespace ${namespace}, with the access mode ReadWriteMany,`,
        `and writable for the group ${volume.group}. There are no credentials: snapshots of its disk bring back what was deleted.`,
      ];
  }
}

/** The repository of a system's backups: of several the shortest, in which the others are folders. */
function repositoryOf({ folder, model }: BuiltSystem): BackupRepository[] {
  const all = model.tasks
    .filter(({ purpose }) => purpose === 'backup')
    .flatMap(({ namespace, containers, volumes }) =>
      containers.flatMap(({ env: { RESTIC_REPOSITORY: url } }): BackupRepository[] =>
        typeof url === 'string'
          ? [{ folder, url, namespace, volume: volumes.find(({ path }) => `${url}/`.startsWith(`${path}/`)) }]
          : [],
      ),
    );
  return all.sort((one, other) => one.url.length - other.url.length).slice(0, 1);
}

/** What the backups of systems need: buckets with policies, and other places. */
export function backupPlaces(systems: readonly BuiltSystem[]): (BackupBucket | OtherRepository)[] {
  return systems.flatMap(repositoryOf).flatMap((repository): (BackupBucket | OtherRepository)[] => {
    const { folder, url } = repository;
    const bucket = backupBucket(folder, url);
    if (bucket !== undefined) return [bucket];
    const needs = needsOf(repository);
    const note = `The backups of ${folder} in ${url} need ${needs.join('\n')}`.replace(/^/gm, '# ');
    return needs.length === 0 ? [] : [{ folder, repository: url, note }];
  });
}
