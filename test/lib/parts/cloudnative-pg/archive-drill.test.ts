import { Job } from '../../../../lib/constructs/job';
import { type ArchiveDrillProps, archiveDrill } from '../../../../lib/parts/cloudnative-pg/archive-drill';
import { cloudNativePg } from '../../../../lib/parts/cloudnative-pg/cluster';
import { clusterProps } from '../../../cloudnative-pg';
import { synthesize } from '../../../construct';
import { find } from '../../../support';

const image = { image: 'ghcr.io/cloudnative-pg/postgresql', tag: '17.6-system-trixie' };
const drillOf = (changed: Parameters<typeof clusterProps>[0] = {}, own: Partial<ArchiveDrillProps> = {}) =>
  archiveDrill({ cluster: cloudNativePg(clusterProps(changed)), image, hour: 4, rpo: 86_400, ...own });
const objectsOf = (changed: Parameters<typeof clusterProps>[0] = {}) =>
  synthesize((chart) => {
    new Job(chart, 'drill', {
      task: drillOf(changed),
      placement: { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] },
    });
  });
const podOf = (changed: Parameters<typeof clusterProps>[0] = {}) =>
  find(objectsOf(changed), 'CronJob', 'postgres-archive-restore-drill').spec.jobTemplate.spec.template.spec;
const { archive } = clusterProps();

test('it runs daily, its failure is an alert, and it connects to the store alone', () => {
  const drill = drillOf();
  expect(drill).toMatchObject({ purpose: 'restore-drill', priority: 'background', connectsTo: archive.connectsTo });
  expect(drill.schedule?.cron).toMatch(/^[12]?\d 4 \* \* \*$/);
});

test("it reads the cluster's archive with the cluster's key, as the user of its image", () => {
  const spec = podOf();
  const [container] = spec.containers;
  const from = (key: string) => ({ valueFrom: { secretKeyRef: { name: 'archive-keys', key } } });
  expect(container.env).toEqual([
    { name: 'ARCHIVE', value: 's3://archive/shop' },
    { name: 'SERVER_NAME', value: 'postgres' },
    { name: 'AWS_ACCESS_KEY_ID', ...from('ID') },
    { name: 'AWS_SECRET_ACCESS_KEY', ...from('KEY') },
    { name: 'MOMENT', value: '' },
    { name: 'RPO_SECONDS', value: '86400' },
    { name: 'SIZE_MIB', value: '20480' },
  ]);
  expect(container.image).toBe('ghcr.io/cloudnative-pg/postgresql:17.6-system-trixie');
  expect(spec.securityContext).toMatchObject({ runAsUser: 26, fsGroup: 26, runAsNonRoot: true });
  expect(spec.automountServiceAccountToken).toBe(false);
});

test('with a role it has no key, and its ServiceAccount names the role', () => {
  const roleArn = 'arn:aws:iam::123456789012:role/archive';
  const changed = { archive: { ...archive, endpoint: 'https://s3.example.com', credentials: { roleArn } } };
  expect(find(objectsOf(changed), 'ServiceAccount').metadata.annotations).toEqual({
    'eks.amazonaws.com/role-arn': roleArn,
  });
  expect(podOf(changed).containers[0].env.map(({ name }: { name: string }) => name)).toEqual([
    'ARCHIVE',
    'SERVER_NAME',
    'ENDPOINT_URL',
    'MOMENT',
    'RPO_SECONDS',
    'SIZE_MIB',
  ]);
});

test("it restores into a volume like an instance's, which is deleted with the pod", () => {
  const volume = (changed: Parameters<typeof clusterProps>[0]) =>
    podOf(changed).volumes.find(({ name }: { name: string }) => name === 'restore').ephemeral.volumeClaimTemplate.spec;
  expect(volume({ size: '100Gi', storageClass: 'fast' })).toEqual({
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'fast',
    resources: { requests: { storage: '100Gi' } },
  });
  expect(volume({ size: '1500M' }).resources.requests.storage).toBe('1431Mi');
  expect(find(objectsOf(), 'CronJob').spec).toMatchObject({ successfulJobsHistoryLimit: 0, failedJobsHistoryLimit: 1 });
});

test('the databases of the manifests have to come back', () => {
  const [mount] = drillOf().containers[0]?.mounts ?? [];
  expect(mount?.from).toMatchObject({
    name: 'postgres-archive-drill-scripts',
    data: { databases: 'shop\ntenant_acme_corp\n' },
  });
});
