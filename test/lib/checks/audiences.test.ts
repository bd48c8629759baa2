import { check } from '../../../lib/checks/check';
import { openConnectionsOf } from '../../../lib/checks/cluster/reach';
import { edge as edgeSchema } from '../../../lib/config/edge';
import { siteRoutesOf } from '../../../lib/constructs/edge/site-routes';
import { exposedComponents } from '../../../lib/constructs/monitoring/requests';
import { differenceOf } from '../../../lib/diff/difference';
import type { ManifestObject } from '../../../lib/manifests/object';
import type { Component } from '../../../lib/model/component';
import type { EdgeProps } from '../../../lib/model/edge';
import type { Route, Site } from '../../../lib/model/site';
import type { System } from '../../../lib/model/system';
import { intentOf, prerequisitesOf } from '../../../lib/pipeline/intent';
import { type Any, find } from '../../support';
import { objectsOf, salientSystem } from '../../systems';

const OFFICE = ['203.0.113.0/24'];

/** One host with paths for everyone, for a list and for nobody, of which some are below others. */
function routesOf(site: Site): Readonly<Record<string, readonly Route[]>> {
  return {
    'chat-api': [
      { site, path: '/api' },
      { site, path: '/api/internal', audience: 'nobody' },
      { site, path: '/ai', strip: true },
      { site, path: '/ai/v1', audience: 'nobody' },
    ],
    'admin-api': [{ site, path: '/admin', audience: OFFICE }],
    'admin-ui': [{ site, path: '/' }],
  };
}

/** Salient's production with other routes, behind an edge. */
function systemWith(edge: EdgeProps): System {
  const system = salientSystem('prod');
  const { exposed } = system.components.find(({ name }) => name === 'chat-api') as Component;
  const { site } = exposed[0] as Route;
  const routes = routesOf(site);
  const components = system.components.map((one) => ({ ...one, exposed: routes[one.name] ?? [] }));
  return { ...system, components, edge };
}

const edgeOf = (settings: object) => edgeSchema(false).parse({ issuer: 'acme', ...settings }) as EdgeProps;

const EDGES = {
  ingress: edgeOf({ kind: 'ingress', class: 'nginx' }),
  traefik: edgeOf({ kind: 'traefik' }),
  'gateway on Traefik': edgeOf({ kind: 'gateway', implementation: 'traefik' }),
  'gateway on Envoy Gateway': edgeOf({ kind: 'gateway', implementation: 'envoy' }),
};
type Kind = keyof typeof EDGES;
const ALL = Object.keys(EDGES) as Kind[];

const made = Object.fromEntries(
  Object.entries(EDGES).map(([kind, edge]) => {
    const system = systemWith(edge);
    return [kind, { objects: objectsOf(system), prerequisites: prerequisitesOf(system), intent: intentOf(system) }];
  }),
) as Record<
  Kind,
  { objects: ManifestObject[]; prerequisites: ReturnType<typeof prerequisitesOf>; intent: ReturnType<typeof intentOf> }
>;

function judge(kind: Kind, objects: readonly ManifestObject[]): string[] {
  const { prerequisites, intent } = made[kind];
  return check(objects, prerequisites, intent).map(({ rule, message }) => `${rule}: ${message}`);
}

/** The messages of marks for wider access, compared with the original objects. */
function widened(kind: Kind, objects: readonly ManifestObject[]): string[] {
  const marks = differenceOf(made[kind].objects, objects, made[kind].prerequisites).flatMap((change) => change.marks);
  return marks.filter(({ risk }) => risk === 'accessWidened').map(({ message }) => message);
}

test.each(ALL)('all rules are content with %s', (kind) => {
  expect(judge(kind, made[kind].objects)).toEqual([]);
});

test.each(ALL)('with %s, the open connections list refused paths', (kind) => {
  const ways = openConnectionsOf(made[kind].objects, made[kind].prerequisites).filter(({ port }) =>
    port.startsWith('api.salient.ai/a'),
  );
  expect(ways.map(({ from, to, port }) => `${from} → ${to}: ${port}`).sort()).toEqual([
    '203.0.113.0/24 → salient-prod/admin-api: api.salient.ai/admin',
    'nobody → any pod: api.salient.ai/ai/v1',
    'nobody → any pod: api.salient.ai/api/internal',
    'the Internet → salient-prod/chat-api: api.salient.ai/ai',
    'the Internet → salient-prod/chat-api: api.salient.ai/api',
  ]);
});

test.each(ALL)(
  'with %s, requests that are refused are not those of the component, and a certificate is told once',
  (kind) => {
    const system = systemWith(EDGES[kind]);
    const texts = exposedComponents(system).flatMap(({ sources }) => sources.flatMap(({ all }) => all));
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.filter((text) => text.includes('internal'))).toEqual([]);
    // A component that is exposed only to nobody gets no requests.
    const components = system.components.map((one) => ({
      ...one,
      exposed: one.exposed.map((route): Route => ({ ...route, audience: 'nobody' })),
    }));
    expect(exposedComponents({ ...system, components })).toEqual([]);
    expect(siteRoutesOf(system).filter(({ first }) => first)).toHaveLength(1);
  },
);

const MAIN = 'salient-ingress';
const INTERNAL = `${MAIN}-at-api-internal`;
const ADMIN = `${MAIN}-at-admin`;
const LIST = 'nginx.ingress.kubernetes.io/whitelist-source-range';
const EVERYONE = '0.0.0.0/0';

type Make = (objects: ManifestObject[]) => unknown;
type Mutation = readonly [
  kind: Kind,
  what: string,
  make: Make,
  told: RegExp,
  /** The expected mark. @default - not checked */
  marked?: RegExp,
];

const remove = (objects: ManifestObject[], kind: string, name: string) =>
  objects.splice(objects.indexOf(find(objects, kind, name)), 1);
const nobody = (audience: string) =>
  new RegExp(`^reachability: api\\.salient\\.ai/api/internal admits ${audience}, expected nobody$`);
const UNREFUSED = /^reachability: no route refuses api\.salient\.ai\/api\/internal, which is declared for nobody$/;
const BELOW = /^api\.salient\.ai\/api\/internal now admits everyone, as a path below api\.salient\.ai\/api$/;
const OPENED = /^api\.salient\.ai\/api\/internal now admits everyone$/;
const ESCAPED =
  /^reachability: api\.salient\.ai\/api\/internal\/health leads everyone to salient-prod\/chat-api, which is not declared$/;
const OFFERED = /^api\.salient\.ai\/api\/internal\/health is offered to everyone, and leads to salient-prod\/chat-api$/;
const LATE =
  /^reachability: api\.salient\.ai\/api takes requests for api\.salient\.ai\/api\/internal, which has a lower priority/;
const WIDER = /^reachability: api\.salient\.ai\/admin admits 203\.0\.0\.0\/16, expected 203\.0\.113\.0\/24$/;
const MORE = /^api\.salient\.ai\/admin now admits 203\.0\.0\.0-203\.0\.112\.255, 203\.0\.114\.0-203\.0\.255\.255$/;

const annotations = (objects: ManifestObject[], name: string) => find(objects, 'Ingress', name).metadata.annotations;
const pathsOf = (objects: ManifestObject[], name: string) => find(objects, 'Ingress', name).spec.rules[0].http.paths;
const range = (objects: ManifestObject[], name: string) =>
  find(objects, 'Middleware', `${name}-allowlist`).spec.ipAllowList;

/** A rule for a longer path, for whom that of `/api` is. */
const escaped = (objects: ManifestObject[], kind: 'IngressRoute' | 'HTTPRoute') => {
  const { spec } = find(objects, kind, MAIN);
  const rules = spec.routes ?? spec.rules;
  for (const rule of structuredClone(rules)) {
    const text = JSON.stringify(rule);
    if (!/`\/api`|"\/api"/.test(text)) continue;
    rules.push(JSON.parse(text.replaceAll(/(?<=[`"])\/api(?=[`"/])/g, '/api/internal/health')));
    if (spec.rules) delete rules.at(-1).name;
  }
};

const MUTATIONS: readonly Mutation[] = [
  ['ingress', 'the refusal is gone', (objects) => remove(objects, 'Ingress', INTERNAL), UNREFUSED, BELOW],
  [
    'ingress',
    'the refusal is for nobody no more',
    (objects) => delete annotations(objects, INTERNAL)[LIST],
    nobody('everyone'),
    OPENED,
  ],
  [
    'ingress',
    'the refusal lets in some',
    (objects) => {
      annotations(objects, INTERNAL)[LIST] += ',203.0.113.0/24';
    },
    nobody('255\\.255\\.255\\.255/32, 203\\.0\\.113\\.0/24'),
    /^api\.salient\.ai\/api\/internal now admits 203\.0\.113\.0-203\.0\.113\.255, 255\.255\.255\.255$/,
  ],
  [
    'ingress',
    'an empty list is none',
    (objects) => {
      annotations(objects, INTERNAL)[LIST] = '';
    },
    nobody('everyone'),
    OPENED,
  ],
  [
    'ingress',
    'a second list, which a controller may take for it, is empty',
    (objects) => {
      annotations(objects, INTERNAL)['nginx.ingress.kubernetes.io/allowlist-source-range'] = '';
    },
    nobody('everyone'),
    OPENED,
  ],
  [
    'ingress',
    'the refusal is for the path alone',
    (objects) => {
      const [path] = pathsOf(objects, INTERNAL);
      path.path = '/api/internal';
      path.pathType = 'Exact';
    },
    /^reachability: api\.salient\.ai\/api\/internal matches only this path/,
  ],
  [
    'ingress',
    'the refusal is of another host',
    (objects) => {
      find(objects, 'Ingress', INTERNAL).spec.rules[0].host = 'www.salient.ai';
    },
    UNREFUSED,
    BELOW,
  ],
  [
    'ingress',
    'a longer path escapes',
    (objects) => {
      const paths = pathsOf(objects, MAIN);
      const path = paths.find((one: Any) => one.path === '/api(/|$)');
      paths.push({ ...path, path: '/api/internal/health(/|$)' });
    },
    ESCAPED,
    OFFERED,
  ],
  [
    'ingress',
    'a shorter expression is the longer text',
    (objects) => {
      pathsOf(objects, `${MAIN}-at-ai-v1`)[0].path = '/ai/v1(/|$)';
    },
    /^reachability: api\.salient\.ai\/ai takes requests for api\.salient\.ai\/ai\/v1, which has a lower priority/,
  ],
  [
    'ingress',
    'the list is wider',
    (objects) => {
      annotations(objects, ADMIN)[LIST] = '203.0.0.0/16';
    },
    WIDER,
    MORE,
  ],
  ['traefik', 'the refusal is gone', (objects) => remove(objects, 'IngressRoute', INTERNAL), UNREFUSED, BELOW],
  [
    'traefik',
    'the refusal has no guard',
    (objects) => {
      delete find(objects, 'IngressRoute', INTERNAL).spec.routes[0].middlewares;
    },
    UNREFUSED,
  ],
  [
    'traefik',
    'its guard is gone',
    (objects) => remove(objects, 'Middleware', `${INTERNAL}-allowlist`),
    /^references: given "salient-ingress-at-api-internal-allowlist", expected a Middleware/,
  ],
  [
    'traefik',
    'its guard lets in everyone',
    (objects) => {
      range(objects, INTERNAL).sourceRange = [EVERYONE];
    },
    nobody('0\\.0\\.0\\.0/0'),
  ],
  [
    'traefik',
    'its guard believes what clients write',
    (objects) => {
      range(objects, INTERNAL).ipStrategy = { depth: 1 };
    },
    /^reachability: may change the backend or the admitted clients/,
  ],
  [
    'traefik',
    'a pod is behind it, and no guard before it',
    (objects) => {
      const [rule] = find(objects, 'IngressRoute', INTERNAL).spec.routes;
      delete rule.middlewares;
      rule.services = find(objects, 'IngressRoute', MAIN).spec.routes[0].services;
    },
    nobody('everyone'),
    OPENED,
  ],
  [
    'traefik',
    'it is asked after the shorter path',
    (objects) => {
      find(objects, 'IngressRoute', INTERNAL).spec.routes[0].priority = 1;
    },
    LATE,
  ],
  [
    'traefik',
    'it refuses some requests alone',
    (objects) => {
      find(objects, 'IngressRoute', INTERNAL).spec.routes[0].match += ' && Method(`GET`)';
    },
    LATE,
  ],
  [
    'traefik',
    'a rule that leads nowhere has something behind it',
    (objects) => {
      find(objects, 'IngressRoute', INTERNAL).spec.routes.at(-1).services = [{ name: 'chat-api-svc', port: 80 }];
    },
    /^reachability: \(?Path.* leads everyone to salient-prod\/chat-api, which is not declared$/,
  ],
  ['traefik', 'a longer path escapes', (objects) => escaped(objects, 'IngressRoute'), ESCAPED, OFFERED],
  [
    'traefik',
    'the list is wider',
    (objects) => {
      range(objects, ADMIN).sourceRange = ['203.0.0.0/16'];
    },
    WIDER,
    MORE,
  ],
  ['gateway on Traefik', 'the refusal is gone', (objects) => remove(objects, 'HTTPRoute', INTERNAL), UNREFUSED, BELOW],
  [
    'gateway on Traefik',
    'a GET is taken by the shorter path, since to Traefik a method is worth more than ten letters',
    (objects) => {
      const [rule] = find(objects, 'HTTPRoute', INTERNAL).spec.rules;
      rule.matches = rule.matches.filter(({ method }: Any) => method === undefined);
    },
    LATE,
  ],
  [
    'gateway on Traefik',
    'its guard lets in everyone',
    (objects) => {
      range(objects, INTERNAL).sourceRange = [EVERYONE];
    },
    nobody('0\\.0\\.0\\.0/0'),
    OPENED,
  ],
  [
    'gateway on Traefik',
    'its guard is not used',
    (objects) => {
      delete find(objects, 'HTTPRoute', INTERNAL).spec.rules[0].filters;
    },
    nobody('everyone'),
    OPENED,
  ],
  [
    'gateway on Traefik',
    'a rule that leads nowhere has something behind it',
    (objects) => {
      const { rules } = find(objects, 'HTTPRoute', INTERNAL).spec;
      rules.at(-1).backendRefs = rules[0].backendRefs;
    },
    nobody('everyone'),
    OPENED,
  ],
  ['gateway on Traefik', 'a longer path escapes', (objects) => escaped(objects, 'HTTPRoute'), ESCAPED, OFFERED],
  [
    'gateway on Traefik',
    'the list is wider',
    (objects) => {
      range(objects, ADMIN).sourceRange = ['203.0.0.0/16'];
    },
    WIDER,
    MORE,
  ],
  [
    'gateway on Envoy Gateway',
    'the refusal is gone',
    (objects) => remove(objects, 'HTTPRoute', INTERNAL),
    UNREFUSED,
    BELOW,
  ],
  [
    'gateway on Envoy Gateway',
    'its guard is gone',
    (objects) => remove(objects, 'SecurityPolicy', INTERNAL),
    nobody('everyone'),
    OPENED,
  ],
  [
    'gateway on Envoy Gateway',
    'its guard lets in who is on no list',
    (objects) => {
      find(objects, 'SecurityPolicy', INTERNAL).spec.authorization.defaultAction = 'Allow';
    },
    nobody('everyone'),
    OPENED,
  ],
  [
    'gateway on Envoy Gateway',
    'its guard lets in some',
    (objects) => {
      const { authorization } = find(objects, 'SecurityPolicy', INTERNAL).spec;
      authorization.rules = [{ name: 'some', action: 'Allow', principal: { clientCIDRs: OFFICE } }];
    },
    nobody('203\\.0\\.113\\.0/24'),
    /^api\.salient\.ai\/api\/internal now admits 203\.0\.113\.0-203\.0\.113\.255$/,
  ],
  [
    'gateway on Envoy Gateway',
    'its guard is that of another path',
    (objects) => {
      find(objects, 'SecurityPolicy', INTERNAL).spec.targetRefs[0].name = ADMIN;
    },
    nobody('everyone'),
    OPENED,
  ],
  [
    'gateway on Envoy Gateway',
    'a list is for one of two rules',
    (objects) => {
      find(objects, 'SecurityPolicy', ADMIN).spec.targetRefs[0].sectionName = 'route-0';
    },
    /^reachability: api\.salient\.ai\/admin admits everyone, expected 203\.0\.113\.0\/24$/,
    /^api\.salient\.ai\/admin now admits everyone$/,
  ],
  ['gateway on Envoy Gateway', 'a longer path escapes', (objects) => escaped(objects, 'HTTPRoute'), ESCAPED, OFFERED],
];

test.each(MUTATIONS.map(([kind, what, ...rest]) => [kind, what, rest] as const))('%s: %s', (kind, _, rest) => {
  const [make, told, marked] = rest;
  const objects = structuredClone(made[kind].objects);
  make(objects);
  expect(judge(kind, objects)).toContainEqual(expect.stringMatching(told));
  if (marked !== undefined) expect(widened(kind, objects)).toContainEqual(expect.stringMatching(marked));
});

describe.each(ALL)('the difference, with %s', (kind) => {
  const offered = (name: string, audience: Route['audience']) => {
    const system = systemWith(EDGES[kind]);
    const components = system.components.map((one) => ({
      ...one,
      exposed: one.exposed.map((route): Route => {
        const { audience: _own, ...rest } = route;
        if (route.path !== name) return route;
        return audience === undefined ? rest : { ...rest, audience };
      }),
    }));
    return objectsOf({ ...system, components });
  };

  test('reports that a path for nobody is opened to everyone, or to a list', () => {
    expect(widened(kind, offered('/api/internal', undefined))).toContainEqual(expect.stringMatching(OPENED));
    expect(widened(kind, offered('/api/internal', OFFICE))).toContainEqual(
      expect.stringMatching(/^api\.salient\.ai\/api\/internal now admits 203\.0\.113\.0-203\.0\.113\.255$/),
    );
  });

  test('reports that a path for a list is opened to everyone', () => {
    expect(widened(kind, offered('/admin', undefined))).toContainEqual('api.salient.ai/admin now admits everyone');
  });

  test('does not report a path with a smaller audience', () => {
    expect(widened(kind, offered('/admin', 'nobody'))).toEqual([]);
    expect(widened(kind, offered('/api', 'nobody'))).toEqual([]);
  });
});
