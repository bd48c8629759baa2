import { storage as rule } from '../../../../lib/checks/rules/storage';
import { DEVELOPMENT, describeRule, findings, parse } from '../manifests';

const KEPT = '{ argocd.argoproj.io/sync-options: Prune=false }';
const SIZE = '{ requests: { storage: 10Gi } }';
const claim = ({ modes = '[ReadWriteOnce]', resources = SIZE, annotations = KEPT } = {}) => `
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data, namespace: shop, annotations: ${annotations} }
spec: { accessModes: ${modes}, resources: ${resources} }
`;

const workload = ({
  kind = 'Deployment',
  spec = '',
  volumes = '[]',
  mounts = '[]',
  image = 'example.com/api:v1',
  more = '',
} = {}) => `
---
apiVersion: apps/v1
kind: ${kind}
metadata: { name: api, namespace: shop }
spec:
  ${spec}
  template:
    spec:
      volumes: ${volumes}
      containers: [{ name: api, image: "${image}", volumeMounts: ${mounts}, ${more} }]
`;

const TMP = { volumes: '[{ name: tmp, emptyDir: { sizeLimit: 64Mi } }]', mounts: '[{ name: tmp, mountPath: /tmp }]' };
const DATA = {
  volumes: '[{ name: data, persistentVolumeClaim: { claimName: data } }]',
  mounts: '[{ name: data, mountPath: /data }]',
};
const templated = (claimSpec = `{ accessModes: [ReadWriteOnce], resources: ${SIZE} }`, more = '') => ({
  kind: 'StatefulSet',
  spec: `volumeClaimTemplates: [{ metadata: { name: data }, spec: ${claimSpec} }]\n  ${more}`,
  mounts: DATA.mounts,
});

const ARCHIVE = 'plugins: [{ name: archive, isWALArchiver: true }]';
const cluster = (name = 'main', more = ARCHIVE, annotations = KEPT) => `
---
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: { name: ${name}, namespace: shop, annotations: ${annotations} }
spec: { instances: 3, ${more} }
`;
const scheduled = (more = 'method: plugin, pluginConfiguration: { name: archive }') => `
---
apiVersion: postgresql.cnpg.io/v1
kind: ScheduledBackup
metadata: { name: backup, namespace: shop }
spec: { schedule: "0 0 3 * * *", cluster: { name: main }, ${more} }
`;

const backup = (kind = 'CronJob', namespace = 'shop', args = '--host=api', cluster = 'main') => `
---
apiVersion: v1
kind: ${kind}
metadata: { name: backup, namespace: ${namespace} }
spec: { schedule: "0 3 * * *", cluster: { name: ${cluster} }, jobTemplate: { spec: { template: { spec: { containers: [{ args: ["${args}"] }] } } } } }
`;

const named = (name: string, selector = '{ app: api }') => `
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { selector: ${selector} }
`;

const judge = (text: string) => findings(rule, parse(text));

describeRule(rule, [
  workload(TMP) + workload(DATA) + claim(),
  workload(templated(undefined, 'persistentVolumeClaimRetentionPolicy: { whenDeleted: Retain }')) +
    cluster() +
    scheduled(),
  workload({ ...DATA, image: 'postgres:16' }) + claim() + named('api') + backup(),
  workload({ ...TMP, volumes: '[{ name: tmp, ephemeral: { volumeClaimTemplate: { spec: { accessModes: [] } } } }]' }),
]);

test.each([
  ['a claim', claim()],
  ['a claim for many', claim({ modes: '[ReadWriteMany, ReadOnlyMany]' })],
  ['the largest claim', claim({ resources: '{ requests: { storage: 64Ti } }' })],
  ['a claim in bytes', claim({ resources: '{ requests: { storage: 1073741824 } }' })],
  [
    'a claim that is not deleted',
    claim({ annotations: '{ argocd.argoproj.io/sync-options: "ServerSideApply=true, Delete=false" }' }),
  ],
  ['a claim that Helm keeps', claim({ annotations: '{ helm.sh/resource-policy: keep }' })],
  ['a volume and its mount', workload(TMP)],
  ['a claim and its mount', workload(DATA) + claim()],
  ['a claim of each pod', workload(templated())],
  [
    'claims that are kept',
    workload(templated(undefined, 'persistentVolumeClaimRetentionPolicy: { whenDeleted: Retain, whenScaled: Retain }')),
  ],
  [
    'a claim as a device',
    workload({ ...templated(), mounts: '[]', more: 'volumeDevices: [{ name: data, devicePath: /dev/xvda }]' }),
  ],
  [
    'two parts of a volume',
    workload({ ...TMP, mounts: '[{ name: tmp, mountPath: /tmp, subPath: a }, { name: tmp, mountPath: /run }]' }),
  ],
  [
    'a claim that goes with the pod',
    workload({
      ...TMP,
      volumes: `[{ name: tmp, ephemeral: { volumeClaimTemplate: { spec: { accessModes: [ReadWriteOnce], resources: ${SIZE} } } } }]`,
    }),
  ],
  ['configuration', workload({ ...TMP, volumes: '[{ name: tmp, configMap: { name: settings } }]' })],
])('%s passes', (_, text) => {
  expect(judge(text)).toEqual([]);
});

const CLAIM = 'PersistentVolumeClaim shop/data';
const POD = 'Deployment shop/api: spec.template.spec';

test.each([
  ['no access mode', claim({ modes: '[]' }), `${CLAIM}: spec.accessModes: given [], expected some of ReadWriteOnce`],
  [
    'an unknown access mode',
    claim({ modes: '[ReadWriteTwice]' }),
    `${CLAIM}: spec.accessModes: given [ReadWriteTwice]`,
  ],
  ['a word for a list', claim({ modes: 'ReadWriteOnce' }), `${CLAIM}: spec.accessModes: given "ReadWriteOnce"`],
  [
    'no size',
    claim({ resources: '{}' }),
    `${CLAIM}: spec.resources.requests.storage: given nothing, expected a size such as 10Gi`,
  ],
  [
    'a size of nothing',
    claim({ resources: '{ requests: { storage: 0Gi } }' }),
    `${CLAIM}: spec.resources.requests.storage: given "0Gi"`,
  ],
  [
    'a size below nothing',
    claim({ resources: '{ requests: { storage: -1Gi } }' }),
    `${CLAIM}: spec.resources.requests.storage: given "-1Gi"`,
  ],
  [
    'a size that is none',
    claim({ resources: '{ requests: { storage: 10GB } }' }),
    `${CLAIM}: spec.resources.requests.storage: given "10GB"`,
  ],
  [
    'a size beyond all disks',
    claim({ resources: '{ requests: { storage: 65Ti } }' }),
    `${CLAIM}: spec.resources.requests.storage: given "65Ti", expected a size such as 10Gi, at most 64Ti`,
  ],
  [
    'a claim that goes with its description',
    claim({ annotations: '{}' }),
    `${CLAIM}: metadata.annotations.argocd.argoproj.io/sync-options: given nothing, expected Prune=false`,
  ],
  [
    'a claim that is pruned',
    claim({ annotations: '{ argocd.argoproj.io/sync-options: Prune=true }' }),
    `${CLAIM}: metadata.annotations.argocd.argoproj.io/sync-options: given "Prune=true"`,
  ],
  [
    'a template without a size',
    workload(templated('{ accessModes: [ReadWriteOnce] }')),
    'StatefulSet shop/api: spec.volumeClaimTemplates[0].spec.resources.requests.storage: given nothing',
  ],
  [
    'a template without a mode',
    workload(templated(`{ resources: ${SIZE} }`)),
    'StatefulSet shop/api: spec.volumeClaimTemplates[0].spec.accessModes: given nothing',
  ],
  [
    'data that goes with the set',
    workload(templated(undefined, 'persistentVolumeClaimRetentionPolicy: { whenDeleted: Delete }')),
    'StatefulSet shop/api: spec.persistentVolumeClaimRetentionPolicy.whenDeleted: given "Delete", expected Retain',
  ],
  [
    'data that goes with a pod',
    workload(templated(undefined, 'persistentVolumeClaimRetentionPolicy: { whenScaled: Delete }')),
    'StatefulSet shop/api: spec.persistentVolumeClaimRetentionPolicy.whenScaled: given "Delete"',
  ],
  [
    'a mount of nothing',
    workload({ mounts: TMP.mounts }),
    `${POD}.containers[0].volumeMounts[0].name: given "tmp", expected the name of a volume`,
  ],
  [
    'a volume for nobody',
    workload({ volumes: TMP.volumes }),
    `${POD}.volumes[0]: given the volume "tmp" that no container mounts`,
  ],
  [
    'a claim of each pod for nobody',
    workload({ ...templated(), mounts: '[]' }),
    'StatefulSet shop/api: spec.volumeClaimTemplates[0]: given the volume "data" that no container mounts',
  ],
  [
    'a mount over another',
    workload({ ...TMP, mounts: '[{ name: tmp, mountPath: /tmp }, { name: tmp, mountPath: /tmp/ }]' }),
    `${POD}.containers[0].volumeMounts[1].mountPath: given "/tmp", where the container mounts another`,
  ],
  [
    'no limit',
    workload({ ...TMP, volumes: '[{ name: tmp, emptyDir: {} }]' }),
    `${POD}.volumes[0].emptyDir.sizeLimit: given nothing, expected a size such as 64Mi`,
  ],
  [
    'a limit of nothing',
    workload({ ...TMP, volumes: '[{ name: tmp, emptyDir: { sizeLimit: 0 } }]' }),
    `${POD}.volumes[0].emptyDir.sizeLimit: given 0`,
  ],
  [
    'a volume without a source',
    workload({ ...TMP, volumes: '[{ name: tmp }]' }),
    `${POD}.volumes[0].emptyDir.sizeLimit: given nothing`,
  ],
  [
    'the disk of the node',
    workload({ ...TMP, volumes: '[{ name: tmp, hostPath: { path: /tmp } }]' }),
    `${POD}.volumes[0].hostPath: given the disk of the node`,
  ],
  [
    'a claim of the pod without a size',
    workload({
      ...TMP,
      volumes: '[{ name: tmp, ephemeral: { volumeClaimTemplate: { spec: { accessModes: [ReadWriteOnce] } } } }]',
    }),
    `${POD}.volumes[0].ephemeral.volumeClaimTemplate.spec.resources.requests.storage: given nothing`,
  ],
])('%s is reported', (_, text, expected) => {
  expect(judge(text)).toEqual([expect.stringContaining(expected)]);
});

const IMAGES =
  'postgres:16 docker.io/bitnami/postgresql:16 mysql mariadb:11 mongo:7 redis:7-alpine redis/redis-stack:7 surrealdb/surrealdb:v2 cockroachdb/cockroach:v24 example.com:5000/my-postgres@sha256:01';

test.each(IMAGES.split(' '))('%s needs a backup where its data is kept', (image) => {
  const told = [
    expect.stringContaining(
      `${POD}.containers[0].image: given a database with a persistent volume, expected a backup of it`,
    ),
  ];
  const folder = /^(postgres|mysql|mariadb)/.test(image) ? '/var/lib' : '/data'; // above where each image keeps its data
  const mounts = `[{ name: data, mountPath: ${folder} }]`;
  const text = workload({ ...DATA, mounts, image }) + claim();
  expect(judge(text)).toEqual(told);
  expect(judge(text + backup('CronJob', 'other'))).toEqual(told);
  expect(judge(text + backup())).toEqual([]);
  expect(judge(text + backup('CronJob', 'shop', 'delete old carts'))).toEqual(told);
  expect(judge(text + backup('ScheduledBackup'))).toEqual(told);
  expect(judge(text + backup('ScheduledBackup', 'shop', '', 'api'))).toEqual([]);
  expect(findings(rule, parse(text), DEVELOPMENT)).toEqual([]);
  expect(judge(workload({ ...TMP, image }))).toEqual([]);
});

test('a backup names the database by its workload, its claim or its Service', () => {
  const image = 'postgres:16';
  const mounts = '[{ name: data, mountPath: /var/lib/postgresql }]';
  const text = (workload({ ...DATA, mounts, image }) + claim()).replace(
    '  template:\n',
    '  template:\n    metadata: { labels: { app: api } }\n',
  );
  const backedUp = (args: string, more = '') => judge(text + more + backup('CronJob', 'shop', args)).length === 0;
  expect(backedUp('pg_dump -h api.shop.svc.cluster.local')).toBe(true);
  expect(backedUp('tar /data data')).toBe(true);
  expect(backedUp('postgres://shop@main-db:5432/shop', named('main-db'))).toBe(true);
  expect(backedUp('postgres://shop@main-db:5432/shop', named('main-db', '{ app: ui }'))).toBe(false);
  expect(backedUp('postgres://shop@main-db:5432/shop', named('main-db', '{}'))).toBe(false);
  expect(backedUp('api-gateway')).toBe(false);
  const templates = workload({ ...templated(), image, mounts });
  expect(judge(templates + backup('CronJob', 'shop', 'copy data-api-0'))).toEqual([]);
});

test('claims that a StatefulSet makes are kept data as well', () => {
  const mounts = '[{ name: data, mountPath: /var/lib/postgresql }]';
  expect(judge(workload({ ...templated(), image: 'postgres:16', mounts }))).toEqual([
    expect.stringContaining('StatefulSet shop/api: spec.template.spec.containers[0].image: given a database'),
  ]);
});

test.each(['example.com/api:v1', 'prometheuscommunity/postgres-exporter:v0.15', 'example.com/postgres/api:v1'])(
  '%s is no database',
  (image) => {
    expect(judge(workload({ ...DATA, image }) + claim())).toEqual([]);
  },
);

test('a cluster of CloudNativePG needs a backup of its own', () => {
  const told = (name: string) => [
    expect.stringContaining(`Cluster shop/${name}: spec.backup: given a database with a persistent volume`),
  ];
  expect(judge(cluster())).toEqual(told('main'));
  expect(judge(cluster() + scheduled())).toEqual([]);
  expect(judge(cluster() + cluster('other') + scheduled())).toEqual(told('other'));
  expect(findings(rule, parse(cluster()), DEVELOPMENT)).toEqual([]);
});

test.each([
  ['is suspended', scheduled('method: plugin, pluginConfiguration: { name: archive }, suspend: true'), ARCHIVE],
  ['names another plug-in', scheduled('method: plugin, pluginConfiguration: { name: other }'), ARCHIVE],
  ['names a plug-in that is off', scheduled(), 'plugins: [{ name: archive, isWALArchiver: true, enabled: false }]'],
  ['has no log to make it consistent', scheduled(), 'plugins: [{ name: archive }]'],
  ['is of a method that the cluster does not have', scheduled(''), ARCHIVE],
])('a ScheduledBackup that %s copies nothing', (_, backups, more) => {
  expect(judge(cluster('main', more) + backups)).toHaveLength(1);
});

test.each([
  ['', 'backup: { barmanObjectStore: { destinationPath: "s3://backups/" } }'],
  ['method: volumeSnapshot', 'backup: { volumeSnapshot: { className: disks } }'],
])('a ScheduledBackup by the method of the Cluster counts: %s', (method, more) => {
  expect(judge(cluster('main', more) + scheduled(method))).toEqual([]);
});

test('the volumes of a cluster of CloudNativePG go with it, so that it is kept', () => {
  expect(judge(cluster('main', ARCHIVE, '{}') + scheduled())).toEqual([
    'Cluster shop/main: metadata.annotations.argocd.argoproj.io/sync-options: given nothing, expected Prune=false, so that the data outlive the manifest',
  ]);
});

const REDIS = { ...DATA, image: 'redis:7.4' };
const told = (text: string, intent?: typeof DEVELOPMENT) => findings(rule, parse(text), intent).join('\n');

test('data are kept where the image keeps them, and may be written', () => {
  const elsewhere = workload({ ...REDIS, mounts: '[{ name: data, mountPath: /var/data }]' }) + claim();
  expect(told(elsewhere)).toMatch(
    /volumeMounts\[0\]\.mountPath: given \/var\/data, expected \/data, where the image redis/,
  );
  const readOnly = workload({ ...REDIS, mounts: '[{ name: data, mountPath: /data, readOnly: true }]' }) + claim();
  expect(told(readOnly)).toMatch(/volumeMounts\[0\]\.readOnly: given true for the data of redis/);
  const many = (workload(REDIS) + claim()).replace('ReadWriteOnce', 'ReadOnlyMany');
  expect(told(many)).toMatch(/given the claim data, which is ReadOnlyMany, for a mount that writes/);
  expect(told(workload(REDIS) + claim())).not.toMatch(/mountPath|readOnly|ReadOnlyMany/);
});

test('a claim is large enough to be begun with', () => {
  expect(told(claim().replace(/storage: \w+/, 'storage: 1Mi'))).toMatch(/storage: given 1Mi, expected at least 16Mi/);
});

test('with intent, a claim that no pod mounts is told of', () => {
  expect(told(claim(), DEVELOPMENT)).toMatch(
    /PersistentVolumeClaim shop\/data: metadata\.name: no pod mounts the claim/,
  );
  expect(told(claim())).not.toMatch(/no pod mounts/);
  expect(told(workload(REDIS) + claim(), DEVELOPMENT)).not.toMatch(/no pod mounts/);
});

test.each([
  ['suspend: true', 'backup', true],
  ['suspend: false', 'backup', false],
  ['suspend: true', 'restore', false],
])('a CronJob with %s named %s', (suspend, name, isTold) => {
  const text = `apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: ${name}, namespace: shop }\nspec: { ${suspend} }\n`;
  expect(/spec\.suspend: given true for a backup/.test(told(text))).toBe(isTold);
});

test.each([
  ['Database', 'databaseReclaimPolicy: delete', /databaseReclaimPolicy: given delete/],
  ['DatabaseRole', 'databaseRoleReclaimPolicy: delete', /databaseRoleReclaimPolicy: given delete/],
  ['Database', 'ensure: absent', /spec\.ensure: given absent/],
  ['Database', 'databaseReclaimPolicy: retain, ensure: present', /^$/],
])('a %s of CloudNativePG with %s', (kind, spec, expected) => {
  const text = `apiVersion: postgresql.cnpg.io/v1\nkind: ${kind}\nmetadata: { name: acme, namespace: shop }\nspec: { ${spec} }\n`;
  expect(told(text)).toMatch(expected);
});
