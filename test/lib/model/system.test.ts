import { renderText } from '../../../lib/constructs/addresses';
import { hostOf, portOf, textOf } from '../../../lib/model/address';
import { Config } from '../../../lib/model/config';
import type { ContainerProps } from '../../../lib/model/container';
import { Secret } from '../../../lib/model/secret';
import { type SystemProps, system } from '../../../lib/model/system';
import { task } from '../../../lib/model/task';
import { Duration } from '../../../lib/model/units';
import { manualSecret, sample } from '../../construct';

const BASE: Omit<SystemProps, 'components'> = {
  name: 'shop',
  instance: 'shop-prod',
  tier: 'production',
  environment: 'production',
  placement: { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] },
  edge: { kind: 'ingress', class: 'nginx', controller: { namespace: 'edge', labels: { app: 'nginx' } } },
  dnsCaches: [],
};
const config = (name: string, value = 'x') => new Config('shop-test', name, { KEY: value });
const job = (own: Partial<ContainerProps>) => {
  const { name, image, resources } = sample().containers[0];
  return task({
    system: 'shop',
    namespace: 'shop-data',
    name: 'job',
    init: [{ name: 'before', image, resources, ...own }],
    containers: [{ name, image, resources }],
    deadline: Duration.hours(1),
  });
};
const named = (things: readonly { readonly namespace?: string; readonly name: string }[]) =>
  things.map(({ namespace, name }) => `${namespace}/${name}`);

test('ConfigMaps and Secrets follow from what components and tasks read, without duplicates and sorted by name', () => {
  const read = config('b');
  const secret = manualSecret('shop-test', 'keys', ['KEY']);
  const { configs, secrets, namespaces } = system({
    ...BASE,
    components: [
      sample({ env: read.pick('KEY'), mounts: [{ path: '/etc/a', from: config('a') }] }),
      sample({ name: 'web', env: { ...read.pick('KEY'), SECRET: { secret, key: 'KEY' } } }),
    ],
    tasks: [job({ mounts: [{ path: '/etc/s', from: manualSecret('shop-data', 'job-keys', ['KEY']) }] })],
  });
  expect(named(configs)).toEqual(['shop-test/a', 'shop-test/b']);
  expect(named(secrets)).toEqual(['shop-data/job-keys', 'shop-test/keys']);
  expect(namespaces).toEqual(['shop-test', 'shop-data']);
});

test('existing objects with known keys are prerequisites; objects that an operator makes are not', () => {
  const existing = { existing: 'Secret', name: 'tls', keys: ['tls.crt'] } as const;
  const { prerequisites } = system({
    ...BASE,
    components: [
      sample({
        mounts: [
          { path: '/etc/tls', from: existing },
          { path: '/etc/ca', from: { existing: 'Secret', name: 'ca' } },
        ],
      }),
    ],
  });
  expect(prerequisites).toEqual([{ kind: 'Secret', namespace: 'shop-test', name: 'tls', keys: ['tls.crt'] }]);
});

test('two descriptions of one object must have the same content', () => {
  const reading = (...configs: Config[]) =>
    configs.map((from, index) => sample({ name: `api-${index}`, mounts: [{ path: '/etc/a', from }] }));
  expect(system({ ...BASE, components: reading(config('a'), config('a')) }).configs).toHaveLength(1);
  expect(() => system({ ...BASE, components: reading(config('a'), config('a', 'y')) })).toThrow(
    'shop-test/a is described twice, with different content',
  );
});

test('the origin of a value contains rendered addresses', () => {
  const at = textOf('@', hostOf(sample()), ':', portOf(sample()));
  const secret = new Secret({
    namespace: 'shop-test',
    name: 'keys',
    externalName: 'keys',
    source: { kind: 'development', revision: 1 },
    values: {
      PASSWORD: { remote: 'p', development: 'a b' },
      URL: { template: ['x://:', { urlEncoded: 'PASSWORD' }, at] },
    },
  });
  expect(secret.originOf('URL', renderText)).toBe('x://:a%20b@api-svc.shop-test.svc.cluster.local:80');
});
