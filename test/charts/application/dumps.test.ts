import { type Any, find } from '../../support';
import { messageOf, objectsOf } from './application';

const shop = (
  service: string,
  rest = 'backups: { repository: "s3:https://s3.example.com/shop", addresses: [10.0.0.0/8] }',
) => ({
  'prod/shop.yaml': `pattern: microservices
sharedSecrets: { key: { remote: key, about: a key } }
secrets: { kind: manual }
${rest}
monitoring: { enabled: true }
services:
  search: { image: ghcr.io/yourorg/search, tag: v1.0.0, port: 7700, health: /health, scale: { replicas: 1 }, ${service} }
  web: { image: ghcr.io/yourorg/web, tag: v1.0.0, env: { SEARCH: { url: search } } }
`,
});
const DUMP = 'storage: { /data: { size: 5Gi, backup: { dump: [./search, export, --stdout] } } }';
const objects = objectsOf(
  shop(
    `${DUMP}, user: { id: 1000, group: 2000 }, env: { KEY: { secret: key } }, files: { /etc/search/a.ini: { text: a } }, entrypoint: [./search]`,
  ),
);
const job = (name: string): Any => find(objects, 'CronJob', name).spec.jobTemplate.spec.template.spec;
const { containers, initContainers, volumes, affinity, securityContext } = job('search-data-dump');
const [container] = containers;

test('restic runs the command in the image of the service, without its entrypoint, and keeps what it prints', () => {
  expect(container.image).toBe('ghcr.io/yourorg/search:v1.0.0');
  expect(container.command.join(' ')).toBe(
    '/tools/restic backup --retry-lock 5m --force --host shop-production --tag nightly --stdin-filename dump --stdin-from-command -- ./search export --stdout',
  );
  expect(container.args).toBeUndefined();
});

test('it has what the service has: volume, files, variables, user and group', () => {
  expect(volumes).toContainEqual({ name: 'data', persistentVolumeClaim: { claimName: 'search-data' } });
  expect(container.volumeMounts).toEqual(
    expect.arrayContaining([
      { name: 'data', mountPath: '/data' },
      { name: 'etc-search', mountPath: '/etc/search', readOnly: true },
    ]),
  );
  const names = container.env.map(({ name }: Any) => name);
  expect(names).toEqual(expect.arrayContaining(['KEY', 'RESTIC_PASSWORD', 'TMPDIR']));
  expect(securityContext).toMatchObject({ runAsUser: 1000, runAsGroup: 2000, fsGroup: 2000 });
  expect(container.resources.limits.memory).toBe('512Mi');
});

test('its pod is on the node of the pod that has the volume', () => {
  expect(affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution).toEqual([
    {
      labelSelector: { matchLabels: { app: 'shop', component: 'search' } },
      topologyKey: 'kubernetes.io/hostname',
    },
  ]);
});

test('the repository is one of its own, and is made and cleared before the dump', () => {
  expect(initContainers.map(({ name }: Any) => name)).toEqual(['restic', 'prepare']);
  for (const one of [initContainers[1], container, job('search-data-drill').containers[0]])
    expect(one.env).toContainEqual({
      name: 'RESTIC_REPOSITORY',
      value: 's3:https://s3.example.com/shop/volumes/search/data',
    });
});

test('it may connect to the store and to the service itself, which a server that runs is asked by', () => {
  const { egress } = find(objects, 'NetworkPolicy', 'search-data-dump-policy').spec;
  expect(egress.slice(1).map(({ ports }: Any) => ports[0].port)).toEqual([7700, 443]);
  const { ingress } = find(objects, 'NetworkPolicy', 'search-policy').spec;
  expect(ingress[0].from.map(({ podSelector }: Any) => podSelector.matchLabels.component)).toEqual([
    'web',
    'search-data-dump',
  ]);
});

test('a dump that is missing, and one that cannot be read back, are alerts', () => {
  const alerts = find(objects, 'PrometheusRule')
    .spec.groups.flatMap(({ rules }: Any) => rules)
    .map(({ alert, labels }: Any) => `${alert} ${labels?.component}`);
  expect(alerts).toEqual(
    expect.arrayContaining(['BackupTooOld search-data-dump', 'RestoreDrillFailed search-data-drill']),
  );
});

test('a shared volume is dumped on any node', () => {
  const many = shop(DUMP.replace('size: 5Gi', 'size: 5Gi, class: nfs, access: many'));
  const { spec } = find(objectsOf(many), 'CronJob', 'search-data-dump');
  expect(spec.jobTemplate.spec.template.spec.affinity).toBeUndefined();
});

test('in development, where there are no backups, nothing is dumped', () => {
  const dev = { 'dev/shop.yaml': Object.values(shop(DUMP, ''))[0]?.replace('secrets: { kind: manual }', '') as string };
  expect(objectsOf(dev, 'dev').filter(({ kind }) => kind === 'CronJob')).toEqual([]);
});

test.each([
  [
    'a volume of each replica',
    shop(DUMP.replace('size: 5Gi', 'size: 5Gi, access: each')),
    'services.search.storage./data: given dump with access: each, expected access one or many: a command reads one volume',
  ],
  [
    'a pod with a GPU',
    shop(`${DUMP}, gpu: 1`),
    'services.search.storage./data: given dump beside gpu, expected backup: { none: why }: only pods with a GPU run on those nodes',
  ],
  [
    'no place for it',
    shop(DUMP, ''),
    'services.search.storage./data: given dump without a place for it, expected backups: { repository, addresses }',
  ],
  [
    'a place in another namespace',
    shop(DUMP, 'backups: { repository: /backups, claim: nas }'),
    'services.search.storage./data: given dump, and backups.repository is on a volume, which one namespace has; expected a store such as s3:…',
  ],
  [
    'a variable of the store',
    shop(`${DUMP}, env: { AWS_ACCESS_KEY_ID: mine }`),
    'services.search.storage./data: given dump beside the variable AWS_ACCESS_KEY_ID, which backups set for their store, expected another name of it',
  ],
  [
    'a long path',
    shop(DUMP.replace('/data', '/var/lib/search/engine/with/a/long/path/of/data')),
    'given dump, whose CronJob would be search-var-lib-search-engine-with-a-long-path-of-data-dump with 58 characters, expected at most 52: a shorter path',
  ],
  [
    'neither',
    shop(DUMP.replace('dump: [./search, export, --stdout]', 'every: day')),
    'services.search.storage./data.backup',
  ],
])('a dump of %s is refused', (_, files, message) => {
  expect(messageOf(files)).toContain(message);
});
