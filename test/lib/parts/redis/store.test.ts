import { environment } from '../../../../lib/config/environment';
import { to } from '../../../../lib/model/connection';
import type { SecretSource } from '../../../../lib/model/secret-source';
import { redis as settings } from '../../../../lib/parts/redis/settings';
import { type RedisStoreProps, redisStore } from '../../../../lib/parts/redis/store';
import { backupsConfig, urlOf } from '../stores';

const source: SecretSource = { kind: 'development', revision: 1 };
const props: RedisStoreProps = {
  system: 'shop',
  environment: environment('staging'),
  namespace: 'shop-data',
  source,
  config: settings(false).parse({ kind: 'statefulset', db: 3 }),
  backups: backupsConfig,
};
const external = settings(false).parse({ kind: 'external', host: 'redis.example.com', addresses: ['10.1.0.0/24'] });

test('a Redis in the cluster has passwords, backups and a URL', () => {
  const made = redisStore(props);
  expect(made.components.map(({ name }) => name)).toEqual(['redis']);
  expect(made.tasks.map(({ name }) => name)).toEqual(['redis-backup', 'redis-restore-drill', 'redis-restore']);
  expect(made.tasks[0]?.containers[0]?.env).toMatchObject({ SNAPSHOT_HOST: 'shop-staging' });
  expect(made.connection).toEqual(made.components[0] && to(made.components[0]));
  expect(urlOf(made)).toBe('redis://:development@<host>:<port>/3');
  expect(made.password).toMatchObject({ random: true });
});

test('without backup settings there are no tasks', () => {
  const made = redisStore({ ...props, backups: undefined });
  expect([made.components.length, made.tasks]).toEqual([1, []]);
});

test("a server of somebody else's has TLS and a password that is theirs, and its backups are theirs too", () => {
  const made = redisStore({ ...props, config: external });
  expect([made.components, made.tasks]).toEqual([[], []]);
  expect(made.connection).toEqual({ to: 'Redis', kind: 'redis', port: 6379, cidrs: [{ cidr: '10.1.0.0/24' }] });
  expect(urlOf(made)).toBe('rediss://:development@redis.example.com:6379/0');
  expect(made.password).toMatchObject({ random: false });
});
