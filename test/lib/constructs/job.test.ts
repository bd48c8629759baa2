import { Job, jobName } from '../../../lib/constructs/job';
import { Config } from '../../../lib/model/config';
import type { Placement } from '../../../lib/model/kubernetes';
import { Secret } from '../../../lib/model/secret';
import { type TaskProps, task } from '../../../lib/model/task';
import { Duration, Size } from '../../../lib/model/units';
import { sample, synthesize } from '../../construct';
import { find } from '../../support';

const placement: Placement = { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] };
const { image, resources } = sample().containers[0];
const scripts = (text: string) => new Config('shop-data', 'scripts', { 'run.sh': text, 'other.sh': 'x' });

const chore = (changed: Partial<TaskProps> = {}, script = 'echo') =>
  task({
    system: 'shop',
    namespace: 'shop-data',
    name: 'chore',
    containers: [
      {
        name: 'chore',
        image,
        resources,
        command: ['/bin/sh', '/etc/scripts/run.sh'],
        mounts: [{ path: '/etc/scripts', from: scripts(script), keys: ['run.sh'] }],
      },
    ],
    deadline: Duration.minutes(10),
    ...changed,
  });
const objectsOf = (changed: Partial<TaskProps> = {}) =>
  synthesize((chart) => {
    new Job(chart, 'chore', { task: chore(changed), placement });
  });

test('new content gets a new name, since the template of a Job is immutable', () => {
  const name = jobName(chore(), placement);
  expect(name).toMatch(/^chore-[0-9a-f]{10}$/);
  expect(jobName(chore(), placement)).toBe(name);
  expect(jobName(chore({}, 'echo 2'), placement)).not.toBe(name);
  expect(jobName(chore({ retries: 1 }), placement)).not.toBe(name);
  expect(find(objectsOf(), 'Job').metadata.name).toBe(name);
});

test('Argo CD runs it as a hook at each sync, in its wave', () => {
  expect(find(objectsOf({ stage: 'migrations' }), 'Job').metadata.annotations).toEqual({
    'argocd.argoproj.io/hook': 'Sync',
    'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
    'argocd.argoproj.io/sync-wave': '-2',
  });
});

test('a check of what was deployed runs after a sync', () => {
  const [account, job] = ['ServiceAccount', 'Job'].map((kind) => find(objectsOf({ stage: 'verification' }), kind));
  expect(job?.metadata.annotations).toMatchObject({ 'argocd.argoproj.io/hook': 'PostSync' });
  // It is there before.
  expect(account?.metadata.annotations).toEqual({ 'argocd.argoproj.io/sync-wave': '1' });
});

test('it has a deadline and retries, and is deleted after a day', () => {
  const { spec } = find(objectsOf({ retries: 2 }), 'Job');
  expect(spec).toMatchObject({ activeDeadlineSeconds: 600, backoffLimit: 2, ttlSecondsAfterFinished: 86_400 });
  expect(spec.template.spec).toMatchObject({ restartPolicy: 'Never', terminationGracePeriodSeconds: 30 });
});

test('with a schedule it is a CronJob of constant name, in UTC, never twice at a time', () => {
  const { metadata, spec } = find(objectsOf({ schedule: { cron: '7 2 * * *' } }), 'CronJob');
  expect(metadata.name).toBe('chore');
  expect(spec).toMatchObject({ schedule: '7 2 * * *', timeZone: 'Etc/UTC', concurrencyPolicy: 'Forbid' });
  expect(spec).not.toHaveProperty('suspend');
  expect(find(objectsOf({ schedule: { cron: '0 0 1 1 *', suspended: true } }), 'CronJob').spec.suspend).toBe(true);
});

test('files are mounted read-only: scripts for all users of the pod, secrets for its group only', () => {
  const secret = new Secret({
    namespace: 'shop-data',
    name: 'passwords',
    externalName: 'passwords',
    source: { kind: 'manual', revision: 1 },
    values: { a: { remote: 'a', development: '' }, b: { remote: 'b', development: '' } },
  });
  const [own] = chore().containers;
  const mounts = [
    ...(own?.mounts ?? []),
    { path: '/etc/passwords', from: secret, keys: ['a'] },
    { path: '/etc/ca', from: { existing: 'Secret', name: 'ca' } as const, keys: ['ca.crt'] },
  ];
  const { spec } = find(objectsOf({ containers: [{ name: 'chore', image, resources, mounts }] }), 'Job').spec.template;
  expect(spec.volumes).toEqual([
    { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
    {
      name: 'etc-scripts',
      configMap: { name: 'scripts', defaultMode: 0o555, items: [{ key: 'run.sh', path: 'run.sh' }] },
    },
    {
      name: 'etc-passwords',
      secret: { secretName: 'passwords', defaultMode: 0o440, items: [{ key: 'a', path: 'a' }] },
    },
    { name: 'etc-ca', secret: { secretName: 'ca', defaultMode: 0o440, items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
  ]);
  expect(spec.containers[0].volumeMounts).toContainEqual({
    name: 'etc-passwords',
    mountPath: '/etc/passwords',
    readOnly: true,
  });
});

test('containers that name the same path share the volume', () => {
  const work = { scratch: [{ path: '/work', memory: true }], image, resources };
  const { spec } = find(
    objectsOf({ init: [{ name: 'first', ...work }], containers: [{ name: 'second', ...work }] }),
    'Job',
  ).spec.template;
  expect(spec.volumes).toEqual([{ name: 'work', emptyDir: { sizeLimit: '64Mi', medium: 'Memory' } }]);
  expect(spec.initContainers[0].volumeMounts).toEqual(spec.containers[0].volumeMounts);
});

test('a claim is made with the pod, and only the last failed Job of such a task keeps its own', () => {
  const large = { path: '/large', size: Size.gibibytes(9), claim: {} };
  const containers = [{ name: 'chore', image, resources, scratch: [large] }];
  const { spec } = find(objectsOf({ schedule: { cron: '7 2 * * *' }, containers }), 'CronJob');
  expect(spec).toMatchObject({ successfulJobsHistoryLimit: 0, failedJobsHistoryLimit: 1 });
  expect(spec.jobTemplate.spec.template.spec.volumes).toContainEqual({
    name: 'large',
    ephemeral: {
      volumeClaimTemplate: {
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '9Gi' } } },
      },
    },
  });
});
