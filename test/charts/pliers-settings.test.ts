import { type PliersConfig, pliersSchema } from '../../charts/pliers/settings';
import { formatProblem } from '../../lib/base/problem';
import { check } from '../../lib/checks/check';
import { environment } from '../../lib/config/environment';
import { parse, valueAt } from '../../lib/config/parse';
import { readYaml, type YamlFile } from '../../lib/config/yaml-file';
import { prerequisitesOf } from '../../lib/pipeline/intent';
import { find } from '../support';
import { objectsOf, pliersSettings, pliersSystem } from '../systems';

/** A file with the fields of the seed's DeploymentConfig as the seed writes them, and the few that Berth needs besides. */
const SEED = `environment: production
hosts: { app: pliers.example.com }
database:
  kind: external
  addresses: [10.20.0.0/24]
  unverified: a test
  host: db.example.com
  port: 5433
  name: pliers_db
  user: pliers_owner
  password: secret
  ssl: true
  poolSize: 12
redis:
  kind: external
  addresses: [10.20.4.0/24]
  host: redis.example.com
  port: 6380
  password: \${REDIS_PASSWORD}
  db: 3
services:
  api:
    image: ghcr.io/yourorg/pliers-api
    tag: v1.0.0
    port: 3100
    replicas: 3
    resources: { cpu: "1", memory: 1G }
  ai:
    image: ghcr.io/yourorg/pliers-ai-service
    tag: v1.0.0
    port: 3101
    replicas: 2
    resources: { cpu: "2", memory: 2G }
    gpu: "2"
  web:
    image: ghcr.io/yourorg/pliers-web
    tag: v1.0.0
    port: 8080
    cdn: https://cdn.example.com
monitoring:
  enabled: true
  prometheus: http://prometheus:9090
  grafana: http://grafana:3000
  loki: http://loki:3100
edge: { kind: traefik, issuer: letsencrypt-prod }
secrets: { kind: manual }
backups: { repository: "s3:https://s3.example.com/pliers", addresses: [10.20.8.0/24] }
`;

const NO_PASSWORD =
  'given text, expected no password in this file: secrets.kind says where passwords are, and npm run secrets prints their keys';
const NO_RESOURCES =
  'given a mapping, expected no resources here: write cpu, memory and gpu of the service itself, such as cpu: 500m..1 (request..limit)';
const noReplicas = (given: number) =>
  `given ${given}, expected no replicas here: write scale, such as scale: { replicas: 3 }`;

/** Each field of the seed's DeploymentConfig: the value that it becomes, or the place and the message by which it is refused. */
const FIELDS: Readonly<Record<string, { readonly becomes: unknown } | { readonly refused: string }>> = {
  environment: { becomes: 'production' },
  'database.host': { becomes: 'db.example.com' },
  'database.port': { becomes: 5433 },
  'database.name': { becomes: 'pliers_db' },
  'database.user': { becomes: 'pliers_owner' },
  'database.password': { refused: `11:13: database.password: ${NO_PASSWORD}` },
  'database.ssl': { becomes: true },
  'database.poolSize': { becomes: 12 },
  'redis.host': { becomes: 'redis.example.com' },
  'redis.port': { becomes: 6380 },
  'redis.password': { refused: `19:13: redis.password: ${NO_PASSWORD}` },
  'redis.db': { becomes: 3 },
  'services.api.port': { becomes: 3100 },
  'services.api.replicas': { refused: `26:15: services.api.replicas: ${noReplicas(3)}` },
  'services.api.resources': { refused: `27:16: services.api.resources: ${NO_RESOURCES}` },
  'services.ai.port': { becomes: 3101 },
  'services.ai.replicas': { refused: `32:15: services.ai.replicas: ${noReplicas(2)}` },
  'services.ai.resources': { refused: `33:16: services.ai.resources: ${NO_RESOURCES}` },
  'services.ai.gpu': { becomes: { count: 2, resource: 'nvidia.com/gpu' } },
  'services.web.port': { becomes: 8080 },
  'services.web.cdn': { becomes: 'https://cdn.example.com' },
  'monitoring.enabled': { becomes: true },
  'monitoring.prometheus': {
    refused:
      '42:15: monitoring.prometheus: given "http://prometheus:9090", expected no address, since Prometheus reads the metrics itself: the namespace of its pods, such as { namespace: monitoring }',
  },
  'monitoring.grafana': {
    refused:
      '43:12: monitoring.grafana: given text, expected no grafana here, which finds the dashboard by dashboards.labels and needs no address: monitoring.grafana of platform.yaml installs one',
  },
  'monitoring.loki': {
    refused:
      '44:9: monitoring.loki: given text, expected no loki here, which gets the logs from the nodes and needs no address: monitoring.loki of platform.yaml installs one',
  },
};

const FILE = 'environments/prod/pliers.yaml';
const refusals = Object.values(FIELDS).flatMap((field) => ('refused' in field ? field.refused : []));
const refusedLines = refusals.map((message) => Number.parseInt(message, 10));
/** The file without the lines that are refused. */
const ACCEPTED = SEED.split('\n')
  .filter((_, index) => !refusedLines.includes(index + 1))
  .join('\n');

function resultOf(text: string): { readonly value: PliersConfig } | { readonly problems: readonly string[] } {
  const result = parse(pliersSchema(environment('prod')), readYaml(FILE, Buffer.from(text)) as YamlFile);
  return 'problems' in result ? { problems: result.problems.map(formatProblem) } : result;
}

/** The settings of the accepted file, or its problems without their places, with a piece exchanged. */
function changed(from: string, to: string) {
  expect(ACCEPTED).toContain(from);
  const result = resultOf(ACCEPTED.replace(from, to));
  return 'problems' in result ? result.problems.map((one) => one.replace(/^\S+:\d+:\d+: /, '')) : result.value;
}

test("fields of the seed's DeploymentConfig that are elsewhere are refused, each at its place with the setting to use", () => {
  const result = resultOf(SEED);
  expect('problems' in result && [...result.problems].sort()).toEqual(
    refusals.map((message) => `${FILE}:${message}`).sort(),
  );
});

test.each(
  Object.entries(FIELDS).flatMap(([path, field]) => ('becomes' in field ? [[path, field.becomes] as const] : [])),
)("the field %s of the seed's DeploymentConfig becomes %j", (path, value) => {
  const result = resultOf(ACCEPTED);
  const found = 'value' in result && valueAt(result.value, path.split('.'));
  if (typeof value === 'object') expect(found).toMatchObject(value as object);
  else expect(found).toBe(value);
});

test.each([
  ['gpu: "2"', 'gpu: 2', 2],
  ['gpu: "2"', 'gpu: { count: 2 }', 2],
])('instead of %s there may be %s', (from, to, count) => {
  expect(changed(from, to)).toMatchObject({ services: { ai: { gpu: { count, taint: 'nvidia.com/gpu' } } } });
});

test.each([
  ['"17"', 'given "17", expected a whole number from 1 to 16, or a mapping such as { count: 1 }'],
  ['all', 'given "all", expected a whole number from 1 to 16, or a mapping such as { count: 1 }'],
  ['[1]', 'given a list of 1, expected a whole number from 1 to 16, or a mapping such as { count: 1 }'],
  ['0', 'given 0, expected a whole number from 1 to 16'],
])('the number of GPUs is not %s', (given, message) => {
  expect(changed('gpu: "2"', `gpu: ${given}`)).toEqual([`services.ai.gpu: ${message}`]);
});

const POD = 'kind: statefulset, image: docker.io/library/postgres, tag: 15.19-alpine';

test.each([
  [
    'a managed server',
    'kind: external, host: db.example.com, addresses: [10.20.0.0/24], unverified: tests use no certificate',
    true,
  ],
  ['a pod without a certificate', POD, false],
  ['a pod with one', `${POD}, tls: database-tls`, true],
])('ssl of %s says what follows from its other settings', (_, server, encrypted) => {
  const database = /database:\n( .*\n)+/.exec(ACCEPTED)?.[0] as string;
  const withSsl = (ssl: boolean) => changed(database, `database: { ${server}, ssl: ${ssl} }\n`);
  expect(withSsl(encrypted)).toMatchObject({ database: { ssl: encrypted } });
  expect(withSsl(!encrypted)).toEqual([
    encrypted
      ? 'database.ssl: given false, expected true: connections to this server are encrypted'
      : 'database.ssl: given true, expected false, or tls: the Secret with the certificate that encrypts its connections',
  ]);
});

describe("nginx's port", () => {
  const objectsAt = (port: number) => {
    const { services } = pliersSettings('prod');
    return objectsOf(pliersSystem('prod', { services: { ...services, web: { ...services.web, port } } }));
  };

  test.each([80, 8080])('is %i in its configuration, its pods, its Service and the policy of the edge', (port) => {
    const objects = objectsAt(port);
    expect(find(objects, 'ConfigMap', 'web-config').data['default.conf']).toContain(`    listen ${port};\n`);
    const [container] = find(objects, 'Deployment', 'web').spec.template.spec.containers;
    expect(container.ports).toEqual([expect.objectContaining({ name: 'http', containerPort: port })]);
    expect(container.readinessProbe.httpGet).toMatchObject({ path: '/' });
    expect(find(objects, 'Service', 'web').spec.ports).toEqual([expect.objectContaining({ port })]);
    const [{ ports }] = find(objects, 'NetworkPolicy', 'web-policy').spec.ingress;
    expect(ports).toEqual([{ port, protocol: 'TCP' }]);
    expect(check(objects, prerequisitesOf(pliersSystem('prod')))).toEqual([]);
  });

  test.each([
    [80, [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }]],
    [1024, undefined],
  ])('of %i takes the sysctls %j', (port, sysctls) => {
    expect(find(objectsAt(port), 'Deployment', 'web').spec.template.spec.securityContext.sysctls).toEqual(sysctls);
  });
});
