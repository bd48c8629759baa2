import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../../charts';
import { contextsOf } from '../../../commands/shared/contexts';
import { versionOf } from '../../../lib/base/versions';
import type { DocumentContext } from '../../../lib/document/context';
import { documentOf } from '../../../lib/document/document';
import { buildCompose } from '../../../lib/pipeline/compose';
import { describeEnvironments } from '../../../lib/pipeline/environments';
import { type Any, find, ROOT } from '../../support';
import { built, messageOf, objectsOf, projectOf } from './application';

const TEXT = readFileSync(join(ROOT, 'test/fixtures/applications/parcels.yaml'), 'utf8');
const FILES = { 'prod/parcels.yaml': TEXT };
const DATA = 'parcels-prod-data';
const objects = objectsOf(FILES);
const cluster: Any = find(objects, 'RabbitmqCluster', 'rabbitmq');
const { template, persistentVolumeClaimRetentionPolicy } = cluster.spec.override.statefulSet.spec;

test('the cluster has three nodes, each with a volume that outlives it', () => {
  expect(cluster.metadata).toMatchObject({
    namespace: DATA,
    annotations: { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' },
  });
  expect(cluster.spec).toMatchObject({
    replicas: 3,
    image: `docker.io/library/rabbitmq:${versionOf('RabbitMQ').version}`,
    persistence: { storage: '20Gi', storageClassName: 'fast' },
    resources: { requests: { memory: '2Gi' }, limits: { memory: '2Gi' } },
  });
  expect(persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: 'Retain', whenScaled: 'Retain' });
  // The operator makes them.
  for (const kind of ['StatefulSet', 'Service', 'ServiceAccount', 'PersistentVolumeClaim'])
    expect(objects.some((one) => one.kind === kind && one.metadata.name.match(/^rabbitmq(-nodes|-server)?$/))).toBe(
      false,
    );
});

test('queues are quorum queues, and a node is never moved while another one is missing', () => {
  expect(cluster.spec.rabbitmq.additionalConfig).toMatch(/^default_queue_type = quorum$/m);
  expect(find(objects, 'PodDisruptionBudget', 'rabbitmq').spec).toMatchObject({
    maxUnavailable: 1,
    selector: { matchLabels: { app: 'parcels', component: 'rabbitmq' } },
  });
});

test('its pods fulfil PodSecurity restricted, and are spread over zones', () => {
  const { securityContext, initContainers, containers, topologySpreadConstraints } = template.spec;
  expect(securityContext).toMatchObject({
    runAsNonRoot: true,
    runAsUser: 999,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  for (const container of [...initContainers, ...containers])
    expect(container.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  expect(topologySpreadConstraints.map((one: Any) => [one.topologyKey, one.whenUnsatisfiable])).toEqual([
    ['topology.kubernetes.io/zone', 'DoNotSchedule'],
    ['kubernetes.io/hostname', 'ScheduleAnyway'],
  ]);
});

test('what the operator refuses in an override, or does better itself, is left to it', () => {
  expect(Object.keys(template.spec)).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/serviceAccount|automount|terminationGrace|imagePullSecrets/)]),
  );
  const [{ name, ...own }] = template.spec.containers;
  expect([name, Object.keys(own)]).toEqual(['rabbitmq', ['securityContext', 'volumeMounts']]);
});

test('each start loads the passwords anew, and pods restart when a Secret is fetched again', () => {
  const [definitions] = template.spec.initContainers;
  const env = Object.fromEntries(
    definitions.env.map((one: Any) => [one.name, one.value ?? one.valueFrom.secretKeyRef]),
  );
  expect(env).toEqual({
    HOME: '/run/rabbitmq',
    QUEUE_USER: 'parcels',
    QUEUE_VHOST: 'parcels',
    QUEUE_PASSWORD: { name: 'rabbitmq-credentials', key: 'QUEUE_PASSWORD' },
    BACKUP_PASSWORD: { name: 'rabbitmq-credentials', key: 'BACKUP_PASSWORD' },
    OPERATOR_PASSWORD: { name: 'rabbitmq-default-user', key: 'password' },
  });
  expect(cluster.spec.rabbitmq.additionalConfig).toContain('load_definitions = /run/rabbitmq/definitions.json');
  const revised = objectsOf({ 'prod/parcels.yaml': TEXT.replace('secrets: { ', 'secrets: { revision: 2, ') });
  const changed: Any = find(revised, 'RabbitmqCluster', 'rabbitmq');
  expect(changed.spec.override.statefulSet.spec.template.metadata.annotations).not.toEqual(
    template.metadata.annotations,
  );
  for (const name of ['rabbitmq-external-secret', 'rabbitmq-default-user-external-secret'])
    expect(find(objects, 'ExternalSecret', name).spec).toMatchObject({ refreshPolicy: 'OnChange' });
});

test('the operator has a user of its own, in the Secret that it looks for', () => {
  expect(cluster.spec.secretBackend).toEqual({ externalSecret: { name: 'rabbitmq-default-user' } });
  const { data } = (find(objects, 'ExternalSecret', 'rabbitmq-default-user-external-secret') as Any).spec.target
    .template;
  expect(data).toEqual({
    username: 'operator',
    password: expect.stringContaining('.password'),
    'default_user.conf': expect.stringMatching(/^default_user = operator\ndefault_pass = \{\{ \.password .*\}\}\n$/),
  });
});

test('nodes reach each other, and the operator, KEDA, Prometheus and the backup reach one port each', () => {
  const { ingress } = (find(objects, 'NetworkPolicy', 'rabbitmq-policy') as Any).spec;
  const clients = ingress.map(({ ports, from }: Any) => [
    ports[0].port,
    from.map(
      ({ podSelector: { matchLabels: labels } }: Any) =>
        labels.component ?? labels.app ?? labels['app.kubernetes.io/name'],
    ),
  ]);
  expect(clients).toEqual([
    [5672, ['intake', 'labels']],
    [4369, ['rabbitmq']],
    [25672, ['rabbitmq']],
    [15672, ['rabbitmq-backup', 'rabbitmq-cluster-operator', 'keda-operator']],
    [15692, ['prometheus']],
  ]);
  const { egress } = (find(objects, 'NetworkPolicy', 'rabbitmq-policy') as Any).spec;
  expect(egress.flatMap(({ ports }: Any) => ports.map(({ port }: Any) => port))).toEqual([53, 53, 4369, 25672]);
});

test('its metrics, volumes and nodes are watched by the names that its operator gives them', () => {
  expect(find(objects, 'PodMonitor', 'rabbitmq').spec).toMatchObject({ podMetricsEndpoints: [{ port: 'prometheus' }] });
  const rules = (find(objects, 'PrometheusRule') as Any).spec.groups.flatMap((group: Any) => group.rules);
  const exprOf = (alert: string) =>
    rules.find((rule: Any) => rule.alert === alert && rule.labels.component === 'rabbitmq').expr;
  expect(exprOf('ServiceDown')).toContain(
    'kube_statefulset_status_replicas_ready{namespace="parcels-prod-data",statefulset="rabbitmq-server"}',
  );
  expect(exprOf('QueueQuorumLost')).toMatch(/ < 2$/);
  expect(exprOf('DiskSpaceLow')).toContain('persistentvolumeclaim=~"persistence-rabbitmq-server-[0-9]+"');
  expect(exprOf('MemoryHigh')).toContain('pod=~"rabbitmq-server-[0-9]+"');
});

test('its definitions are backed up by the HTTP API, as those of one pod', () => {
  const { spec }: Any = find(objects, 'CronJob', 'rabbitmq-backup');
  const [{ env }] = spec.jobTemplate.spec.template.spec.containers;
  expect(env).toContainEqual({ name: 'RABBITMQ_HOST', value: `rabbitmq.${DATA}.svc.cluster.local` });
  expect(env).toContainEqual({ name: 'RABBITMQ_PORT', value: '15672' });
});

test('its document tells how to stop it, and what becomes of its data', () => {
  const text = documentOf(contextsOf(registry, [built(FILES).built], () => [])[0] as DocumentContext);
  expect(text).toContain('| `rabbitmq` (StatefulSet) | queues, run by the cluster operator of RabbitMQ |');
  expect(text).toContain('persistence 20Gi');
  expect(text).toContain(`kubectl patch rabbitmqcluster rabbitmq -n ${DATA} --type merge -p '{"spec":{"replicas":0}}'`);
  expect(text).toContain(`kubectl rollout status statefulset/rabbitmq-server -n ${DATA}`);
  expect(text).not.toContain('kubectl scale statefulset/rabbitmq');
});

test('the namespace of the operator is a setting, and development may have it, too', () => {
  const text = `pattern: microservices
services: { api: { image: ghcr.io/yourorg/api, tag: v1, port: 80, env: { AMQP_URL: { queue: url } } } }
queue: { kind: operator, operator: { namespace: messaging } }
`;
  const policy = find(objectsOf({ 'dev/mini.yaml': text }, 'dev'), 'NetworkPolicy', 'rabbitmq-policy');
  expect(JSON.stringify(policy)).toContain('"kubernetes.io/metadata.name":"messaging"');
});

test('compose cannot run it', () => {
  const root = projectOf({ ...FILES, 'compose.yaml': 'parcels: { prod: {} }\n' });
  const described = describeEnvironments(registry, root, ['prod']);
  expect(() => buildCompose(registry, root, described, { environments: ['prod'] })).toThrow(
    'given an environment with several replicas of rabbitmq, each with a volume of its own, which compose has not; expected one replica',
  );
});

test.each([
  [
    'too little memory',
    'memory: 512Mi',
    'queue.memory: given "512Mi", expected at least 1Gi: the log of quorum queues takes up to half of that',
  ],
  [
    'a volume that is full at once',
    'storage: 2Gi',
    'queue.storage: given "2Gi", expected at least 4Gi: publishers wait when less than 2 GB are free',
  ],
  [
    'a release that asks the Kubernetes API',
    'tag: 4.0.5',
    'queue.tag: given "4.0.5", expected RabbitMQ 4.1 or later, whose nodes find each other without the Kubernetes API',
  ],
  ['the user of the operator', 'user: operator', 'queue.user: given "operator", expected another name'],
])('%s is refused with its place', (_, given, message) => {
  const text = TEXT.replace(/storage: 20Gi, storageClass: fast/, given);
  expect(messageOf({ 'prod/parcels.yaml': text })).toContain(message);
});
