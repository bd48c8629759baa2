import { parseAllDocuments } from 'yaml';
import { ClusterIndex } from '../../../../lib/checks/cluster/cluster-index';
import type { Intent } from '../../../../lib/checks/intent';
import { settings } from '../../../../lib/checks/rules/settings';
import type { ManifestObject } from '../../../../lib/manifests/object';
import { DEVELOPMENT } from '../manifests';

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
