import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Job } from '../../../../lib/constructs/job';
import { Workload } from '../../../../lib/constructs/workload';
import { addresses, to } from '../../../../lib/model/connection';
import type { Placement } from '../../../../lib/model/kubernetes';
import type { Task } from '../../../../lib/model/task';
import {
  type RedisBackupProps,
  redisBackup,
  redisRestore,
  redisRestoreDrill,
} from '../../../../lib/parts/redis/backup';
import { maxMemory, type RedisProps, redis, redisConfig } from '../../../../lib/parts/redis/redis';
import { manualSecret, synthesize } from '../../../construct';
import { type Any, find, ROOT } from '../../../support';

const namespace = 'shop-data';
const placement: Placement = { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] };

const secret = (name: string, ...keys: string[]) => manualSecret(namespace, name, keys);
const passwords = secret('redis-passwords', 'REDIS_PASSWORD', 'BACKUP_PASSWORD');
const store = secret('backup-credentials', 'RESTIC_PASSWORD', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY');
const config = redisConfig({ namespace, memory: '512Mi' });
const props: RedisProps = {
  system: 'shop',
  namespace,
  image: { image: 'docker.io/library/redis', tag: '7-alpine' },
  password: { secret: passwords, key: 'REDIS_PASSWORD' },
  backupPassword: { secret: passwords, key: 'BACKUP_PASSWORD' },
  config,
  resources: { cpu: { request: '100m', limit: '1' }, memory: { request: '256Mi', limit: '512Mi' } },
  size: '2Gi',
  storageClass: 'fast',
};
const server = redis(props);
const objects = synthesize((chart) => {
  new Workload(chart, 'redis', { component: server, placement });
});
const { spec } = find(objects, 'StatefulSet', 'redis').spec.template;
const [container] = spec.containers;

describe('memory', () => {
  test.each([
    ['96Mi', 29],
    ['128Mi', 43],
    ['512Mi', 218],
    ['1Gi', 450],
    ['1G', 418],
    ['8Gi', 3709],
  ])('of a limit of %s, %d MiB are for data', (limit, expected) => {
    expect(maxMemory(limit)).toBe(expected);
  });

  test('the memory limit has room for two copies of the data, their fragmentation and the server itself', () => {
    for (let mib = 96; mib < 65_536; mib += 97) {
      const data = maxMemory(`${mib}Mi`);
      expect(2 * 1.1 * data + 32).toBeLessThan(mib + 0.001);
      expect(2 * 1.1 * (data + 2) + 32).toBeGreaterThan(mib);
    }
  });

  test.each(['64Mi', '0', 'much', '1Zi'])('%s is refused', (limit) => {
    expect(() => maxMemory(limit)).toThrow(`Redis has a memory limit of ${limit}, expected 96Mi or more`);
  });

  test('a volume that is too small for the old and the new log is refused', () => {
    expect(() => redis({ ...props, size: '600Mi' })).toThrow(
      'redis may hold 218 MiB and has a volume of 600Mi, expected 654Mi or more',
    );
    expect(redis({ ...props, size: '654Mi' }).storage[0]?.size).toBe('654Mi');
  });
});

describe('a cache', () => {
  const { size: _, backupPassword: __, ...others } = props;
  const cache = redis({ ...others, config: redisConfig({ namespace, memory: '512Mi', keep: false }) });

  test('it has no log and no volume, nearly all of its memory for data, and drops what was not used for long', () => {
    expect(redisConfig({ namespace, memory: '512Mi', keep: false }).data['settings.conf']).toBe(
      'maxmemory 436mb\nmaxclients 1000\nappendonly no\nmaxmemory-policy allkeys-lru\n',
    );
    expect(cache.storage).toEqual([]);
  });

  test('its pod is replaced and never doubled', () => {
    const made = synthesize((chart) => {
      new Workload(chart, 'redis', { component: cache, placement });
    });
    expect(find(made, 'Deployment', 'redis').spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    expect(made.filter(({ kind }) => kind === 'PersistentVolumeClaim')).toEqual([]);
  });
});

describe('the server', () => {
  test('its Service is named "redis", and its data is on a volume', () => {
    expect(find(objects, 'Service', 'redis').spec.ports).toEqual([
      { name: 'redis', port: 6379, targetPort: 'redis', protocol: 'TCP' },
    ]);
    const claim = find(objects, 'PersistentVolumeClaim', 'redis-data');
    expect(claim.spec).toMatchObject({ storageClassName: 'fast', resources: { requests: { storage: '2Gi' } } });
    expect(container.volumeMounts).toContainEqual({ name: 'data', mountPath: '/data' });
  });

  test('its probes are those of the seed, and it has ten minutes to read its log', () => {
    const seed = { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 5 };
    expect(container.livenessProbe).toMatchObject(seed);
    expect(container.readinessProbe).toMatchObject(seed);
    expect(container.startupProbe.periodSeconds * container.startupProbe.failureThreshold).toBe(600);
    expect(container.livenessProbe.exec.command).toEqual(['/bin/sh', '/etc/redis/ping.sh']);
  });

  test('it writes only to its volume and to memory, as the user of the image', () => {
    expect(spec.securityContext).toMatchObject({ runAsUser: 999, runAsGroup: 999, fsGroup: 999, runAsNonRoot: true });
    expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
    const writable = container.volumeMounts.filter(({ readOnly }: { readOnly?: boolean }) => !readOnly);
    expect(writable.map(({ mountPath }: { mountPath: string }) => mountPath)).toEqual(['/run/redis', '/tmp', '/data']);
    expect(spec.volumes).toContainEqual({ name: 'run-redis', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } });
  });

  test('passwords are environment variables from the Secret, and nowhere else', () => {
    const from = (key: string) => ({ valueFrom: { secretKeyRef: { name: 'redis-passwords', key } } });
    expect(container.env).toEqual([
      { name: 'REDISCLI_AUTH', ...from('REDIS_PASSWORD') },
      { name: 'BACKUP_PASSWORD', ...from('BACKUP_PASSWORD') },
    ]);
    expect(container.command).toEqual(['/bin/sh', '/etc/redis/redis.sh']);
    expect(container.args).toBeUndefined();
    const { backupPassword: _, ...without } = props;
    expect(Object.keys(redis(without).containers[0].env)).toEqual(['REDISCLI_AUTH']);
  });

  test('its ConfigMap has the files of the folder and the settings for its memory', () => {
    for (const file of ['redis.conf', 'redis.sh', 'ping.sh'] as const) {
      expect(config.data[file]).toBe(readFileSync(join(ROOT, 'lib/parts/redis', file), 'utf8'));
    }
    expect(config.data['settings.conf']).toBe('maxmemory 218mb\nmaxclients 1000\n');
    const other = redisConfig({ namespace, name: 'cache-config', memory: '1Gi', maxClients: 50 });
    expect([other.name, other.data['settings.conf']]).toEqual(['cache-config', 'maxmemory 450mb\nmaxclients 50\n']);
  });

  test.each([
    'appendonly yes',
    'appendfsync everysec',
    'protected-mode yes',
    'maxmemory-policy volatile-lru',
    'aclfile /run/redis/users.acl',
    'enable-debug-command no',
    'include /etc/redis/settings.conf',
  ])('redis.conf has: %s', (line) => {
    expect((config.data['redis.conf'] as string).split('\n')).toContain(line);
  });
});

describe('backups', () => {
  const backups: RedisBackupProps = {
    system: 'shop',
    namespace,
    server,
    password: { secret: passwords, key: 'BACKUP_PASSWORD' },
    restic: { image: 'docker.io/restic/restic', tag: '0.18.0' },
    repository: {
      url: 's3:https://s3.example.com/backups',
      env: store.pick('RESTIC_PASSWORD', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'),
      mounts: [],
      connectsTo: [addresses('the store', ['192.0.2.0/24'], 443)],
      volumes: [],
    },
    host: 'shop-production',
  };
  const nightly = redisBackup({ ...backups, hour: 22, keep: { daily: 7, weekly: 4, monthly: 12 } });
  const drill = redisRestoreDrill({ ...backups, hour: 22, drill: { rpo: 86_400, rto: 3600 } });
  const restore = redisRestore(backups);
  const cronJob = (task: Task) =>
    find(
      synthesize((chart) => {
        new Job(chart, 'task', { task, placement });
      }),
      'CronJob',
    );
  const podOf = (task: Task) => cronJob(task).spec.jobTemplate.spec.template.spec;
  const variables = (task: Task): Any =>
    Object.fromEntries(
      podOf(task).containers[0].env.map(({ name, value, valueFrom }: Any) => [name, value ?? valueFrom]),
    );

  test('a dump runs each night, the drill hours later, and a restore only when a person starts it', () => {
    const [backup, proof, person] = [nightly, drill, restore].map((task) => cronJob(task));
    expect([backup, proof, person].map(({ metadata }) => metadata.name)).toEqual([
      'redis-backup',
      'redis-restore-drill',
      'redis-restore',
    ]);
    const [minute] = backup.spec.schedule.split(' ');
    expect(Number(minute)).toBeGreaterThanOrEqual(30);
    expect(Number(minute)).toBeLessThan(60);
    expect(backup.spec.schedule).toBe(`${minute} 22 * * *`);
    expect(proof.spec.schedule).toBe(`${minute} 2 * * *`);
    expect([backup, proof, person].map(({ spec: { suspend } }) => suspend)).toEqual([undefined, undefined, true]);
    expect(person.spec.jobTemplate.spec.backoffLimit).toBe(0);
  });

  test('they have the retention, the objectives and a repository of their own', () => {
    expect(variables(nightly)).toMatchObject({
      REDIS_HOST: 'redis.shop-data.svc.cluster.local',
      REDIS_PORT: '6379',
      REDIS_PASSWORD: { secretKeyRef: { name: 'redis-passwords', key: 'BACKUP_PASSWORD' } },
      RESTIC_REPOSITORY: 's3:https://s3.example.com/backups/redis',
      SNAPSHOT_HOST: 'shop-production',
      KEEP_DAILY: '7',
      KEEP_WEEKLY: '4',
      KEEP_MONTHLY: '12',
    });
    expect(variables(drill)).toMatchObject({ RPO_SECONDS: '86400', RTO_SECONDS: '3600' });
    expect(variables(restore)).toMatchObject({ SNAPSHOT: 'latest', EMPTY_FIRST: 'no' });
    const slash = { ...backups, repository: { ...backups.repository, url: 's3:https://s3.example.com/backups/' } };
    expect(variables(redisRestore(slash)).RESTIC_REPOSITORY).toBe('s3:https://s3.example.com/backups/redis');
  });

  test('they run in the image of the server, as its user, with room for all its data', () => {
    const pod = podOf(drill);
    expect(pod.containers[0].image).toBe(container.image);
    expect(pod.securityContext.runAsUser).toBe(999);
    // 1.2 × 218 MiB, and restic.
    expect(pod.containers[0].resources.limits.memory).toBe('646Mi');
    expect(pod.volumes).toContainEqual({ name: 'tmp', emptyDir: { sizeLimit: '628Mi' } });
    expect(pod.initContainers[0].command[0]).toBe('/bin/cp');
  });

  test('they connect only to Redis and the S3 store', () => {
    for (const task of [nightly, drill, restore]) {
      expect(task.connectsTo).toEqual([to(server), ...backups.repository.connectsTo]);
    }
  });
});
