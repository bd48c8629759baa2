import type { Any } from '../../../support';
import { container, deployment, object, podSpec, statefulSet, told } from '../right';

const DIGEST = `@sha256:${'a'.repeat(64)}`;
const mounted = (...paths: string[]) => ({
  volumeMounts: paths.map((mountPath, index) => ({ name: `v${index}`, mountPath })),
});
const emptyDirs = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `v${index}`, emptyDir: {} }));
const written = (image: string, fields: object = {}, volumes: object[] = emptyDirs(4), ...more: Any[]) =>
  told([deployment('web', podSpec({ volumes }, container({ image, ...fields }))), ...more]).flatMap((line) => {
    const [, folders] =
      /readOnlyRootFilesystem: given true for the image \S+, which writes (.*), expected/.exec(line) ?? [];
    return folders === undefined ? [] : folders.split(' and ');
  });

test.each([
  ['nginx:1.27-alpine', ['/var/cache/nginx', '/var/run']],
  [`docker.io/nginx${DIGEST}`, ['/var/cache/nginx', '/var/run']],
  [`index.docker.io/library/nginx:1.27${DIGEST}`, ['/var/cache/nginx', '/var/run']],
  ['public.ecr.aws/docker/library/nginx:1.27', ['/var/cache/nginx', '/var/run']],
  ['public.ecr.aws/nginx/nginx:1.27', ['/var/cache/nginx', '/var/run']],
  ['localhost:5000/library/nginx:1.27', ['/var/cache/nginx', '/var/run']],
  ['nginxinc/nginx-unprivileged:1.27', ['/tmp']],
  ['ghcr.io/nginxinc/nginx-unprivileged:1.27', ['/tmp']],
  ['httpd:2.4', ['/usr/local/apache2/logs']],
  ['postgis/postgis:16-3.4', ['/var/run/postgresql']],
  ['mysql:8.4', ['/var/run/mysqld', '/tmp']],
  ['mariadb:11', ['/run/mysqld', '/tmp']],
  ['mongo:7', ['/data/db', '/tmp']],
  ['valkey/valkey:8', ['/data']],
  ['rabbitmq:4-management', ['/var/lib/rabbitmq']],
  [
    'docker.elastic.co/elasticsearch/elasticsearch:8.14.0',
    ['/usr/share/elasticsearch/data', '/usr/share/elasticsearch/logs', '/tmp'],
  ],
  ['grafana/grafana-oss:11.1.0', ['/var/lib/grafana']],
  ['quay.io/prometheus/prometheus:v3.0.0', ['/prometheus']],
  ['prom/alertmanager:v0.27.0', ['/alertmanager']],
  ['wordpress:6.7', ['/var/run/apache2', '/tmp']],
  ['php:8.3-apache', ['/var/run/apache2', '/tmp']],
  ['bitnami/nginx:1.27', ['/opt/bitnami/nginx/tmp', '/tmp']],
  ['docker.io/bitnamilegacy/postgresql:16', ['/opt/bitnami/postgresql/conf', '/opt/bitnami/postgresql/tmp', '/tmp']],
])('%s needs %j on a read-only root', (image, folders) => {
  expect(written(image)).toEqual(folders);
  expect(written(image, mounted(...folders))).toEqual([]);
});

test.each([
  'wordpress:6.7-fpm',
  'php:8.3-fpm',
  'traefik:v3.1',
  'haproxy:3.0',
  'memcached:1.6',
  'busybox:1.36',
  'example.com/nginx:1',
  'example.com/our/nginx:1',
])('%s is not known to need a folder', (image) => expect(written(image)).toEqual([]));

test('a volume that cannot be written does not help', () => {
  const paths = mounted('/var/cache/nginx', '/var/run');
  const [cache, run] = paths.volumeMounts;
  const nginx = (fields: object, volumes?: object[]) => written('nginx:1', fields, volumes);
  expect(nginx({ volumeMounts: [{ ...cache, readOnly: true }, run] })).toEqual(['/var/cache/nginx']);
  const config = { configMap: { name: 'conf', optional: true } };
  expect(
    nginx(paths, [
      { name: 'v0', ...config },
      { name: 'v1', emptyDir: {} },
    ]),
  ).toEqual(['/var/cache/nginx']);
});

test('what the container is given may say another folder', () => {
  const files = 'pid /tmp/nginx.pid;\nhttp { client_body_temp_path /tmp/body; }';
  const conf = object('v1', 'ConfigMap', 'conf', { data: { 'nginx.conf': files } });
  const volume = [{ name: 'v0', configMap: { name: 'conf' } }];
  expect(written('nginx:1', mounted('/etc/nginx/conf.d'), volume, conf)).toEqual([]);
  expect(written('nginx:1', { args: ['nginx', '-g', 'pid /tmp/nginx.pid; daemon off;'] })).toEqual([
    '/var/cache/nginx',
  ]);
  expect(written('redis:7', { args: ['redis-server', '--save', '', '--appendonly', 'no'] })).toEqual([]);
  expect(written('redis:7', { args: ['redis-server', '--save', '', '--appendonly', 'yes'] })).toEqual(['/data']);
  expect(written('grafana/grafana:11', { env: [{ name: 'GF_PATHS_DATA', value: '/tmp' }] })).toEqual([]);
  expect(written('prom/prometheus:v3', { args: ['--storage.tsdb.path=/data'] })).toEqual([]);
});

test('another program than the server of the image writes nothing', () => {
  expect(written('mysql:8', { command: ['mysqldump'] })).toEqual([]);
  expect(written('postgres:16', { args: ['psql', '-c', 'select 1'] })).toEqual([]);
  expect(written('postgres:16', { args: ['-c', 'max_connections=10'] })).toEqual(['/var/run/postgresql']);
  expect(written('redis:7', { command: ['/usr/local/bin/redis-server', '/etc/redis.conf'] })).toEqual(['/data']);
});

const CLAIM = {
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};
const DATA = '/var/lib/postgresql/data';
const database = (image: string, mount: object, fields: object = {}, ...more: Any[]) => {
  const one = container({
    ...{ image, securityContext: { ...container().securityContext, readOnlyRootFilesystem: false }, ...fields },
    volumeMounts: [{ name: 'data', mountPath: DATA, ...mount }],
  });
  return told([statefulSet('db', podSpec({}, one), { volumeClaimTemplates: [CLAIM] }), ...more]).filter((line) =>
    /mountPath: given/.test(line),
  );
};
const config = object('v1', 'ConfigMap', 'conf', { data: { PGDATA: '/pg', folder: '/pg/data' } });
const FROM = { envFrom: [{ configMapRef: { name: 'conf' } }] };
const KEY = (key: string) => ({ env: [{ name: 'PGDATA', valueFrom: { configMapKeyRef: { name: 'conf', key } } }] });

test.each<[string, string, object, object]>([
  ['as the image has it', 'postgres:16', {}, {}],
  ['with a slash at its end', 'postgres:16', { mountPath: `${DATA}/` }, {}],
  ['of an image that is made from it', 'timescale/timescaledb:2.15.0-pg16', {}, {}],
  ['of a ConfigMap of variables', 'postgres:16', { mountPath: '/pg' }, FROM],
  ['of a key of a ConfigMap', 'postgres:16', { mountPath: '/pg' }, KEY('PGDATA')],
])('PGDATA that is the disk itself is told of: %s', (_, image, mount, fields) => {
  expect(database(image, mount, fields, config)).toEqual([expect.stringContaining('which is PGDATA itself')]);
});

test.each<[string, string, object, object]>([
  ['a folder of the disk', 'postgres:16', { subPath: 'pg' }, {}],
  ['a folder by the name of the pod', 'postgres:16', { subPathExpr: '$(NAME)' }, {}],
  ['a folder below, of a ConfigMap', 'postgres:16', { mountPath: '/pg' }, KEY('folder')],
  ['a variable that a Secret may hold', 'postgres:16', {}, { envFrom: [{ secretRef: { name: 's', optional: true } }] }],
  ['the folder above, of a new version', 'postgres:18', { mountPath: '/var/lib/postgresql' }, {}],
  ['another program', 'postgres:16', {}, { command: ['pg_dump'] }],
])('a disk for PostgreSQL is right: %s', (_, image, mount, fields) => {
  expect(database(image, mount, fields, config).filter((line) => line.includes('pitfalls'))).toEqual([]);
});

test('the folder of PostgreSQL from version 18 on, and that of MySQL 5.7', () => {
  expect(database('postgres:18.1', { subPath: 'pg' })).toEqual([
    expect.stringContaining('expected /var/lib/postgresql: from version 18 on'),
  ]);
  const mysql = (tag: string, fields: object = {}) => database(`mysql:${tag}`, { mountPath: '/var/lib/mysql' }, fields);
  expect(mysql('5.7.44')).toEqual([expect.stringContaining('MySQL 5.7 only begins in an empty folder')]);
  expect(mysql('5.7.44', { args: ['--ignore-db-dir=lost+found'] })).toEqual([]);
  expect(mysql('8.4.2')).toEqual([]);
});
