import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Any, find, ROOT } from '../../support';
import { built, messageOf, objectsOf } from './application';

const TEXT = readFileSync(join(ROOT, 'test/fixtures/applications/billing.yaml'), 'utf8');
const ROLE = 'arn:aws:iam::123456789012:role/billing';

const envOf = (objects: readonly Any[], name: string, kind = 'Deployment'): Any =>
  Object.fromEntries(
    (find(objects, kind, name) as Any).spec.template.spec.containers[0].env.map((one: Any) => [
      one.name,
      one.value ?? one.valueFrom,
    ]),
  );
const egressOf = (objects: readonly Any[], name: string): Any[] =>
  (find(objects, 'NetworkPolicy', `${name}-policy`) as Any).spec.egress.map(({ to, ports }: Any) => [
    to[0].ipBlock?.cidr ?? to[0].podSelector.matchLabels.component,
    ports[0].port,
  ]);

test('buckets are reached as the role of the ServiceAccounts of those who name one, without keys', () => {
  const objects = objectsOf({ 'prod/billing.yaml': TEXT });
  expect(envOf(objects, 'billing')).toMatchObject({
    S3_ENDPOINT: 'https://s3.eu-central-1.amazonaws.com',
    S3_BUCKET: 'documents',
    TEMPORAL: 'temporal.internal.example.com:7233',
  });
  const roles = objects.flatMap((one: Any) =>
    one.kind === 'ServiceAccount' && one.metadata.annotations?.['eks.amazonaws.com/role-arn'] === ROLE
      ? [one.metadata.name]
      : [],
  );
  expect(roles).toEqual(['billing']);
  expect(egressOf(objects, 'billing')).toEqual(
    expect.arrayContaining([
      ['10.20.8.0/24', 443],
      ['10.20.9.0/24', 7233],
    ]),
  );
  expect(egressOf(objects, 'renderer')).not.toContainEqual(['10.20.8.0/24', 443]);
});

const shop = (rest: string) => `pattern: microservices
secrets: { kind: manual }
defaults: { registry: ghcr.io/yourorg, tag: v1.0.0 }
${rest}`;
const STORE = 'endpoint: "https://s3.example.com:9000", region: eu-1, buckets: [documents, photos]';

test('of several buckets each is named, and keys are those of the secret store', () => {
  const text = shop(`services:
  api: { env: { BUCKET: { objectStorage: photos.bucket }, KEY: { objectStorage: photos.accessKey }, SECRET: { objectStorage: photos.secretKey }, ALL: { text: "{accessKey}:{secretKey:url}@{bucket}", from: objectStorage.documents } } }
objectStorage: { ${STORE} }
`);
  const objects = objectsOf({ 'prod/shop.yaml': text });
  expect(envOf(objects, 'api')).toMatchObject({
    BUCKET: 'photos',
    KEY: { secretKeyRef: { name: 'api-credentials', key: 'KEY' } },
  });
  const { secrets } = built({ 'prod/shop.yaml': text }).built.model as Any;
  const { values } = secrets.find(({ name }: Any) => name === 'api-credentials');
  expect(values.KEY.remote).toBe('object-storage/access-key');
  expect(values.SECRET.remote).toBe('object-storage/secret-key');
  expect(values.ALL.template).toEqual([
    '',
    { plain: 'part.objectStorage.accessKey' },
    ':',
    { urlEncoded: 'part.objectStorage.secretKey' },
    '@',
    'documents',
    '',
  ]);
  expect(egressOf(objects, 'api')).toContainEqual(['0.0.0.0/0', 9000]);
});

test('jobs of a service have its role, too', () => {
  const text = shop(`services:
  nightly: { schedule: "0 1 * * *", env: { BUCKET: { objectStorage: bucket } } }
objectStorage: { ${STORE.replace(', photos', '')}, auth: { role: "${ROLE}" } }
`);
  const { metadata }: Any = find(objectsOf({ 'prod/shop.yaml': text }), 'ServiceAccount', 'nightly');
  expect(metadata.annotations['eks.amazonaws.com/role-arn']).toBe(ROLE);
});

test('workflows run outside, or in a service of the file', () => {
  const text = (host: string) =>
    shop(`services:
  api: { env: { ADDRESS: { workflow: address }, NAMESPACE: { workflow: namespace }, TLS: { workflow: tls } } }
  temporal: { port: { container: 7233, protocol: grpc } }
workflow: { host: ${host} }
`);
  const inside = objectsOf({ 'prod/shop.yaml': text('temporal') });
  expect(envOf(inside, 'api')).toMatchObject({
    ADDRESS: 'temporal.shop-prod.svc.cluster.local:7233',
    NAMESPACE: 'default',
    TLS: 'false',
  });
  expect(egressOf(inside, 'api')).toContainEqual(['temporal', 7233]);
  const outside = objectsOf({ 'prod/shop.yaml': text('orders.tmprl.cloud') });
  expect(envOf(outside, 'api')).toMatchObject({ ADDRESS: 'orders.tmprl.cloud:7233', TLS: 'true' });
});

test('a store for secrets is needed for keys, not for the name of a bucket', () => {
  const text = (piece: string) =>
    `pattern: microservices\nservices:\n  api: { image: x.io/a, tag: v1.0.0, env: { A: { objectStorage: documents.${piece} } } }\nobjectStorage: { ${STORE} }\n`;
  expect(objectsOf({ 'prod/shop.yaml': text('bucket') }).map(({ kind }) => kind)).not.toContain('Secret');
  expect(messageOf({ 'prod/shop.yaml': text('secretKey') })).toContain('secrets: given nothing, expected kind:');
});

test('parts, servers and queues that nothing uses are told', () => {
  const text = shop(`services:
  api: { env: { A: { text: "{bucket}", from: objectStorage.photos }, B: { identity: url } } }
queue: { kind: external, host: mq.example.com, addresses: [10.0.0.0/24], queues: [mail] }
objectStorage: { ${STORE} }
identity: { url: "https://login.example.com", realm: a, audience: b }
workflow: { host: orders.tmprl.cloud }
backups: { none: it is managed }
`);
  expect((built({ 'prod/shop.yaml': text }).built.model as Any).notices).toEqual([
    'no service connects to queue',
    'no service connects to workflow',
    'no service scales by mail of queue.queues',
  ]);
});

/** Each mistake of a file `prod/shop.yaml`, and the message. A § stands before the place that the message names. */
const MISTAKES: readonly (readonly [name: string, text: string, message: string])[] = [
  [
    'a bucket without the part',
    'services:\n  api: { env: { A: §{ objectStorage: bucket } } }\n',
    'services.api.env.A: given { objectStorage: bucket }, expected objectStorage, which this file has not: say objectStorage: { endpoint, region, buckets }',
  ],
  [
    'none of several buckets',
    `services:\n  api: { env: { A: §{ objectStorage: bucket } } }\nobjectStorage: { ${STORE} }\n`,
    'services.api.env.A: given { objectStorage: bucket }, expected one of documents.bucket, photos.bucket, since there are 2 buckets',
  ],
  [
    'an unknown bucket',
    `services:\n  api: { env: { A: §{ objectStorage: music.bucket } } }\nobjectStorage: { ${STORE} }\n`,
    'services.api.env.A: given { objectStorage: music.bucket }, expected one of documents.bucket, photos.bucket',
  ],
  [
    'an unknown piece of a bucket',
    `services:\n  api: { env: { A: §{ objectStorage: photos.name } } }\nobjectStorage: { ${STORE} }\n`,
    'services.api.env.A: given { objectStorage: photos.name }, expected one of endpoint, region, bucket, accessKey, secretKey',
  ],
  [
    'a key beside a role',
    `services:\n  api: { env: { A: §{ objectStorage: photos.accessKey } } }\nobjectStorage: { ${STORE}, auth: { role: "${ROLE}" } }\n`,
    'services.api.env.A: given { objectStorage: photos.accessKey }, expected one without keys: objectStorage.auth is a role, which the pods have without them',
  ],
  [
    'no bucket',
    'services:\n  api: { port: 80 }\nobjectStorage: { endpoint: "https://s3.example.com", region: eu-1, buckets: §[] }\n',
    'objectStorage.buckets: given an empty list, expected at least one bucket',
  ],
  ...['a..b', '10.0.0.1'].map((bucket): (typeof MISTAKES)[number] => [
    `the bucket ${bucket}`,
    `services:\n  api: { port: 80 }\nobjectStorage: { endpoint: "https://s3.example.com", region: eu-1, buckets: [§${bucket}] }\n`,
    `objectStorage.buckets, entry 1: given "${bucket}", expected the name of a bucket such as documents`,
  ]),
  [
    'a role with an empty part',
    `services:\n  api: { port: 80 }\nobjectStorage: { ${STORE}, auth: { role: §"arn:aws:iam::123456789012:role//a/" } }\n`,
    'objectStorage.auth.role: given "arn:aws:iam::123456789012:role//a/", expected a role such as arn:aws:iam::123456789012:role/shop',
  ],
  [
    'a private store without addresses',
    'services:\n  api: { port: 80 }\nobjectStorage: { endpoint: §"https://s3.internal.example.com", region: eu-1, buckets: [documents] }\n',
    'objectStorage.endpoint: given "https://s3.internal.example.com", whose name is a private one, and public addresses leave private ones out; expected addresses beside it',
  ],
  ...[
    [
      'a store',
      'objectStorage: { region: eu-1, buckets: [documents], endpoint',
      'https://s3.eu-central-1.amazonaws.com',
    ],
    ['logins', 'identity: { realm: a, audience: b, url', 'https://login.example.com'],
  ].map(([what, setting = '', example]): (typeof MISTAKES)[number] => [
    `${what} at a port that there cannot be`,
    `services:\n  api: { port: 80 }\n${setting}: §"https://a.example.com:99999" }\n`,
    `${setting.split(':')[0]}.${setting.split(' ').at(-1)}: given "https://a.example.com:99999", expected an address such as ${example}`,
  ]),
  [
    'workflows at an address that there cannot be',
    'services:\n  api: { port: 80 }\nworkflow: { host: §10.0.0.256 }\n',
    'workflow.host: given "10.0.0.256", expected a host name or address such as db.example.com, without a port',
  ],
  [
    'workflows that the server of workflows asks itself for',
    'services:\n  temporal: { port: 7233, env: { ADDRESS: §{ workflow: address } } }\nworkflow: { host: temporal }\n',
    'services.temporal.env.ADDRESS: given a connection of temporal to itself, expected another service; inside a pod use localhost',
  ],
  [
    'a connection of the provider of logins to itself',
    'services:\n  keycloak: { port: 80, connectsTo: [§identity] }\nidentity: { url: keycloak, realm: a, audience: b }\n',
    'services.keycloak.connectsTo, entry 1: given a connection of keycloak to itself, expected another service; inside a pod use localhost',
  ],
  [
    'workflows of a service that there is not',
    'services:\n  api: { port: 80 }\nworkflow: { host: §temporal }\n',
    'workflow.host: given "temporal", expected a host such as temporal.example.com, or a service of this file that listens',
  ],
  [
    'an unknown piece of workflows',
    'services:\n  api: { env: { A: { workflow: §url } } }\nworkflow: { host: temporal.example.com }\n',
    'services.api.env.A.workflow: given "url", expected one of address, namespace, tls',
  ],
];

test.each(MISTAKES)('%s is refused with its place', (_, text, message) => {
  const all = shop(text);
  const at = all.indexOf('§');
  const line = all.slice(0, at).split('\n').length;
  const column = at - all.lastIndexOf('\n', at);
  const [first = ''] = messageOf({ 'prod/shop.yaml': all.replace('§', '') }).split('\n');
  expect(first).toBe(`prod/shop.yaml:${line}:${column}: ${message}`);
});
