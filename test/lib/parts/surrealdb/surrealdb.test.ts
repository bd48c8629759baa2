import { Job } from '../../../../lib/constructs/job';
import { Workload } from '../../../../lib/constructs/workload';
import { urlOf } from '../../../../lib/model/address';
import { addresses, to } from '../../../../lib/model/connection';
import type { Placement } from '../../../../lib/model/kubernetes';
import { storeBackups } from '../../../../lib/parts/backup/settings';
import { type SurrealBackupProps, surrealBackups } from '../../../../lib/parts/surrealdb/backup';
import { surrealdb as settings } from '../../../../lib/parts/surrealdb/settings';
import { type SurrealDbProps, surrealdb } from '../../../../lib/parts/surrealdb/surrealdb';
import { manualSecret, synthesize } from '../../../construct';
import { type Any, find } from '../../../support';

const namespace = 'shop';
const placement: Placement = { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] };
const secret = manualSecret(namespace, 'surrealdb', ['USER', 'PASSWORD', 'RESTIC_PASSWORD', 'ID', 'KEY']);
const props: SurrealDbProps = {
  system: 'shop',
  namespace,
  image: { image: 'docker.io/surrealdb/surrealdb', tag: 'v3.3.5-dev' },
  user: { secret, key: 'USER' },
  password: { secret, key: 'PASSWORD' },
  resources: { cpu: { request: '100m', limit: '1' }, memory: { request: '512Mi', limit: '1Gi' } },
  storage: { name: 'database', path: '/data', claim: 'shop-database', size: '4Gi' },
  path: '/data/shop.db',
  runAs: 4000,
};
const server = surrealdb(props);
const config = storeBackups(false).parse({
  repository: 's3:https://s3.example.com/bucket/',
  addresses: ['10.0.0.0/24'],
});

const tasksWith = (own: Partial<SurrealBackupProps> = {}) =>
  surrealBackups({
    system: 'shop',
    namespace,
    endpoint: urlOf(server),
    connection: to(server),
    user: props.user,
    password: props.password,
    client: props.image,
    repository: {
      url: config.repository,
      env: secret.pick('RESTIC_PASSWORD', 'ID', 'KEY'),
      mounts: [],
      connectsTo: [addresses('the store', ['10.0.0.0/24'], 443)],
      volumes: [],
    },
    host: 'shop-production',
    config,
    size: '4Gi',
    ...own,
  });

describe('the server', () => {
  const objects = synthesize((chart) => {
    new Workload(chart, 'surrealdb', { component: server, placement });
  });
  const { spec } = find(objects, 'StatefulSet', 'surrealdb').spec.template;
  const [container] = spec.containers;

  test('user and password come from the Secret, never as arguments', () => {
    expect(container.command.join(' ')).toBe(
      '/surreal start --no-banner --log info --bind 0.0.0.0:8000 rocksdb:/data/shop.db',
    );
    expect(container.env.map(({ name, valueFrom }: Any) => [name, valueFrom.secretKeyRef.key])).toEqual([
      ['SURREAL_USER', 'USER'],
      ['SURREAL_PASS', 'PASSWORD'],
    ]);
  });

  test('it has one pod, a volume of the given claim, and a minute to close it', () => {
    expect(find(objects, 'StatefulSet', 'surrealdb').spec.replicas).toBe(1);
    expect(spec.volumes.at(-1)).toEqual({ name: 'database', persistentVolumeClaim: { claimName: 'shop-database' } });
    expect(spec.terminationGracePeriodSeconds).toBe(60);
    expect(spec.securityContext).toMatchObject({ runAsUser: 4000, fsGroup: 4000 });
    expect(container.readinessProbe.httpGet.path).toBe('/health');
  });
});

describe('backups', () => {
  const files = { claim: 'shop-files', with: { system: 'shop', name: 'api' } };
  const objects = synthesize((chart) => {
    for (const task of tasksWith({ files })) new Job(chart, task.name, { task, placement });
  });
  const podOf = (name: string) => find(objects, 'CronJob', name).spec.jobTemplate.spec.template.spec;

  test('there are a backup, a drill some hours later, and a restore that only a person starts', () => {
    const crons = objects.filter(({ kind }) => kind === 'CronJob') as Any[];
    expect(crons.map(({ metadata, spec }) => [metadata.name, spec.schedule.split(' ')[1], spec.suspend])).toEqual([
      ['surrealdb-backup', '2', undefined],
      ['surrealdb-restore-drill', '6', undefined],
      ['surrealdb-restore', '0', true],
    ]);
    const env = podOf('surrealdb-backup').containers[0].env as Any[];
    const kept = env.filter(({ name }) => name.startsWith('KEEP_')).map(({ value }) => value);
    expect(kept).toEqual(['7', '4', '12']);
    expect(env.find(({ name }) => name === 'RESTIC_REPOSITORY').value).toBe(
      's3:https://s3.example.com/bucket/surrealdb',
    );
  });

  test('there is disk space for the dump, a scratch server and what restic sends', () => {
    const tmp = podOf('surrealdb-backup').volumes.find(({ name }: Any) => name === 'tmp');
    expect(tmp.emptyDir.sizeLimit.value ?? tmp.emptyDir.sizeLimit).toBe(`${2 * 4096 + 128}Mi`);
  });

  test('the files are mounted on the node of their pod, and only a restore writes to them', () => {
    for (const name of ['surrealdb-backup', 'surrealdb-restore-drill', 'surrealdb-restore']) {
      const { affinity, containers, volumes } = podOf(name);
      expect(affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution).toEqual([
        {
          labelSelector: { matchLabels: { app: 'shop', component: 'api' } },
          topologyKey: 'kubernetes.io/hostname',
        },
      ]);
      expect(volumes.at(-1)).toEqual({ name: 'files', persistentVolumeClaim: { claimName: 'shop-files' } });
      const mount = containers[0].volumeMounts.at(-1);
      expect([mount.mountPath, mount.readOnly ?? false]).toEqual(['/files', name !== 'surrealdb-restore']);
    }
  });

  test('without files nothing is mounted', () => {
    for (const { volumes, containers } of tasksWith()) {
      expect([volumes, containers[0]?.env.FILES]).toEqual([[], '']);
    }
  });
});

test('a tag of the server without a version is refused outside development', () => {
  const image = { kind: 'statefulset', tag: 'latest' };
  expect(settings(false).safeParse(image).success).toBe(false);
  expect(settings(true).safeParse(image).success).toBe(true);
  expect(settings(false).parse({ kind: 'statefulset' })).toMatchObject({ tag: 'v3.3.5-dev', storage: '10Gi' });
});
