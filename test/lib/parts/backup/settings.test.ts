import { backups } from '../../../../lib/parts/backup/settings';

const schema = backups(false);
const settings = { repository: 's3:https://s3.example.com/backups', addresses: ['10.20.8.0/24'] };
const messages = (pushgateway: unknown) =>
  schema
    .safeParse({ ...settings, pushgateway })
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

test("there is no Pushgateway until its namespace is said; the rest is its chart's", () => {
  expect(schema.parse(settings)).not.toHaveProperty('pushgateway');
  expect(schema.parse({ ...settings, pushgateway: { namespace: 'monitoring' } }).pushgateway).toEqual({
    namespace: 'monitoring',
    labels: { 'app.kubernetes.io/name': 'prometheus-pushgateway' },
    service: 'prometheus-pushgateway',
    port: 9091,
  });
});

test('a Pushgateway is pods in the cluster, by labels and a Service, and no URL', () => {
  expect(messages({})).toEqual(['pushgateway.namespace: a name of at most 63 lower-case letters, digits and dashes']);
  expect(messages({ namespace: 'monitoring', service: 'http://gateway' })).toHaveLength(1);
  expect(messages({ namespace: 'monitoring', port: 0 })).toHaveLength(1);
});
