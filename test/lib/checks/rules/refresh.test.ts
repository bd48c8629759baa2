import { refresh as rule } from '../../../../lib/checks/rules/refresh';
import { describeRule, findings, parse } from '../manifests';

describeRule(rule);

const VAULT = 'vault: { server: "https://vault.example.com", path: secret';

/** A SecretStore for a namespace, with its own account. */
const store = (namespace: string, provider = VAULT) => `apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: { name: store, namespace: ${namespace} }
spec: { provider: { ${provider}, auth: { kubernetes: { role: ${namespace} } } } } }
`;

const external = (namespace: string, policy: string, rest: string) => `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: keys, namespace: ${namespace} }
spec: { ${policy}secretStoreRef: { name: store }, ${rest} }
`;

const one = (key: string, more = '') => `data: [{ secretKey: A, remoteRef: { key: ${key}${more} } }]`;
const whole = (key: string) => `dataFrom: [{ extract: { key: ${key} } }]`;
const ON_CHANGE = 'refreshPolicy: OnChange, ';
const found = (...manifests: string[]) => findings(rule, parse(manifests.join('---\n')));
const stores = `${store('a')}---\n${store('b')}`;

test('both ExternalSecrets and all their common keys are named; the one to change is that which fetches by itself', () => {
  const two = '{ secretKey: A, remoteRef: { key: x } }, { secretKey: B, remoteRef: { key: y } }';
  expect(found(stores, external('a', '', `data: [${two}]`), external('b', ON_CHANGE, `data: [${two}]`))).toEqual([
    'ExternalSecret a/keys: spec.refreshPolicy: given Periodic, expected OnChange as in ExternalSecret b/keys, which fetches x, y too: otherwise a value that is changed in the store arrives in one of both alone',
  ]);
});

test.each([
  ['properties of one JSON object', one('x', ', property: p'), one('x', ', property: q')],
  ['a JSON object as a whole, and a property', whole('x'), one('x', ', property: q')],
])('%s have one policy', (_, first, second) => {
  expect(found(stores, external('a', ON_CHANGE, first), external('b', '', second))).toHaveLength(1);
  expect(found(stores, external('a', ON_CHANGE, first), external('b', ON_CHANGE, second))).toEqual([]);
});

test.each([
  ['', 'refreshInterval: 10m, ', []],
  ['', 'refreshPolicy: Periodic, ', []],
  ['', 'refreshInterval: 0s, ', ['given Periodic, expected CreatedOnce']],
  ['refreshInterval: 0, ', 'refreshPolicy: CreatedOnce, ', []],
  [ON_CHANGE, 'refreshPolicy: CreatedOnce, ', ['given CreatedOnce, expected OnChange']],
])('of the policies "%s" and "%s"', (first, second, expected) => {
  const given = found(stores, external('a', first, one('x')), external('b', second, one('x')));
  expect(given).toEqual(expected.map((text) => expect.stringContaining(text)));
});

test('other keys, and the same key of other stores, have a policy of their own', () => {
  expect(found(stores, external('a', ON_CHANGE, one('x')), external('b', '', one('y')))).toEqual([]);
  const other = store('b', 'vault: { server: "https://vault.example.com", path: other');
  expect(found(store('a'), other, external('a', ON_CHANGE, one('x')), external('b', '', one('x')))).toEqual([]);
  expect(found(external('a', ON_CHANGE, one('x')), external('b', '', one('x')))).toEqual([]); // unknown stores
});

test('a store may be given for a value alone, and ClusterExternalSecrets count', () => {
  const sourceRef = 'sourceRef: { storeRef: { kind: ClusterSecretStore, name: all } }';
  const own = `data: [{ secretKey: A, remoteRef: { key: x }, ${sourceRef} }]`;
  const cluster = `apiVersion: external-secrets.io/v1
kind: ClusterExternalSecret
metadata: { name: everywhere }
spec: { externalSecretSpec: { secretStoreRef: { kind: ClusterSecretStore, name: all }, ${one('x')} } }
`;
  expect(found(external('a', ON_CHANGE, own), cluster)).toEqual([
    expect.stringMatching(/^ClusterExternalSecret everywhere: spec\.externalSecretSpec\.refreshPolicy: given Periodic/),
  ]);
});
