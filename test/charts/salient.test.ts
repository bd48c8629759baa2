import { salient, sitesOf } from '../../charts/salient/system';
import { openConnectionsOf } from '../../lib/checks/cluster/reach';
import { environment } from '../../lib/config/environment';
import { environmentNames } from '../../lib/config/environment-folders';
import { prerequisitesOf } from '../../lib/pipeline/intent';
import { type Any, find, forMonitoring, PROJECT } from '../support';
import { objectsOf, salientRouters, salientSettings, salientSystem } from '../systems';

const prod = objectsOf(salientSystem('prod'));
const containerOf = (objects: typeof prod, name: string) =>
  find(objects, 'Deployment', name).spec.template.spec.containers[0];
const variable = (container: Any, name: string) => container.env.find((one: Any) => one.name === name);

test.each(environmentNames(PROJECT))('the chart in %s', (name) => {
  // The objects for Prometheus and Grafana are long, and can be reviewed in dist/.
  expect(objectsOf(salientSystem(name)).filter((one) => !forMonitoring(one))).toMatchSnapshot();
});

describe('one image', () => {
  test('runs as chat-api and admin-api, which differ by their routers', () => {
    const [chat, admin] = ['chat-api', 'admin-api'].map((name) => containerOf(prod, name));
    expect(chat.image).toBe('ghcr.io/yourorg/salient-backend:v1.2.3');
    expect(admin.image).toBe(chat.image);
    expect(variable(chat, 'EXPOSED_ROUTERS')).toEqual({ name: 'EXPOSED_ROUTERS', value: 'chat' });
    expect(variable(admin, 'EXPOSED_ROUTERS')).toEqual({ name: 'EXPOSED_ROUTERS', value: 'admin' });
    expect(chat.ports).toEqual([
      { containerPort: 8000, name: 'http', protocol: 'TCP' },
      { containerPort: 9464, name: 'metrics', protocol: 'TCP' },
    ]);
  });

  test('a third router is one block: all else is derived', () => {
    const routed = salientRouters('prod');
    const { publicSite } = sitesOf(salientSettings('prod'));
    const system = salientSystem('prod');
    const { chatApi } = salientSettings('prod');
    const webhooks = routed('webhooks', {
      scale: { replicas: 2 },
      resources: chatApi,
      exposed: [{ site: publicSite, path: '/webhooks' }],
    });
    const objects = objectsOf({ ...system, components: [...system.components, webhooks] });

    const added = objects.filter(
      ({ metadata, kind }) => !prod.some((old) => old.kind === kind && old.metadata.name === metadata.name),
    );
    expect(added.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()).toEqual([
      'Deployment webhooks-api',
      'NetworkPolicy webhooks-api-policy',
      'PodDisruptionBudget webhooks-api',
      'Service webhooks-api-svc',
      'ServiceAccount webhooks-api',
    ]);
    expect(containerOf(objects, 'webhooks-api').image).toBe(containerOf(objects, 'chat-api').image);
    expect(variable(containerOf(objects, 'webhooks-api'), 'EXPOSED_ROUTERS').value).toBe('webhooks');
    expect(containerOf(objects, 'webhooks-api').env.filter(({ name }: Any) => /JWT|OPENROUTER/.test(name))).toEqual([]);

    const { paths } = find(objects, 'Ingress', 'salient-ingress').spec.rules[0].http;
    expect(paths.map(({ path, backend }: Any) => `${path} ${backend.service.name}`)).toEqual([
      '/webhooks webhooks-api-svc',
      '/ chat-api-svc',
    ]);
    const untouched = objects.filter(
      ({ kind, metadata }) =>
        !forMonitoring({ kind, metadata } as Any) &&
        !['salient-ingress', 'pgbouncer-policy'].includes(metadata.name) &&
        !added.some((one) => one.metadata === metadata),
    );
    for (const object of untouched) expect(prod).toContainEqual(object);
  });
});

describe('chat-api', () => {
  test("is scaled by its own load, by the seed's numbers", () => {
    expect(find(prod, 'Deployment', 'chat-api').spec).not.toHaveProperty('replicas');
    expect(find(prod, 'HorizontalPodAutoscaler', 'chat-api-hpa').spec).toEqual({
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'chat-api' },
      minReplicas: 3,
      maxReplicas: 20,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
        { type: 'Resource', resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 80 } } },
      ],
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 30,
          policies: [
            { type: 'Percent', value: 50, periodSeconds: 60 },
            { type: 'Pods', value: 2, periodSeconds: 60 },
          ],
          selectPolicy: 'Max',
        },
        scaleDown: {
          stabilizationWindowSeconds: 300,
          policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }],
          selectPolicy: 'Min',
        },
      },
    });
  });

  test("has the seed's size, probes and termination grace period", () => {
    const pod = find(prod, 'Deployment', 'chat-api').spec.template.spec;
    const [container] = pod.containers;
    expect(container.resources).toEqual({
      requests: { cpu: '200m', memory: '256Mi' },
      limits: { cpu: '500m', memory: '512Mi' },
    });
    const httpGet = { path: '/health', port: 'http' };
    expect(container.livenessProbe).toEqual({
      httpGet,
      initialDelaySeconds: 30,
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 3,
    });
    expect(container.readinessProbe).toEqual({
      httpGet,
      initialDelaySeconds: 10,
      periodSeconds: 5,
      timeoutSeconds: 3,
      failureThreshold: 2,
    });
    expect(container.lifecycle.preStop).toEqual({ sleep: { seconds: 10 } });
    expect(pod.terminationGracePeriodSeconds).toBe(30);
  });
});

test("admin-api has the seed's replicas and size", () => {
  expect(find(prod, 'Deployment', 'admin-api').spec.replicas).toBe(2);
  expect(containerOf(prod, 'admin-api').resources).toEqual({
    requests: { cpu: '100m', memory: '256Mi' },
    limits: { cpu: '300m', memory: '512Mi' },
  });
});

test('admin-ui is nginx on port 80, and does not run as root', () => {
  const { spec } = find(prod, 'Deployment', 'admin-ui').spec.template;
  expect(find(prod, 'Deployment', 'admin-ui').spec.replicas).toBe(2);
  expect(spec.containers[0].ports).toEqual([{ containerPort: 80, name: 'http', protocol: 'TCP' }]);
  expect(spec.securityContext).toMatchObject({
    runAsUser: 101,
    sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
  });
  expect(variable(spec.containers[0], 'PUBLIC_ADMIN_API_URL').valueFrom.configMapKeyRef).toEqual({
    name: 'salient-config',
    key: 'PUBLIC_ADMIN_API_URL',
  });
});

test.each([
  ['chat-api-svc', 'chat-api'],
  ['admin-api-svc', 'admin-api'],
  ['admin-ui-svc', 'admin-ui'],
])('%s maps port 80 to the named port', (name, component) => {
  expect(find(prod, 'Service', name).spec).toEqual({
    type: 'ClusterIP',
    selector: { app: 'salient', component },
    ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
  });
});

describe('the edge', () => {
  const ingress = (name: string) => find(prod, 'Ingress', name);

  test('exposes only chat-api to everyone', () => {
    const { rules, tls } = ingress('salient-ingress').spec;
    expect(rules).toHaveLength(1);
    expect(rules[0]).toMatchObject({
      host: 'api.salient.ai',
      http: { paths: [{ path: '/', backend: { service: { name: 'chat-api-svc' } } }] },
    });
    expect(rules[0].http.paths).toHaveLength(1);
    expect(tls).toEqual([{ hosts: ['api.salient.ai'], secretName: 'salient-tls-cert' }]);
    expect(ingress('salient-ingress').metadata.annotations).toMatchObject({
      'cert-manager.io/cluster-issuer': 'letsencrypt-prod',
      'nginx.ingress.kubernetes.io/ssl-redirect': 'true',
      'nginx.ingress.kubernetes.io/proxy-body-size': '10m',
      'nginx.ingress.kubernetes.io/proxy-read-timeout': '3600',
      'nginx.ingress.kubernetes.io/proxy-buffering': 'off',
    });
  });

  test('exposes the admin UI and its API to the allowlist only', () => {
    const { metadata, spec } = ingress('salient-admin-ingress');
    expect(metadata.annotations['nginx.ingress.kubernetes.io/whitelist-source-range']).toBe('203.0.113.0/24');
    expect(spec.tls).toEqual([{ hosts: ['admin.salient.ai'], secretName: 'salient-admin-tls-cert' }]);
    expect(spec.rules[0].http.paths.map(({ path, backend }: Any) => [path, backend.service.name])).toEqual([
      ['/api', 'admin-api-svc'],
      ['/', 'admin-ui-svc'],
    ]);
  });

  test('every route to an admin component has the allowlist, in every environment', () => {
    const annotation = 'nginx.ingress.kubernetes.io/whitelist-source-range';
    for (const name of environmentNames(PROJECT)) {
      const objects = objectsOf(salientSystem(name));
      const ways = objects.filter(({ kind }) => kind === 'Ingress' || kind === 'HTTPRoute');
      const admin = ways.filter(({ spec }) => JSON.stringify(spec).includes('"admin-'));
      expect(admin).toHaveLength(1);
      for (const { kind, metadata } of admin) {
        const list =
          kind === 'Ingress'
            ? metadata.annotations?.[annotation]?.split(',')
            : find(objects, 'SecurityPolicy', metadata.name).spec.authorization.rules[0].principal.clientCIDRs;
        expect(list).toEqual(salientSettings(name).admin.allowedFrom);
      }
    }
  });

  test("in staging, policies allow only the proxies of Salient's own Gateway", () => {
    const { ingress: admitted } = find(objectsOf(salientSystem('staging')), 'NetworkPolicy', 'chat-api-policy').spec;
    // Prometheus may scrape as well.
    expect(admitted.map(({ from }: Any) => from)).toEqual([
      [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'envoy-gateway-system' } },
          podSelector: {
            matchLabels: {
              'gateway.envoyproxy.io/owning-gateway-name': 'salient',
              'gateway.envoyproxy.io/owning-gateway-namespace': 'salient-staging',
            },
          },
        },
      ],
      [
        expect.objectContaining({
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
        }),
      ],
    ]);
  });
});

describe('configuration', () => {
  test('has the settings that the seeds name', () => {
    expect(find(prod, 'ConfigMap', 'salient-config').data).toEqual({
      ACCESS_TOKEN_EXPIRE_MINUTES: '15',
      CORS_ORIGINS: 'https://admin.salient.ai',
      ENVIRONMENT: 'production',
      JWT_ALGORITHM: 'HS256',
      LOG_LEVEL: 'info',
      POSTGRES_HOST: 'pgbouncer-svc.salient-admin.svc.cluster.local',
      POSTGRES_PORT: '5432',
      PUBLIC_ADMIN_API_URL: '/api',
      REFRESH_TOKEN_EXPIRE_DAYS: '7',
      TENANT_POOL_IDLE_SECONDS: '900',
      TENANT_POOL_MAX_OVERFLOW: '5',
      TENANT_POOL_MAX_TENANTS: '5',
      TENANT_POOL_SIZE: '10',
    });
  });

  test('has no unused key', () => {
    const read = prod
      .filter(({ kind, metadata }) => kind === 'Deployment' && metadata.namespace === 'salient-prod')
      .flatMap((object) => JSON.stringify(object).match(/(?<="configMapKeyRef":\{"key":")\w+/g));
    expect(new Set(read)).toEqual(new Set(Object.keys(find(prod, 'ConfigMap', 'salient-config').data)));
  });

  test('rolls the pods that read a changed key, and no others', () => {
    const changed = objectsOf(
      salientSystem('prod', { auth: { ...salientSettings('prod').auth, accessTokenMinutes: 30 } }),
    );
    const hash = (objects: typeof prod, name: string) =>
      find(objects, 'Deployment', name).spec.template.metadata.annotations['berth.dev/config'];
    expect(hash(changed, 'admin-api')).not.toBe(hash(prod, 'admin-api'));
    expect(hash(changed, 'chat-api')).toBe(hash(prod, 'chat-api'));
    expect(hash(changed, 'admin-ui')).toBe(hash(prod, 'admin-ui'));
  });
});

test('another database rolls its readers: PgBouncer, which has its address, and the APIs, which have its name', () => {
  const { database } = salientSettings('prod');
  const hash = (objects: typeof prod, name: string) =>
    find(objects, 'Deployment', name).spec.template.metadata.annotations['berth.dev/config'];
  const rolled = (changed: object) => {
    const objects = objectsOf(salientSystem('prod', { database: { ...database, ...changed } as Any }));
    const names = ['chat-api', 'admin-api', 'admin-ui', 'pgbouncer'];
    return names.filter((name) => hash(objects, name) !== hash(prod, name));
  };
  expect(rolled({ host: 'db2.internal.example.com' })).toEqual(['pgbouncer']);
  expect(rolled({ port: 6432 })).toEqual(['pgbouncer']);
  expect(rolled({ name: 'other' })).toEqual(['chat-api', 'admin-api', 'pgbouncer']);
  expect(rolled({ driver: 'libpq' })).toEqual(['chat-api', 'admin-api']);
});

describe('secrets', () => {
  const keysOf = (name: string) =>
    containerOf(prod, name).env.flatMap(({ valueFrom }: Any) => valueFrom?.secretKeyRef?.key ?? []);

  test('are read only by the workloads that need them', () => {
    expect(keysOf('chat-api').sort()).toEqual([
      'OPENROUTER_API_KEY',
      'POSTGRES_READER_PASSWORD',
      'POSTGRES_READER_URL',
    ]);
    expect(keysOf('admin-api').sort()).toEqual(['JWT_SECRET', 'POSTGRES_WRITER_URL']);
    expect(keysOf('admin-ui')).toEqual([]);
  });

  test("come from the seed's store, with different keys for each environment", () => {
    const [store] = prod.filter(({ kind }) => kind === 'SecretStore') as Any[];
    expect(store.spec.provider.aws).toMatchObject({
      region: 'us-east-1',
      auth: { jwt: { serviceAccountRef: { name: 'salient-sa' } } },
    });
    const keys = (objects: typeof prod) =>
      find(objects, 'ExternalSecret', 'tenant-db-external-secret').spec.data.map(({ remoteRef }: Any) => remoteRef.key);
    expect(keys(prod)).toEqual(['salient/roles', 'salient/roles', 'salient/openrouter/api-key', 'salient/jwt/secret']);
    expect(keys(objectsOf(salientSystem('staging')))).toContain('salient-staging/roles');
  });

  test('have no value outside dev', () => {
    for (const name of ['staging', 'prod'])
      expect(objectsOf(salientSystem(name)).filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  test('that are created by hand have no custom resources', () => {
    const objects = objectsOf(salientSystem('prod', { secrets: { kind: 'manual', revision: 1 } }));
    expect(objects.filter(({ apiVersion }) => apiVersion.startsWith('external-secrets.io'))).toEqual([]);
  });

  test.each([
    ['asyncpg', 'postgresql+asyncpg'],
    ['libpq', 'postgresql'],
  ] as const)('the admin URL is for %s, with its own role, and points to PgBouncer', (driver, scheme) => {
    const { database } = salientSettings('prod');
    const objects = objectsOf(salientSystem('prod', { database: { ...database, driver } }));
    const { data } = find(objects, 'ExternalSecret', 'tenant-db-external-secret').spec.target.template;
    const place = '@pgbouncer-svc.salient-admin.svc.cluster.local:5432/salient_admin';
    expect(data.POSTGRES_READER_URL.replace(/\{\{.*\}\}/, '…')).toBe(`${scheme}://salient_chat:…${place}`);
    expect(data.POSTGRES_WRITER_URL.replace(/\{\{.*\}\}/, '…')).toBe(`${scheme}://salient_admin_api:…${place}`);
  });
});

describe('Logfire', () => {
  const traced = objectsOf(salientSystem('prod', { logfire: true }));

  test('is a token, and egress to the Internet for both APIs', () => {
    for (const name of ['chat-api', 'admin-api']) {
      expect(variable(containerOf(traced, name), 'LOGFIRE_TOKEN').valueFrom.secretKeyRef.name).toBe(
        'logfire-credentials',
      );
      expect(JSON.stringify(find(traced, 'NetworkPolicy', `${name}-policy`).spec.egress)).toContain('0.0.0.0/0');
    }
    expect(JSON.stringify(containerOf(traced, 'admin-ui'))).not.toContain('LOGFIRE');
  });

  test('adds no duplicate rule', () => {
    const { egress } = find(traced, 'NetworkPolicy', 'chat-api-policy').spec;
    expect(new Set(egress.map((rule: Any) => JSON.stringify(rule))).size).toBe(egress.length);
  });

  test('is off where the setting says so, and admin-api has no egress to the Internet', () => {
    expect(JSON.stringify(prod)).not.toContain('LOGFIRE');
    expect(JSON.stringify(find(prod, 'NetworkPolicy', 'admin-api-policy').spec.egress)).not.toContain('0.0.0.0/0');
  });
});

describe('the network', () => {
  const policy = (objects: typeof prod, name: string) => find(objects, 'NetworkPolicy', name).spec;
  const destinations = (spec: Any) =>
    (spec.egress ?? []).flatMap(({ ports, to }: Any) =>
      to.map(
        (peer: Any) =>
          `${peer.ipBlock?.cidr ?? peer.podSelector.matchLabels['k8s-app'] ?? peer.podSelector.matchLabels.component} ${ports[0].port}`,
      ),
    );

  test('allows the declared egress: DNS, PgBouncer, and for chat-api the Internet', () => {
    const dns = ['kube-dns 53', '169.254.20.10/32 53'];
    expect(destinations(policy(prod, 'chat-api-policy'))).toEqual([
      ...dns,
      'pgbouncer 5432',
      '0.0.0.0/0 443',
      '2000::/3 443',
    ]);
    expect(destinations(policy(prod, 'admin-api-policy'))).toEqual([...dns, 'pgbouncer 5432']);
    expect(destinations(policy(prod, 'pgbouncer-policy'))).toEqual([...dns, '10.20.0.0/24 5432']);
    expect(destinations(policy(prod, 'admin-ui-policy'))).toEqual([]);
  });

  test('allows ingress only from the edge', () => {
    for (const name of ['chat-api-policy', 'admin-api-policy', 'admin-ui-policy']) {
      const [rule, ...others] = policy(prod, name).ingress;
      // Prometheus scrapes a separate port, which the edge does not expose.
      expect(others.map(({ ports }: Any) => ports[0].port)).toEqual(name === 'admin-ui-policy' ? [] : [9464]);
      expect(rule.from).toHaveLength(1);
      expect(rule.from[0].namespaceSelector.matchLabels).toEqual({ 'kubernetes.io/metadata.name': 'ingress-nginx' });
    }
  });

  test('in dev connects PgBouncer and the Jobs to the PostgreSQL', () => {
    const dev = objectsOf(salientSystem('dev'));
    expect(find(dev, 'NetworkPolicy', 'postgres-policy').metadata.namespace).toBe('salient-dev-admin');
    const from = policy(dev, 'postgres-policy').ingress[0].from;
    expect(from.map(({ podSelector }: Any) => podSelector.matchLabels.component)).toEqual([
      'pgbouncer',
      'provisioning',
      'migrations',
    ]);
    expect(policy(dev, 'postgres-policy').policyTypes).toEqual(['Ingress']);
  });
});

describe('who can reach whom', () => {
  const ways = (name: string) =>
    openConnectionsOf(objectsOf(salientSystem(name)), prerequisitesOf(salientSystem(name)));
  const from = (who: string, name: string) =>
    ways(name)
      .filter((way) => way.from === who)
      .map(({ to }) => to.split('/')[1]);
  const to = (component: string, name: string) =>
    ways(name)
      .filter((way) => way.to.endsWith(`/${component}`))
      .map((way) => way.from);

  test.each(environmentNames(PROJECT))('in %s, the Internet reaches only chat-api', (name) => {
    expect(from('the Internet', name)).toEqual(['chat-api']);
  });

  test.each(environmentNames(PROJECT))('in %s the admin side is reached from the allowlist and by the edge', (name) => {
    const allowed = salientSettings(name).admin.allowedFrom.join(', ');
    for (const component of ['admin-api', 'admin-ui'])
      expect(to(component, name).filter((who) => who !== 'monitoring/prometheus')).toEqual([
        allowed,
        `${salientSettings(name).edge.controller.namespace}/edge`,
      ]);
  });

  test('the two APIs and the migrations reach PgBouncer, and only PgBouncer and the Jobs reach the database', () => {
    const plain = (name = '') => (name.split('/')[1] ?? name).replace(/-[0-9a-f]{10}$/, '');
    for (const name of environmentNames(PROJECT)) {
      const jobs = name === 'dev' ? [] : ['backup', 'restore-drill', 'restore'];
      const readers = name === 'dev' ? [] : ['prometheus'];
      expect(to('pgbouncer', name).map(plain)).toEqual(['chat-api', 'admin-api', 'migrations', ...readers]);
      const clients = ways(name)
        .filter(({ port, to: there }) => port.startsWith('TCP 5432') && !there.endsWith('/pgbouncer'))
        .map((way) => plain(way.from));
      const operator = name === 'staging' ? ['postgres', 'cnpg-controller-manager'] : [];
      expect(clients.sort()).toEqual(['pgbouncer', 'provisioning', 'migrations', ...jobs, ...operator].sort());
    }
  });

  test.each(environmentNames(PROJECT))(
    'in %s only chat-api and what has Logfire reach the Internet, and no workload is open to all pods',
    (name) => {
      const traced = salientSettings(name).logfire ? ['admin-api'] : [];
      expect(
        ways(name)
          .filter((way) => way.to === 'the Internet')
          .map((way) => way.from.split('/')[1]),
      ).toEqual(['chat-api', ...traced]);
      expect(ways(name).filter((way) => /^any pod/.test(way.from))).toEqual([]);
    },
  );
});

describe('environments', () => {
  test.each([
    ['prod', ['salient-admin', 'salient-prod']],
    ['staging', ['salient-staging', 'salient-staging-admin']],
    ['dev', ['salient-dev', 'salient-dev-admin']],
    ['qa', ['salient-qa', 'salient-qa-admin']],
  ])('%s has namespaces that enforce PodSecurity "restricted"', (name, namespaces) => {
    const objects = objectsOf(salient.describe(environment(name), salientSettings('staging'), {}));
    const found = objects.filter(({ kind }) => kind === 'Namespace');
    expect(found.map(({ metadata }) => metadata.name).sort()).toEqual(namespaces);
    for (const { metadata } of found) {
      expect(metadata.labels).toMatchObject({
        app: 'salient',
        'pod-security.kubernetes.io/enforce': 'restricted',
        'pod-security.kubernetes.io/enforce-version': 'v1.28',
      });
    }
  });

  test('dev needs nothing that a new cluster lacks', () => {
    const groups = new Set(objectsOf(salientSystem('dev')).map(({ apiVersion }) => apiVersion));
    expect([...groups].sort()).toEqual(['apps/v1', 'batch/v1', 'networking.k8s.io/v1', 'v1']);
    expect(objectsOf(salientSystem('dev')).some(({ kind }) => kind === 'HorizontalPodAutoscaler')).toBe(false);
    expect(find(objectsOf(salientSystem('dev')), 'Deployment', 'chat-api').spec.replicas).toBe(1);
  });

  test("dev's applications, PgBouncer and provisioning agree on the passwords", () => {
    const dev = objectsOf(salientSystem('dev'));
    const value = (name: string, key: string) => Buffer.from(find(dev, 'Secret', name).data[key], 'base64').toString();
    for (const key of ['POSTGRES_READER_URL', 'POSTGRES_WRITER_URL']) {
      const url = new URL(value('tenant-db-credentials', key));
      expect(url.password).toBe(value('database-roles', url.username));
      expect(url.hostname).toBe('pgbouncer-svc.salient-dev-admin.svc.cluster.local');
    }
  });

  test('only prod requires an even spread over zones', () => {
    for (const [name, expected] of [
      ['prod', 'DoNotSchedule'],
      ['staging', 'ScheduleAnyway'],
      ['dev', 'ScheduleAnyway'],
    ] as const) {
      const { topologySpreadConstraints } = find(objectsOf(salientSystem(name)), 'Deployment', 'chat-api').spec.template
        .spec;
      expect(topologySpreadConstraints[0].whenUnsatisfiable).toBe(expected);
    }
  });
});

test('the same settings give the same objects', () => {
  expect(objectsOf(salientSystem('prod'))).toEqual(prod);
});
