import { registry } from '../../charts';
import { environment } from '../../lib/config/environment';
import { platformSchema } from '../../lib/config/platform';
import { differenceOf } from '../../lib/diff/difference';
import type { Risk } from '../../lib/diff/mark';
import { type Built, build } from '../../lib/pipeline/build';
import type { SystemDefinition } from '../../lib/pipeline/definition';
import { describe as describeSystem } from '../../lib/pipeline/describe';
import { bases } from '../bases';
import { type Base, builtOf, checked, leavesOf } from '../leaves';
import type { Any } from '../support';

const prod = environment('prod');

/** The risks that are told of a change. */
function risksOf(was: Built, now: Built): Risk[] {
  const changes = differenceOf(was.objects, now.objects, now.prerequisites, registry.marks);
  return [...new Set(changes.flatMap(({ marks }) => marks.map(({ risk }) => risk)))].sort();
}

describe('tenants.yaml', () => {
  const base = bases().find(({ system, raw }) => system === 'salient' && 'eu' in (raw.tenantServers ?? {})) as Base;
  const acme = { slug: 'acme' };
  const was = builtOf(base, [acme]);

  /** What a change of each field of a tenant leads to. */
  const FIELDS: Readonly<Record<string, readonly [change: object, risks: readonly Risk[]]>> = {
    slug: [{ slug: 'other' }, ['runs', 'secret', 'tenantDisabled']],
    name: [{ name: 'Acme Ltd' }, ['runs']],
    server: [{ server: 'eu' }, ['data', 'rolls', 'runs']],
    pool: [{ pool: 3 }, ['rolls']],
    connectionLimit: [{ connectionLimit: 7 }, ['runs']],
    state: [{ state: 'suspended' }, ['runs', 'tenantDisabled']],
    confirm: [{ state: 'removed', confirm: 'drop acme' }, ['accessWidened', 'data', 'runs']],
    revision: [{ revision: 2 }, ['rolls', 'runs']],
  };

  test('what a change of each field leads to is known', () => {
    const { values } = checked(base) as { readonly values: Any };
    const [list] = Object.values((registry.systems.salient as SystemDefinition).collections ?? {}) as Any[];
    expect(leavesOf(list(values)).map(({ path }) => path.replace('*.', ''))).toEqual(Object.keys(FIELDS));
  });

  test.each(Object.entries(FIELDS))('%s', (_, [change, risks]) => {
    expect(risksOf(was, builtOf(base, [{ ...acme, ...change }]))).toEqual(risks);
  });
});

describe('platform.yaml', () => {
  const solvers = [
    { kind: 'ingress', class: 'nginx' },
    { kind: 'route53', region: 'us-east-1', zones: ['a.example.com'] },
  ];
  const issuers = {
    public: { kind: 'acme', email: 'a@example.com', server: 'production', solvers },
    private: { kind: 'self-signed' },
  };
  const base = { issuers, priorityClasses: true };

  function platform(raw: Any): Built {
    const values = platformSchema(prod).parse(raw);
    const locate = () => ({ file: 'environments/prod/platform.yaml' });
    const settings = { environment: { ...prod, platform: values }, system: 'platform', values, locate };
    return build(registry, describeSystem(registry, settings));
  }

  /** The fields that lead to something; all others are calm. */
  // A quota refuses pods and deletes none; what does not fit is a violation.
  const QUOTA =
    `configmaps count/cronjobs.batch count/deployments.apps count/jobs.batch count/statefulsets.apps limits.cpu limits.memory
    persistentvolumeclaims pods requests.cpu requests.memory requests.nvidia.com/gpu requests.storage secrets services
    services.loadbalancers`.split(/\s+/);
  const GRAVE = ['issuers.*.kind', 'issuers.*.server', 'certManager.namespace'];
  const CALM = `issuers.*.email issuers.*.solvers.*.kind issuers.*.solvers.*.class issuers.*.solvers.*.zones issuers.*.solvers.*.hosts
    issuers.*.solvers.*.region issuers.*.solvers.*.role issuers.*.solvers.*.hostedZone issuers.*.solvers.*.subscription
    issuers.*.solvers.*.resourceGroup issuers.*.solvers.*.zone issuers.*.solvers.*.clientId issuers.*.solvers.*.project
    issuers.*.solvers.*.managedZone issuers.*.solvers.*.tokenSecret.name issuers.*.solvers.*.tokenSecret.key priorityClasses
     keda.namespace keda.labels dns.namespace dns.labels dns.port
    nodes.*.type nodes.*.cpu nodes.*.memory nodes.*.gpus nodes.*.count nodes.*.max nodes.*.zones nodes.*.labels nodes.*.taints
    nodes.*.reserved.cpu nodes.*.reserved.memory
    ${['default', 'defaultRequest', 'max', 'maxLimitRequestRatio', 'min'].flatMap((one) => [`namespaces.*.limits.${one}.cpu`, `namespaces.*.limits.${one}.memory`]).join(' ')}
    ${QUOTA.map((one) => `namespaces.*.quota.${one}`).join(' ')}`;

  test('what a change of each field leads to is known', () => {
    // Argo CD's and those of monitoring make objects in dist/argocd, and none here; those of DNS are for all systems.
    const paths = leavesOf(platformSchema(prod)).map(({ path }) => path);
    const own = paths.filter((path) => !/^(argocd|monitoring)\./.test(path));
    expect(own.sort()).toEqual([...GRAVE, ...(CALM.match(/\S+/g) ?? [])].sort());
  });

  test.each([
    ['an issuer that signs by a private authority', { issuers: { ...issuers, public: { kind: 'self-signed' } } }],
    [
      "an issuer of Let's Encrypt's staging",
      { issuers: { ...issuers, public: { ...issuers.public, server: 'staging' } } },
    ],
    ['an issuer that goes', { issuers: { public: issuers.public } }],
    ['a private authority in another namespace', { certManager: { namespace: 'other' } }],
  ])('%s is told', (_, change) => {
    expect(risksOf(platform(base), platform({ ...base, ...change }))).toEqual(['hostRemoved']);
  });

  test('other changes, and a private authority that becomes a public one, have no mark', () => {
    const { email: _, ...others } = issuers.public;
    const calm = { ...others, email: 'b@example.com', solvers: [{ kind: 'gateway', hosts: ['b.example.com'] }] };
    const next = { issuers: { public: calm, private: issuers.private }, priorityClasses: false };
    expect(risksOf(platform(base), platform(next))).toEqual([]);
    const [staging, production] = ['staging', 'production'].map((server) =>
      platform({ issuers: { public: { ...issuers.public, server } } }),
    ) as [Built, Built];
    expect(risksOf(staging, production)).toEqual([]);
  });
});
