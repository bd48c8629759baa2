import { Job } from '../../../../lib/constructs/job';
import { Config } from '../../../../lib/model/config';
import { addresses } from '../../../../lib/model/connection';
import type { Placement } from '../../../../lib/model/kubernetes';
import { Secret } from '../../../../lib/model/secret';
import type { ProvisionedTenants, ProvisioningProps } from '../../../../lib/parts/provisioning/provisioning';
import { provisioning, provisioningScripts } from '../../../../lib/parts/provisioning/provisioning';
import { sample, server, synthesize } from '../../../construct';
import { type Any, find } from '../../../support';

const placement: Placement = { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] };
const { resources } = sample().containers[0];
const namespace = 'shop-data';

function secret(name: string, keys: readonly string[], revision = 0): Secret {
  const values = Object.fromEntries(keys.map((key) => [key, { remote: name, property: key, development: key }]));
  return new Secret({
    namespace,
    name,
    externalName: name,
    source: { kind: 'manual', revision: 1 },
    values,
    revision,
  });
}

const main = server('main', {
  host: 'db.example.com',
  port: '5432',
  tls: 'verify-full',
  ca: new Config(namespace, 'main-ca', { 'ca.crt': '' }),
  connection: addresses('the database server', ['10.1.0.0/16'], 5432),
});
const eu = server('eu', {
  host: 'eu.example.com',
  port: '5433',
  tls: 'require',
  connection: addresses('the other one', ['10.2.0.0/16'], 5433),
});
const administrator = secret('credentials', [
  'POSTGRES_ADMIN_USER',
  'POSTGRES_ADMIN_PASSWORD',
  'POSTGRES_SUPERUSER_PASSWORD',
]);
const roles = { owner: 'shop_owner', backup: 'shop_backup', restore: 'shop_restore' };
const tenants: ProvisionedTenants = {
  prefix: 'tenant_',
  tenantPasswords: secret('tenants', ['acme']),
  reader: 'shop_reader',
  writer: 'shop_writer',
  scheme: 'postgresql',
  pooler: sample({ namespace: 'shop', service: 'pooler', ports: { postgres: 6432 } }),
  parallel: 4,
};
const tables = (tenants: string) => new Config(namespace, 'tenants', { 'servers.tsv': '', 'tenants.tsv': tenants });

const props: ProvisioningProps = {
  system: 'shop',
  namespace,
  image: { image: 'docker.io/library/postgres', tag: '16-alpine' },
  tables: tables('acme\tactive\tmain\t-1\t1\tAcme\n'),
  servers: [main, eu],
  administrators: { main: administrator, eu: administrator },
  adminDatabase: 'shop_admin',
  roles,
  rolePasswords: secret('roles', [...Object.values(roles), 'shop_reader', 'shop_writer', 'shop_stats']),
  tenants,
  resources,
};
const jobOf = (changed: Partial<ProvisioningProps> = {}): Any =>
  find(
    synthesize((chart) => {
      new Job(chart, 'provisioning', { task: provisioning({ ...props, ...changed }), placement });
    }),
    'Job',
  );
const volumesOf = (job: Any): Record<string, Any> =>
  Object.fromEntries(
    job.spec.template.spec.volumes.map(({ name, ...volume }: Any) => [
      name,
      (volume.secret ?? volume.configMap)?.items?.map(({ key }: Any) => key),
    ]),
  );
const variablesOf = (job: Any): Record<string, string> =>
  Object.fromEntries(job.spec.template.spec.containers[0].env.map(({ name, value }: Any) => [name, value]));

test('the script gets the variables and passwords that it needs, and no others', () => {
  expect(volumesOf(jobOf())).toEqual({
    tmp: undefined,
    'etc-berth-scripts': undefined,
    'etc-berth-data': undefined,
    'etc-berth-roles': ['shop_owner', 'shop_reader', 'shop_writer', 'shop_backup', 'shop_restore'],
    'etc-berth-tenants': undefined,
    'etc-berth-administrators-main': ['POSTGRES_ADMIN_USER', 'POSTGRES_ADMIN_PASSWORD'],
    'etc-berth-administrators-eu': ['POSTGRES_ADMIN_USER', 'POSTGRES_ADMIN_PASSWORD'],
    'etc-berth-ca-main': ['ca.crt'],
  });
  expect(variablesOf(jobOf())).toEqual({
    ADMIN_DATABASE: 'shop_admin',
    TENANT_PREFIX: 'tenant_',
    OWNER_ROLE: 'shop_owner',
    READER_ROLE: 'shop_reader',
    WRITER_ROLE: 'shop_writer',
    BACKUP_ROLE: 'shop_backup',
    RESTORE_ROLE: 'shop_restore',
    CONNECTION_SCHEME: 'postgresql',
    POOLER_HOST: 'pooler.shop.svc.cluster.local',
    POOLER_PORT: '6432',
    ROLES_MADE_BY: 'job',
    PARALLEL: '4',
    ROLES_REVISION: '',
    TENANTS_REVISION: '',
  });
});

test('without tenants their variables are absent, and init SQL can be run', () => {
  const { tenants: _, ...without } = props;
  const init = new Config(namespace, 'init', { 'init.sql': 'select 1;' });
  const task = provisioning({ ...without, init });
  const [container] = task.containers;
  expect(Object.keys(container?.env ?? {})).toEqual([
    'ADMIN_DATABASE',
    'OWNER_ROLE',
    'BACKUP_ROLE',
    'RESTORE_ROLE',
    'ROLES_REVISION',
    'ROLES_MADE_BY',
  ]);
  const from = Object.fromEntries(container?.mounts.map((mount) => [mount.path, mount]) ?? []);
  expect(from['/etc/berth/roles']?.keys).toEqual(['shop_owner', 'shop_backup', 'shop_restore']);
  expect(from['/etc/berth/init']?.from).toBe(init);
  expect(from).not.toHaveProperty('/etc/berth/tenants');
  // One database per server, and on the first one the lock.
  expect(task.connectsTo.map(({ pool }) => pool?.perPod)).toEqual([2, 1]);
});

test('a server whose roles an operator creates has no administrator', () => {
  const job = jobOf({ administrators: { eu: administrator } });
  expect(variablesOf(job).ROLES_MADE_BY).toBe('operator');
  expect(volumesOf(job)).not.toHaveProperty('etc-berth-administrators-main');
  expect(volumesOf(job)).toHaveProperty('etc-berth-administrators-eu');
});

test('it runs again when the list of tenants or the revision of a password changes, and before the workloads', () => {
  const { name, annotations } = jobOf().metadata;
  expect(annotations).toMatchObject({ 'argocd.argoproj.io/sync-wave': '-3' });
  expect(jobOf().metadata.name).toBe(name);
  expect(jobOf({ tables: tables('') }).metadata.name).not.toBe(name);
  expect(jobOf({ tenants: { ...tenants, tenantPasswords: secret('tenants', ['acme'], 1) } }).metadata.name).not.toBe(
    name,
  );
});

test('it has a deadline and retries', () => {
  const { spec } = jobOf();
  expect(spec).toMatchObject({ activeDeadlineSeconds: 3600, backoffLimit: 3 });
  expect(spec.template.spec.securityContext).toMatchObject({ runAsUser: 70, fsGroup: 70 });
});

test('every file that the scripts refer to is in the ConfigMap', () => {
  const files = provisioningScripts(namespace).data;
  const texts = Object.values(files).join('\n');
  const named = [...texts.matchAll(/(?:"\$SCRIPTS\/|\\ir )([a-z.]+)/g)].map(([, file]) => file as string);
  expect([...new Set(named), 'provision.sh'].sort()).toEqual(Object.keys(files).sort());
});
