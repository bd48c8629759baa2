import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ClusterIndex } from '../../../../lib/checks/cluster/cluster-index';
import type { Prerequisite } from '../../../../lib/checks/cluster/prerequisite';
import { keysRead } from '../../../../lib/checks/cluster/secret-keys';
import { references as rule } from '../../../../lib/checks/rules/references';
import { type ManifestObject, objectName } from '../../../../lib/manifests/object';
import { type Any, PROJECT } from '../../../support';

const objectsIn = (yaml: string): ManifestObject[] =>
  parseAllDocuments(yaml).flatMap((document) => document.toJS() ?? []);

const judge = (yaml: string, prerequisites: readonly Prerequisite[] = []) =>
  rule.judge(new ClusterIndex(objectsIn(yaml), prerequisites)).map(({ object, ...violation }) => ({
    ...violation,
    object: objectName(object),
  }));

const pod = (spec: string) => `
apiVersion: v1
kind: Pod
metadata: { name: api }
spec: ${spec}
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { HOST: db }
binaryData: { LOGO: AAAA }
---
apiVersion: v1
kind: Secret
metadata: { name: login }
data: { USER: YQ== }
stringData: { PASSWORD: b }
`;
const container = (fields: string) => pod(`{ containers: [{ name: api, ${fields} }] }`);

const service = `
apiVersion: v1
kind: Service
metadata: { name: api, labels: { app: api } }
spec: { ports: [{ name: http, port: 80 }] }
`;
const named = (apiVersion: string, kind: string, name: string, more = '') => `
---
apiVersion: ${apiVersion}
kind: ${kind}
metadata: { name: ${name} }
${more}`;

const ingress = (spec: string, annotations = '{}') => `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: edge, annotations: ${annotations} }
spec: ${spec}
---${service}`;

const route = (spec: string) => `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: edge }
spec: ${spec}
---${service}---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: public }
spec: { gatewayClassName: envoy, listeners: [{ name: https }] }
${named('gateway.networking.k8s.io/v1', 'GatewayClass', 'envoy')}`;

const workload = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: api }
spec:
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec: { containers: [{ name: api, ports: [{ name: metrics, containerPort: 9090 }] }] }
---${service}---`;

const external = (spec: string, key: string) => `
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: login }
spec: ${spec}
---
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: { name: vault }
---
apiVersion: generators.external-secrets.io/v1alpha1
kind: Password
metadata: { name: random }
---
apiVersion: v1
kind: Pod
metadata: { name: api }
spec: { containers: [{ name: api, env: [{ valueFrom: { secretKeyRef: { name: login, key: ${key} } } }] }] }
`;
const KEY = 'spec.containers[0].env[0].valueFrom.secretKeyRef.key';

const binding = `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: readers }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
subjects: [{ kind: ServiceAccount, name: api }, { kind: User, name: alice }, { kind: ServiceAccount, name: default }]
${named('rbac.authorization.k8s.io/v1', 'Role', 'reader')}${named('v1', 'ServiceAccount', 'api')}`;

const certificate = `
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: { name: api }
spec: { secretName: api-tls, issuerRef: { kind: ClusterIssuer, name: public } }
${named('cert-manager.io/v1', 'ClusterIssuer', 'public')}`;

const store = `
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: { name: vault }
spec: { provider: { aws: { auth: { jwt: { serviceAccountRef: { name: reader } } } } } }
${named('v1', 'ServiceAccount', 'reader')}`;

const cluster = `
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: { name: db }
spec:
  bootstrap: { initdb: { secret: { name: owner } } }
  plugins: [{ name: archive, parameters: { barmanObjectName: archive } }]
---
apiVersion: barmancloud.cnpg.io/v1
kind: ObjectStore
metadata: { name: archive }
spec: { configuration: { s3Credentials: { accessKeyId: { name: owner, key: username } } } }
---
apiVersion: v1
kind: Secret
metadata: { name: owner }
stringData: { username: shop, password: b }
---
apiVersion: postgresql.cnpg.io/v1
kind: DatabaseRole
metadata: { name: shop }
spec: { cluster: { name: db }, passwordSecret: { name: owner } }
`;

/** What is right, the text to change in it, what makes it wrong, and what is then found. */
type Case = readonly [string, string, string, string, string, string, string];

// biome-ignore format: a line for each case
const CASES: readonly Case[] = [
  ['the ConfigMap of a variable', container('env: [{ valueFrom: { configMapKeyRef: { name: settings, key: HOST } } }]'), 'name: settings, key', 'name: nope, key', 'Pod api', 'spec.containers[0].env[0].valueFrom.configMapKeyRef.name', 'given "nope", expected a ConfigMap in namespace default'],
  ['the Secret of a variable', container('env: [{ valueFrom: { secretKeyRef: { name: login, key: USER } } }]'), 'name: login, key', 'name: nope, key', 'Pod api', 'spec.containers[0].env[0].valueFrom.secretKeyRef.name', 'given "nope", expected a Secret in namespace default'],
  ['a key of a ConfigMap', container('env: [{ valueFrom: { configMapKeyRef: { name: settings, key: HOST } } }]'), 'key: HOST', 'key: PORT', 'Pod api', 'spec.containers[0].env[0].valueFrom.configMapKeyRef.key', 'given the key "PORT", expected one that ConfigMap default/settings has: HOST, LOGO'],
  ['a key of a Secret', container('env: [{ valueFrom: { secretKeyRef: { name: login, key: PASSWORD } } }]'), 'key: PASSWORD', 'key: PASS', 'Pod api', KEY, 'has: USER, PASSWORD'],
  ['envFrom a ConfigMap', container('envFrom: [{ configMapRef: { name: settings } }]'), 'configMapRef: { name: settings', 'configMapRef: { name: nope', 'Pod api', 'spec.containers[0].envFrom[0].configMapRef.name', 'a ConfigMap in'],
  ['envFrom a Secret', container('envFrom: [{ secretRef: { name: login } }]'), 'secretRef: { name: login', 'secretRef: { name: nope', 'Pod api', 'spec.containers[0].envFrom[0].secretRef.name', 'a Secret in'],
  ['the ConfigMap of a volume', pod('{ volumes: [{ name: a, configMap: { name: settings } }] }'), 'configMap: { name: settings', 'configMap: { name: nope', 'Pod api', 'spec.volumes[0].configMap.name', 'a ConfigMap in'],
  ['an item of a volume', pod('{ volumes: [{ name: a, configMap: { name: settings, items: [{ key: LOGO }] } }] }'), 'key: LOGO', 'key: ICON', 'Pod api', 'spec.volumes[0].configMap.items[0].key', 'the key "ICON"'],
  ['the Secret of a volume', pod('{ volumes: [{ name: a, secret: { secretName: login, items: [{ key: USER }] } }] }'), 'secretName: login', 'secretName: nope', 'Pod api', 'spec.volumes[0].secret.secretName', 'a Secret in'],
  ['a projected ConfigMap', pod('{ volumes: [{ projected: { sources: [{ configMap: { name: settings } }] } }] }'), 'configMap: { name: settings', 'configMap: { name: nope', 'Pod api', 'spec.volumes[0].projected.sources[0].configMap.name', 'a ConfigMap in'],
  ['an item of a projected Secret', pod('{ volumes: [{ projected: { sources: [{ secret: { name: login, items: [{ key: USER }] } }] } }] }'), 'key: USER', 'key: NAME', 'Pod api', 'spec.volumes[0].projected.sources[0].secret.items[0].key', 'the key "NAME"'],
  ['what is not optional', container('envFrom: [{ secretRef: { name: nope, optional: true } }]'), 'optional: true', 'optional: false', 'Pod api', 'spec.containers[0].envFrom[0].secretRef.name', 'given "nope"'],
  ['a Secret to pull images', pod('{ imagePullSecrets: [{ name: login }] }'), 'imagePullSecrets: [{ name: login', 'imagePullSecrets: [{ name: nope', 'Pod api', 'spec.imagePullSecrets[0].name', 'a Secret in'],
  ['a ServiceAccount', pod('{ serviceAccountName: default }'), 'serviceAccountName: default', 'serviceAccountName: api', 'Pod api', 'spec.serviceAccountName', 'a ServiceAccount in namespace default'],
  ['a PriorityClass', pod('{ priorityClassName: system-node-critical }'), 'system-node-critical', 'high', 'Pod api', 'spec.priorityClassName', 'a PriorityClass of the cluster'],
  ['a claim', pod('{ volumes: [{ persistentVolumeClaim: { claimName: data } }] }') + named('v1', 'PersistentVolumeClaim', 'data'), 'claimName: data', 'claimName: date', 'Pod api', 'spec.volumes[0].persistentVolumeClaim.claimName', 'a PersistentVolumeClaim in'],
  ['a claim that a StatefulSet makes', pod('{ volumes: [{ persistentVolumeClaim: { claimName: data-db-0 } }] }') + named('apps/v1', 'StatefulSet', 'db', 'spec: { volumeClaimTemplates: [{ metadata: { name: data } }] }'), 'claimName: data-db-0', 'claimName: db-data-0', 'Pod api', 'spec.volumes[0].persistentVolumeClaim.claimName', 'a PersistentVolumeClaim in'],
  ['a StorageClass', named('v1', 'PersistentVolumeClaim', 'data', 'spec: { storageClassName: fast }') + named('storage.k8s.io/v1', 'StorageClass', 'fast'), 'storageClassName: fast', 'storageClassName: slow', 'PersistentVolumeClaim data', 'spec.storageClassName', 'a StorageClass of the cluster'],
  ['a StorageClass of a template', named('apps/v1', 'StatefulSet', 'db', 'spec: { volumeClaimTemplates: [{ spec: { storageClassName: "" } }] }'), '""', 'fast', 'StatefulSet db', 'spec.volumeClaimTemplates[0].spec.storageClassName', 'given "fast"'],
  ['the Service of a StatefulSet', named('apps/v1', 'StatefulSet', 'db', `spec: { serviceName: api }\n---${service}`), 'serviceName: api', 'serviceName: apis', 'StatefulSet db', 'spec.serviceName', 'a Service in'],
  ['the Service behind a path', ingress('{ rules: [{ http: { paths: [{ backend: { service: { name: api, port: { number: 80 } } } }] } }] }'), 'service: { name: api', 'service: { name: apis', 'Ingress edge', 'spec.rules[0].http.paths[0].backend.service.name', 'a Service in'],
  ['the port behind a path', ingress('{ rules: [{ http: { paths: [{ backend: { service: { name: api, port: { number: 80 } } } }] } }] }'), 'number: 80', 'number: 8000', 'Ingress edge', 'spec.rules[0].http.paths[0].backend.service.port.number', 'given the port "8000", expected one that Service default/api has: 80, http'],
  ['the port name behind an Ingress', ingress('{ defaultBackend: { service: { name: api, port: { name: http } } } }'), 'port: { name: http', 'port: { name: web', 'Ingress edge', 'spec.defaultBackend.service.port.name', 'the port "web"'],
  ['an IngressClass', ingress('{ ingressClassName: nginx }') + named('networking.k8s.io/v1', 'IngressClass', 'nginx'), 'ingressClassName: nginx', 'ingressClassName: ngnix', 'Ingress edge', 'spec.ingressClassName', 'an IngressClass of the cluster'],
  ['the Secret of TLS that an issuer makes', ingress('{ tls: [{ secretName: tls }] }', '{ kubernetes.io/tls-acme: "true" }'), 'kubernetes.io/tls-acme', 'example.com/acme', 'Ingress edge', 'spec.tls[0].secretName', 'a Secret in'],
  ['the Secret of TLS that a Certificate makes', `${ingress('{ tls: [{ secretName: api-tls }] }')}---${certificate}`, 'secretName: api-tls }]', 'secretName: web-tls }]', 'Ingress edge', 'spec.tls[0].secretName', 'a Secret in'],
  ['the cluster issuer of an Ingress', ingress('{ tls: [{ secretName: tls }] }', '{ cert-manager.io/cluster-issuer: public }') + named('cert-manager.io/v1', 'ClusterIssuer', 'public'), 'issuer: public', 'issuer: pubic', 'Ingress edge', 'metadata.annotations["cert-manager.io/cluster-issuer"]', 'a ClusterIssuer of the cluster'],
  ['the issuer of an Ingress', ingress('{}', '{ cert-manager.io/issuer: own }') + named('cert-manager.io/v1', 'Issuer', 'own'), 'issuer: own', 'issuer: other', 'Ingress edge', 'metadata.annotations["cert-manager.io/issuer"]', 'an Issuer in namespace default'],
  ['the issuer of a Certificate', certificate, 'kind: ClusterIssuer, name: public', 'kind: Issuer, name: public', 'Certificate api', 'spec.issuerRef.name', 'an Issuer in namespace default'],
  ['the Service behind a route', route('{ rules: [{ backendRefs: [{ name: api, port: 80 }] }] }'), '{ name: api, port: 80 }', '{ name: api, namespace: default, port: 81 }', 'HTTPRoute edge', 'spec.rules[0].backendRefs[0].port', 'the port "81"'],
  ['the namespace of the Service behind a route', route('{ rules: [{ backendRefs: [{ name: api, port: 80 }] }] }'), '{ name: api, port: 80 }', '{ name: api, namespace: shop, port: 80 }', 'HTTPRoute edge', 'spec.rules[0].backendRefs[0].name', 'a Service in namespace shop'],
  ['the Gateway of a route', route('{ parentRefs: [{ name: public, sectionName: https }] }'), 'name: public, sectionName', 'name: private, sectionName', 'HTTPRoute edge', 'spec.parentRefs[0].name', 'a Gateway in'],
  ['the listener of a route', route('{ parentRefs: [{ name: public, sectionName: https }] }'), 'sectionName: https', 'sectionName: http', 'HTTPRoute edge', 'spec.parentRefs[0].sectionName', 'the listener "http"'],
  ['a GatewayClass', route('{}'), 'gatewayClassName: envoy', 'gatewayClassName: istio', 'Gateway public', 'spec.gatewayClassName', 'a GatewayClass of the cluster'],
  ['the Service behind an IngressRoute', named( 'traefik.io/v1alpha1', 'IngressRoute', 'edge', `spec: { routes: [{ services: [{ name: api, port: http }, { name: api@internal, kind: TraefikService }] }] }\n---${service}`, ), 'port: http }', 'port: web }', 'IngressRoute edge', 'spec.routes[0].services[0].port', 'the port "web"'],
  ['the target of an autoscaler', `${workload}${named('autoscaling/v2', 'HorizontalPodAutoscaler', 'api', 'spec: { scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: api } }')}`, 'kind: Deployment, name', 'kind: StatefulSet, name', 'HorizontalPodAutoscaler api', 'spec.scaleTargetRef', 'given StatefulSet "api"'],
  ['the group of the target of an autoscaler', `${workload}${named('autoscaling/v2', 'HorizontalPodAutoscaler', 'api', 'spec: { scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: api } }')}`, 'apiVersion: apps/v1, kind', 'apiVersion: v1, kind', 'HorizontalPodAutoscaler api', 'spec.scaleTargetRef.apiVersion', 'expected "apps/v1"'],
  ['the pods of a budget', `${workload}${named('policy/v1', 'PodDisruptionBudget', 'api', 'spec: { selector: { matchLabels: { app: api } } } # budget')}`, '} } } # budget', ', tier: web } } }', 'PodDisruptionBudget api', 'spec.selector', 'given app=api, tier=web, which matches nothing'],
  ['the Services of a ServiceMonitor', `${workload}${named('monitoring.coreos.com/v1', 'ServiceMonitor', 'api', 'spec: { endpoints: [{ port: http }], selector: { matchLabels: { app: api } } } # monitor')}`, '} } } # monitor', ', tier: web } } }', 'ServiceMonitor api', 'spec.selector', 'a Service in namespace default'],
  ['the port of a ServiceMonitor', `${workload}${named('monitoring.coreos.com/v1', 'ServiceMonitor', 'api', 'spec: { namespaceSelector: { any: true }, endpoints: [{ port: http }], selector: { matchLabels: { app: api } } }')}`, 'endpoints: [{ port: http', 'endpoints: [{ port: web', 'ServiceMonitor api', 'spec.endpoints[0].port', 'given the port "web"'],
  ['the namespace of a ServiceMonitor', `${workload}${named('monitoring.coreos.com/v1', 'ServiceMonitor', 'api', 'spec: { namespaceSelector: { matchNames: [default] }, selector: {} }')}`, '[default]', '[shop]', 'ServiceMonitor api', 'spec.selector', 'a Service in namespace shop'],
  ['the pods of a PodMonitor', `${workload}${named('monitoring.coreos.com/v1', 'PodMonitor', 'api', 'spec: { podMetricsEndpoints: [{ port: metrics }], selector: { matchExpressions: [{ key: app, operator: In, values: [api] }] } }')}`, 'operator: In', 'operator: NotIn', 'PodMonitor api', 'spec.selector', 'given app NotIn (api), which matches nothing'],
  ['the port of a PodMonitor', `${workload}${named('monitoring.coreos.com/v1', 'PodMonitor', 'api', 'spec: { podMetricsEndpoints: [{ port: metrics }], selector: {} }')}`, 'Endpoints: [{ port: metrics', 'Endpoints: [{ port: http', 'PodMonitor api', 'spec.podMetricsEndpoints[0].port', 'given the port "http"'],
  ['the role of a binding', binding, 'name: reader }', 'name: readers }', 'RoleBinding readers', 'roleRef.name', 'a Role in namespace default'],
  ['a built-in role of a binding', binding.replace('kind: Role, name: reader', 'kind: ClusterRole, name: view'), 'name: view', 'name: viewer', 'RoleBinding readers', 'roleRef.name', 'a ClusterRole of the cluster'],
  ['the subject of a binding', binding, 'ServiceAccount, name: api }', 'ServiceAccount, name: api, namespace: shop }', 'RoleBinding readers', 'subjects[0].name', 'a ServiceAccount in namespace shop'],
  ['the ServiceAccount of a store', store, 'serviceAccountRef: { name: reader', 'serviceAccountRef: { name: writer', 'SecretStore vault', 'spec.provider.aws.auth.jwt.serviceAccountRef.name', 'a ServiceAccount in'],
  ['a store', external('{ secretStoreRef: { name: vault }, data: [{ secretKey: USER }] }', 'USER'), 'secretStoreRef: { name: vault', 'secretStoreRef: { kind: ClusterSecretStore, name: vault', 'ExternalSecret login', 'spec.secretStoreRef.name', 'a ClusterSecretStore of the cluster'],
  ['a generator', external('{ dataFrom: [{ sourceRef: { generatorRef: { kind: Password, name: random } } }] }', 'password'), 'kind: Password, name: random', 'kind: Password, name: rand', 'ExternalSecret login', 'spec.dataFrom[0].sourceRef.generatorRef.name', 'a Password in'],
  ['the owner of a cluster', cluster, 'secret: { name: owner', 'secret: { name: nobody', 'Cluster db', 'spec.bootstrap.initdb.secret.name', 'a Secret in namespace default'],
  ['the archive of a cluster', cluster, 'barmanObjectName: archive', 'barmanObjectName: store', 'Cluster db', 'spec.plugins[0].parameters.barmanObjectName', 'an ObjectStore in namespace default'],
  ['a key of an archive', cluster, 'key: username', 'key: user', 'ObjectStore archive', 'spec.configuration.s3Credentials.accessKeyId.key', 'the key "user"'],
  ['the password of a role', cluster, 'passwordSecret: { name: owner', 'passwordSecret: { name: nobody', 'DatabaseRole shop', 'spec.passwordSecret.name', 'a Secret in'],
  ...['DatabaseRole', 'Database', 'ScheduledBackup'].map((kind): Case => [`the cluster of a ${kind}`, `${cluster}${named('postgresql.cnpg.io/v1', kind, 'x', 'spec: { cluster: { name: db } } # its')}`, 'name: db } } # its', 'name: eu } }', `${kind} x`, 'spec.cluster.name', 'a Cluster in namespace default']),
  ['the pods of a cluster', `${cluster}${named('monitoring.coreos.com/v1', 'PodMonitor', 'db', 'spec: { podMetricsEndpoints: [{ port: metrics }], selector: { matchLabels: { cnpg.io/cluster: db, cnpg.io/podRole: instance } } }')}`, 'cnpg.io/cluster: db', 'cnpg.io/cluster: eu', 'PodMonitor db', 'spec.selector', 'given cnpg.io/cluster=eu'],
  ['a namespace', named('v1', 'ConfigMap', 'a').replace('name: a', 'name: a, namespace: kube-system'), 'namespace: kube-system', 'namespace: shop', 'ConfigMap shop/a', 'metadata.namespace', 'a Namespace of the cluster'],
];

test.each(CASES)('%s', (_, right, from, to, object, path, message) => {
  expect(right).toContain(from);
  expect(judge(right)).toEqual([]);
  expect(judge(right.replace(from, to))).toEqual([
    { rule: 'references', object, path, message: expect.stringContaining(message) },
  ]);
});

const GENERATOR = 'dataFrom: [{ sourceRef: { generatorRef: { kind: Password, name: random } } }]';

/** An ExternalSecret, a key that its Secret has, and one that it does not have. */
test.each([
  ['data', '{ data: [{ secretKey: USER }] }', 'USER', 'PASS'],
  ['data with labels', '{ target: { template: { metadata: {} } }, data: [{ secretKey: USER }] }', 'USER', 'PASS'],
  ['a template', '{ target: { template: { data: { URL: "x" } } }, data: [{ secretKey: USER }] }', 'URL', 'USER'],
  [
    'a template that merges',
    '{ target: { template: { mergePolicy: Merge, data: { URL: "x" } } }, data: [{ secretKey: USER }] }',
    'USER',
    'PASS',
  ],
  [
    'a template of what is not known',
    '{ target: { template: { data: { URL: "x" } } }, dataFrom: [{ extract: { key: a } }] }',
    'URL',
    'USER',
  ],
  ['a generator', `{ ${GENERATOR} }`, 'password', 'USER'],
])('keys of %s', (_, spec, key, missing) => {
  expect(judge(external(spec, key))).toEqual([]);
  expect(judge(external(spec, missing))).toEqual([expect.objectContaining({ object: 'Pod api', path: KEY })]);
});

test.each([
  '{ dataFrom: [{ extract: { key: a } }] }',
  '{ dataFrom: [{ find: { name: { regexp: a } } }] }',
  '{ target: { template: { templateFrom: [{ configMap: { name: a } }] } } }',
  `{ ${GENERATOR.replace('} } }]', '} }, rewrite: [{}] }]')} }`,
])('%s may have any key', (spec) => {
  expect(judge(external(spec, 'ANY'))).toEqual([]);
});

test.each([
  ['{ target: { name: other }, data: [{ secretKey: USER }] }'],
  ['{ target: { creationPolicy: None }, data: [{ secretKey: USER }] }'],
  ['{ target: { creationPolicy: Merge }, data: [{ secretKey: USER }] }'],
])('%s makes no Secret of that name', (spec) => {
  expect(judge(external(spec, 'USER'))).toEqual([expect.objectContaining({ path: KEY.replace(/key$/, 'name') })]);
});

test('a merging ExternalSecret adds to what is there', () => {
  const merge = '{ target: { creationPolicy: Merge }, data: [{ secretKey: USER }] }';
  const prerequisite = { kind: 'Secret', namespace: 'default', name: 'login', keys: ['PASS'] };
  expect(judge(external(merge, 'USER'), [prerequisite])).toEqual([]);
  expect(judge(external(merge, 'PASS'), [prerequisite])).toEqual([]);
  expect(judge(external(merge, 'HOST'), [prerequisite])).toHaveLength(1);
});

test.each([
  [
    'SealedSecret',
    named('bitnami.com/v1alpha1', 'SealedSecret', 'login', 'spec: { encryptedData: { USER: AgA } }'),
    'USER',
    'PASS',
  ],
  ['Certificate', certificate.replace('api-tls', 'login'), 'tls.crt', 'keystore.p12'],
  [
    'Certificate with a store',
    certificate.replace('api-tls', 'login, keystores: { pkcs12: {} }'),
    'keystore.p12',
    'keystore.jks',
  ],
])('keys of a %s', (_, maker, key, missing) => {
  const reader = (read: string) =>
    `${container(`env: [{ valueFrom: { secretKeyRef: { name: login, key: ${read} } } }]`).split('---')[0]}---${maker}`;
  expect(judge(reader(key))).toEqual([]);
  expect(judge(reader(missing))).toEqual([expect.objectContaining({ path: KEY })]);
});

test.each([
  ['db-ca', 'ca.crt', 'tls.crt', '{ instances: 1 }'],
  ['db-server', 'tls.crt', 'ca.crt', '{ instances: 1 }'],
  ['db-app', 'fqdn-uri', 'url', '{ bootstrap: { initdb: { database: shop } } }'],
  ['db-superuser', 'password', 'pass', '{ enableSuperuserAccess: true }'],
])('keys of the Secret %s that a cluster of CloudNativePG makes', (name, key, missing, spec) => {
  const env = (read: string) => `env: [{ valueFrom: { secretKeyRef: { name: ${name}, key: ${read} } } }]`;
  const made = named('postgresql.cnpg.io/v1', 'Cluster', 'db', `spec: ${spec}`);
  expect(judge(container(env(key)) + made)).toEqual([]);
  expect(judge(container(env(missing)) + made)).toEqual([expect.objectContaining({ path: KEY })]);
});

test.each([
  ['db-app', 'bootstrap: { initdb: { secret: { name: login } } }'],
  ['db-ca', 'certificates: { serverCASecret: login, clientCASecret: login }'],
  ['db-superuser', 'enableSuperuserAccess: false'],
])('%s is not created if a Cluster has %s', (name, spec) => {
  const made = named('postgresql.cnpg.io/v1', 'Cluster', 'db', `spec: { ${spec} }`);
  expect(judge(container(`envFrom: [{ secretRef: { name: ${name} } }]`) + made)).toHaveLength(1);
});

test('a template reads only what is fetched', () => {
  const template = (text: string) =>
    external(`{ target: { template: { data: { URL: '${text}' } } }, data: [{ secretKey: USER }] }`, 'URL');
  expect(judge(template('{{ .USER | urlquery }}@{{ index . "USER" }}'))).toEqual([]);
  expect(judge(template('{{ .USER }}:{{ .PASS }}'))).toEqual([
    {
      rule: 'references',
      object: 'ExternalSecret login',
      path: 'spec.target.template.data.URL',
      message: 'given {{ .PASS }}, expected a key that spec.data fetches (USER); fetch it or correct the name',
    },
  ]);
});

test.each([
  ['{{ .A }} {{- .B | replace "." ".C" -}} {{ $.D }}', ['A', 'B', 'D']],
  ['{{ (.A).b }} {{ .B.c }} {{ $x := .C }}{{ $x.d }}', ['A', 'B', 'C']],
  ['{{ index . "a-b" }} {{/* .N */}} .M', ['a-b']],
  ['{{ range .A }}{{ .b }}{{ end }}', []],
  ['{{ .A', ['A']],
])('%s reads %j', (template, keys) => {
  expect(keysRead(template)).toEqual(keys);
});

test('what is given resolves, by its keys where they are known', () => {
  const reader = named(
    'v1',
    'Pod',
    'api',
    'spec: { containers: [{ env: [{ valueFrom: { secretKeyRef: { name: hand, key: USER } } }] }] }',
  );
  const prerequisite = { kind: 'Secret', namespace: 'default', name: 'hand' };
  expect(judge(reader)).toEqual([expect.objectContaining({ path: KEY.replace(/key$/, 'name') })]);
  expect(judge(reader, [prerequisite])).toEqual([]);
  expect(judge(reader, [{ ...prerequisite, keys: ['USER'] }])).toEqual([]);
  expect(judge(reader, [{ ...prerequisite, keys: ['PASS'] }])).toEqual([expect.objectContaining({ path: KEY })]);
  expect(judge(reader, [{ ...prerequisite, namespace: 'shop' }])).toHaveLength(1);
  const budget = named(
    'policy/v1',
    'PodDisruptionBudget',
    'db',
    'spec: { selector: { matchLabels: { cluster: db } } }',
  );
  const pods = { kind: 'Pod', namespace: 'default', name: 'db', labels: { cluster: 'db' } };
  expect(judge(budget)).toHaveLength(1);
  expect(judge(budget, [pods])).toEqual([]);
});

test.each(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job'])('the pods of a %s are read', (kind) => {
  const spec = 'spec: { template: { spec: { initContainers: [{ envFrom: [{ secretRef: { name: nope } }] }] } } }';
  expect(judge(named('v1', kind, 'api', spec))).toEqual([
    expect.objectContaining({ path: 'spec.template.spec.initContainers[0].envFrom[0].secretRef.name' }),
  ]);
});

test('the examples are right and wrong as stated', () => {
  expect(judge(rule.wrong)).not.toEqual([]);
  expect(judge(rule.right)).toEqual([]);
});

test.each(['dev', 'staging', 'prod'])('Salient in %s is clean', (name) => {
  const folders = ['platform', 'salient'].map((part) => join(PROJECT, 'dist', name, part)).filter(existsSync);
  const yaml = folders.flatMap((folder) => readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8')));
  const prerequisites = [
    { kind: 'Namespace', name: 'cert-manager' },
    { kind: 'IngressClass', name: 'nginx' },
    { kind: 'IngressClass', name: 'traefik' },
    { kind: 'GatewayClass', name: 'eg' },
  ];
  expect(judge(yaml.join('---\n'), prerequisites)).toEqual([]);
});

// biome-ignore format: a list
const KINDS = [
  'v1/Pod', 'v1/Service', 'v1/Secret', 'v1/ConfigMap', 'v1/ServiceAccount', 'v1/PersistentVolumeClaim', 'apps/v1/StatefulSet',
  'networking.k8s.io/v1/Ingress', 'gateway.networking.k8s.io/v1/HTTPRoute', 'gateway.networking.k8s.io/v1/Gateway',
  'traefik.io/v1/IngressRoute', 'external-secrets.io/v1/ExternalSecret', 'external-secrets.io/v1/SecretStore',
  'cert-manager.io/v1/Certificate', 'cert-manager.io/v1/Issuer', 'bitnami.com/v1/SealedSecret', 'policy/v1/PodDisruptionBudget',
  'monitoring.coreos.com/v1/ServiceMonitor', 'monitoring.coreos.com/v1/PodMonitor', 'autoscaling/v2/HorizontalPodAutoscaler',
  'rbac.authorization.k8s.io/v1/RoleBinding',
];

/** Specs with an odd value in each place that some rule looks at. */
function oddSpecs(odd: Any): Any[] {
  const fields =
    'env envFrom volumes rules routes tls data dataFrom target provider selector template endpoints listeners ports containers';
  const deep = Object.fromEntries(fields.split(' ').map((field) => [field, odd]));
  const selector = { matchLabels: odd, matchExpressions: odd };
  return [
    odd,
    deep,
    { ...deep, target: { template: { data: odd, templateFrom: odd } }, selector },
    { ...deep, template: { spec: deep, metadata: odd }, selector: {} },
    { containers: [deep], volumes: [{ projected: odd, secret: odd }], selector: { matchLabels: {} } },
    { scaleTargetRef: odd, secretStoreRef: odd, provider: { a: { serviceAccountRef: odd } }, issuerRef: odd },
    { dataFrom: [{ sourceRef: odd }], data: [odd], rules: [{ backendRefs: odd }], tls: [odd], defaultBackend: odd },
  ];
}

test.each<Any>([[null], [0], ['text'], [true], [[]], [[null, 0, 'text', []]], [{}], [{ name: 5, toString: 1 }]])(
  '%j in the place of anything does not throw',
  (odd) => {
    const objects = KINDS.flatMap((kind) =>
      oddSpecs(odd).map((spec, index): Any => {
        const slash = kind.lastIndexOf('/');
        const metadata = { name: `a${index}` };
        const fields = { spec, data: odd, stringData: odd, subjects: odd, roleRef: odd, imagePullSecrets: odd };
        return { apiVersion: kind.slice(0, slash), kind: kind.slice(slash + 1), metadata, ...fields };
      }),
    );
    expect(() => rule.judge(new ClusterIndex(objects))).not.toThrow();
  },
);
