import type { ApiObjectMetadata } from 'cdk8s';
import { Construct } from 'constructs';
import {
  ObjectStore,
  ObjectStoreSpecConfigurationDataCompression,
  type ObjectStoreSpecConfigurationS3Credentials,
  ObjectStoreSpecConfigurationWalCompression,
  ObjectStoreSpecInstanceSidecarConfigurationResourcesLimits as SidecarLimits,
  ObjectStoreSpecInstanceSidecarConfigurationResourcesRequests as SidecarRequests,
} from '../../../imports/barmancloud.cnpg.io';
import { PodMonitor } from '../../../imports/monitoring.coreos.com';
import {
  Cluster,
  ClusterSpecPostgresqlSynchronousDataDurability as Durability,
  ClusterSpecResourcesLimits as Limits,
  ClusterSpecPostgresqlSynchronousMethod as Method,
  ClusterSpecResourcesRequests as Requests,
  ScheduledBackup,
  ScheduledBackupSpecBackupOwnerReference,
  ScheduledBackupSpecMethod,
  ClusterSpecEphemeralVolumesSizeLimitShm as Shm,
  ClusterSpecEphemeralVolumesSizeLimitTemporaryData as TemporaryData,
} from '../../../imports/postgresql.cnpg.io';
import { imageReference } from '../../base/image';
import type { Resources } from '../../model/container';
import type { Placement } from '../../model/kubernetes';
import type { Archive, PostgresCluster } from '../../model/postgres-cluster';
import type { SecretKey } from '../../model/secret';
import { NEVER_PRUNED, waveOf } from '../annotations';
import { labelsOf } from '../labels';
import { priorityOf } from '../priority';
import { accessRules } from './access';
import { RolesAndDatabases } from './roles';

const PLUGIN = 'barman-cloud.cloudnative-pg.io';

/** The resources of the plug-in's sidecar in each instance, which archives the write-ahead log continuously and makes base backups. */
const SIDECAR: Resources = {
  cpu: { request: '50m', limit: '1' },
  memory: { request: '128Mi', limit: '512Mi' },
};

/** After this time open connections are closed. Poolers keep theirs open, and transactions take much less. */
const SMART_SHUTDOWN_SECONDS = 15;

const secretKeySelector = ({ secret, key }: SecretKey) => ({ name: secret.name, key });

function credentialsOf({ credentials }: Archive): ObjectStoreSpecConfigurationS3Credentials {
  return 'roleArn' in credentials
    ? { inheritFromIamRole: true }
    : {
        accessKeyId: secretKeySelector(credentials.accessKeyId),
        secretAccessKey: secretKeySelector(credentials.secretAccessKey),
      };
}

/** A commit is acknowledged when a majority of the instances has it, and only an instance with all commits can become the primary. */
function synchronous(instances: number) {
  return {
    method: Method.ANY,
    number: Math.floor(instances / 2),
    dataDurability: Durability.REQUIRED,
    failoverQuorum: true,
  };
}

/**
 * Spreads the pods over zones. It applies to the Jobs that create volumes too: otherwise a volume could be in a zone where its instance may
 * not run. The operator itself spreads instances over nodes.
 */
function zoneSpread(labels: PostgresCluster['labels'], whenUnsatisfiable: Placement['acrossZones']) {
  return {
    maxSkew: 1,
    topologyKey: 'topology.kubernetes.io/zone',
    whenUnsatisfiable,
    labelSelector: { matchLabels: { ...labels } },
  };
}

/**
 * The objects of a PostgreSQL cluster: Cluster, ObjectStore (archive), ScheduledBackup, a DatabaseRole per role, a Database per database,
 * and a PodMonitor. Source: cloudnative-pg.io, Replication, Failover, Backup; plugin-barman-cloud.
 *
 * @throws when the owner of the first database has no password
 */
export class CloudNativePg extends Construct {
  private readonly cluster: PostgresCluster;

  constructor(
    scope: Construct,
    id: string,
    { cluster, placement }: { readonly cluster: PostgresCluster; readonly placement: Placement },
  ) {
    super(scope, id);
    this.cluster = cluster;
    this.archive();
    this.instances(placement);
    this.backup();
    if (cluster.prometheus !== undefined) this.monitor();
    new RolesAndDatabases(this, 'roles', cluster);
  }

  private metadata(name: string): ApiObjectMetadata {
    const { system, namespace, name: cluster } = this.cluster;
    return { namespace, name, labels: labelsOf(system, cluster), annotations: waveOf('data') };
  }

  private get archiveName(): string {
    return `${this.cluster.name}-archive`;
  }

  private archive() {
    const { archive } = this.cluster;
    new ObjectStore(this, 'objectstore', {
      metadata: this.metadata(this.archiveName),
      spec: {
        configuration: {
          destinationPath: archive.destination,
          ...(archive.endpoint !== undefined && { endpointUrl: archive.endpoint }),
          s3Credentials: credentialsOf(archive),
          wal: { compression: ObjectStoreSpecConfigurationWalCompression.GZIP, maxParallel: 4 },
          data: { compression: ObjectStoreSpecConfigurationDataCompression.GZIP, jobs: 2 },
        },
        instanceSidecarConfiguration: {
          resources: {
            requests: {
              cpu: SidecarRequests.fromString(SIDECAR.cpu.request),
              memory: SidecarRequests.fromString(SIDECAR.memory.request),
            },
            limits: {
              cpu: SidecarLimits.fromString(SIDECAR.cpu.limit),
              memory: SidecarLimits.fromString(SIDECAR.memory.limit),
            },
          },
        },
        retentionPolicy: archive.retention,
      },
    });
  }

  private instances(placement: Placement) {
    const { acrossZones, imagePullSecrets } = placement;
    const { name, instances, image, resources, size, storageClass, archive, database, roles, parameters, labels } =
      this.cluster;
    const owner = roles.find((role) => role.name === database.owner)?.password;
    if (owner === undefined)
      throw new Error(`role ${database.owner} owns the database ${database.name}, expected a password`);
    const initdb = {
      database: database.name,
      owner: database.owner,
      secret: { name: owner.name },
      dataChecksums: true,
    };
    const { annotations, ...metadata } = this.metadata(name);
    new Cluster(this, 'cluster', {
      // Its volumes are deleted with it.
      metadata: { ...metadata, annotations: { ...NEVER_PRUNED, ...annotations } },
      spec: {
        instances,
        imageName: imageReference(image),
        ...priorityOf('data', placement),
        ...(imagePullSecrets.length > 0 && {
          imagePullSecrets: imagePullSecrets.map((secret) => ({ name: secret })),
        }),
        bootstrap: { initdb },
        postgresql: {
          parameters: { ...parameters },
          pgHba: accessRules(roles),
          ...(instances > 1 && { synchronous: synchronous(instances) }),
        },
        plugins: [{ name: PLUGIN, isWalArchiver: true, parameters: { barmanObjectName: this.archiveName } }],
        ...('roleArn' in archive.credentials && {
          serviceAccountTemplate: {
            metadata: { annotations: { 'eks.amazonaws.com/role-arn': archive.credentials.roleArn } },
          },
        }),
        storage: { size, ...(storageClass !== undefined && { storageClass }) },
        ephemeralVolumesSizeLimit: { shm: Shm.fromString('128Mi'), temporaryData: TemporaryData.fromString('1Gi') },
        resources: {
          requests: {
            cpu: Requests.fromString(resources.cpu.request),
            memory: Requests.fromString(resources.memory.request),
          },
          limits: { cpu: Limits.fromString(resources.cpu.limit), memory: Limits.fromString(resources.memory.limit) },
        },
        topologySpreadConstraints: [zoneSpread(labels, acrossZones)],
        // A PodDisruptionBudget of a single instance would block every drain of its node.
        ...(instances === 1 && { enablePdb: false }),
        smartShutdownTimeout: SMART_SHUTDOWN_SECONDS,
      },
    });
  }

  private backup() {
    const { name, archive } = this.cluster;
    new ScheduledBackup(this, 'scheduledbackup', {
      metadata: this.metadata(name),
      spec: {
        cluster: { name },
        schedule: archive.schedule,
        immediate: true, // nothing can be restored before the first base backup
        method: ScheduledBackupSpecMethod.PLUGIN,
        pluginConfiguration: { name: PLUGIN },
        backupOwnerReference: ScheduledBackupSpecBackupOwnerReference.SELF,
      },
    });
  }

  private monitor() {
    const { name, labels } = this.cluster;
    new PodMonitor(this, 'podmonitor', {
      metadata: this.metadata(name),
      // The labels match the Jobs that create instances too, but these have no port of that name.
      spec: { selector: { matchLabels: { ...labels } }, podMetricsEndpoints: [{ port: 'metrics' }] },
    });
  }
}
