import { parseAllDocuments } from 'yaml';
import { ClusterIndex } from '../../../../lib/checks/cluster/cluster-index';
import type { Intent } from '../../../../lib/checks/intent';
import { settings } from '../../../../lib/checks/rules/settings';
import type { ManifestObject } from '../../../../lib/manifests/object';
import { DEVELOPMENT, parse } from '../manifests';

const declared: Intent = {
  ...DEVELOPMENT,
  workloads: [
    {
      namespace: 'shop',
      name: 'chat-api',
      serviceAccount: 'chat-api',
      env: { 'chat-api': { EXPOSED_ROUTERS: { value: 'chat' } } },
    },
  ],
};

const judge = (text: string, intent: Intent = declared) => {
  const objects = parseAllDocuments(text).map((document) => document.toJS() as ManifestObject);
  return settings.judge(new ClusterIndex(objects), intent).map(({ path, message }) => `${path}: ${message}`);
};

const pod = (container: string, more = '') => `apiVersion: apps/v1
kind: Deployment
metadata: { name: chat-api, namespace: shop }
spec: { template: { spec: { serviceAccountName: chat-api, ${more} containers: [{ name: chat-api, ${container} }] } } }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: config, namespace: shop }
data: { ROUTERS: chat }
`;

test('a value may stand in the container or in a ConfigMap', () => {
  expect(judge(pod('env: [{ name: EXPOSED_ROUTERS, value: chat }]'))).toEqual([]);
  const byKey = '{ name: EXPOSED_ROUTERS, valueFrom: { configMapKeyRef: { name: config, key: ROUTERS } } }';
  expect(judge(pod(`env: [${byKey}]`))).toEqual([]);
});

test.each([
  ['env: [{ name: EXPOSED_ROUTERS, value: admin }]', 'env[0]: given "admin" for EXPOSED_ROUTERS, expected "chat"'],
  ['env: []', 'env: given no EXPOSED_ROUTERS, expected "chat"'],
  [
    'env: [{ name: EXPOSED_ROUTERS, value: chat }, { name: DEBUG, value: "1" }]',
    'env[1]: given DEBUG, which is not declared',
  ],
  [
    'env: [{ name: EXPOSED_ROUTERS, value: chat }], envFrom: [{ configMapRef: { name: config } }]',
    'envFrom: given envFrom, expected the declared variables one by one',
  ],
  [
    'env: [{ name: EXPOSED_ROUTERS, valueFrom: { secretKeyRef: { name: s, key: k } } }]',
    'env[0]: given key k of Secret s for EXPOSED_ROUTERS, expected "chat"',
  ],
])('%s', (container, message) => {
  expect(judge(pod(container))).toEqual([`spec.template.spec.containers[0].${message}`]);
});

test.each([
  ['serviceAccountName: other,', 'serviceAccountName: given other, expected chat-api'],
  ['hostAliases: [],', "hostAliases: given custom host names, expected those of the cluster's DNS"],
  ['dnsPolicy: None,', "dnsPolicy: given custom host names, expected those of the cluster's DNS"],
])('%s', (more, message) => {
  const text = pod('env: [{ name: EXPOSED_ROUTERS, value: chat }]', more);
  const once = more.startsWith('serviceAccountName') ? text.replace('serviceAccountName: chat-api, ', '') : text;
  expect(judge(once)).toEqual([`spec.template.spec.${message}`]);
});

test('it shows a wrong and a right example', () => {
  expect(judge(settings.wrong)).toHaveLength(1);
  expect(judge(settings.right)).toEqual([]);
});

test('odd shapes are nothing to stumble over', () => {
  for (const container of ['env: x', 'env: [null, 3, { name: [1] }]', 'envFrom: { a: b }', 'env: [{ valueFrom: x }]']) {
    expect(() => judge(pod(container))).not.toThrow();
  }
});

describe('beside variables, what is described is compared', () => {
  const DESCRIBED = `apiVersion: batch/v1
kind: CronJob
metadata: { name: backup, namespace: shop }
spec:
  schedule: "0 3 * * *"
  jobTemplate: { spec: { template: { spec: { serviceAccountName: backup, volumes: [{ name: roles, secret: { secretName: roles, items: [{ key: backup }] } }], containers: [{ name: backup, command: [/backup.sh] }] } } } }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: store, namespace: shop, annotations: { eks.amazonaws.com/role-arn: "arn:aws:iam::1:role/shop" } }
---
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: { name: store, namespace: shop }
spec: { provider: { aws: { region: eu-west-1 } } }
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: roles, namespace: shop }
spec:
  data: [{ secretKey: backup, remoteRef: { key: shop/roles, property: backup } }]
  dataFrom: [{ extract: { key: shop/tenants } }]
  target: { template: { data: { URL: "postgres://u:{{ .backup }}@db" } } }
`;
  const all = parse(DESCRIBED);
  const intent: Intent = {
    ...DEVELOPMENT,
    workloads: [{ namespace: 'shop', name: 'backup', serviceAccount: 'backup', env: { backup: {} } }],
    objects: all,
  };

  test('the description itself is right, and so is a copy of it', () => {
    expect(settings.judge(new ClusterIndex(all), intent)).toEqual([]);
    expect(judge(DESCRIBED, intent)).toEqual([]);
  });

  test.each([
    [
      'command: [/backup.sh]',
      'command: [/bin/true]',
      'containers[0].command: given ["/bin/true"], expected ["/backup.sh"]',
    ],
    [
      'command: [/backup.sh]',
      'command: [/backup.sh], lifecycle: { postStart: { exec: { command: [env] } } }',
      'lifecycle.postStart: given {"exec"',
    ],
    [
      'items: [{ key: backup }]',
      'items: [{ key: admin }]',
      'volumes[0].secret: given Secret roles, key admin, which is not declared for backup, expected roles, key backup',
    ],
    ['secretName: roles, items: [{ key: backup }]', 'secretName: admin', 'given Secret admin, which is not declared'],
    [', items: [{ key: backup }]', '', 'given Secret roles, which is not declared'],
    [
      'secret: { secretName: roles, items: [{ key: backup }] }',
      'projected: { sources: [{ secret: { name: admin } }] }',
      'volumes[0].projected.sources[0].secret: given Secret admin',
    ],
    ['schedule: "0 3 * * *"', 'schedule: "0 3 1 1 *"', 'spec.schedule: given "0 3 1 1 *", expected "0 3 * * *"'],
    [
      'schedule: "0 3 * * *"',
      'schedule: "0 3 * * *"\n  suspend: true',
      'spec.suspend: given true, expected false: it never runs',
    ],
    ['role/shop', 'role/admin', 'role-arn"]: given "arn:aws:iam::1:role/admin", expected "arn:aws:iam::1:role/shop"'],
    ['region: eu-west-1', 'region: us-east-1', 'spec.provider: given another store'],
    [
      'property: backup',
      'property: admin',
      'spec.data[0].remoteRef: given {"key":"shop/roles","property":"admin"} for backup, expected',
    ],
    ['key: shop/tenants', 'key: shop/all', 'spec.dataFrom: given'],
    ['@db', '@evil', 'spec.target.template.data.URL: given another template'],
  ])('%s → %s', (from, to, expected) => {
    expect(DESCRIBED).toContain(from);
    expect(judge(DESCRIBED.replace(from, to), intent)).toEqual([expect.stringContaining(expected)]);
  });
});
