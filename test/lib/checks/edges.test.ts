import { pliers } from '../../../charts/pliers/system';
import { check } from '../../../lib/checks/check';
import { edge as edgeSchema } from '../../../lib/config/edge';
import { environment } from '../../../lib/config/environment';
import type { ManifestObject } from '../../../lib/manifests/object';
import type { EdgeProps } from '../../../lib/model/edge';
import { intentOf, mergeIntents, prerequisitesOf } from '../../../lib/pipeline/intent';
import { type Any, find } from '../../support';
import { objectsOf, pliersSettings, salientSystem } from '../../systems';
import { placesIn, withChanged } from './manifests';

const edgeOf = (settings: object) => edgeSchema(false).parse({ issuer: 'acme', ...settings }) as EdgeProps;

/** Salient's production behind another edge. */
const EDGES = {
  traefik: edgeOf({ kind: 'traefik' }),
  'gateway on Traefik': edgeOf({ kind: 'gateway', implementation: 'traefik' }),
  'gateway on Envoy Gateway': edgeOf({ kind: 'gateway', implementation: 'envoy' }),
};
type Kind = keyof typeof EDGES;

const systems = Object.fromEntries(
  Object.entries(EDGES).map(([kind, edge]) => [kind, { ...salientSystem('prod'), edge }]),
) as Record<Kind, ReturnType<typeof salientSystem>>;

const meant = new Map(
  Object.entries(systems).map(([kind, system]) => [kind, [prerequisitesOf(system), intentOf(system)] as const]),
);

function judge(kind: Kind, objects: readonly ManifestObject[]): string[] {
  const [given, intent] = meant.get(kind) ?? [];
  return check(objects, given, intent).map(({ rule, message }) => `${rule}: ${message}`);
}

test.each(Object.keys(EDGES) as Kind[])('all rules are content with %s', (kind) => {
  expect(judge(kind, objectsOf(systems[kind]))).toEqual([]);
});

const ADMIN = 'salient-admin-ingress';
type Mutation = readonly [kind: Kind, what: string, make: (objects: ManifestObject[]) => unknown, told: RegExp];

const remove = (objects: ManifestObject[], kind: string, name: string) =>
  objects.splice(objects.indexOf(find(objects, kind, name)), 1);
const admin = (objects: ManifestObject[], kind: string) => find(objects, kind, ADMIN).spec;
const isList = ({ name, extensionRef }: Any) => (name ?? extensionRef?.name) === `${ADMIN}-allowlist`;

const MUTATIONS: readonly Mutation[] = [
  [
    'traefik',
    'the allowlist is gone',
    (objects) => remove(objects, 'Middleware', `${ADMIN}-allowlist`),
    /^references: given "salient-admin-ingress-allowlist", expected a Middleware in namespace salient-prod/,
  ],
  [
    'traefik',
    'the allowlist is used by none',
    (objects) => {
      for (const route of admin(objects, 'IngressRoute').routes) {
        route.middlewares = route.middlewares.filter((one: Any) => !isList(one));
      }
    },
    /^reachability: admin\.salient\.ai\/api admits everyone, expected 203\.0\.113\.0\/24/,
  ],
  [
    'traefik',
    'one of the rules of a path forgets the allowlist',
    (objects) => {
      const [route] = admin(objects, 'IngressRoute').routes;
      route.middlewares = route.middlewares.filter((one: Any) => !isList(one));
    },
    /^reachability: admin\.salient\.ai\/api admits everyone/,
  ],
  [
    'traefik',
    'the allowlist is wider',
    (objects) => {
      find(objects, 'Middleware', `${ADMIN}-allowlist`).spec.ipAllowList.sourceRange = ['203.0.0.0/16'];
    },
    /^reachability: admin\.salient\.ai\/ admits 203\.0\.0\.0\/16, expected/,
  ],
  [
    'traefik',
    'the allowlist believes what clients write',
    (objects) => {
      find(objects, 'Middleware', `${ADMIN}-allowlist`).spec.ipAllowList.ipStrategy = { depth: 1 };
    },
    /^reachability: may change the backend or the admitted clients/,
  ],
  [
    'traefik',
    'a rule lets in more by an or',
    (objects) => {
      admin(objects, 'IngressRoute').routes[0].match += ' || Host(`www.salient.ai`)';
    },
    /which is not declared/,
  ],
  [
    'traefik',
    'a rule is closed before its or',
    (objects) => {
      admin(objects, 'IngressRoute').routes[0].match += ') || (Host(`www.salient.ai`)';
    },
    /which is not declared/,
  ],
  [
    'traefik',
    'the dashboard is offered',
    (objects) => {
      admin(objects, 'IngressRoute').routes[0].services = [{ kind: 'TraefikService', name: 'api@internal' }];
    },
    /^reachability: admin\.salient\.ai\/api leads to api@internal \(TraefikService\), expected salient-prod\/admin-api/,
  ],
  [
    'traefik',
    'the public host leads to the admin API',
    (objects) => {
      const [route] = find(objects, 'IngressRoute', 'salient-ingress').spec.routes;
      route.services[0].name = 'admin-api-svc';
    },
    /^reachability: api\.salient\.ai\/ leads to salient-prod\/admin-api, expected salient-prod\/chat-api/,
  ],
  [
    'traefik',
    'a path is led on for some requests alone',
    (objects) => {
      const { routes } = find(objects, 'IngressRoute', 'salient-ingress').spec;
      routes.pop();
    },
    /^reachability: no route leads from api\.salient\.ai\/ to it, which is declared/,
  ],
  [
    'traefik',
    'a host has no TLS',
    (objects) => {
      delete admin(objects, 'IngressRoute').tls;
    },
    /^reachability: admin\.salient\.ai\/ is served without TLS/,
  ],
  [
    'traefik',
    'nobody makes the certificate',
    (objects) => remove(objects, 'Certificate', 'salient-admin-tls-cert'),
    /^references: given "salient-admin-tls-cert", expected a Secret/,
  ],
  [
    'traefik',
    'the issuer is misspelt',
    (objects) => {
      find(objects, 'Certificate', 'salient-tls-cert').spec.issuerRef.name = 'acne';
    },
    /^references: given "acne", expected a ClusterIssuer/,
  ],
  [
    'traefik',
    'a Service has no such port',
    (objects) => {
      admin(objects, 'IngressRoute').routes[0].services[0].port = 8080;
    },
    /^references: given the port "8080"/,
  ],
  [
    'traefik',
    'a Middleware rewrites paths',
    (objects) => {
      find(objects, 'Middleware', 'salient-ingress-body').spec = { replacePath: { path: '/admin' } };
    },
    /^reachability: may change the backend/,
  ],
  [
    'gateway on Traefik',
    'the allowlist is gone',
    (objects) => remove(objects, 'Middleware', `${ADMIN}-allowlist`),
    /^references: given "salient-admin-ingress-allowlist", expected a Middleware/,
  ],
  [
    'gateway on Traefik',
    'one of the rules of a path forgets the allowlist',
    (objects) => {
      const [rule] = admin(objects, 'HTTPRoute').rules;
      rule.filters = rule.filters.filter((one: Any) => !isList(one));
    },
    /^reachability: admin\.salient\.ai\/api admits everyone/,
  ],
  [
    'gateway on Traefik',
    'the allowlist is in words that Traefik does not know',
    (objects) => {
      for (const rule of admin(objects, 'HTTPRoute').rules) {
        rule.filters = rule.filters.filter((one: Any) => !isList(one));
      }
      const policy = objectsOf(systems['gateway on Envoy Gateway']).filter(({ kind }) => kind === 'SecurityPolicy');
      objects.push(...policy);
    },
    /^reachability: .* has the allowlist of envoy, expected one of traefik/,
  ],
  [
    'gateway on Traefik',
    'the listener has no TLS',
    (objects) => {
      for (const listener of find(objects, 'Gateway').spec.listeners) {
        listener.protocol = 'HTTP';
        delete listener.tls;
      }
    },
    /^reachability: admin\.salient\.ai\/ is served without TLS/,
  ],
  [
    'gateway on Traefik',
    'the route is at all listeners',
    (objects) => {
      delete admin(objects, 'HTTPRoute').parentRefs[0].sectionName;
    },
    /^reachability: admin\.salient\.ai\/ is served without TLS/,
  ],
  [
    'gateway on Traefik',
    'the route is at no listener',
    (objects) => {
      admin(objects, 'HTTPRoute').parentRefs[0].sectionName = 'https';
    },
    /^references: given the listener "https"/,
  ],
  [
    'gateway on Traefik',
    'the listener is for another host',
    (objects) => {
      for (const listener of find(objects, 'Gateway').spec.listeners) listener.hostname = 'www.salient.ai';
    },
    /^reachability: no route leads from admin\.salient\.ai\/ to it/,
  ],
  [
    'gateway on Traefik',
    'the Gateway is gone',
    (objects) => remove(objects, 'Gateway', 'salient'),
    /^references: given "salient", expected a Gateway/,
  ],
  [
    'gateway on Traefik',
    'a filter rewrites the host',
    (objects) => {
      const [rule] = admin(objects, 'HTTPRoute').rules;
      rule.filters.push({ type: 'URLRewrite', urlRewrite: { hostname: 'www.salient.ai' } });
    },
    /^reachability: may change the backend/,
  ],
  [
    'gateway on Envoy Gateway',
    'the allowlist is gone',
    (objects) => remove(objects, 'SecurityPolicy', ADMIN),
    /^reachability: admin\.salient\.ai\/ admits everyone, expected 203\.0\.113\.0\/24/,
  ],
  [
    'gateway on Envoy Gateway',
    'the allowlist is for a route that there is not',
    (objects) => {
      admin(objects, 'SecurityPolicy').targetRefs[0].name = 'admin';
    },
    /^references: given "admin", expected an HTTPRoute/,
  ],
  [
    'gateway on Envoy Gateway',
    'who is not on the list is let in',
    (objects) => {
      admin(objects, 'SecurityPolicy').authorization.defaultAction = 'Allow';
    },
    /^reachability: admin\.salient\.ai\/ admits everyone/,
  ],
  [
    'gateway on Envoy Gateway',
    'a rule lets in everyone besides',
    (objects) => {
      admin(objects, 'SecurityPolicy').authorization.rules.push({ action: 'Allow', principal: { headers: [] } });
    },
    /^reachability: admin\.salient\.ai\/ admits everyone/,
  ],
  [
    'gateway on Envoy Gateway',
    'a policy of one rule takes the place of the allowlist',
    (objects) => {
      const policy = structuredClone(find(objects, 'SecurityPolicy', ADMIN));
      policy.metadata.name = 'more';
      policy.spec = { targetRefs: [{ ...policy.spec.targetRefs[0], sectionName: 'route-0' }] };
      objects.push(policy);
    },
    /^reachability: admin\.salient\.ai\/ admits everyone/,
  ],
  [
    'gateway on Envoy Gateway',
    'a policy is for a rule that there is not',
    (objects) => {
      find(objects, 'BackendTrafficPolicy', `${ADMIN}-upgrade`).spec.targetRefs[0].sectionName = 'upgrade-9';
    },
    /^references: given the rule "upgrade-9"/,
  ],
  [
    'gateway on Envoy Gateway',
    'the class is misspelt',
    (objects) => {
      find(objects, 'Gateway').spec.gatewayClassName = 'ge';
    },
    /^references: given "ge", expected a GatewayClass/,
  ],
  [
    'gateway on Envoy Gateway',
    'the backend is in another namespace',
    (objects) => {
      admin(objects, 'HTTPRoute').rules[0].backendRefs[0].namespace = 'default';
    },
    /^reachability: admin\.salient\.ai\/api leads to admin-api-svc, expected salient-prod\/admin-api/,
  ],
  [
    'gateway on Envoy Gateway',
    'one more host is served',
    (objects) => {
      admin(objects, 'HTTPRoute').hostnames.push('www.salient.ai');
    },
    /^reachability: www\.salient\.ai\/ leads 203\.0\.113\.0\/24 to salient-prod\/admin-ui, which is not declared/,
  ],
  [
    'gateway on Envoy Gateway',
    'the public host leads to the admin API',
    (objects) => {
      const { rules } = find(objects, 'HTTPRoute', 'salient-ingress').spec;
      rules.at(-1).backendRefs[0].name = 'admin-api-svc';
    },
    /^reachability: api\.salient\.ai\/ leads to salient-prod\/admin-api, expected salient-prod\/chat-api/,
  ],
  [
    'gateway on Envoy Gateway',
    'requests for an upgrade are led elsewhere',
    (objects) => {
      find(objects, 'HTTPRoute', 'salient-ingress').spec.rules[0].backendRefs[0].name = 'admin-api-svc';
    },
    /^reachability: api\.salient\.ai\/ leads to salient-prod\/admin-api, expected salient-prod\/chat-api/,
  ],
  [
    'gateway on Envoy Gateway',
    'the listener has no TLS',
    (objects) => {
      const { listeners } = find(objects, 'Gateway').spec;
      const listener = listeners.find(({ name }: Any) => name === `https-${ADMIN}`);
      listener.protocol = 'HTTP';
      delete listener.tls;
    },
    /^reachability: admin\.salient\.ai\/ is served without TLS/,
  ],
  [
    'gateway on Envoy Gateway',
    'the route is at the plain listener too',
    (objects) => {
      const { parentRefs } = admin(objects, 'HTTPRoute');
      parentRefs.push({ ...parentRefs[0], sectionName: `http-${ADMIN}` });
    },
    /^reachability: admin\.salient\.ai\/ is served without TLS/,
  ],
  [
    'gateway on Envoy Gateway',
    'the proxies of any Gateway of that name are let in',
    (objects) => {
      const [{ from }] = find(objects, 'NetworkPolicy', 'admin-api-policy').spec.ingress;
      delete from[0].podSelector.matchLabels['gateway.envoyproxy.io/owning-gateway-namespace'];
    },
    /^reachability: allows connections from any pod of namespace envoy-gateway-system on TCP 8000, which is not declared/,
  ],
];

test.each(MUTATIONS)('%s: %s', (kind, _, make, told) => {
  const objects = structuredClone(objectsOf(systems[kind])) as ManifestObject[];
  make(objects);
  expect(judge(kind, objects)).toContainEqual(expect.stringMatching(told));
});

test('systems of one cluster may have edges of different kinds, and a host has one of them', () => {
  const both = (host: string) => {
    const settings = pliersSettings('prod');
    const other = pliers.describe(environment('prod'), { ...settings, hosts: { app: host } }, {});
    const all = [systems['gateway on Envoy Gateway'], other];
    const objects = all.flatMap(objectsOf);
    return check(objects, all.flatMap(prerequisitesOf), mergeIntents(all.map(intentOf))).map(({ message }) => message);
  };
  expect(both('pliers.example.com')).toEqual([]);
  expect(both('admin.salient.ai')).toContainEqual(
    expect.stringMatching(/^admin\.salient\.ai\/ leads to salient-prod\/admin-ui, expected pliers-prod\/web/),
  );
});

test('a field of an odd shape makes no rule throw', () => {
  const odd = [null, 'text', [], {}, [null]];
  for (const kind of Object.keys(EDGES) as Kind[]) {
    const [given, intent] = meant.get(kind) as NonNullable<ReturnType<typeof meant.get>>;
    const routesAlone = { ...intent, workloads: [], connections: [], sameImage: [], budgets: [] };
    const all = objectsOf(systems[kind]);
    const edges = all.filter(({ apiVersion }) => /traefik|gateway|cert-manager/.test(apiVersion));
    // One of each kind beside it is enough for every rule that looks from one object to another.
    const oneOfEach = [...new Map(edges.map((object) => [object.kind, object])).values()];
    for (const object of edges) {
      const others = oneOfEach.filter((one) => one !== object);
      const [, ...places] = placesIn((object as Any).spec, ['spec']);
      for (const path of places) {
        for (const value of odd) {
          expect(() => check([...others, withChanged(object, path, value)], given, routesAlone)).not.toThrow();
        }
      }
    }
  }
});
