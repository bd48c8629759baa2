import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../../charts';
import { KUBE_DNS } from '../../../lib/base/kube-dns';
import { InputError } from '../../../lib/base/problem';
import { loadEnvironments } from '../../../lib/config/load';
import { PLATFORM } from '../../../lib/config/platform';
import { folderWith, project } from '../../support';

/** The problems of a platform's file, as lines. */
function problemsOf(text: string): string[] {
  try {
    loadEnvironments(folderWith({ 'environments/prod/platform.yaml': text }), ['prod'], registry.schemas);
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.message.split('\n').map((line) => line.replace('environments/prod/platform.yaml', 'FILE'));
  }
}

test('an environment may have a platform and no system; all settings are optional', () => {
  expect(problemsOf('{}\n')).toEqual([]);
});

test('its systems see it', () => {
  const root = project();
  writeFileSync(join(root, 'environments/dev/platform.yaml'), 'issuers: { development-ca: { kind: self-signed } }\n');
  for (const { environment, system, values } of loadEnvironments(root, ['dev'], registry.in(root).schemas)) {
    const issuers = { 'development-ca': { kind: 'self-signed' } };
    const certManager = { namespace: 'cert-manager' };
    const platform = { issuers, certManager, dns: KUBE_DNS, priorityClasses: false };
    const argocd = { cluster: 'dev', sync: 'automatic', windows: [] };
    expect(environment).toMatchObject({ name: 'dev', platform });
    const keda = { namespace: 'keda', labels: { app: 'keda-operator' } };
    if (system === PLATFORM) expect(values).toEqual({ ...platform, keda, argocd, namespaces: {} });
  }
});

test('DNS pods of another namespace have labels of their own, and at least one', () => {
  expect(problemsOf('dns: { namespace: openshift-dns }\n')).toEqual([
    'FILE:1:6: dns.labels: given nothing, expected the labels of the DNS pods in that namespace, and their port',
  ]);
  expect(problemsOf('dns: { labels: {} }\n')).toEqual([
    'FILE:1:16: dns.labels: given a mapping, expected at least one label',
  ]);
});

test('all problems are reported at once', () => {
  expect(
    problemsOf(`issuers:
  Acme: { kind: self-signed }
  ca: { kind: self-signed }
  ca-root: { kind: self-signed }
  le: { kind: acme, email: ops, server: prod, solvers: [] }
  other:
    kind: acme
    email: ops@example.com
    server: production
    solvers:
      - { kind: ingres, class: nginx }
      - { kind: ingress }
      - { kind: gateway, zones: [https://example.com] }
      - { kind: route53, region: europe, role: cert-manager, hostedZone: example.com }
      - { kind: cloudflare, tokenSecret: cloudflare }
priorityClass: true
`),
  ).toMatchInlineSnapshot(`
[
  "FILE:2:3: issuers: given a mapping, expected names of which none is another name plus -root, which is reserved for the CA of that issuer",
  "FILE:2:9: issuers.Acme: given a mapping, expected issuers by their names, which are of lower-case letters, digits and dashes",
  "FILE:5:28: issuers.le.email: given "ops", expected an address such as ops@example.com",
  "FILE:5:41: issuers.le.server: given "prod", expected one of production, staging",
  "FILE:5:56: issuers.le.solvers: given an empty list, expected a list of solvers, at least one",
  "FILE:11:17: issuers.other.solvers, entry 1, kind: given "ingres", expected one of ingress, gateway, route53, azure-dns, cloud-dns, cloudflare",
  "FILE:12:9: issuers.other.solvers, entry 2, class: given nothing, expected a name of at most 63 lower-case letters, digits and dashes",
  "FILE:13:34: issuers.other.solvers, entry 3, zones, entry 1: given "https://example.com", expected a lower-case host name such as api.example.com, without https:// or a port",
  "FILE:14:34: issuers.other.solvers, entry 4, region: given "europe", expected an AWS region such as us-east-1",
  "FILE:14:48: issuers.other.solvers, entry 4, role: given "cert-manager", expected a role such as arn:aws:iam::123456789012:role/cert-manager",
  "FILE:14:74: issuers.other.solvers, entry 4, hostedZone: given "example.com", expected the id of a hosted zone such as Z0123456789ABC",
  "FILE:15:42: issuers.other.solvers, entry 5, tokenSecret: given "cloudflare", expected a mapping of settings",
  "FILE:16:1: priorityClass: given an unknown key, expected one of issuers, certManager, dns, priorityClasses, keda, argocd, monitoring, nodes, namespaces; did you mean priorityClasses?",
]
`);
});

test('a pool has a size in one way, and a maximum that is not below its count', () => {
  const pools = `nodes:
  a: { cpu: 2, count: 1 }
  b: { type: x, cpu: 2, memory: 8Gi, count: 1 }
  c: { cpu: 2, memory: 8Gi, count: 3, max: 2 }
`;
  const size = 'expected either type, of environments/prices.yaml, or cpu and memory';
  expect(problemsOf(pools)).toEqual([
    `FILE:2:6: nodes.a.type: given nothing, ${size}`,
    `FILE:3:14: nodes.b.type: given "x", ${size}`,
    'FILE:4:44: nodes.c.max: given 2, expected at least count',
  ]);
});

test('quotas and limits have known resources, with quantities, and limits rise', () => {
  const bounds = `namespaces:
  shop: { quota: { requests.cpu: 20, requests.memory: 40Gi, pods: 60, requests.storage: 1Ti, count/jobs.batch: 9 } }
  mail: { quota: { request.cpu: 2, limits.cpu: many, limits.memory: 4, pods: 1.5 } }
  data: { limits: { min: { cpu: 2 }, default: { cpu: 1500m }, maxLimitRequestRatio: { cpu: 0.5 } } }
  Shop: {}
`;
  expect(problemsOf(bounds)).toMatchInlineSnapshot(`
[
  "FILE:3:20: namespaces.mail.quota.request.cpu: given an unknown key, expected one of requests.cpu, requests.memory, limits.cpu, limits.memory, requests.nvidia.com/gpu, pods, requests.storage, persistentvolumeclaims, services, services.loadbalancers, secrets, configmaps, count/deployments.apps, count/statefulsets.apps, count/jobs.batch, count/cronjobs.batch; did you mean requests.cpu?",
  "FILE:3:48: namespaces.mail.quota.limits.cpu: given "many", expected CPU in cores or thousandths, such as 20 or 500m",
  "FILE:3:69: namespaces.mail.quota.limits.memory: given 4, expected a size such as 10Gi; as text it is "4" in quotes",
  "FILE:3:78: namespaces.mail.quota.pods: given 1.5, expected a whole number from 0 to 1000000",
  "FILE:4:26: namespaces.data.limits.min: given a mapping, expected amounts that rise from min, defaultRequest and default to max",
  "FILE:4:92: namespaces.data.limits.maxLimitRequestRatio.cpu: given 0.5, expected a number from 1",
  "FILE:5:3: namespaces.Shop: given the key Shop, expected a name of at most 63 lower-case letters, digits and dashes",
]
`);
});
