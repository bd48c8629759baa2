import { registry } from '../../../charts';
import { environmentNames } from '../../../lib/config/environment-folders';
import type { ManifestObject } from '../../../lib/manifests/object';
import { buildEnvironments } from '../../../lib/pipeline/build';
import { judgeAs } from '../../../lib/pipeline/judge';
import { type Any, find, fixtureObjects, PROJECT } from '../../support';

const environments = environmentNames(PROJECT);
const built = buildEnvironments(registry, PROJECT, environments);

/** Judges objects as those of an environment, or of all of its systems but one. */
function judge(environment: string, objects: readonly ManifestObject[], without: readonly string[] = []) {
  const own = built.filter((one) => one.environment === environment && !without.includes(one.system));
  return judgeAs(own, objects);
}

/** Mistakes are made in Salient's objects and the platform's; what else is there is of no matter to them. */
const OTHERS = ['pliers', 'ephitup', 'three-tier'];

/** An environment's objects, with functions that introduce one mistake. */
class Hands {
  constructor(public objects: ManifestObject[]) {}

  /** Names are those of Salient's objects; other systems may be there, too. */
  private get own(): ManifestObject[] {
    return this.objects.filter(
      ({ metadata }) => !OTHERS.includes(metadata.labels?.['app.kubernetes.io/part-of'] ?? ''),
    );
  }

  get(kind: string, name: string): Any {
    return find(this.own, kind, name);
  }

  remove(kind: string, name: string, namespace?: string) {
    const gone = this.own.filter(
      ({ kind: k, metadata }) =>
        k === kind && metadata.name === name && (namespace === undefined || metadata.namespace === namespace),
    );
    if (gone.length !== 1) throw new Error(`${gone.length} objects are ${kind} ${name}`);
    this.objects = this.objects.filter((object) => !gone.includes(object));
  }

  add(object: object) {
    this.objects.push(object as ManifestObject);
  }

  pod(name: string): Any {
    return find(
      this.own.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet'),
      name === 'postgres' ? 'StatefulSet' : 'Deployment',
      name,
    ).spec.template;
  }

  container(name: string): Any {
    return this.pod(name).spec.containers[0];
  }

  solver(index: number): Any {
    return this.get('ClusterIssuer', 'letsencrypt-prod').spec.acme.solvers[index];
  }

  policy(name: string): Any {
    return this.get('NetworkPolicy', name).spec;
  }
}

const variable = (container: Any, name: string) => container.env.find((one: Any) => one.name === name);
const annotation = (name: string) => `nginx.ingress.kubernetes.io/${name}`;
const secret = (data: object) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'extra', namespace: 'salient-prod' },
  type: 'Opaque',
  data,
});

const hourly = ({ spec }: Any) => {
  delete spec.refreshPolicy;
  spec.refreshInterval = '1h';
};

type Mutation = readonly [rule: string, what: string, make: (hands: Hands) => unknown, environment?: string];

const MUTATIONS: readonly Mutation[] = [
  [
    'references',
    'a key is no longer fetched',
    (it) => it.get('ExternalSecret', 'tenant-db-external-secret').spec.data.splice(2, 1),
  ],
  [
    'references',
    'a key that a template needs is no longer fetched',
    (it) => it.get('ExternalSecret', 'tenant-db-external-secret').spec.data.splice(0, 1),
  ],
  [
    'references',
    'the template of a URL is gone',
    (it) => delete it.get('ExternalSecret', 'tenant-db-external-secret').spec.target.template,
  ],
  [
    'references',
    'a Secret is filled under another name',
    (it) => (it.get('ExternalSecret', 'tenant-db-external-secret').spec.target.name = 'tenant-credentials'),
  ],
  ['references', 'a setting is gone', (it) => delete it.get('ConfigMap', 'salient-config').data.LOG_LEVEL],
  ['references', 'the ConfigMap is gone', (it) => it.remove('ConfigMap', 'salient-config')],
  [
    'references',
    'the ConfigMap has another name',
    (it) => (it.get('ConfigMap', 'salient-config').metadata.name = 'salient-settings'),
  ],
  ['references', 'a ServiceAccount is gone', (it) => it.remove('ServiceAccount', 'chat-api')],
  ['references', "the store's account is gone", (it) => it.remove('ServiceAccount', 'salient-sa', 'salient-prod')],
  ['references', 'the store is gone', (it) => it.remove('SecretStore', 'tenant-db-store', 'salient-prod')],
  [
    'references',
    'a store is misspelt',
    (it) => (it.get('ExternalSecret', 'tenant-db-external-secret').spec.secretStoreRef.name = 'tenant-store'),
  ],
  ['references', 'a Service has another name', (it) => (it.get('Service', 'chat-api-svc').metadata.name = 'chat-svc')],
  [
    'references',
    'a route leads to a port that is none',
    (it) => (it.get('Ingress', 'salient-ingress').spec.rules[0].http.paths[0].backend.service.port.number = 8080),
  ],
  [
    'references',
    'an autoscaler aims at nothing',
    (it) => (it.get('HorizontalPodAutoscaler', 'chat-api-hpa').spec.scaleTargetRef.name = 'chat'),
  ],
  ['references', "the platform's issuer is gone", (it) => it.remove('ClusterIssuer', 'letsencrypt-prod')],
  ['references', 'a priority is gone', (it) => it.remove('PriorityClass', 'berth-serving')],
  [
    'references',
    "the database's priority is misspelt",
    (it) => (it.get('Cluster', 'postgres').spec.priorityClassName = 'berth-database'),
    'staging',
  ],
  ['references', "a solver's class is misspelt", (it) => (it.solver(0).http01.ingress.ingressClassName = 'ngnix')],
  ['references', 'a namespace is gone', (it) => it.remove('Namespace', 'salient-prod')],
  [
    'references',
    'an issuer is misspelt',
    (it) =>
      (it.get('Ingress', 'salient-ingress').metadata.annotations['cert-manager.io/cluster-issuer'] = 'letsencrypt'),
  ],
  [
    'references',
    'an ingress class is misspelt',
    (it) => (it.get('Ingress', 'salient-ingress').spec.ingressClassName = 'ngnix'),
  ],
  [
    'references',
    'a Secret is misspelt',
    (it) => (variable(it.container('admin-api'), 'JWT_SECRET').valueFrom.secretKeyRef.name = 'jwt'),
  ],
  ['references', 'a claim is gone', (it) => it.remove('PersistentVolumeClaim', 'postgres-data'), 'dev'],
  [
    'references',
    'a key of a Secret is gone',
    (it) => delete it.get('Secret', 'tenant-db-credentials').data.JWT_SECRET,
    'dev',
  ],
  [
    'references',
    'a StatefulSet names no Service',
    (it) => (it.get('StatefulSet', 'postgres').spec.serviceName = 'pg'),
    'dev',
  ],
  [
    'selectors',
    'a Service selects nothing',
    (it) => (it.get('Service', 'chat-api-svc').spec.selector.component = 'chat'),
  ],
  [
    'selectors',
    'a Service selects two workloads',
    (it) => delete it.get('Service', 'chat-api-svc').spec.selector.component,
  ],
  [
    'selectors',
    'a port name is none of the pod',
    (it) => (it.get('Service', 'chat-api-svc').spec.ports[0].targetPort = 'web'),
  ],
  ['selectors', 'a pod port has another name', (it) => (it.container('admin-ui').ports[0].name = 'web')],
  [
    'selectors',
    'pods are not those that their workload selects',
    (it) => (it.pod('chat-api').metadata.labels.component = 'chat'),
  ],
  [
    'selectors',
    'two workloads select the same pods',
    (it) => {
      it.get('Deployment', 'chat-api').spec.selector.matchLabels = { app: 'salient' };
    },
  ],
  [
    'references',
    'a budget selects nothing',
    (it) => (it.get('PodDisruptionBudget', 'chat-api').spec.selector.matchLabels.component = 'chat'),
  ],
  [
    'selectors',
    'a policy selects nothing',
    (it) => (it.policy('admin-ui-policy').podSelector.matchLabels.component = 'ui'),
  ],
  ['identity', 'an object is there twice', (it) => it.add(structuredClone(it.get('Service', 'chat-api-svc')))],
  ['identity', 'a name has a capital', (it) => (it.get('Service', 'chat-api-svc').metadata.name = 'Chat-api-svc')],
  ['identity', 'a label has a space', (it) => (it.get('Service', 'chat-api-svc').metadata.labels.team = 'the best')],
  [
    'identity',
    'a host and path has two owners',
    (it) => {
      const twin = structuredClone(it.get('Ingress', 'salient-ingress'));
      twin.metadata.name = 'twin';
      it.add(twin);
    },
  ],
  ['autoscaling', 'replicas fight the autoscaler', (it) => (it.get('Deployment', 'chat-api').spec.replicas = 3)],
  [
    'autoscaling',
    'min is above max',
    (it) => (it.get('HorizontalPodAutoscaler', 'chat-api-hpa').spec.minReplicas = 21),
  ],
  // A limit alone would count as the request.
  [
    'autoscaling',
    'a metric has no request',
    (it) => Object.values<Any>(it.container('chat-api').resources).forEach((part) => void delete part.cpu),
  ],
  [
    'autoscaling',
    'there are no metrics',
    (it) => delete it.get('HorizontalPodAutoscaler', 'chat-api-hpa').spec.metrics,
  ],
  [
    'autoscaling',
    'a window is longer than an hour',
    (it) =>
      (it.get('HorizontalPodAutoscaler', 'chat-api-hpa').spec.behavior.scaleDown.stabilizationWindowSeconds = 36_000),
  ],
  [
    'autoscaling',
    'a budget blocks drains',
    (it) => (it.get('PodDisruptionBudget', 'admin-api').spec.maxUnavailable = 0),
  ],
  ['pod-security', 'a pod is root', (it) => (it.pod('chat-api').spec.securityContext.runAsUser = 0)],
  ['pod-security', 'a pod may be root', (it) => delete it.pod('chat-api').spec.securityContext.runAsNonRoot],
  [
    'pod-security',
    'a pod has no seccomp profile',
    (it) => delete it.pod('chat-api').spec.securityContext.seccompProfile,
  ],
  ['pod-security', 'a container is privileged', (it) => (it.container('chat-api').securityContext.privileged = true)],
  [
    'pod-security',
    'a container may gain privileges',
    (it) => delete it.container('chat-api').securityContext.allowPrivilegeEscalation,
  ],
  [
    'pod-security',
    'a container keeps capabilities',
    (it) => delete it.container('chat-api').securityContext.capabilities,
  ],
  [
    'pod-security',
    'a root file system can be written',
    (it) => (it.container('admin-ui').securityContext.readOnlyRootFilesystem = false),
  ],
  ['pod-security', 'a pod has a token', (it) => delete it.pod('chat-api').spec.automountServiceAccountToken],
  [
    'pod-security',
    'a sysctl is unsafe',
    (it) => (it.pod('admin-ui').spec.securityContext.sysctls[0].name = 'kernel.msgmax'),
  ],
  ['pod-security', 'memory has no limit', (it) => delete it.container('admin-api').resources.limits.memory],
  [
    'pod-security',
    'a volume is the node',
    (it) => (it.pod('chat-api').spec.volumes[0] = { name: 'tmp', hostPath: { path: '/tmp' } }),
  ],
  [
    'pod-security',
    'a namespace enforces nothing',
    (it) => delete it.get('Namespace', 'salient-prod').metadata.labels['pod-security.kubernetes.io/enforce'],
  ],
  ['images', 'a tag moves', (it) => (it.container('chat-api').image = 'ghcr.io/yourorg/salient-backend:latest')],
  ['images', 'there is no tag', (it) => (it.container('admin-ui').image = 'ghcr.io/yourorg/salient-admin-ui')],
  [
    'images',
    'the two APIs run two versions',
    (it) => (it.container('admin-api').image = 'ghcr.io/yourorg/salient-backend:v1.2.4'),
  ],
  [
    'reachability',
    'no default deny with the applications',
    (it) => it.remove('NetworkPolicy', 'default-deny', 'salient-prod'),
  ],
  [
    'reachability',
    'no default deny with the data',
    (it) => it.remove('NetworkPolicy', 'default-deny', 'salient-admin'),
  ],
  [
    'reachability',
    'the default deny lets out',
    (it) =>
      find(
        it.objects.filter(({ metadata }) => metadata.namespace === 'salient-prod'),
        'NetworkPolicy',
        'default-deny',
      ).spec.policyTypes.pop(),
  ],
  [
    'reachability',
    'the database is a wider range',
    (it) => (it.policy('pgbouncer-policy').egress[1].to[0].ipBlock.cidr = '10.20.0.0/16'),
  ],
  [
    'reachability',
    'the database is a narrower range',
    (it) => (it.policy('pgbouncer-policy').egress[1].to[0].ipBlock.cidr = '10.20.0.0/25'),
  ],
  [
    'reachability',
    'the metadata address is the Internet',
    (it) => {
      const { ipBlock } = it.policy('chat-api-policy').egress[2].to[0];
      ipBlock.except = ipBlock.except.filter((cidr: string) => !cidr.startsWith('169.254'));
    },
  ],
  [
    'reachability',
    'every pod of the edge’s namespace may come',
    (it) => delete it.policy('admin-api-policy').ingress[0].from[0].podSelector,
  ],
  [
    'reachability',
    'every namespace may come',
    (it) => (it.policy('admin-api-policy').ingress[0].from[0].namespaceSelector = {}),
  ],
  ['reachability', 'everybody may come', (it) => delete it.policy('admin-api-policy').ingress[0].from],
  ['reachability', 'a policy is open on every port', (it) => delete it.policy('admin-ui-policy').ingress[0].ports],
  [
    'reachability',
    'a policy opens another port',
    (it) => (it.policy('chat-api-policy').ingress[0].ports[0].port = 8001),
  ],
  ['reachability', 'the way to the database is closed', (it) => it.policy('chat-api-policy').egress.splice(1, 1)],
  ['reachability', 'names cannot be asked for', (it) => it.policy('admin-api-policy').egress.splice(0, 1)],
  [
    'reachability',
    'rules for egress are there and not in force',
    (it) => it.policy('chat-api-policy').policyTypes.pop(),
  ],
  [
    'reachability',
    'the edge is called otherwise',
    (it) =>
      (it.policy('chat-api-policy').ingress[0].from[0].namespaceSelector.matchLabels['kubernetes.io/metadata.name'] =
        'nginx'),
  ],
  [
    'reachability',
    'admin-api reaches the Internet',
    (it) => it.policy('admin-api-policy').egress.push(it.policy('chat-api-policy').egress[2]),
  ],
  [
    'reachability',
    'the public host leads to the admin API',
    (it) => {
      const [rule] = it.get('Ingress', 'salient-ingress').spec.rules;
      const [path] = it.get('Ingress', 'salient-admin-ingress').spec.rules[0].http.paths;
      rule.http.paths.unshift(path);
    },
  ],
  [
    'reachability',
    'the allowlist is gone',
    (it) =>
      delete it.get('Ingress', 'salient-admin-ingress').metadata.annotations[annotation('whitelist-source-range')],
  ],
  [
    'reachability',
    'the allowlist is wider',
    (it) =>
      (it.get('Ingress', 'salient-admin-ingress').metadata.annotations[annotation('whitelist-source-range')] =
        '203.0.0.0/16'),
  ],
  [
    'reachability',
    'the admin UI has a load balancer',
    (it) => (it.get('Service', 'admin-ui-svc').spec.type = 'LoadBalancer'),
  ],
  ['reachability', 'chat-api is on a port of the node', (it) => (it.container('chat-api').ports[0].hostPort = 8000)],
  ['reachability', 'the chat host is gone', (it) => it.remove('Ingress', 'salient-ingress')],
  [
    'reachability',
    'the admin UI may reach the database',
    (it) =>
      it.policy('postgres-policy').ingress[0].from.push({
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'salient-dev' } },
        podSelector: { matchLabels: { component: 'admin-ui' } },
      }),
    'dev',
  ],
  [
    'reachability',
    'the database admits the whole namespace',
    (it) => delete it.policy('postgres-policy').ingress[0].from[0].podSelector,
    'dev',
  ],
  [
    'reachability',
    'all that runs is gone',
    (it) => {
      it.objects = it.objects.filter(({ kind, metadata }) => kind === 'Namespace' || metadata.name === 'default-deny');
    },
  ],
  [
    'reachability',
    'an allowlist by another name lets everyone in',
    (it) =>
      (it.get('Ingress', 'salient-admin-ingress').metadata.annotations[annotation('allowlist-source-range')] =
        '0.0.0.0/0'),
  ],
  [
    'reachability',
    'one more policy, of no type, opens all',
    (it) =>
      it.add({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'more', namespace: 'salient-prod' },
        spec: { podSelector: { matchLabels: { component: 'admin-api' } }, policyTypes: [], ingress: [{}] },
      }),
  ],
  [
    'reachability',
    'a route of another kind leads to the admin API',
    (it) =>
      it.add({
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        metadata: { name: 'more', namespace: 'salient-prod' },
        spec: { hostnames: ['more.salient.ai'], rules: [{ backendRefs: [{ name: 'admin-api-svc', port: 80 }] }] },
      }),
  ],
  [
    'reachability',
    'the admin API has an external address',
    (it) => (it.get('Service', 'admin-api-svc').spec.externalIPs = ['203.0.113.9']),
  ],
  [
    'reachability',
    'an annotation makes a host of all hosts',
    (it) => (it.get('Ingress', 'salient-ingress').metadata.annotations[annotation('server-alias')] = '*.salient.ai'),
  ],
  [
    'reachability',
    'an annotation voids the allowlist',
    (it) => (it.get('Ingress', 'salient-admin-ingress').metadata.annotations[annotation('satisfy')] = 'any'),
  ],
  [
    'reachability',
    'another namespace is admitted by an expression',
    (it) =>
      (it.policy('admin-api-policy').ingress[0].from[0].namespaceSelector = {
        matchExpressions: [
          { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['ingress-nginx', 'monitoring'] },
        ],
      }),
  ],
  [
    'reachability',
    'pods with half of the labels are admitted',
    (it) =>
      delete it.policy('admin-api-policy').ingress[0].from[0].podSelector.matchLabels['app.kubernetes.io/component'],
  ],
  [
    'reachability',
    'the default deny leaves some out',
    (it) =>
      (find(
        it.objects.filter(({ metadata }) => metadata.namespace === 'salient-admin'),
        'NetworkPolicy',
        'default-deny',
      ).spec.podSelector = { matchExpressions: [{ key: 'component', operator: 'NotIn', values: ['debug'] }] }),
  ],
  ['reachability', 'certificates cannot be renewed', (it) => it.remove('NetworkPolicy', 'acme-solver-policy')],
  [
    'reachability',
    'a host leads on at its root alone',
    (it) => (it.get('Ingress', 'salient-ingress').spec.rules[0].http.paths[0].pathType = 'Exact'),
  ],
  ['reachability', 'a host has no class', (it) => delete it.get('Ingress', 'salient-ingress').spec.ingressClassName],
  ['reachability', 'a host has no TLS', (it) => delete it.get('Ingress', 'salient-ingress').spec.tls],
  [
    'reachability',
    'a Service leads out of the cluster',
    (it) =>
      Object.assign(it.get('Service', 'chat-api-svc').spec, { type: 'ExternalName', externalName: 'example.com' }),
  ],
  [
    'reachability',
    'a policy of another API is there',
    (it) =>
      it.add({
        apiVersion: 'cilium.io/v2',
        kind: 'CiliumNetworkPolicy',
        metadata: { name: 'more', namespace: 'salient-prod' },
        spec: { endpointSelector: {}, ingress: [{ fromEntities: ['all'] }] },
      }),
  ],
  [
    'settings',
    'chat-api serves the admin API',
    (it) => (variable(it.container('chat-api'), 'EXPOSED_ROUTERS').value = 'chat,admin'),
  ],
  [
    'settings',
    'a variable is said twice',
    (it) => it.container('chat-api').env.push({ name: 'EXPOSED_ROUTERS', value: 'admin' }),
  ],
  ['settings', 'a variable is gone', (it) => it.container('chat-api').env.shift()],
  [
    'settings',
    'a pool is larger than the budget counts',
    (it) => (it.get('ConfigMap', 'salient-config').data.TENANT_POOL_SIZE = '50'),
  ],
  [
    'settings',
    'the database is another port',
    (it) => (it.get('ConfigMap', 'salient-config').data.POSTGRES_PORT = '6543'),
  ],
  [
    'settings',
    'the admin UI reads the Secret of the APIs',
    (it) => (it.container('admin-ui').envFrom = [{ secretRef: { name: 'tenant-db-credentials' } }]),
  ],
  [
    'settings',
    'chat-api is who the secret store trusts',
    (it) => (it.pod('chat-api').spec.serviceAccountName = 'salient-sa'),
  ],
  [
    'settings',
    'a pod has its own names for servers',
    (it) => (it.pod('chat-api').spec.hostAliases = [{ ip: '203.0.113.66', hostnames: ['db.internal.example.com'] }]),
  ],
  [
    'connections',
    'the autoscaler makes more pods than PgBouncer takes',
    (it) => (it.get('HorizontalPodAutoscaler', 'chat-api-hpa').spec.maxReplicas = 60),
  ],
  [
    'connections',
    'a rollout makes three times the pods',
    (it) => (it.get('Deployment', 'chat-api').spec.strategy.rollingUpdate.maxSurge = '200%'),
  ],
  [
    'connections',
    'PgBouncer has more pods than the database takes',
    (it) => (it.get('Deployment', 'pgbouncer').spec.replicas = 20),
  ],
  ['secrets', 'a Secret has a value', (it) => it.add(secret({ PASSWORD: 'aHVudGVyMg==' }))],
  [
    'secrets',
    'a password is a literal',
    (it) => it.container('chat-api').env.push({ name: 'POSTGRES_PASSWORD', value: 'hunter2-hunter2' }),
  ],
  [
    'secrets',
    'a URL in a ConfigMap has a password',
    (it) => (it.get('ConfigMap', 'salient-config').data.DATABASE_URL = 'postgresql://app:hunter2@db/app'),
  ],
  [
    'certificates',
    'a solver answers for another zone',
    (it) => (it.solver(0).selector = { dnsZones: ['salient.example.com'] }),
  ],
  ['certificates', 'a solver is gone', (it) => it.get('ClusterIssuer', 'letsencrypt-prod').spec.acme.solvers.pop()],
  ['certificates', 'a solver is of the other edge', (it) => (it.solver(0).http01.ingress.ingressClassName = 'traefik')],
  [
    'certificates',
    "the nginx of another system answers in Traefik's place",
    (it) => (it.solver(1).http01.ingress.ingressClassName = 'nginx'),
  ],
  ['certificates', 'a Gateway answers for Ingresses', (it) => (it.solver(0).http01 = { gatewayHTTPRoute: {} })],
  ['certificates', 'nobody is let to the pods that answer', (it) => it.remove('NetworkPolicy', 'acme-solver-policy')],
  ['rollout', 'there is no startup probe', (it) => delete it.container('chat-api').startupProbe],
  ['rollout', 'there is no readiness probe', (it) => delete it.container('admin-ui').readinessProbe],
  ['rollout', 'there is no liveness probe', (it) => delete it.container('admin-api').livenessProbe],
  [
    'rollout',
    'the grace period ends before the pod has left',
    (it) => (it.pod('chat-api').spec.terminationGracePeriodSeconds = 10),
  ],
  [
    'rollout',
    'a rollout cannot go on',
    (it) => (it.get('Deployment', 'chat-api').spec.strategy.rollingUpdate.maxSurge = 0),
  ],
  [
    'rollout',
    'a probe asks a port that is none',
    (it) => (it.container('chat-api').readinessProbe.httpGet.port = 'web'),
  ],
  [
    'rollout',
    'a single-writer volume has two writers',
    (it) => (it.get('StatefulSet', 'postgres').spec.replicas = 2),
    'dev',
  ],
  ['storage', 'a volume is mounted that is none', (it) => (it.container('chat-api').volumeMounts[0].name = 'temp')],
  ['storage', 'a volume has no limit', (it) => delete it.pod('chat-api').spec.volumes[0].emptyDir.sizeLimit],
  [
    'storage',
    'a claim may be pruned',
    (it) => delete it.get('PersistentVolumeClaim', 'postgres-data').metadata.annotations,
    'dev',
  ],
  [
    'storage',
    'a claim has no access mode',
    (it) => (it.get('PersistentVolumeClaim', 'postgres-data').spec.accessModes = []),
    'dev',
  ],
  [
    'api-versions',
    'an autoscaler is of a removed version',
    (it) => (it.get('HorizontalPodAutoscaler', 'chat-api-hpa').apiVersion = 'autoscaling/v2beta2'),
  ],
  [
    'api-versions',
    'an Ingress is of a removed group',
    (it) => (it.get('Ingress', 'salient-ingress').apiVersion = 'extensions/v1beta1'),
  ],
  [
    'refresh',
    "the application's passwords are fetched every hour, and those of its roles by revision",
    (it) => hourly(it.get('ExternalSecret', 'tenant-db-external-secret')),
  ],
  [
    'refresh',
    "the exporter's password is fetched every hour, and PgBouncer's by revision",
    (it) => hourly(it.get('ExternalSecret', 'pgbouncer-exporter-external-secret')),
  ],
  [
    'refresh',
    "a tenant's role gets its password every hour, and PgBouncer by revision",
    (it) => hourly(it.get('ExternalSecret', 'postgres-tenant-acme-role-external-secret')),
    'staging',
  ],
  [
    'refresh',
    'a Secret that is added fetches the password of a role once',
    (it) =>
      it.add({
        ...it.get('ExternalSecret', 'tenant-db-external-secret'),
        metadata: { name: 'more', namespace: 'salient-prod' },
        spec: { ...it.get('ExternalSecret', 'tenant-db-external-secret').spec, refreshPolicy: 'CreatedOnce' },
      }),
  ],
  [
    'api-versions',
    'an ExternalSecret is of a version that is not served',
    (it) => (it.get('ExternalSecret', 'tenant-db-external-secret').apiVersion = 'external-secrets.io/v1beta1'),
  ],
  [
    'schema',
    'a field is misspelt',
    (it) => {
      const { spec } = it.get('Deployment', 'admin-api');
      spec.replica = spec.replicas;
      delete spec.replicas;
    },
  ],
  ['schema', 'a number is text', (it) => (it.get('Deployment', 'admin-api').spec.replicas = '2')],
  ['schema', 'a setting is a number', (it) => (it.get('ConfigMap', 'salient-config').data.POSTGRES_PORT = 5432)],
  ['schema', 'a required field is gone', (it) => delete it.container('chat-api').name],
  ['schema', 'a word is none of an enumeration', (it) => (it.container('chat-api').imagePullPolicy = 'Alway')],
  ['schema', 'a quantity is none', (it) => (it.container('chat-api').resources.limits.memory = '200mb')],
  [
    'schema',
    'a field of a custom resource is misspelt',
    (it) => (it.get('ExternalSecret', 'tenant-db-external-secret').spec.refreshIntervall = '1h'),
  ],
  [
    'exemptions',
    'an exemption has no reason',
    (it) => (it.get('Deployment', 'chat-api').metadata.annotations = { 'exempt.berth.dev/rollout': '' }),
  ],
  [
    'exemptions',
    'an exemption is needless',
    (it) => (it.get('Deployment', 'chat-api').metadata.annotations = { 'exempt.berth.dev/rollout': 'an old reason' }),
  ],
];

test.each(environments)('%s as it is raises no alarm', (environment) => {
  expect(judge(environment, fixtureObjects(environment))).toEqual([]);
});

describe('one mistake is caught by the rule that should', () => {
  let caught = 0;

  const cases = MUTATIONS.map(([rule, what, make, environment = 'prod']) => ({ rule, what, make, environment }));

  test.each(cases)('$rule: $what', ({ rule, make, environment }) => {
    const without = rule === 'certificates' ? [] : OTHERS; // solvers are those of all systems
    const isThere = ({ metadata }: ManifestObject) =>
      !without.includes(metadata.labels?.['app.kubernetes.io/part-of'] ?? '');
    const hands = new Hands(fixtureObjects(environment).filter(isThere));
    make(hands);
    const violations = judge(environment, hands.objects, without);
    expect(violations.map((violation) => violation.rule)).toContain(rule);
    caught++;
  });

  afterAll(() => {
    process.stdout.write(`mutations caught: ${caught}/${MUTATIONS.length}\n`);
  });
});

test('there are at least sixty mistakes, and some for each rule', () => {
  expect(MUTATIONS.length).toBeGreaterThanOrEqual(60);
  expect(new Set(MUTATIONS.map(([, what]) => what)).size).toBe(MUTATIONS.length);
});
