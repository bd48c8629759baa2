import { registry } from '../../../charts';
import { differenceOf } from '../../../lib/diff/difference';
import type { Risk } from '../../../lib/diff/mark';
import type { ManifestObject } from '../../../lib/manifests/object';
import { buildEnvironments, isSystem } from '../../../lib/pipeline/build';
import { prerequisitesOf } from '../../../lib/pipeline/intent';
import { type Any, find, PROJECT } from '../../support';

const everything = buildEnvironments(registry, PROJECT, ['prod', 'staging', 'dev']);
const built = everything.filter(isSystem);

/** One system's objects, with functions that change one thing. */
class Hands {
  constructor(public objects: ManifestObject[]) {}

  get(kind: string, name: string): Any {
    return find(this.objects, kind, name);
  }

  in(namespace: string): Hands {
    return new Hands(this.objects.filter(({ metadata }) => metadata.namespace === namespace));
  }

  container(name: string, kind = 'Deployment'): Any {
    return this.get(kind, name).spec.template.spec.containers[0];
  }

  remove(kind: string, name: string) {
    const gone = this.get(kind, name);
    this.objects = this.objects.filter((object) => object !== gone);
  }

  add(object: object) {
    this.objects.push(object as ManifestObject);
  }
}

type Change = readonly [
  what: string,
  make: (hands: Hands) => unknown,
  marks: readonly (readonly [risk: Risk, object: string, message: RegExp | string])[],
  folder?: string,
];

const NGINX = 'nginx.ingress.kubernetes.io/';
const WHITELIST = `${NGINX}whitelist-source-range`;
const CIDR = '198.51.100.0-198.51.100.255';

/** Adds a peer to the first rule of a policy that has some. */
function admit(policy: Any, direction: 'ingress' | 'egress', peer: object) {
  const rule = policy.spec[direction][0];
  (direction === 'ingress' ? rule.from : rule.to).push(peer);
}

const CHANGES: readonly Change[] = [
  // Nothing to think about.
  ['a label of an object', (it) => (it.get('Service', 'chat-api-svc').metadata.labels.tier = 'x'), []],
  [
    'an autoscaler that adds pods',
    (it) => (it.get('HorizontalPodAutoscaler', 'chat-api-hpa').spec.maxReplicas = 30),
    [],
  ],
  ['the time of a backup', (it) => (it.get('CronJob', 'backup').spec.schedule = '7 3 * * *'), []],
  ['a longer retention', (it) => (env(it.get('CronJob', 'backup'), 'KEEP_DAILY').value = '14'), []],
  [
    'a narrower allowlist',
    (it) => (it.get('Ingress', 'salient-admin-ingress').metadata.annotations[WHITELIST] = '203.0.113.0/25'),
    [],
  ],
  [
    'another balance of requests',
    (it) => (it.get('Ingress', 'salient-ingress').metadata.annotations[`${NGINX}load-balance`] = 'ewma'),
    [],
  ],
  [
    'a policy written otherwise',
    (it) => {
      const policy = it.get('NetworkPolicy', 'chat-api-policy');
      policy.spec.egress = [...policy.spec.egress].reverse();
    },
    [],
  ],
  [
    'a policy split in two that open the same',
    (it) => {
      const policy = it.get('NetworkPolicy', 'admin-ui-policy');
      const other = structuredClone(policy);
      other.metadata.name = 'admin-ui-policy-2';
      it.add(other);
    },
    [],
  ],
  [
    'a larger volume',
    (it) => (it.get('PersistentVolumeClaim', 'postgres-data').spec.resources.requests.storage = '40Gi'),
    [],
    'staging/pliers',
  ],
  ['a stricter budget', (it) => (it.get('PodDisruptionBudget', 'api').spec.maxUnavailable = 0), [], 'prod/pliers'],

  // Immutable fields.
  [
    'another selector',
    (it) => (it.get('Deployment', 'chat-api').spec.selector.matchLabels.extra = 'x'),
    [['immutable', 'Deployment chat-api', /^spec\.selector cannot be changed; delete it/]],
  ],
  [
    'a name for a StatefulSet’s Service',
    (it) => (it.get('StatefulSet', 'postgres').spec.serviceName = 'other'),
    [
      [
        'immutable',
        'StatefulSet postgres',
        /^spec\.serviceName cannot be changed; kubectl delete statefulset --cascade=orphan/,
      ],
    ],
    'staging/pliers',
  ],
  [
    'another selector of a StatefulSet, whose pods a new one would not take over',
    (it) => (it.get('StatefulSet', 'postgres').spec.selector.matchLabels.extra = 'x'),
    [
      ['data', 'StatefulSet postgres', /would have to be replaced/],
      ['immutable', 'StatefulSet postgres', /^spec\.selector cannot/],
    ],
    'staging/pliers',
  ],
  [
    'the template of a Job under its old name',
    (it) => (it.get('Job', nameLike(it, 'migrations')).spec.template.spec.restartPolicy = 'OnFailure'),
    [['immutable', 'Job migrations', /^spec\.template cannot/]],
  ],
  [
    'an address of a Service',
    (it) => (it.get('Service', 'chat-api-svc').spec.clusterIP = '10.0.0.1'),
    [['immutable', 'Service chat-api-svc', /^spec\.clusterIP cannot/]],
  ],
  [
    'another storage class',
    (it) => (it.get('PersistentVolumeClaim', 'redis-data').spec.storageClassName = 'fast'),
    [
      ['data', 'PersistentVolumeClaim redis-data', /would have to be replaced/],
      [
        'immutable',
        'PersistentVolumeClaim redis-data',
        /^spec\.storageClassName cannot be changed; create another volume/,
      ],
    ],
    'staging/pliers',
  ],
  [
    'the type of a Secret',
    (it) => (it.get('Secret', 'tenant-passwords').type = 'example.com/other'),
    [['immutable', 'Secret tenant-passwords', /^type cannot/]],
    'dev/salient',
  ],
  [
    'the database of a Database',
    (it) => (it.get('Database', 'postgres-tenant-acme').spec.name = 'other'),
    [['immutable', 'Database postgres-tenant-acme', /^spec\.name cannot be changed; create one with another name/]],
    'staging/salient',
  ],

  // Pods that roll.
  [
    'another image',
    (it) => (it.container('chat-api').image = 'ghcr.io/yourorg/salient-backend:v1.2.4'),
    [['rolls', 'Deployment chat-api', '3 to 20 pods of chat-api']],
  ],
  [
    'a variable of a fixed number of pods',
    (it) => it.container('admin-api').env.push({ name: 'A', value: 'b' }),
    [['rolls', 'Deployment admin-api', '2 pods of admin-api']],
  ],
  [
    'a pod that is replaced',
    (it) => it.container('redis', 'StatefulSet').env.push({ name: 'A', value: 'b' }),
    [['rolls', 'StatefulSet redis', /^1 pod of redis, with an interruption: its only pod ends/]],
    'staging/pliers',
  ],
  [
    'more memory for PostgreSQL',
    (it) => (it.get('Cluster', 'postgres').spec.resources.limits.memory = '2Gi'),
    [['rolls', 'Cluster postgres', /^3 instances of postgres restart .* because of resources$/]],
    'staging/salient',
  ],
  [
    'a parameter that PostgreSQL reads at its start',
    (it) => (it.get('Cluster', 'postgres').spec.postgresql.parameters.max_connections = '300'),
    [['rolls', 'Cluster postgres', /because of max_connections$/]],
    'staging/salient',
  ],
  [
    'a parameter that it reads again',
    (it) => (it.get('Cluster', 'postgres').spec.postgresql.parameters.work_mem = '4MB'),
    [],
    'staging/salient',
  ],
  [
    'a Job of another content',
    (it) => (it.get('Job', nameLike(it, 'migrations')).metadata.name = 'migrations-0123456789'),
    [['runs', 'Job migrations', 'a Job with new content has a new name']],
  ],

  // Who can connect.
  [
    'an allowlist with one more',
    (it) => {
      const { annotations } = it.get('Ingress', 'salient-admin-ingress').metadata;
      annotations[WHITELIST] += ',198.51.100.0/24';
    },
    [
      ['accessWidened', 'Ingress salient-admin-ingress', `admin.salient.ai/api now admits ${CIDR}`],
      ['accessWidened', 'Ingress salient-admin-ingress', `admin.salient.ai/ now admits ${CIDR}`],
    ],
  ],
  [
    'no allowlist',
    (it) => delete it.get('Ingress', 'salient-admin-ingress').metadata.annotations[WHITELIST],
    [
      ['accessWidened', 'Ingress salient-admin-ingress', 'admin.salient.ai/api now admits everyone'],
      ['accessWidened', 'Ingress salient-admin-ingress', 'admin.salient.ai/ now admits everyone'],
    ],
  ],
  [
    'TLS dropped',
    (it) => delete it.get('Ingress', 'salient-ingress').spec.tls,
    [['accessWidened', 'Ingress salient-ingress', 'api.salient.ai/ is served without TLS']],
  ],
  [
    'a host more',
    (it) => {
      const { rules, tls } = it.get('Ingress', 'salient-ingress').spec;
      rules.push({ ...structuredClone(rules[0]), host: 'chat.salient.ai' });
      tls[0].hosts.push('chat.salient.ai');
    },
    [
      [
        'accessWidened',
        'Ingress salient-ingress',
        'chat.salient.ai/ is offered to everyone, and leads to salient-prod/chat-api',
      ],
    ],
  ],
  [
    'an annotation of the edge that nobody knows',
    (it) =>
      (it.get('Ingress', 'salient-ingress').metadata.annotations['nginx.ingress.kubernetes.io/server-alias'] =
        'x.example.com'),
    [['accessWidened', 'Ingress salient-ingress', /server-alias.* may admit other clients/]],
  ],
  [
    'a Service for everyone',
    (it) => (it.get('Service', 'admin-ui-svc').spec.type = 'LoadBalancer'),
    [
      [
        'accessWidened',
        'Service admin-ui-svc',
        /^a Service of type LoadBalancer is offered to everyone, and leads to salient-prod\/admin-ui$/,
      ],
    ],
  ],
  [
    'a policy that admits a neighbour',
    (it) =>
      admit(it.get('NetworkPolicy', 'admin-ui-policy'), 'ingress', {
        podSelector: { matchLabels: { app: 'salient', component: 'chat-api' } },
      }),
    [],
  ],
  [
    'both ends of a connection',
    (it) => {
      const labels = (component: string) => ({ podSelector: { matchLabels: { app: 'salient', component } } });
      admit(it.get('NetworkPolicy', 'admin-ui-policy'), 'ingress', labels('chat-api'));
      const [{ ports }] = it.get('NetworkPolicy', 'admin-ui-policy').spec.ingress;
      it.get('NetworkPolicy', 'chat-api-policy').spec.egress.push({ to: [labels('admin-ui')], ports });
    },
    [
      [
        'accessWidened',
        'NetworkPolicy admin-ui-policy',
        /^salient-prod\/chat-api may now connect to salient-prod\/admin-ui on TCP \d+$/,
      ],
    ],
  ],
  [
    'a policy that admits every pod',
    (it) => admit(it.get('NetworkPolicy', 'admin-ui-policy'), 'ingress', { namespaceSelector: {} }),
    [
      [
        'accessWidened',
        'NetworkPolicy admin-ui-policy',
        /^any pod of the cluster may now connect to salient-prod\/admin-ui on TCP \d+$/,
      ],
    ],
  ],
  [
    'an address more to connect to',
    (it) =>
      it
        .get('NetworkPolicy', 'admin-api-policy')
        .spec.egress.push({ to: [{ ipBlock: { cidr: '198.51.100.0/24' } }], ports: [{ port: 443, protocol: 'TCP' }] }),
    [
      [
        'accessWidened',
        'NetworkPolicy admin-api-policy',
        `salient-prod/admin-api may now connect to ${CIDR} on TCP 443`,
      ],
    ],
  ],
  [
    'a range that is half of what it was',
    (it) => {
      const rule = it.get('NetworkPolicy', 'pgbouncer-policy').spec.egress.find(({ to }: Any) => to?.[0]?.ipBlock);
      rule.to = [{ ipBlock: { cidr: '10.20.0.0/25' } }];
    },
    [],
  ],
  [
    'a namespace without its default',
    (it) => {
      it.objects = it.objects.filter(
        ({ kind, metadata }) =>
          !(kind === 'NetworkPolicy' && metadata.name === 'default-deny' && metadata.namespace === 'salient-prod'),
      );
    },
    [
      [
        'accessWidened',
        'NetworkPolicy default-deny',
        'any pod of namespace salient-prod may now connect to any pod of the cluster, the Internet on any port',
      ],
      [
        'accessWidened',
        'NetworkPolicy default-deny',
        'any pod of the cluster, the Internet may now connect to any pod of namespace salient-prod on any port',
      ],
    ],
  ],

  // What may be done.
  [
    'a namespace that enforces less',
    (it) => (it.get('Namespace', 'salient-prod').metadata.labels['pod-security.kubernetes.io/enforce'] = 'baseline'),
    [['accessWidened', 'Namespace salient-prod', /^enforces the Pod Security Standard baseline instead of restricted/]],
  ],
  [
    'a namespace that enforces nothing',
    (it) => delete it.get('Namespace', 'salient-prod').metadata.labels['pod-security.kubernetes.io/enforce'],
    [
      [
        'accessWidened',
        'Namespace salient-prod',
        /^enforces the Pod Security Standard privileged instead of restricted/,
      ],
    ],
  ],
  ...(
    [
      ['privileged', { privileged: true }, /^containers\[admin-ui\]\.securityContext\.privileged is true/],
      [
        'with a capability more',
        { capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } },
        /^containers\[admin-ui\]\.securityContext\.capabilities\.add is "NET_ADMIN"/,
      ],
      ['as root', { runAsUser: 0 }, /^containers\[admin-ui\]\.securityContext\.runAsUser is 0/],
      ['that may be root', { runAsNonRoot: false }, /^containers\[admin-ui\]\.securityContext\.runAsNonRoot is false/],
      [
        'that may gain privileges',
        { allowPrivilegeEscalation: undefined },
        /^containers\[admin-ui\]\.securityContext\.allowPrivilegeEscalation is not set/,
      ],
    ] as const
  ).map(
    ([how, context, message]): Change => [
      `a container ${how}`,
      (it) => Object.assign(it.container('admin-ui').securityContext, context),
      [
        ['accessWidened', 'Deployment admin-ui', message],
        ['rolls', 'Deployment admin-ui', /pods? of admin-ui/],
      ],
    ],
  ),
  [
    'a container more, ahead of one that was there',
    (it) => {
      const { containers } = it.get('Deployment', 'admin-ui').spec.template.spec;
      containers.unshift({ ...structuredClone(containers[0]), name: 'other', ports: [] });
    },
    [['rolls', 'Deployment admin-ui', /pods? of admin-ui/]],
  ],
  [
    'another role in the cloud',
    (it) =>
      (it.in('salient-prod').get('ServiceAccount', 'salient-sa').metadata.annotations['eks.amazonaws.com/role-arn'] =
        'arn:aws:iam::123456789012:role/admin'),
    [
      [
        'accessWidened',
        'ServiceAccount salient-sa',
        /^its pods get the cloud role arn:aws:iam::123456789012:role\/admin instead of/,
      ],
    ],
  ],
  [
    'a first role in the cloud',
    (it) =>
      (it.get('ServiceAccount', 'admin-ui').metadata.annotations = { 'azure.workload.identity/client-id': '0-1' }),
    [['accessWidened', 'ServiceAccount admin-ui', /^its pods get the cloud role 0-1 instead of none/]],
  ],
  [
    'a database that asks for no password',
    (it) => it.get('Cluster', 'postgres').spec.postgresql.pg_hba.unshift('hostssl all all 10.0.0.0 255.0.0.0 trust'),
    [['accessWidened', 'Cluster postgres', /without a password: hostssl all all 10\.0\.0\.0 255/]],
    'staging/salient',
  ],
  [
    'a database called trust that asks for one',
    (it) => it.get('Cluster', 'postgres').spec.postgresql.pg_hba.unshift('host trust trust all scram-sha-256'),
    [],
    'staging/salient',
  ],

  // How much the edge lets through.
  [
    'requests without TLS',
    (it) => (it.get('Ingress', 'salient-ingress').metadata.annotations[`${NGINX}ssl-redirect`] = 'false'),
    [['accessWidened', 'Ingress salient-ingress', 'requests without TLS are no longer redirected']],
  ],
  [
    'no limit of requests',
    (it) => delete it.get('Ingress', 'pliers-ingress').metadata.annotations[`${NGINX}limit-rps`],
    [['accessWidened', 'Ingress pliers-ingress', 'limit-rps is no longer limited']],
    'dev/pliers',
  ],
  [
    'a higher limit of requests',
    (it) => (it.get('Ingress', 'pliers-ingress').metadata.annotations[`${NGINX}limit-rps`] = '500'),
    [['accessWidened', 'Ingress pliers-ingress', 'limit-rps is limited to 500 instead of 50']],
    'dev/pliers',
  ],
  [
    'a lower limit of requests',
    (it) => (it.get('Ingress', 'pliers-ingress').metadata.annotations[`${NGINX}limit-rps`] = '20'),
    [],
    'dev/pliers',
  ],
  [
    'the default of bursts',
    (it) => delete it.get('Ingress', 'pliers-ingress').metadata.annotations[`${NGINX}limit-burst-multiplier`],
    [['accessWidened', 'Ingress pliers-ingress', 'limit-burst-multiplier is limited to 5 instead of 2']],
    'dev/pliers',
  ],
  [
    'a route without the limit of Traefik',
    (it) => {
      const [route] = it.get('IngressRoute', 'pliers-ingress').spec.routes;
      route.middlewares = route.middlewares.filter(({ name }: Any) => name !== 'pliers-ingress-rate');
    },
    [['accessWidened', 'IngressRoute pliers-ingress', /^requests are no longer limited: Host\(/]],
    'prod/pliers',
  ],
  [
    'a higher limit of Traefik',
    (it) => (it.get('Middleware', 'pliers-ingress-rate').spec.rateLimit.average = 100),
    [
      [
        'accessWidened',
        'Middleware pliers-ingress-rate',
        'the average of requests per second is limited to 100 instead of 50',
      ],
    ],
    'prod/pliers',
  ],
  [
    'the same limit of Traefik in other words',
    (it) => Object.assign(it.get('Middleware', 'pliers-ingress-rate').spec.rateLimit, { average: 3000, period: '1m' }),
    [],
    'prod/pliers',
  ],
  [
    'no limit of Envoy',
    (it) => delete it.get('BackendTrafficPolicy', 'pliers-ingress').spec.rateLimit,
    [
      [
        'accessWidened',
        'BackendTrafficPolicy pliers-ingress',
        'the number of requests per second is no longer limited',
      ],
      [
        'accessWidened',
        'BackendTrafficPolicy pliers-ingress',
        'the number of requests per minute is no longer limited',
      ],
    ],
    'staging/pliers',
  ],
  [
    'a policy of Envoy that goes',
    (it) => it.remove('BackendTrafficPolicy', 'pliers-ingress'),
    [
      [
        'accessWidened',
        'BackendTrafficPolicy pliers-ingress',
        'the number of requests per second is no longer limited',
      ],
      [
        'accessWidened',
        'BackendTrafficPolicy pliers-ingress',
        'the number of requests per minute is no longer limited',
      ],
    ],
    'staging/pliers',
  ],
  [
    'a higher limit of Envoy',
    (it) => (it.get('BackendTrafficPolicy', 'pliers-ingress').spec.rateLimit.local.rules[0].limit.requests = 1000),
    [
      [
        'accessWidened',
        'BackendTrafficPolicy pliers-ingress',
        'the number of requests per second is limited to 1000 instead of 100',
      ],
    ],
    'staging/pliers',
  ],
  [
    'a Gateway that asks no issuer',
    (it) => delete it.get('Gateway', 'pliers').metadata.annotations['cert-manager.io/cluster-issuer'],
    [['accessWidened', 'Gateway pliers', /^its certificates are no longer requested from an issuer/]],
    'staging/pliers',
  ],
  [
    'an Ingress that asks no issuer',
    (it) => delete it.get('Ingress', 'salient-ingress').metadata.annotations['cert-manager.io/cluster-issuer'],
    [['accessWidened', 'Ingress salient-ingress', /^its certificates are no longer requested from an issuer/]],
  ],

  // What may be lost.
  [
    'a volume that goes',
    (it) => it.remove('PersistentVolumeClaim', 'redis-data'),
    [['data', 'PersistentVolumeClaim redis-data', /volume/]],
    'staging/pliers',
  ],
  [
    'a StatefulSet that goes',
    (it) => it.remove('StatefulSet', 'redis'),
    [['data', 'StatefulSet redis', /serves its volumes/]],
    'staging/pliers',
  ],
  [
    'a volume that shrinks',
    (it) => (it.get('PersistentVolumeClaim', 'redis-data').spec.resources.requests.storage = '1Gi'),
    [
      ['data', 'PersistentVolumeClaim redis-data', 'storage shrinks from 2Gi to 1Gi'],
      ['immutable', 'PersistentVolumeClaim redis-data', /cannot shrink/],
    ],
    'staging/pliers',
  ],
  [
    'a database server that goes',
    (it) => it.remove('Cluster', 'postgres'),
    [['data', 'Cluster postgres', /databases/]],
    'staging/salient',
  ],
  [
    'a tenant that is removed',
    (it) => {
      const { data } = it.get('ConfigMap', 'tenants');
      data['tenants.tsv'] = data['tenants.tsv'].replace('acme\tactive', 'acme\tremoved');
    },
    [['data', 'ConfigMap tenants', /^tenant acme is removed/]],
  ],
  [
    'a tenant that is suspended',
    (it) => {
      const { data } = it.get('ConfigMap', 'tenants');
      data['tenants.tsv'] = data['tenants.tsv'].replace('acme\tactive', 'acme\tsuspended');
    },
    [['tenantDisabled', 'ConfigMap tenants', /^tenant acme is suspended: its data stays/]],
  ],
  [
    'a tenant that is forgotten',
    (it) => {
      const { data } = it.get('ConfigMap', 'tenants');
      data['tenants.tsv'] = data['tenants.tsv'].replace(/^acme\t.*\n/m, '');
    },
    [['tenantDisabled', 'ConfigMap tenants', /^tenant acme is no longer in tenants\.yaml/]],
  ],
  [
    'a new tenant',
    (it) => {
      const { data } = it.get('ConfigMap', 'tenants');
      data['tenants.tsv'] += 'umbrella\tactive\tmain\t-1\t1\tumbrella\n';
    },
    [['secret', 'ConfigMap tenants', /^tenant umbrella is new: its password has to be in the store first/]],
  ],
  [
    'another database host',
    (it) => {
      const { data } = it.get('ConfigMap', 'tenants');
      data['servers.tsv'] = data['servers.tsv'].replace('db.internal.example.com', 'new.internal.example.com');
    },
    [
      [
        'data',
        'ConfigMap tenants',
        /^the database server main moves from db\.internal\.example\.com to new\.internal\.example\.com/,
      ],
    ],
  ],
  [
    'another Redis',
    (it) => {
      const { data } = it.get('ExternalSecret', 'pliers-external-secret').spec.target.template;
      data.REDIS_URL = data.REDIS_URL.replace('pliers-redis.internal', 'new');
    },
    [
      [
        'data',
        'ExternalSecret pliers-external-secret',
        'REDIS_URL leads to new.example.com:6379/0 instead of pliers-redis.internal.example.com:6379/0, which has none of its data unless it was moved there',
      ],
    ],
    'prod/pliers',
  ],
  [
    'another bucket',
    (it) => (it.get('ConfigMap', 'ephitup-config').data.S3_BUCKET_NAME = 'other'),
    [['data', 'ConfigMap ephitup-config', /^S3_BUCKET_NAME leads to other instead of ephitup-prod/]],
    'prod/ephitup',
  ],
  [
    'another port of a Gateway',
    (it) => {
      for (const listener of it.get('Gateway', 'pliers').spec.listeners) if (listener.tls) listener.port = 8443;
    },
    [['hostRemoved', 'Gateway pliers', 'staging.pliers.example.com is no longer served at port 443']],
    'staging/pliers',
  ],
  [
    'proxies that are trusted',
    (it) =>
      it.add({
        apiVersion: 'gateway.envoyproxy.io/v1alpha1',
        kind: 'ClientTrafficPolicy',
        metadata: { name: 'pliers', namespace: it.get('Gateway', 'pliers').metadata.namespace },
        spec: {
          targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'pliers' }],
          clientIPDetection: { xForwardedFor: { numTrustedHops: 2 } },
        },
      }),
    [['accessWidened', 'ClientTrafficPolicy pliers', /^clients are told apart by X-Forwarded-For behind 2 trusted/]],
    'staging/pliers',
  ],
  [
    'another store of secrets',
    (it) => (it.in('pliers-prod').get('SecretStore', 'pliers-store').spec.provider.aws.region = 'x'),
    [['secret', 'SecretStore pliers-store', /^aws x instead of aws us-east-1: it needs every value first$/]],
    'prod/pliers',
  ],
  [
    'another backup repository',
    (it) => {
      const { env } = it.get('CronJob', 'backup').spec.jobTemplate.spec.template.spec.containers[0];
      env.find(({ name }: Any) => name === 'RESTIC_REPOSITORY').value = 's3:https://s3.example.com/other';
    },
    [
      [
        'data',
        'CronJob backup',
        /^moves its repository to s3:https:\/\/s3\.example\.com\/other from .*: backups there are no longer found$/,
      ],
    ],
  ],
  [
    'another volume of a backup repository',
    (it) => {
      const pod = it.get('CronJob', 'backup').spec.jobTemplate.spec.template.spec;
      const [{ env, volumeMounts }] = pod.containers;
      env.find(({ name }: Any) => name === 'RESTIC_REPOSITORY').value = '/backups/main';
      volumeMounts.push({ name: 'backups', mountPath: '/backups' });
      pod.volumes.push({ name: 'backups', persistentVolumeClaim: { claimName: 'nas' } });
    },
    [
      [
        'data',
        'CronJob backup',
        /^moves its repository to \/backups\/main of the claim nas from s3:.*: backups there are no longer found$/,
      ],
    ],
  ],
  [
    'another major version of PostgreSQL',
    (it) => (it.get('Cluster', 'postgres').spec.imageName = 'ghcr.io/cloudnative-pg/postgresql:17.5-system-trixie'),
    [
      ['data', 'Cluster postgres', /^postgresql goes from major version 16 to 17: it may have to be migrated/],
      ['rolls', 'Cluster postgres', /because of imageName$/],
    ],
    'staging/salient',
  ],
  [
    'another minor version of PostgreSQL',
    (it) => (it.get('Cluster', 'postgres').spec.imageName = 'ghcr.io/cloudnative-pg/postgresql:16.11-system-trixie'),
    [['rolls', 'Cluster postgres', /because of imageName$/]],
    'staging/salient',
  ],
  [
    'an older major version, of another registry',
    (it) => (it.container('redis', 'StatefulSet').image = 'registry.example.com:5000/redis:6-alpine'),
    [
      ['data', 'StatefulSet redis', /^redis goes from major version 7 to 6: an older version reads no data of a newer/],
      ['rolls', 'StatefulSet redis', /^1 pod of redis/],
    ],
    'staging/pliers',
  ],
  [
    'an archive that ends',
    (it) => delete it.get('Cluster', 'postgres').spec.plugins,
    [['data', 'Cluster postgres', /^stops archiving/]],
    'staging/salient',
  ],
  [
    'an archive of another name',
    (it) => (it.get('Cluster', 'postgres').spec.plugins[0].parameters.serverName = 'postgres-2'),
    [['data', 'Cluster postgres', /^moves its archive to barman-cloud\S+\/postgres-archive\/postgres-2 from/]],
    'staging/salient',
  ],
  [
    'an archive elsewhere',
    (it) => (it.get('ObjectStore', 'postgres-archive').spec.configuration.destinationPath = 's3://other/postgres'),
    [
      [
        'data',
        'ObjectStore postgres-archive',
        /^moves its archive to s3:\/\/other\/postgres from s3:\/\/salient-staging-archive/,
      ],
    ],
    'staging/salient',
  ],
  [
    'a single instance',
    (it) => (it.get('Cluster', 'postgres').spec.instances = 1),
    [['data', 'Cluster postgres', /^one instance is left/]],
    'staging/salient',
  ],
  ['more instances', (it) => (it.get('Cluster', 'postgres').spec.instances = 5), [], 'staging/salient'],
  [
    'writes that wait for no other instance',
    (it) => delete it.get('Cluster', 'postgres').spec.postgresql.synchronous,
    [['data', 'Cluster postgres', /^a write is confirmed when 0 other instances are sure to have it, no longer 1/]],
    'staging/salient',
  ],
  [
    'a volume that Argo CD may prune',
    (it) =>
      delete it.get('PersistentVolumeClaim', 'redis-data').metadata.annotations['argocd.argoproj.io/sync-options'],
    [['data', 'PersistentVolumeClaim redis-data', /^Argo CD may prune it/]],
    'staging/pliers',
  ],
  [
    'a backup that is made more rarely',
    (it) => (it.get('CronJob', 'backup').spec.schedule = '28 2 * * 0'),
    [['data', 'CronJob backup', /^runs backups less often: .* → 28 2 \* \* 0/]],
  ],
  [
    'a base backup that is made more rarely',
    (it) => (it.get('ScheduledBackup', 'postgres').spec.schedule = '0 0 1 */2 * *'),
    [['data', 'ScheduledBackup postgres', /^runs backups less often/]],
    'staging/salient',
  ],
  ['a backup that is made more often', (it) => (it.get('CronJob', 'backup').spec.schedule = '28 */6 * * MON-FRI'), []],
  [
    'a backup that goes',
    (it) => it.remove('CronJob', 'backup'),
    [['data', 'CronJob backup', 'it makes no backups any more']],
  ],
  [
    'a backup that is suspended',
    (it) => (it.get('CronJob', 'backup').spec.suspend = true),
    [['data', 'CronJob backup', /suspended/]],
  ],
  [
    'a shorter retention',
    (it) => (env(it.get('CronJob', 'backup'), 'KEEP_MONTHLY').value = '6'),
    [['data', 'CronJob backup', /KEEP_MONTHLY 12 → 6/]],
  ],
  [
    'a shorter archive',
    (it) => (it.get('ObjectStore', 'postgres-archive').spec.retentionPolicy = '2w'),
    [['data', 'ObjectStore postgres-archive', 'keeps its archive for 2w instead of 30d']],
    'staging/salient',
  ],
  [
    'a database that is dropped',
    (it) => (it.get('Database', 'postgres-tenant-acme').spec.ensure = 'absent'),
    [['data', 'Database postgres-tenant-acme', 'the database tenant_acme is dropped']],
    'staging/salient',
  ],

  // What has to be there first.
  [
    'a key of the store',
    (it) =>
      it
        .get('ExternalSecret', 'tenant-db-external-secret')
        .spec.data.push({ secretKey: 'NEW', remoteRef: { key: 'salient/new', property: 'a' } }),
    [['secret', 'ExternalSecret tenant-db-external-secret', 'the store needs salient/new (property a) first']],
  ],
  [
    'a Secret that nobody makes',
    (it) =>
      it.container('chat-api').env.push({ name: 'N', valueFrom: { secretKeyRef: { name: 'by-hand', key: 'token' } } }),
    [
      ['secret', 'Deployment chat-api', 'needs the Secret salient-prod/by-hand with token first'],
      ['rolls', 'Deployment chat-api', '3 to 20 pods of chat-api'],
    ],
  ],
  [
    'a solver that has a token',
    (it) =>
      it.get('ClusterIssuer', 'letsencrypt-prod').spec.acme.solvers.push({
        dns01: { cloudflare: { apiTokenSecretRef: { name: 'cloudflare', key: 'api-token' } } },
      }),
    [['secret', 'ClusterIssuer letsencrypt-prod', 'needs the Secret cert-manager/cloudflare with api-token first']],
    'prod/platform',
  ],
  [
    'another Secret for the account of an issuer, which makes it',
    (it) => (it.get('ClusterIssuer', 'letsencrypt-prod').spec.acme.privateKeySecretRef.name = 'other'),
    [],
    'prod/platform',
  ],

  // Alerts.
  [
    'alerts that go',
    (it) => it.remove('PrometheusRule', 'salient'),
    [['alertRemoved', 'PrometheusRule salient', /^removes the alerts .*ServiceDown \(chat-api\)/]],
  ],
  [
    'an alert that goes',
    (it) => {
      const rules = it.get('PrometheusRule', 'salient').spec.groups.flatMap((group: Any) => group.rules);
      const down = rules.find(({ alert, labels }: Any) => alert === 'ServiceDown' && labels.component === 'chat-api');
      for (const group of it.get('PrometheusRule', 'salient').spec.groups) {
        group.rules = group.rules.filter((rule: Any) => rule !== down);
      }
    },
    [['alertRemoved', 'PrometheusRule salient', 'removes the alerts ServiceDown (chat-api)']],
  ],
  [
    'an alert that is written otherwise',
    (it) => {
      const rules = it.get('PrometheusRule', 'salient').spec.groups.flatMap((group: Any) => group.rules);
      rules.find(({ alert }: Any) => alert === 'ServiceDown').for = '20m';
    },
    [],
  ],

  // How many pods there are.
  [
    'a number where an autoscaler is',
    (it) => (it.get('Deployment', 'chat-api').spec.replicas = 2),
    [['replicas', 'Deployment chat-api', /replicas becomes 2, but chat-api-hpa sets it/]],
  ],
  [
    'an autoscaler in place of a number',
    (it) => {
      delete it.get('Deployment', 'admin-api').spec.replicas;
      const autoscaler = structuredClone(it.get('HorizontalPodAutoscaler', 'chat-api-hpa'));
      autoscaler.metadata.name = 'admin-api-hpa';
      autoscaler.spec.scaleTargetRef.name = 'admin-api';
      it.add(autoscaler);
    },
    [['replicas', 'Deployment admin-api', /hand 2 over first/]],
  ],
  [
    'KEDA in place of an autoscaler',
    (it) => {
      const { metadata, spec } = it.get('HorizontalPodAutoscaler', 'chat-api-hpa');
      it.remove('HorizontalPodAutoscaler', 'chat-api-hpa');
      const { scaleTargetRef } = spec;
      it.add({
        apiVersion: 'keda.sh/v1alpha1',
        kind: 'ScaledObject',
        metadata: { ...metadata, name: 'chat-api' },
        spec: { scaleTargetRef },
      });
    },
    [
      [
        'replicas',
        'ScaledObject chat-api',
        'KEDA refuses it while chat-api-hpa scales the same pods: kubectl delete hpa -n salient-prod chat-api-hpa first; their number stays',
      ],
    ],
  ],
  ['more pods', (it) => (it.get('Deployment', 'admin-api').spec.replicas = 4), []],
  [
    'a budget that goes',
    (it) => it.remove('PodDisruptionBudget', 'chat-api'),
    [['budget', 'PodDisruptionBudget chat-api', /all pods of chat-api at once/]],
  ],
  [
    'a budget that gives more away',
    (it) => (it.get('PodDisruptionBudget', 'chat-api').spec.maxUnavailable = '50%'),
    [['budget', 'PodDisruptionBudget chat-api', /more pods of chat-api/]],
  ],
];

function env(cronJob: Any, name: string): Any {
  const { containers } = cronJob.spec.jobTemplate.spec.template.spec;
  return containers.flatMap((container: Any) => container.env ?? []).find((one: Any) => one.name === name);
}

function nameLike({ objects }: Hands, task: string): string {
  const job = objects.find(({ kind, metadata }) => kind === 'Job' && metadata.name.startsWith(`${task}-`));
  return job?.metadata.name ?? '';
}

const stateOf = (folder: string) => {
  const one = everything.find((system) => system.folder === folder);
  if (one === undefined) throw new Error(folder);
  return { objects: [...one.objects], given: one.prerequisites };
};

/** `Job migrations`, without its hash. */
const nameOf = ({ kind, metadata }: ManifestObject) =>
  `${kind} ${kind === 'Job' ? metadata.name.replace(/-[0-9a-f]{8,}$/, '') : metadata.name}`;

test.each(CHANGES.map(([what, ...rest]) => [what, rest] as const))(
  '%s',
  (_, [make, marks, folder = 'prod/salient']) => {
    const { objects, given } = stateOf(folder);
    const hands = new Hands(structuredClone(objects));
    make(hands);
    const changes = differenceOf(objects, hands.objects, given, registry.marks);
    const found = changes.flatMap(({ before, after, marks: own }) =>
      own.map(({ risk, message }) => [risk, nameOf((after ?? before) as ManifestObject), message]),
    );
    expect(changes).not.toEqual([]); // a change that is none proves nothing
    expect(found).toEqual(
      marks.map(([risk, object, message]) => [
        risk,
        object,
        typeof message === 'string' ? message : expect.stringMatching(message),
      ]),
    );
  },
);

test('what is the same has no change, and so no mark', () => {
  for (const { objects, model } of built) {
    expect(differenceOf(objects, structuredClone([...objects]), prerequisitesOf(model))).toEqual([]);
  }
});

test('every risk that the objects alone can tell is in the table', () => {
  const shown = new Set(CHANGES.flatMap(([, , marks]) => marks.map(([risk]) => risk)));
  // The API server reports conflicts.
  expect([...shown].sort()).toEqual([
    'accessWidened',
    'alertRemoved',
    'budget',
    'data',
    'hostRemoved',
    'immutable',
    'replicas',
    'rolls',
    'runs',
    'secret',
    'tenantDisabled',
  ]);
});

test('a new component is reported by the connections that it opens to existing ones', () => {
  const { objects, given } = stateOf('prod/salient');
  const without = objects.filter(({ metadata }) => !/^admin-api\b/.test(metadata.name));
  const found = differenceOf(without, objects, given).flatMap(({ marks }) => marks.map(({ message }) => message));
  expect(found.join('\n')).toMatch(/salient-prod\/admin-api may now connect to salient-admin\/pgbouncer on TCP 5432/);
});

test('a Job that has come and gone opens nothing when it comes again', () => {
  const { objects, given } = stateOf('prod/salient');
  const without = objects.filter(({ kind }) => kind !== 'Job');
  const risks = differenceOf(without, objects, given).flatMap(({ marks }) => marks.map(({ risk }) => risk));
  expect(risks).toEqual(['runs', 'runs']);
});

test('the gravest come first', () => {
  const { objects, given } = stateOf('prod/salient');
  const hands = new Hands(structuredClone(objects));
  hands.container('chat-api').image = 'other';
  hands.remove('CronJob', 'backup');
  hands.get('Service', 'admin-ui-svc').metadata.labels.a = 'b';
  const order = differenceOf(objects, hands.objects, given, registry.marks).map(({ marks: [mark] }) => mark?.risk);
  expect(order).toEqual(['data', 'rolls', undefined]);
});
