import { check } from '../../lib/checks/check';
import { formatViolation } from '../../lib/checks/cluster/violation';
import type { System } from '../../lib/model/system';
import type { BackupsConfig } from '../../lib/parts/backup/settings';
import { intentOf, prerequisitesOf } from '../../lib/pipeline/intent';
import type { Any } from '../support';
import {
  ephitupSettings,
  ephitupSystem,
  objectsOf,
  pliersSettings,
  pliersSystem,
  salientSettings,
  salientSystem,
} from '../systems';

// Every task of every system, with each kind of repository.

const addresses = ['10.20.8.0/24'];
const STORES: Readonly<Record<string, Partial<BackupsConfig>>> = {
  azure: { repository: 'azure:shop-backups:/', addresses },
  gs: { repository: 'gs:shop-backups:/prod', addresses },
  rest: { repository: 'rest:https://backups.example.com:8000/shop/', addresses },
  path: { repository: '/backups', claim: 'nas', addresses: undefined },
};
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  azure: ['AZURE_ACCOUNT_NAME', 'AZURE_ACCOUNT_KEY'],
  gs: ['GOOGLE_APPLICATION_CREDENTIALS'],
  rest: ['RESTIC_REST_USERNAME', 'RESTIC_REST_PASSWORD'],
  path: [],
};

const SYSTEMS: readonly [string, (backups: Any) => System, string[]][] = [
  [
    'salient',
    (own) => {
      const { backups, tenants } = salientSettings('prod');
      const [first, ...others] = tenants;
      const removed = [{ ...first, state: 'removed' }, ...others] as typeof tenants;
      return salientSystem('prod', { backups: { ...backups, ...own }, tenants: removed });
    },
    ['backup', 'restore-drill', 'restore', 'removal'],
  ],
  [
    'pliers',
    (own) => pliersSystem('staging', { backups: { ...pliersSettings('staging').backups, ...own } }),
    ['backup', 'restore-drill', 'restore', 'redis-backup', 'redis-restore-drill', 'redis-restore'],
  ],
  [
    'ephitup',
    (own) => ephitupSystem('prod', { backups: { ...ephitupSettings('prod').backups, ...own } }),
    ['surrealdb-backup', 'surrealdb-restore-drill', 'surrealdb-restore'],
  ],
];

const cases = SYSTEMS.flatMap(([name, make, tasks]) =>
  Object.keys(STORES).map((kind) => ({ name, kind, make, tasks })),
);

describe.each(cases)('$name with a repository of the kind $kind', ({ kind, make, tasks }) => {
  const system = make(STORES[kind]);
  const objects = objectsOf(system) as Any[];
  const own = system.tasks.filter(({ containers: [one] }) => one && 'RESTIC_REPOSITORY' in one.env);
  const podOf = (name: string) => {
    const { kind: of, spec } = objects.find(
      ({ kind: one, metadata }) => ['Job', 'CronJob'].includes(one) && metadata.labels.component === name,
    );
    return (of === 'CronJob' ? spec.jobTemplate.spec : spec).template.spec;
  };

  test('its objects pass all rules', () => {
    const all = check(objects, prerequisitesOf(system), intentOf(system));
    expect(all.map(formatViolation)).toEqual([]);
  });

  test('each task has its variables, and none of another kind', () => {
    expect(own.map(({ name }) => name).sort()).toEqual([...tasks].sort());
    for (const { name } of own) {
      const names = podOf(name).containers[0].env.map((one: Any) => one.name);
      expect(names.filter((one: string) => /^(AWS|AZURE|GOOGLE|RESTIC_REST)_/.test(one))).toEqual(VARIABLES[kind]);
    }
    const secret = objects.find(({ metadata }) => metadata.name === 'backup-external-secret');
    expect(secret.spec.data).toHaveLength(kind === 'gs' ? 2 : 1 + (VARIABLES[kind] as string[]).length);
  });

  test('only a path is a volume, and all others are a connection', () => {
    for (const { name, connectsTo } of own) {
      const store = connectsTo.filter(({ to }) => typeof to === 'string' && to.endsWith('of the backups'));
      expect(store).toHaveLength(kind === 'path' ? 0 : 1);
      const { containers, volumes } = podOf(name);
      const claims = volumes.flatMap((one: Any) => one.persistentVolumeClaim?.claimName ?? []);
      expect(claims.includes('nas')).toBe(kind === 'path');
      const at = containers[0].volumeMounts.map(({ mountPath }: Any) => mountPath);
      expect(at.includes('/backups')).toBe(kind === 'path');
      expect(at.includes('/etc/berth/store')).toBe(kind === 'gs');
    }
  });
});

test('the tasks of PostgreSQL and of Redis have one group on a volume, though they are different users', () => {
  const { tasks } = (SYSTEMS[1] as (typeof SYSTEMS)[number])[1](STORES.path);
  const system = (SYSTEMS[1] as (typeof SYSTEMS)[number])[1](STORES.path);
  const contexts = (objectsOf(system) as Any[])
    .filter(({ kind }) => kind === 'CronJob')
    .map(({ spec }) => spec.jobTemplate.spec.template.spec.securityContext);
  expect(tasks.filter(({ volumes }) => volumes.length > 0)).toHaveLength(contexts.length);
  expect([...new Set(contexts.map(({ runAsUser }) => runAsUser))].sort()).toEqual([70, 999]);
  expect([...new Set(contexts.map(({ fsGroup }) => fsGroup))]).toEqual([10_001]);
});

test('beside the files of an application, the volume is handed to the user of both', () => {
  const system = ephitupSystem('staging', {
    backups: { ...ephitupSettings('staging').backups, ...STORES.path } as Any,
  });
  const [pod] = (objectsOf(system) as Any[])
    .filter(({ kind, metadata }) => kind === 'CronJob' && metadata.name === 'surrealdb-backup')
    .flatMap(({ spec }) => spec.jobTemplate.spec.template.spec);
  const { securityContext, volumes } = pod;
  expect(securityContext.fsGroup).toBe(securityContext.runAsUser);
  expect(volumes.flatMap((one: Any) => one.persistentVolumeClaim?.claimName ?? [])).toEqual([
    'nas',
    'ephitup-shared-files',
  ]);
});
