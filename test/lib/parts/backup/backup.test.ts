import { Job } from '../../../../lib/constructs/job';
import { Config } from '../../../../lib/model/config';
import { addresses } from '../../../../lib/model/connection';
import type { Placement } from '../../../../lib/model/kubernetes';
import type { Task } from '../../../../lib/model/task';
import { type BackupProps, backup, removal, restore, restoreDrill } from '../../../../lib/parts/backup/backup';
import { manualSecret, sample, server, synthesize } from '../../../construct';
import { type Any, find } from '../../../support';

const namespace = 'shop-data';
const placement: Placement = { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] };

const secret = (name: string, ...keys: string[]) => manualSecret(namespace, name, keys);
const store = secret('backup-credentials', 'RESTIC_PASSWORD', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY');
const administrator = secret('administrator', 'POSTGRES_ADMIN_USER', 'POSTGRES_ADMIN_PASSWORD', 'SUPERUSER');
const at = { host: 'db.example.com', port: '5432', connection: addresses('main', ['10.0.0.0/24'], 5432) };
const props: BackupProps = {
  system: 'shop',
  namespace,
  image: { image: 'docker.io/library/postgres', tag: '16-alpine' },
  restic: { image: 'docker.io/restic/restic', tag: '0.18.0' },
  servers: [
    server('main', { ...at, tls: 'verify-full', ca: new Config(namespace, 'main-ca', { 'ca.crt': '' }) }),
    server('eu', { ...at, tls: 'require', connection: addresses('eu', ['10.1.0.0/24'], 5432) }),
  ],
  tables: new Config(namespace, 'tenants', { 'servers.tsv': '', 'tenants.tsv': '' }),
  role: 'shop_backup',
  restoreRole: 'shop_restore',
  rolePasswords: secret('roles', 'shop_backup', 'shop_restore', 'shop_owner'),
  adminDatabase: 'shop_admin',
  tenants: { prefix: 'tenant_' },
  repository: {
    url: 's3:https://s3.example.com/backups',
    env: store.pick('RESTIC_PASSWORD', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'),
    mounts: [],
    connectsTo: [addresses('the store', ['192.0.2.0/24'], 443)],
    volumes: [],
  },
  host: 'shop-production',
};
const nightly = { hour: 2, keep: { daily: 7, weekly: 4, monthly: 12 } };

function objectsOf(task: Task) {
  return synthesize((chart) => {
    new Job(chart, 'task', { task, placement });
  });
}
const cronJob = (task: Task) => find(objectsOf(task), 'CronJob').spec;
const podOf = (task: Task) => cronJob(task).jobTemplate.spec.template.spec;
const variables = (pod: Any): Any =>
  Object.fromEntries(pod.containers[0].env.map(({ name, value, valueFrom }: Any) => [name, value ?? valueFrom]));
const minute = (host: string) => Number(cronJob(backup({ ...props, ...nightly, host })).schedule.split(' ')[0]);

test('dumps run each night, in a minute that is constant per system and differs between systems', () => {
  expect(minute('shop-production')).toBe(minute('shop-production'));
  const minutes = Array.from({ length: 20 }, (_, index) => minute(`shop-${index}`));
  expect(new Set(minutes).size).toBeGreaterThan(8);
  expect(minutes.every((one) => one >= 0 && one < 30)).toBe(true);
  const spec = cronJob(backup({ ...props, ...nightly }));
  expect(spec.schedule).toMatch(/^\d+ 2 \* \* \*$/);
  expect(spec.jobTemplate.spec).toMatchObject({ activeDeadlineSeconds: 6 * 3600, backoffLimit: 1 });
});

test('the drill runs hours later, also past midnight', () => {
  const drill = { tenants: 5, rpo: 86_400, rto: 3600, largest: '10Gi' };
  expect(cronJob(restoreDrill({ ...props, hour: 2, drill })).schedule).toMatch(/^\d+ 6 \* \* \*$/);
  const late = restoreDrill({ ...props, hour: 22, drill });
  expect(cronJob(late).schedule).toMatch(/^\d+ 2 \* \* \*$/);
  expect(variables(podOf(late))).toMatchObject({ SAMPLE: '5', RPO_SECONDS: '86400', RTO_SECONDS: '3600' });
});

test('a restore is started by a person, who sets what to restore', () => {
  const spec = cronJob(restore(props));
  expect(spec).toMatchObject({ suspend: true, jobTemplate: { spec: { backoffLimit: 0 } } });
  expect(variables(spec.jobTemplate.spec.template.spec)).toMatchObject({ TENANT: '', SNAPSHOT: 'latest' });
});

test('without tenants their variables are absent', () => {
  const { tenants: _, ...without } = props;
  const drill = { tenants: 5, rpo: 86_400, rto: 3600, largest: '10Gi' };
  for (const task of [
    backup({ ...without, ...nightly }),
    restoreDrill({ ...without, hour: 2, drill }),
    restore(without),
  ]) {
    const names = Object.keys(variables(podOf(task)));
    expect(names).toContain('ADMIN_DATABASE');
    expect(names).not.toContain('TENANT_PREFIX');
    expect(names).not.toContain('SAMPLE');
  }
});

test('restic and its CA certificates are copied from its own image', () => {
  const pod = podOf(backup({ ...props, ...nightly }));
  const [tools] = pod.initContainers;
  expect(tools).toMatchObject({
    image: 'docker.io/restic/restic:0.18.0',
    command: ['/bin/cp', '/usr/bin/restic', '/etc/ssl/certs/ca-certificates.crt', '/tools'],
    volumeMounts: [{ name: 'tools', mountPath: '/tools' }],
  });
  expect(pod.containers[0].volumeMounts).toContainEqual({ name: 'tools', mountPath: '/tools' });
  expect(variables(pod).SSL_CERT_FILE).toBe('/tools/ca-certificates.crt');
  expect(pod.securityContext).toMatchObject({ runAsUser: 70, fsGroup: 70 });
});

test('restic reads secrets from variables, PostgreSQL clients from files with the passwords of two roles only', () => {
  const pod = podOf(backup({ ...props, ...nightly }));
  expect(variables(pod)).toMatchObject({
    RESTIC_PASSWORD: { secretKeyRef: { name: 'backup-credentials', key: 'RESTIC_PASSWORD' } },
    AWS_SECRET_ACCESS_KEY: { secretKeyRef: { name: 'backup-credentials', key: 'AWS_SECRET_ACCESS_KEY' } },
    RESTIC_REPOSITORY: 's3:https://s3.example.com/backups',
    SNAPSHOT_HOST: 'shop-production',
    KEEP_MONTHLY: '12',
  });
  expect(pod.volumes).toContainEqual({
    name: 'etc-berth-roles',
    secret: {
      secretName: 'roles',
      defaultMode: 0o440,
      items: ['shop_backup', 'shop_restore'].map((key) => ({ key, path: key })),
    },
  });
  expect(pod.volumes.map(({ name }: Any) => name)).toContain('etc-berth-ca-main');
  expect(pod.volumes.map(({ name }: Any) => name)).not.toContain('etc-berth-ca-eu');
});

test('volumes have room for the pack files of parallel dumps, and for the index', () => {
  const sizes = (changed: Partial<BackupProps>) =>
    Object.fromEntries(
      podOf(backup({ ...props, ...nightly, ...changed }))
        .volumes.filter(({ emptyDir }: Any) => emptyDir)
        .map(({ name, emptyDir }: Any) => [name, emptyDir.sizeLimit]),
    );
  expect(sizes({})).toEqual({ tools: '128Mi', cache: '2Gi', tmp: '320Mi' });
  expect(sizes({ parallel: 8 }).tmp).toBe('1088Mi');
});

test('they connect only to the servers and the S3 store, and their connections are counted', () => {
  const [main, eu] = props.servers;
  const { connectsTo } = backup({ ...props, ...nightly, parallel: 3 });
  expect(connectsTo).toMatchObject([main?.connection, eu?.connection, ...props.repository.connectsTo]);
  expect(connectsTo.map(({ pool }) => pool?.perPod)).toEqual([7, 7, undefined]);
  expect(
    restoreDrill({ ...props, hour: 2, drill: { tenants: 1, rpo: 1, rto: 1, largest: '10Gi' } }).connectsTo[0]?.pool
      ?.perPod,
  ).toBe(2);
});

test('the nightly dumps alone connect to a Pushgateway, and know the servers of which they tell it', () => {
  const pushgateway = { namespace: 'monitoring', labels: { app: 'gateway' }, service: 'gateway', port: 9092 };
  const task = backup({ ...props, ...nightly, pushgateway });
  const { labels } = pushgateway;
  const pods = { system: 'pushgateway', namespace: 'monitoring', name: 'pushgateway', labels };
  expect(task.connectsTo.at(-1)).toEqual({ to: { ...pods, port: 9092 } });
  expect(variables(podOf(task)).PUSHGATEWAY).toBe(
    'http://gateway.monitoring.svc.cluster.local:9092/metrics/job/backup/task/shop-data.backup',
  );
  expect(task.ages).toEqual({ pods: { ...pods, connectsTo: [] }, task: 'shop-data.backup', servers: ['main', 'eu'] });
  const without = backup({ ...props, ...nightly });
  expect(without.ages).toBeUndefined();
  expect(variables(podOf(without))).not.toHaveProperty('PUSHGATEWAY');
});

test('the removal of tenants is a Job of the last stage, and uses the administrators of the servers', () => {
  const made = find(
    objectsOf(removal({ ...props, administrators: { main: administrator, eu: administrator } })),
    'Job',
  );
  expect(made.metadata.annotations).toMatchObject({ 'argocd.argoproj.io/sync-wave': '1' });
  const pod = made.spec.template.spec;
  expect(variables(pod).ROLES_MADE_BY).toBe('job');
  expect(pod.volumes).toContainEqual({
    name: 'etc-berth-administrators-eu',
    secret: {
      secretName: 'administrator',
      defaultMode: 0o440,
      items: ['POSTGRES_ADMIN_USER', 'POSTGRES_ADMIN_PASSWORD'].map((key) => ({ key, path: key })),
    },
  });
  const byOperator = find(objectsOf(removal({ ...props, administrators: {} })), 'Job').spec.template.spec;
  expect(variables(byOperator).ROLES_MADE_BY).toBe('operator');
  expect(JSON.stringify(byOperator.volumes)).not.toContain('administrators');
});

test('its resources can be set', () => {
  const { resources } = sample().containers[0];
  expect(backup({ ...props, ...nightly, resources }).containers[0]?.resources).toBe(resources);
});
