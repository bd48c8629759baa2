import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Testing } from 'cdk8s';
import { registry } from '../../charts';
import { PlatformChart } from '../../charts/platform/platform';
import { environment } from '../../lib/config/environment';
import { PLATFORM, platformSchema } from '../../lib/config/platform';
import type { ManifestObject } from '../../lib/manifests/object';
import { buildEnvironments, isSystem } from '../../lib/pipeline/build';
import { judge } from '../../lib/pipeline/judge';
import { type Any, edit, find, folderWith, PROJECT } from '../support';

const platformOf = (settings: object): ManifestObject[] =>
  Testing.synth(new PlatformChart(new App(), PLATFORM, platformSchema(environment('prod')).parse(settings)));
const acme = (...solvers: object[]) => ({ kind: 'acme', email: 'ops@example.com', server: 'production', solvers });
const names = (objects: readonly ManifestObject[]) => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);

/** A copy of the environments, to be edited. */
function copy(): string {
  const root = folderWith({});
  cpSync(join(PROJECT, 'environments'), join(root, 'environments'), { recursive: true });
  return root;
}

/** The priority classes of the pods of an environment, by workload. */
function prioritiesIn(root: string, name: string): Record<string, string | undefined> {
  const objects = buildEnvironments(registry, root, [name]).flatMap((one) => one.objects) as Any[];
  return Object.fromEntries(
    objects.flatMap(({ kind, metadata, spec }) => {
      const pod = kind === 'Cluster' ? spec : (spec?.template ?? spec?.jobTemplate?.spec?.template)?.spec;
      if (!['Cluster', 'Deployment', 'StatefulSet', 'CronJob', 'Job'].includes(kind)) return [];
      return [[metadata.name.replace(/-[0-9a-f]{10}$/, ''), pod.priorityClassName]];
    }),
  );
}

test('no system has the name of the platform', () => {
  expect(Object.keys(registry.systems)).not.toContain(PLATFORM);
});

test('an empty platform has no objects', () => {
  expect(platformOf({})).toEqual([]);
});

describe('priorities', () => {
  test('are three in this order, far below those of Kubernetes, and none is the default', () => {
    const classes = platformOf({ priorityClasses: true }) as Any[];
    expect(names(classes).sort()).toEqual([
      'PriorityClass berth-background',
      'PriorityClass berth-data',
      'PriorityClass berth-serving',
    ]);
    const value = (name: string) => find(classes, 'PriorityClass', `berth-${name}`).value;
    expect(value('data')).toBeGreaterThan(value('serving'));
    expect(value('serving')).toBeGreaterThan(0);
    expect(value('background')).toBeLessThan(0);
    expect(value('background')).toBeGreaterThanOrEqual(-10); // below, the cluster autoscaler adds no nodes for the pods
    expect(value('data')).toBeLessThan(1_000_000_000); // above are the classes of Kubernetes
    expect(classes.filter(({ globalDefault }) => globalDefault)).toEqual([]);
    expect(classes.filter(({ preemptionPolicy }) => preemptionPolicy === 'Never').map((one) => one.value)).toEqual([
      value('background'),
    ]);
  });

  test('are set for pods that hold data, pods that serve requests, and background tasks', () => {
    expect(prioritiesIn(PROJECT, 'staging')).toMatchObject({
      postgres: 'berth-data',
      redis: 'berth-data',
      pgbouncer: 'berth-data',
      'chat-api': 'berth-serving',
      web: 'berth-serving',
      provisioning: 'berth-serving',
      migrations: 'berth-serving',
      restore: 'berth-serving', // customers wait for it
      backup: 'berth-background',
      'restore-drill': 'berth-background',
      'redis-backup': 'berth-background',
    });
  });

  test('are not set without a platform, or where the platform does not create them', () => {
    expect(new Set(Object.values(prioritiesIn(PROJECT, 'dev')))).toEqual(new Set([undefined]));
    const root = copy();
    edit(root, 'environments/prod/platform.yaml', 'priorityClasses: true', 'priorityClasses: false');
    expect(new Set(Object.values(prioritiesIn(root, 'prod')))).toEqual(new Set([undefined]));
    expect(judge(buildEnvironments(registry, root, ['prod']))).toEqual([]);
  });
});

describe("Let's Encrypt", () => {
  test.each([
    ['production', 'https://acme-v02.api.letsencrypt.org/directory'],
    ['staging', 'https://acme-staging-v02.api.letsencrypt.org/directory'],
  ])('has a directory for %s', (server, directory) => {
    const { spec } = find(platformOf({ issuers: { le: { ...acme({ kind: 'gateway' }), server } } }), 'ClusterIssuer');
    expect(spec.acme).toMatchObject({ server: directory, privateKeySecretRef: { name: 'le-account' } });
  });

  const azure = {
    subscription: '11111111-2222-4333-8444-555555555555',
    resourceGroup: 'dns',
    zone: 'example.com',
    clientId: '11111111-2222-4333-8444-666666666666',
  };
  const role = 'arn:aws:iam::123456789012:role/cert-manager';

  test.each([
    [
      { kind: 'ingress', class: 'nginx' },
      { http01: { ingress: { ingressClassName: 'nginx', serviceType: 'ClusterIP' } } },
    ],
    [{ kind: 'gateway' }, { http01: { gatewayHTTPRoute: { serviceType: 'ClusterIP' } } }],
    [{ kind: 'route53', region: 'eu-west-1' }, { dns01: { route53: { region: 'eu-west-1' } } }],
    [
      { kind: 'route53', region: 'eu-west-1', role, hostedZone: 'Z0123456789ABC' },
      { dns01: { route53: { region: 'eu-west-1', role, hostedZoneID: 'Z0123456789ABC' } } },
    ],
    [
      { kind: 'azure-dns', ...azure },
      {
        dns01: {
          azureDNS: {
            subscriptionID: azure.subscription,
            resourceGroupName: 'dns',
            hostedZoneName: 'example.com',
            managedIdentity: { clientID: azure.clientId },
          },
        },
      },
    ],
    [
      { kind: 'cloud-dns', project: 'example-dns', managedZone: 'example-com' },
      { dns01: { cloudDNS: { project: 'example-dns', hostedZoneName: 'example-com' } } },
    ],
    [
      { kind: 'cloudflare', tokenSecret: { name: 'cloudflare' } },
      { dns01: { cloudflare: { apiTokenSecretRef: { name: 'cloudflare', key: 'token' } } } },
    ],
  ])('has the solver %j', (solver, expected) => {
    const solversOf = (one: object) =>
      find(platformOf({ issuers: { le: acme(one) } }), 'ClusterIssuer').spec.acme.solvers;
    expect(solversOf(solver)).toEqual([expected]);
    expect(solversOf({ ...solver, zones: ['example.com'], hosts: ['a.example.org'] })).toEqual([
      { selector: { dnsZones: ['example.com'], dnsNames: ['a.example.org'] }, ...expected },
    ]);
  });

  test('with DNS-01 only opens no policy, and refuses hosts of other zones', () => {
    const root = copy();
    const file = 'environments/prod/platform.yaml';
    edit(root, file, /solvers:[\s\S]*(?=priorityClasses)/, 'solvers: [{ kind: route53, region: us-east-1 }]\n');
    const built = buildEnvironments(registry, root, ['prod']);
    expect(judge(built)).toEqual([]);
    const policies = built.flatMap(({ objects }) => objects).filter(({ kind }) => kind === 'NetworkPolicy');
    expect(policies.length).toBeGreaterThan(10);
    expect(names(policies)).not.toContain('NetworkPolicy acme-solver-policy');

    edit(
      root,
      file,
      'region: us-east-1 }',
      'region: us-east-1, zones: [salient.ai, ephitup.example.com, app.example.com] }',
    );
    expect(judge(buildEnvironments(registry, root, ['prod']))).toEqual([
      'prod: certificates: Certificate pliers-prod/pliers-tls-cert: spec.dnsNames[0]: given pliers.example.com, expected a host for which ClusterIssuer letsencrypt-prod has a solver (DNS-01 for salient.ai, ephitup.example.com, app.example.com); add one, or use another issuer; set by environments/prod/pliers.yaml:3: hosts.app',
    ]);
  });
});

test.each([
  ['envoy', 'eg'],
  ['traefik', 'traefik'],
])('a Gateway of %s solves challenges for its own hosts', (implementation, className) => {
  const root = copy();
  const gateway = `edge: { kind: gateway, implementation: ${implementation}, class: ${className}, issuer: letsencrypt-prod }`;
  for (const system of ['salient', 'ephitup']) edit(root, `environments/prod/${system}.yaml`, /^edge:.*$/m, gateway);
  expect(judge(buildEnvironments(registry, root, ['prod']))).not.toEqual([]);
  const file = 'environments/prod/platform.yaml';
  edit(root, file, '{ kind: ingress, class: nginx }', '{ kind: gateway }');
  expect(judge(buildEnvironments(registry, root, ['prod']))).toEqual([]);
});

test('an issuer that the platform does not create is a violation; without a platform it is a prerequisite', () => {
  const root = copy();
  edit(root, 'environments/prod/salient.yaml', 'issuer: letsencrypt-prod', 'issuer: letsencrypt-prdo');
  expect(() => buildEnvironments(registry, root, ['prod'])).toThrow(
    'environments/prod/salient.yaml:17:46: edge.issuer: given "letsencrypt-prdo", which platform.yaml does not define, expected letsencrypt-prod; did you mean letsencrypt-prod?',
  );
  rmSync(join(root, 'environments/prod/platform.yaml'));
  expect(judge(buildEnvironments(registry, root, ['prod']))).toEqual([]);
});

describe('a certificate authority of its own', () => {
  test('is an issuer that signs its certificate, the certificate, and an issuer that uses it', () => {
    const objects = platformOf({ issuers: { ca: { kind: 'self-signed' } }, certManager: { namespace: 'security' } });
    expect(names(objects)).toEqual(['ClusterIssuer ca-root', 'Certificate ca', 'ClusterIssuer ca']);
    expect(find(objects, 'ClusterIssuer', 'ca-root').spec).toEqual({ selfSigned: {} });
    const { metadata, spec } = find(objects, 'Certificate');
    expect(metadata.namespace).toBe('security');
    expect(spec).toMatchObject({ isCA: true, secretName: 'ca', issuerRef: { kind: 'ClusterIssuer', name: 'ca-root' } });
    expect(find(objects, 'ClusterIssuer', 'ca').spec).toEqual({ ca: { secretName: 'ca' } });
  });

  test('gives dev TLS where its systems use it, and opens no policy for challenges', () => {
    const root = copy();
    writeFileSync(join(root, 'environments/dev/platform.yaml'), 'issuers: { development-ca: { kind: self-signed } }\n');
    for (const system of ['salient', 'pliers', 'ephitup']) {
      edit(root, `environments/dev/${system}.yaml`, 'class: nginx }', 'class: nginx, issuer: development-ca }');
    }
    edit(root, 'environments/dev/three-tier.yaml', /^database:/m, 'edge: { issuer: development-ca }\ndatabase:');
    const built = buildEnvironments(registry, root, ['dev']);
    expect(judge(built)).toEqual([]);
    const objects = built.filter(isSystem).flatMap((one) => one.objects);
    const ingresses = objects.filter(({ kind }) => kind === 'Ingress') as Any[];
    expect(ingresses.length).toBeGreaterThan(2);
    for (const { metadata, spec } of ingresses) {
      // That of a path with clients of its own has the certificate of its host.
      const issuer = metadata.name.includes('-at-') ? undefined : 'development-ca';
      expect([metadata.name, metadata.annotations['cert-manager.io/cluster-issuer']]).toEqual([metadata.name, issuer]);
      expect(spec.tls).toHaveLength(1);
    }
    expect(names(objects)).not.toContain('NetworkPolicy acme-solver-policy');
  });

  test('is optional in dev', () => {
    const built = buildEnvironments(registry, PROJECT, ['dev']);
    const root = copy();
    writeFileSync(join(root, 'environments/dev/platform.yaml'), '{}\n');
    const withEmpty = buildEnvironments(registry, root, ['dev']);
    const objectsOf = (all: typeof built) => all.filter(isSystem).map(({ objects }) => objects);
    expect(objectsOf(withEmpty)).toEqual(objectsOf(built));
  });

  test('dev is applied to a cluster without custom resources', () => {
    const own = buildEnvironments(registry, PROJECT, ['dev']).flatMap(({ objects }) => objects);
    const groups = new Set(own.map(({ apiVersion }) => (apiVersion.includes('/') ? apiVersion.split('/')[0] : '')));
    expect([...groups].filter((group) => group?.includes('.') && !group.endsWith('.k8s.io'))).toEqual([]);
  });
});

test("policies allow the cluster's own DNS pods, and the rules expect them", () => {
  const root = copy();
  const dns =
    'dns: { namespace: openshift-dns, labels: { dns.operator.openshift.io/daemonset-dns: default }, port: 5353 }';
  edit(root, 'environments/prod/platform.yaml', 'priorityClasses: true', `priorityClasses: true\n${dns}`);
  edit(root, 'environments/prod/pliers.yaml', 'edge:', 'dns: { nodeLocal: [] }\nedge:');
  const built = buildEnvironments(registry, root, ['prod']);
  expect(judge(built)).toEqual([]);
  const policies = JSON.stringify(built.flatMap((one) => one.objects.filter(({ kind }) => kind === 'NetworkPolicy')));
  expect(policies).not.toContain('k8s-app');
  const wrong = built.map((one) => ({
    ...one,
    objects: JSON.parse(JSON.stringify(one.objects).replaceAll('5353', '53')),
  }));
  expect(judge(wrong).join('\n')).toContain('openshift-dns/kube-dns');
});
