import { Workload } from '../../../../lib/constructs/workload';
import { Config } from '../../../../lib/model/config';
import { Secret } from '../../../../lib/model/secret';
import { POSTGRES_SCRIPTS, type PostgresProps, postgres } from '../../../../lib/parts/postgres/postgres';
import { sample, synthesize } from '../../../construct';
import { find } from '../../../support';

const secret = new Secret({
  namespace: 'shop-data',
  name: 'credentials',
  externalName: 'credentials',
  source: { kind: 'manual', revision: 1 },
  values: {
    SUPERUSER: { remote: 'superuser', development: '' },
    USER: { remote: 'user', development: '' },
    PASSWORD: { remote: 'password', development: '' },
  },
});
const { SUPERUSER, USER, PASSWORD } = secret.pick('SUPERUSER', 'USER', 'PASSWORD');
const { resources } = sample().containers[0];
const props: PostgresProps = {
  system: 'shop',
  namespace: 'shop-data',
  image: { image: 'docker.io/library/postgres', tag: '16-alpine' },
  superuserPassword: SUPERUSER,
  administrator: { user: USER, password: PASSWORD },
  scripts: new Config('shop-data', 'postgres-scripts', POSTGRES_SCRIPTS),
  maxConnections: 100,
  resources,
  size: '5Gi',
};
const component = postgres(props);
const objects = synthesize((chart) => {
  new Workload(chart, 'postgres', { component, placement: { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] } });
});
const { spec } = find(objects, 'StatefulSet', 'postgres').spec.template;
const [container] = spec.containers;

test('its Service is named "postgres", and its data is on a volume', () => {
  expect(find(objects, 'Service', 'postgres').spec.ports).toEqual([
    { name: 'postgres', port: 5432, targetPort: 'postgres', protocol: 'TCP' },
  ]);
  expect(find(objects, 'PersistentVolumeClaim', 'postgres-data').spec.resources.requests.storage).toBe('5Gi');
  expect(container.volumeMounts).toContainEqual({ name: 'data', mountPath: '/var/lib/postgresql/data' });
});

test('its data is in a subfolder of the volume, whose root may contain lost+found, and belongs to the user of the image', () => {
  expect(container.env).toContainEqual({ name: 'PGDATA', value: '/var/lib/postgresql/data/pgdata' });
  expect(spec.securityContext).toMatchObject({ runAsUser: 70, runAsGroup: 70, fsGroup: 70 });
});

test('the password comes from the Secret, and clients authenticate by SCRAM', () => {
  expect(container.env).toContainEqual({
    name: 'POSTGRES_PASSWORD',
    valueFrom: { secretKeyRef: { name: 'credentials', key: 'SUPERUSER' } },
  });
  expect(container.env).toContainEqual({
    name: 'POSTGRES_INITDB_ARGS',
    value: '--auth-host=scram-sha-256 --data-checksums',
  });
});

test('socket, temporary files and shared memory are writable, the root file system is not', () => {
  expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
  const writable = container.volumeMounts.filter(({ readOnly }: { readOnly?: boolean }) => !readOnly);
  expect(writable.map(({ mountPath }: { mountPath: string }) => mountPath)).toEqual([
    '/var/run/postgresql',
    '/tmp',
    '/dev/shm',
    '/var/lib/postgresql/data',
  ]);
  expect(spec.volumes).toContainEqual({ name: 'dev-shm', emptyDir: { medium: 'Memory', sizeLimit: '128Mi' } });
});

test('it has ten minutes to recover and one to stop, and is probed over TCP', () => {
  expect(container.startupProbe.periodSeconds * container.startupProbe.failureThreshold).toBe(600);
  expect(spec.terminationGracePeriodSeconds).toBe(60);
  expect(container.lifecycle).not.toHaveProperty('preStop');
  for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
    expect(probe.exec.command).toEqual(['pg_isready', '-q', '-h', '127.0.0.1', '-p', '5432']);
  }
});

test('the superuser cannot connect remotely: another role creates roles and databases', () => {
  expect(container.env).toEqual(
    expect.arrayContaining([
      { name: 'POSTGRES_USER', value: 'postgres' },
      { name: 'POSTGRES_ADMIN_USER', valueFrom: { secretKeyRef: { name: 'credentials', key: 'USER' } } },
    ]),
  );
  expect(container.lifecycle).toEqual({
    postStart: { exec: { command: ['/bin/bash', '/etc/berth/scripts/administrator.sh'] } },
  });
});

test('it has the given max_connections, and TLS if it has a certificate', () => {
  expect(container.args).toContain('max_connections=100');
  expect(container.args).not.toContain('ssl=on');
  const { containers } = postgres({ ...props, certificate: { existing: 'Secret', name: 'postgres-tls' } });
  expect(containers[0].args).toEqual(
    expect.arrayContaining([
      'ssl=on',
      'ssl_key_file=/etc/postgres-tls/tls.key',
      'ssl_cert_file=/etc/postgres-tls/tls.crt',
    ]),
  );
  expect(containers[0].mounts).toContainEqual({
    path: '/etc/postgres-tls',
    from: { existing: 'Secret', name: 'postgres-tls' },
    keys: ['tls.crt', 'tls.key'],
  });
});
