import type { Any } from '../../../support';
import { container, deployment, object, podSpec, service, told } from '../right';

const writable = { securityContext: { ...container().securityContext, readOnlyRootFilesystem: false } };
const pod = (image: string, fields: object = {}, spec: object = {}) =>
  podSpec(spec, container({ image, ...writable, ...fields }));
const lines = (objects: Any[], least: 'risk' | 'policy' = 'risk') =>
  told(objects, [], least).filter((line) => line.includes('enableServiceLinks'));
const beside = (name: string, image: string, fields: object = {}, spec: object = {}) =>
  lines([deployment(name, pod(image, fields, spec)), service(name)]);

test.each([
  ['redis', 'docker.io/bitnami/redis:7.2', 'REDIS_PORT'],
  ['rabbitmq', 'rabbitmq:4.0', 'RABBITMQ_PORT'],
  ['kafka', 'confluentinc/cp-kafka:7.6.0', 'KAFKA_PORT'],
  ['schema-registry', 'confluentinc/cp-schema-registry:7.6.0', 'SCHEMA_REGISTRY_PORT'],
])('the Service %s beside the image %s', (name, image, variable) => {
  expect(beside(name, image)).toEqual([expect.stringContaining(`makes the variable ${variable}=tcp://…`)]);
  expect(beside(name, image, {}, { enableServiceLinks: true })).toEqual([
    expect.stringContaining('given true, expected false'),
  ]);
  expect(beside(name, image, {}, { enableServiceLinks: false })).toEqual([]);
  expect(beside(name, image, { env: [{ name: variable, value: '1' }] })).toEqual([]);
  expect(lines([deployment('other', pod(image)), service('other')])).toEqual([]);
});

test('a variable of a ConfigMap is set as well, and those of a Pod are made too', () => {
  const settings = object('v1', 'ConfigMap', 'settings', { data: { REDIS_PORT: '6379' } });
  const from = { envFrom: [{ configMapRef: { name: 'settings' } }] };
  expect(lines([deployment('redis', pod('redis:7', from)), service('redis'), settings])).toEqual([]);
  const single = { ...object('v1', 'Pod', 'redis', { spec: pod('redis:7') }) };
  single.metadata = { ...single.metadata, labels: { app: 'redis' } };
  expect(lines([single, service('redis')])).toHaveLength(1);
});

test('Services without an address make no variables', () => {
  const redis = deployment('redis', pod('redis:7'));
  expect(lines([redis, service('redis', { clusterIP: 'None' })])).toEqual([]);
  expect(
    lines([redis, object('v1', 'Service', 'redis', { spec: { type: 'ExternalName', externalName: 'a.example.com' } })]),
  ).toEqual([]);
  expect(lines([redis, { ...service('redis'), metadata: { name: 'redis', namespace: 'other' } }])).toEqual([]);
});

test('words that read the variable of a port are told of, and a host without its port is a hint', () => {
  const web = (fields: object) => [deployment('web', pod('example.com/web:1.0.0', fields)), service('cache')];
  for (const fields of [
    { command: ['sh', '-c', `exec server --port "\${CACHE_PORT:-80}"`] },
    { args: ['--port=$CACHE_PORT'] },
    { env: [{ name: 'LISTEN', value: '$(CACHE_PORT)' }] },
  ]) {
    expect(lines(web(fields))).toEqual([expect.stringContaining('makes the variable CACHE_PORT')]);
  }
  const host = web({ env: [{ name: 'CACHE_HOST', value: 'cache' }] });
  expect(lines(host)).toEqual([]);
  expect(lines(host, 'policy')).toEqual([expect.stringMatching(/^policy: .*may read beside CACHE_HOST/)]);
  expect(
    lines(
      web({
        env: [
          { name: 'CACHE_HOST', value: 'cache' },
          { name: 'CACHE_PORT', value: '80' },
        ],
      }),
      'policy',
    ),
  ).toEqual([]);
});
