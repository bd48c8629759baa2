import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Any, find, ROOT } from '../../support';
import { built, messageOf, objectsOf } from './application';

const TEXT = readFileSync(join(ROOT, 'test/fixtures/applications/billing.yaml'), 'utf8');
const objects = objectsOf({ 'prod/billing.yaml': TEXT });

const specOf = (kind: string, name: string): Any => find(objects, kind, name).spec;
const podOf = (kind: string, name: string): Any => specOf(kind, name).template.spec;
const envOf = (kind: string, name: string): Any =>
  Object.fromEntries(podOf(kind, name).containers[0].env.map((one: Any) => [one.name, one.value ?? one.valueFrom]));
const templates = (text: string, secret: string): Any => {
  const { secrets } = built({ 'prod/billing.yaml': text }).built.model as Any;
  const { values } = secrets.find(({ name }: Any) => name === secret);
  const shown = (part: Any) => (typeof part === 'string' ? part : (part.urlEncoded ?? part.of?.service ?? part));
  return Object.fromEntries(
    Object.entries(values).map(([key, { template, remote }]: Any) => [
      key,
      remote ?? template.flat().map(shown).join(''),
    ]),
  );
};

/** The file with another queue. */
const withQueue = (queue: string) => TEXT.replace(/^queue: .*$/m, `queue: ${queue}`);

describe('RabbitMQ of one pod', () => {
  test('runs as a user of its own, with data below the name of a node that stays the same', () => {
    const { containers, securityContext, volumes } = podOf('StatefulSet', 'rabbitmq');
    expect(securityContext).toMatchObject({ runAsUser: 999, runAsNonRoot: true });
    expect(containers[0].securityContext.readOnlyRootFilesystem).toBe(true);
    expect(containers[0].readinessProbe.exec.command[0]).toBe('rabbitmq-diagnostics');
    expect(containers[0].volumeMounts).toContainEqual({ name: 'data', mountPath: '/var/lib/rabbitmq' });
    expect(volumes).toContainEqual({ name: 'data', persistentVolumeClaim: { claimName: 'rabbitmq-data' } });
    expect(envOf('StatefulSet', 'rabbitmq')).toMatchObject({
      RABBITMQ_NODENAME: 'rabbit@localhost',
      QUEUE_USER: 'billing',
      QUEUE_VHOST: 'billing',
      QUEUE_PASSWORD: { secretKeyRef: { name: 'rabbitmq-credentials', key: 'QUEUE_PASSWORD' } },
    });
    expect(find(objects, 'ConfigMap', 'rabbitmq-config').data?.['rabbitmq.conf']).toContain(
      `total_memory_available_override_value = ${512 * 2 ** 20}\n`,
    );
  });

  test('its clients have its URL as a key of their Secrets, and reach it at one port', () => {
    expect(templates(TEXT, 'billing-credentials')).toMatchObject({
      AMQP_URL: 'amqp://billing:part.queue.password@rabbitmq:rabbitmq/billing',
      'part.queue.password': 'queue/password',
    });
    const { ingress } = specOf('NetworkPolicy', 'rabbitmq-policy');
    const clients = ingress.map(({ ports, from }: Any) => [
      ports[0].port,
      from.map(({ podSelector }: Any) => podSelector.matchLabels.component ?? podSelector.matchLabels.app),
    ]);
    expect(clients).toEqual([
      [5672, ['billing', 'renderer', 'dunning']],
      [15672, ['rabbitmq-backup', 'keda-operator']],
    ]);
  });

  test('without a service that scales by it, KEDA does not reach its HTTP API', () => {
    const text = TEXT.replace(/scale: \{ min: 0.*/, 'scale: { replicas: 1 }');
    const all = objectsOf({ 'prod/billing.yaml': text });
    expect(find(all, 'Service', 'rabbitmq').spec.ports.map(({ port }: Any) => port)).toEqual([5672, 15672]);
    expect(JSON.stringify(find(all, 'NetworkPolicy', 'rabbitmq-policy'))).not.toContain('keda');
    expect(all.map(({ kind }) => kind)).not.toContain('ScaledObject');
  });

  test('is there by one word in development', () => {
    const text = `pattern: microservices
services: { api: { image: ghcr.io/yourorg/api, tag: v1.0.0, port: 80, env: { AMQP_URL: { queue: url } } } }
queue: {}
`;
    const all = objectsOf({ 'dev/mini.yaml': text }, 'dev');
    expect(find(all, 'StatefulSet', 'rabbitmq').metadata.namespace).toBe('mini-dev-data');
    // Nobody asks its HTTP API.
    expect(find(all, 'Service', 'rabbitmq').spec.ports.map(({ port }: Any) => port)).toEqual([5672]);
    const { data }: Any = find(all, 'Secret', 'api-credentials');
    expect(Buffer.from(data.AMQP_URL, 'base64').toString()).toBe(
      'amqp://mini:development@rabbitmq.mini-dev-data.svc.cluster.local:5672/%2F',
    );
  });
});

test('its definitions are exported each night by a user of their own, and read back', () => {
  expect(envOf('StatefulSet', 'rabbitmq').BACKUP_PASSWORD).toEqual({
    secretKeyRef: { name: 'rabbitmq-credentials', key: 'BACKUP_PASSWORD' },
  });
  const { spec }: Any = find(objects, 'CronJob', 'rabbitmq-backup');
  const pod = spec.jobTemplate.spec.template.spec;
  expect(pod.containers[0].command.slice(-3)).toEqual(['--', '/bin/sh', '/etc/berth/rabbitmq/export.sh']);
  expect(pod.volumes.some((one: Any) => one.persistentVolumeClaim !== undefined)).toBe(false);
  expect(pod.containers[0].env).toContainEqual({
    name: 'RESTIC_REPOSITORY',
    value: 's3:https://s3.eu-central-1.amazonaws.com/billing-backups/rabbitmq',
  });
  expect(find(objects, 'CronJob', 'rabbitmq-restore-drill')).toBeDefined();
});

test('a managed server is reached with TLS, at its addresses, with the certificate of its authority', () => {
  const pem = '"-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----\\n"';
  const text = withQueue(
    `{ kind: external, host: mq.example.net, addresses: [10.30.0.0/24], queues: [render], management: "https://mq.example.net/rabbit", ca: ${pem} }`,
  ).replace('AMQP_URL: { queue: url }', 'AMQP_URL: { queue: url }\n      AMQP_CA: { queue: ca }');
  const all = objectsOf({ 'prod/billing.yaml': text });
  expect(templates(text, 'billing-credentials').AMQP_URL).toBe(
    'amqps://billing:part.queue.password@mq.example.net:5671/%2F',
  );
  expect(templates(text, 'renderer-scaling')).toEqual({
    password: 'queue/password',
    url: 'https://billing:password@mq.example.net/rabbit/',
  });
  const [{ env, volumeMounts }] = (find(all, 'Deployment', 'billing') as Any).spec.template.spec.containers;
  expect(env).toContainEqual({ name: 'AMQP_CA', value: '/etc/berth/ca/queue/ca.crt' });
  expect(volumeMounts.map(({ mountPath }: Any) => mountPath)).toContain('/etc/berth/ca/queue');
  const { egress } = find(all, 'NetworkPolicy', 'billing-policy').spec;
  expect(egress).toContainEqual({
    to: [{ ipBlock: { cidr: '10.30.0.0/24' } }],
    ports: [{ protocol: 'TCP', port: 5671 }],
  });
  expect(all.some(({ metadata }) => metadata.name.startsWith('rabbitmq'))).toBe(false);
});

test('a worker follows its queue: KEDA starts its first pod, and asks with the URL of a Secret', () => {
  expect(specOf('ScaledObject', 'renderer')).toMatchObject({
    scaleTargetRef: { kind: 'Deployment', name: 'renderer' },
    minReplicaCount: 0,
    maxReplicaCount: 20,
    triggers: [
      { type: 'rabbitmq', metadata: { protocol: 'http', queueName: 'render', vhostName: 'billing', value: '50' } },
    ],
  });
  expect(specOf('TriggerAuthentication', 'renderer').secretTargetRef).toEqual([
    { parameter: 'host', name: 'renderer-scaling', key: 'url' },
  ]);
  expect(templates(TEXT, 'renderer-scaling').url).toBe('http://billing:password@rabbitmq:rabbitmq');
  expect(specOf('Deployment', 'renderer').replicas).toBeUndefined();
});

test('a worker that is at rest is not down', () => {
  const all = objectsOf({ 'prod/billing.yaml': `${TEXT}monitoring: { enabled: true }\n` });
  const rules = (find(all, 'PrometheusRule') as Any).spec.groups.flatMap((group: Any) => group.rules);
  const exprOf = (component: string) =>
    rules.find(({ alert, labels }: Any) => alert === 'ServiceDown' && labels.component === component).expr;
  expect(exprOf('renderer')).toMatch(
    / == 0 unless sum\(kube_deployment_spec_replicas\{namespace="billing-prod",deployment="renderer"\}\) == 0$/,
  );
  expect(exprOf('billing')).toMatch(/\)\) == 0$/);
});

test('the pods of KEDA are a setting of the platform', () => {
  const platform =
    'issuers: { letsencrypt-prod: { kind: self-signed } }\nkeda: { namespace: autoscaling, labels: { app.kubernetes.io/name: keda } }\n';
  const { all: made, violations } = built({ 'prod/billing.yaml': TEXT, 'prod/platform.yaml': platform });
  expect(violations).toEqual([]);
  const all = made.flatMap((one) => one.objects);
  const { ingress } = find(all, 'NetworkPolicy', 'rabbitmq-policy').spec;
  expect(ingress[1].from.slice(1)).toEqual([
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'autoscaling' } },
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'keda' } },
    },
  ]);
});

const shop = (rest: string) => `pattern: microservices
secrets: { kind: manual }
defaults: { registry: ghcr.io/yourorg, tag: v1.0.0 }
${rest}${rest.includes('backups:') ? '' : 'backups: { none: it is managed }\n'}`;
const EXTERNAL = 'kind: external, host: mq.example.com, addresses: [10.0.0.0/24]';
const READER = 'services:\n  api: { env: { A: { queue: url } } }\n';
const scaled = (scale: string) => `services:\n  api: { env: { A: { queue: url } }, scale: { ${scale} } }\n`;
const RESTING = scaled('min: §0, max: 5, queue: { name: render, messages: 5 }');

/** Each mistake of a file `prod/shop.yaml`, and the message. A § stands before the place that the message names. */
const MISTAKES: readonly (readonly [name: string, text: string, message: string])[] = [
  [
    'a piece of a queue that there is not',
    'services:\n  api: { env: { A: §{ queue: url } } }\n',
    'services.api.env.A: given queue, a part that this file does not have; expected queue: { … }',
  ],
  [
    'a connection to a queue that there is not',
    'services:\n  api: { connectsTo: [§rabbitmq] }\n',
    'services.api.connectsTo, entry 1: given rabbitmq, a part that this file does not have; expected queue: { … }',
  ],
  [
    'an unknown piece',
    `services:\n  api: { env: { A: { queue: §uri } } }\nqueue: { ${EXTERNAL} }\n`,
    'services.api.env.A.queue: given "uri", expected one of url, address, host, port, user, password, vhost, ca',
  ],
  [
    'a certificate that there is not',
    `services:\n  api: { env: { A: §{ queue: ca } } }\nqueue: { ${EXTERNAL} }\n`,
    'services.api.env.A: given { queue: ca }, and queue has no ca; expected queue.ca of a kind external',
  ],
  [
    'a server that nobody connects to',
    'services:\n  api: { port: 80 }\nqueue: §{ kind: statefulset }\nbackups: { repository: /backups, claim: backups }\n',
    'queue: given a server that no service connects to, expected a variable { queue: url }, or no queue',
  ],
  [
    'no kind outside development',
    `${READER}queue: §{}\n`,
    'queue.kind: given nothing, expected one of external, statefulset, operator',
  ],
  [
    'too little memory',
    `${READER}queue: { kind: statefulset, memory: §128Mi }\n`,
    'queue.memory: given "128Mi", expected at least 256Mi',
  ],
  [
    'a volume that is full at once',
    `${READER}queue: { kind: statefulset, storage: §512Mi }\n`,
    'queue.storage: given "512Mi", expected at least 1Gi: publishers wait when less than 256 MB are free',
  ],
  ...['backup', 'guest', 'operator'].map((user): (typeof MISTAKES)[number] => [
    `the user ${user}, who has other rights`,
    `${READER}queue: { kind: statefulset, user: §${user} }\n`,
    `queue.user: given "${user}", expected another name: backup exports definitions, operator is that of a cluster, and RabbitMQ lets guest in from its own pod alone`,
  ]),
  [
    'an HTTP API at a port that there cannot be',
    `${READER}queue: { ${EXTERNAL}, management: §"https://mq.example.com:99999" }\n`,
    'queue.management: given "https://mq.example.com:99999", expected an address such as https://rabbitmq.example.com',
  ],
  [
    'a certificate of an authority without TLS',
    `${READER}queue: { ${EXTERNAL}, tls: false, ca: §"-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----\\n" }\n`,
    'queue.ca: given "-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----\\n", expected no ca beside tls: false: without TLS no certificate is verified',
  ],
  [
    'a service that is called like the server',
    `services:\n  rabbitmq: §{ port: 80 }\n  api: { env: { A: { queue: url } } }\nqueue: { ${EXTERNAL} }\n`,
    'services.rabbitmq: given rabbitmq, which names a part; expected another name',
  ],
  [
    'a queue that is not named',
    `${scaled('min: 0, max: 5, queue: { name: §rendr, messages: 5 }')}queue: { ${EXTERNAL}, queues: [render, mail] }\n`,
    'services.api.scale.queue.name: given "rendr", which queue.queues does not list, expected one of render, mail; did you mean render?',
  ],
  [
    'a queue where none is named',
    `${scaled('min: 0, max: 5, queue: { name: §render, messages: 5 }')}queue: { ${EXTERNAL} }\n`,
    'services.api.scale.queue.name: given "render", expected it in queue.queues, which has none',
  ],
  [
    'a queue without the part',
    'services:\n  api: { scale: { min: 0, max: 5, queue: §{ name: render, messages: 5 } } }\n',
    'services.api.scale.queue: given queue, a part that this file does not have; expected queue: { … } beside services',
  ],
  [
    'a managed queue that KEDA cannot ask',
    `${scaled('min: 0, max: 5, queue: §{ name: render, messages: 5 }')}queue: { ${EXTERNAL}, queues: [render] }\n`,
    'services.api.scale.queue: given queue without queue.management, expected the address of its HTTP API, which KEDA asks',
  ],
  ...[
    [
      'an exposed service',
      'exposed: /, port: 80, ',
      'hosts: { app: a.example.com }\nedge: { kind: traefik, issuer: letsencrypt-prod }\n',
      'the edge',
    ],
    ['a service that another one calls', 'port: 80, ', '  web: { env: { API: { url: api } } }\n', 'web'],
    ['a service that another one connects to', 'port: 80, ', '  web: { connectsTo: [api] }\n', 'web'],
    ['a part', 'port: 80, ', 'workflow: { host: api }\n', 'clients of workflow'],
  ].map(([what, own, others, who]): (typeof MISTAKES)[number] => [
    `no pod of ${what}`,
    `${RESTING.replace('api: { ', `api: { ${own}`)}${others}queue: { ${EXTERNAL}, queues: [render], management: "https://mq.example.com" }\n`,
    `services.api.scale.min: given 0 on a service that gets requests from ${who}, expected at least 1: KEDA starts pods for messages, not for requests`,
  ]),
  [
    'no pod by CPU alone',
    'services:\n  api: { scale: { min: §0, max: 5, cpu: 70 } }\n',
    'services.api.scale.min: given 0, expected queue beside it (KEDA can start the first pod), or at least 1',
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
