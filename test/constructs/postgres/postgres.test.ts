import { postgres, Secret, Workload } from '../../constructs';
import { find, sample, synthesize } from '../support';

const secret = new Secret({
  namespace: 'shop-data',
  name: 'credentials',
  externalName: 'credentials',
  source: { kind: 'manual', revision: 1 },
  values: { USER: { remote: 'user', development: '' }, PASSWORD: { remote: 'password', development: '' } },
});
const { USER, PASSWORD } = secret.pick('USER', 'PASSWORD');
const { resources } = sample().containers[0];
const component = postgres({
  system: 'shop',
  namespace: 'shop-data',
  image: { image: 'docker.io/library/postgres', tag: '16-alpine' },
  database: 'shop',
  user: USER,
  password: PASSWORD,
  resources,
  size: '5Gi',
});
const objects = synthesize((chart) => {
  new Workload(chart, 'postgres', { component, placement: { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] } });
});
const { spec } = find(objects, 'StatefulSet', 'postgres').spec.template;
const [container] = spec.containers;

test('it answers as "postgres", and its data outlives it', () => {
  expect(find(objects, 'Service', 'postgres').spec.ports).toEqual([
    { name: 'postgres', port: 5432, targetPort: 'postgres', protocol: 'TCP' },
  ]);
  expect(find(objects, 'PersistentVolumeClaim', 'postgres-data').spec.resources.requests.storage).toBe('5Gi');
  expect(container.volumeMounts).toContainEqual({ name: 'data', mountPath: '/var/lib/postgresql/data' });
});

test('its data lie below the root of the volume, which may hold lost+found, and belong to the user of the image', () => {
  expect(container.env).toContainEqual({ name: 'PGDATA', value: '/var/lib/postgresql/data/pgdata' });
  expect(spec.securityContext).toMatchObject({ runAsUser: 70, runAsGroup: 70, fsGroup: 70 });
});

test('user and password come from the Secret, and are asked for by SCRAM', () => {
  expect(container.env).toContainEqual({
    name: 'POSTGRES_PASSWORD',
    valueFrom: { secretKeyRef: { name: 'credentials', key: 'PASSWORD' } },
  });
  expect(container.env).toContainEqual({
    name: 'POSTGRES_INITDB_ARGS',
    value: '--auth-host=scram-sha-256 --data-checksums',
  });
});

test('it writes its socket, its temporary files and its shared memory, on a root that it cannot write', () => {
  expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
  expect(container.volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath)).toEqual([
    '/var/run/postgresql',
    '/tmp',
    '/dev/shm',
    '/var/lib/postgresql/data',
  ]);
  expect(spec.volumes).toContainEqual({ name: 'dev-shm', emptyDir: { medium: 'Memory', sizeLimit: '128Mi' } });
});

test('it has ten minutes to recover and one to stop, and is asked over TCP', () => {
  expect(container.startupProbe.periodSeconds * container.startupProbe.failureThreshold).toBe(600);
  expect(spec.terminationGracePeriodSeconds).toBe(60);
  expect(container).not.toHaveProperty('lifecycle');
  for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
    expect(probe.exec.command).toEqual(['pg_isready', '-q', '-h', '127.0.0.1', '-p', '5432']);
  }
});
