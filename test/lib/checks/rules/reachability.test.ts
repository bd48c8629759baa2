import { parseAllDocuments } from 'yaml';
import { ClusterIndex } from '../../../../lib/checks/cluster/cluster-index';
import type { Prerequisite } from '../../../../lib/checks/cluster/prerequisite';
import type { Intent } from '../../../../lib/checks/intent';
import { reachability } from '../../../../lib/checks/rules/reachability';
import { type ManifestObject, objectName } from '../../../../lib/manifests/object';
import type { Any } from '../../../support';

const EDGE: Prerequisite = { kind: 'Pod', namespace: 'edge', name: 'edge', labels: { app: 'edge' } };
const nothing: Intent = {
  development: false,
  workloads: [],
  connections: [],
  routes: [],
  redirects: [],
  sameImage: [],
  budgets: [],
};
const api = { namespace: 'shop', name: 'api' };
const db = { namespace: 'shop', name: 'db' };
const meant: Intent = {
  ...nothing,
  connections: [
    { from: { namespace: 'edge', name: 'edge' }, to: api, port: 8000 },
    { from: api, to: db, port: 5432 },
    { from: api, to: { addresses: [{ cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] }] }, port: 443 },
  ],
  routes: [{ host: 'shop.example.com', path: '/', to: api, audience: 'everyone', class: 'nginx', tls: true }],
};

const GOOD = `apiVersion: v1
kind: Namespace
metadata: { name: shop, labels: { team: shop } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec: { template: { metadata: { labels: { app: api } }, spec: { containers: [{ name: api, ports: [{ name: http, containerPort: 8000 }] }] } } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: db, namespace: shop }
spec: { template: { metadata: { labels: { app: db } }, spec: { containers: [{ name: db, ports: [{ containerPort: 5432 }] }] } } }
---
apiVersion: v1
kind: Service
metadata: { name: api, namespace: shop }
spec: { selector: { app: api }, ports: [{ port: 80, targetPort: http }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: deny, namespace: shop }
spec: { podSelector: {}, policyTypes: [Ingress, Egress] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: api, namespace: shop }
spec:
  podSelector: { matchLabels: { app: api } }
  policyTypes: [Ingress, Egress]
  ingress:
    - from: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: edge } }, podSelector: { matchLabels: { app: edge } } }]
      ports: [{ port: http }]
  egress:
    - to: [{ podSelector: { matchLabels: { app: db } } }]
      ports: [{ port: 5432, protocol: TCP }]
    - to: [{ ipBlock: { cidr: 0.0.0.0/0, except: [10.0.0.0/8] } }]
      ports: [{ port: 443 }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: db, namespace: shop }
spec:
  podSelector: { matchLabels: { app: db } }
  policyTypes: [Ingress]
  ingress:
    - from: [{ podSelector: { matchLabels: { app: api } } }]
      ports: [{ port: 5432 }]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: edge, namespace: shop }
spec: { ingressClassName: nginx, tls: [{ hosts: [shop.example.com], secretName: tls }], rules: [{ host: shop.example.com, http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: api, port: { number: 80 } } } }] } }] }
`;

function judge(text: string, intent: Intent | undefined = meant): string[] {
  const objects = parseAllDocuments(text).map((document) => document.toJS() as ManifestObject);
  return reachability
    .judge(new ClusterIndex(objects, [EDGE]), intent)
    .map(({ object, path, message }) => `${objectName(object)}: ${path}: ${message}`);
}

function broken(from: string | RegExp, to: string): string[] {
  expect(GOOD).toMatch(from);
  return judge(GOOD.replace(from, to));
}

test('what is declared, no more and no less, passes', () => {
  expect(judge(GOOD)).toEqual([]);
});

test('nothing is checked without an intent', () => {
  expect(judge(GOOD, undefined)).toEqual([]);
});

describe('too much', () => {
  test.each<[string, string | RegExp, string, RegExp]>([
    [
      'a peer without labels',
      'podSelector: { matchLabels: { app: edge } } }]',
      'podSelector: {} }]',
      /NetworkPolicy shop\/api: spec\.ingress\[0\]: allows connections from any pod of namespace edge on TCP 8000, which is not declared for shop\/api/,
    ],
    [
      'any namespace',
      'matchLabels: { kubernetes.io/metadata.name: edge }',
      'matchLabels: {}',
      /allows connections from (any pod of the cluster|.*) on TCP 8000/,
    ],
    [
      'no peers at all',
      '- from: [{ podSelector: { matchLabels: { app: api } } }]\n      ports',
      '- ports',
      /NetworkPolicy shop\/db: spec\.ingress\[0\]: allows connections from any pod of the cluster on TCP 5432/,
    ],
    [
      'no ports',
      '\n      ports: [{ port: 5432, protocol: TCP }]',
      '',
      /NetworkPolicy shop\/api: spec\.egress\[0\]: allows connections to shop\/db on any port/,
    ],
    [
      'a range of ports',
      'port: 5432, protocol: TCP',
      'port: 5432, endPort: 5433',
      /allows connections to shop\/db on TCP 5432-5433/,
    ],
    [
      'another protocol',
      'port: 5432, protocol: TCP',
      'port: 5432, protocol: UDP',
      /allows connections to shop\/db on UDP 5432, which is not declared/,
    ],
    [
      'a private range',
      ', except: [10.0.0.0/8]',
      '',
      /allows connections to 10\.0\.0\.0-10\.255\.255\.255 on TCP 443, which is not declared for shop\/api/,
    ],
    [
      'a wider range',
      'except: [10.0.0.0/8]',
      'except: [10.0.0.0/9]',
      /allows connections to 10\.128\.0\.0-10\.255\.255\.255 on TCP 443/,
    ],
    [
      'addresses that come in',
      '[{ podSelector: { matchLabels: { app: api } } }]',
      '[{ podSelector: { matchLabels: { app: api } } }, { ipBlock: { cidr: 203.0.113.0/24 } }]',
      /NetworkPolicy shop\/db: spec\.ingress\[0\]: allows connections from 203\.0\.113\.0-203\.0\.113\.255 on TCP 5432/,
    ],
    [
      'no default deny',
      /podSelector: \{\}, policyTypes: \[Ingress, Egress\]/,
      'podSelector: {}, policyTypes: [Ingress]',
      /Deployment shop\/db: spec: no NetworkPolicy of type Egress selects it, expected a default-deny policy/,
    ],
    [
      'a namespace where strangers are free',
      'podSelector: {}, policyTypes',
      'podSelector: { matchLabels: { app: db } }, policyTypes',
      /Namespace shop: metadata\.name: no NetworkPolicy of type Ingress selects any pod of namespace shop/,
    ],
    [
      'a route that nobody declared',
      'path: /, pathType',
      'path: /admin, pathType',
      /Ingress shop\/edge: spec\.rules\[0\]\.http\.paths\[0\]: shop\.example\.com\/admin leads everyone to shop\/api, which is not declared/,
    ],
    [
      'a Service that leaves the cluster',
      'spec: { selector: { app: api }',
      'spec: { type: LoadBalancer, selector: { app: api }',
      /Service shop\/api: spec\.type: a Service of type LoadBalancer leads everyone to shop\/api/,
    ],
    [
      'a port of the node',
      'containerPort: 5432',
      'containerPort: 5432, hostPort: 5432',
      /Deployment shop\/db: .*hostPort: port 5432 of its node leads everyone to shop\/db/,
    ],
    [
      "the node's network",
      'spec: { containers: [{ name: db',
      'spec: { hostNetwork: true, containers: [{ name: db',
      /the network of its node leads everyone to shop\/db/,
    ],
  ])('%s', (_, from, to, expected) => {
    expect(broken(from, to).filter((line) => expected.test(line))).not.toHaveLength(0);
  });
});

describe('too little', () => {
  test.each<[string, string | RegExp, string, RegExp]>([
    [
      'no way in',
      /\n---\napiVersion: networking.k8s.io\/v1\nkind: NetworkPolicy\nmetadata: \{ name: db[\s\S]*?port: 5432 \}\]\n(?=---)/,
      '\n',
      /Deployment shop\/db: spec: no policy allows connections from shop\/api on TCP 5432, which is declared/,
    ],
    [
      'no way out',
      'port: 5432, protocol: TCP',
      'port: 5433',
      /Deployment shop\/api: spec: no policy allows connections to shop\/db on TCP 5432, which is declared/,
    ],
    [
      'a misspelt peer',
      'podSelector: { matchLabels: { app: edge } }',
      'podSelector: { matchLabels: { app: egde } }',
      /no policy allows connections from edge\/edge on TCP 8000/,
    ],
    [
      'half of the Internet',
      'cidr: 0.0.0.0/0, except: [10.0.0.0/8]',
      'cidr: 0.0.0.0/1, except: [10.0.0.0/8]',
      /Deployment shop\/api: spec: no policy allows connections to 128\.0\.0\.0-255\.255\.255\.255 on TCP 443/,
    ],
    [
      'another host',
      'host: shop.example.com',
      'host: www.example.com',
      /Deployment shop\/api: spec: no route leads from shop\.example\.com\/ to it, which is declared/,
    ],
    [
      'another backend',
      'selector: { app: api }',
      'selector: { app: db }',
      /shop\.example\.com\/ leads to shop\/db, expected shop\/api/,
    ],
  ])('%s', (_, from, to, expected) => {
    expect(broken(from, to).filter((line) => expected.test(line))).not.toHaveLength(0);
  });
});

describe('an allowlist', () => {
  const office: Intent = { ...meant, routes: [{ ...(meant.routes[0] as Any), audience: ['203.0.113.0/24'] }] };
  const listed = (list: string) =>
    judge(
      GOOD.replace(
        'metadata: { name: edge, namespace: shop }',
        `metadata: { name: edge, namespace: shop, annotations: { nginx.ingress.kubernetes.io/whitelist-source-range: "${list}" } }`,
      ),
      office,
    );

  test('that is the declared one passes, however it is written', () => {
    expect(listed('203.0.113.0/24')).toEqual([]);
    expect(listed('203.0.113.128/25, 203.0.113.0/25')).toEqual([]);
  });

  test.each(['203.0.113.0/23', '0.0.0.0/0', '198.51.100.0/24'])('that is %s is another one', (list) => {
    expect(listed(list)).toEqual([
      expect.stringMatching(/shop\.example\.com\/ admits .*, expected 203\.0\.113\.0\/24/),
    ]);
  });

  test('that is missing lets everyone in', () => {
    expect(judge(GOOD, office)).toEqual([expect.stringMatching(/admits everyone, expected 203\.0\.113\.0\/24/)]);
  });
});

describe('expressions of ingress-nginx', () => {
  const api = (meant.routes[0] as Any).to;
  const stripped: Intent = { ...meant, routes: [{ ...(meant.routes[0] as Any), to: api, path: '/ai' }] };
  const annotated = (annotations: string, path: string) =>
    judge(
      GOOD.replace(
        'metadata: { name: edge, namespace: shop }',
        `metadata: { name: edge, namespace: shop, annotations: { ${annotations} } }`,
      ).replace('path: /, pathType: Prefix', `path: "${path}", pathType: ImplementationSpecific`),
      stripped,
    );
  const regex = 'nginx.ingress.kubernetes.io/use-regex: "true"';
  const rest = 'nginx.ingress.kubernetes.io/rewrite-target: /$2';

  test('that match a prefix are a prefix, stripped or not', () => {
    expect(annotated(`${regex}, ${rest}`, '/ai(/|$)(.*)')).toEqual([]);
    expect(annotated(regex, '/ai(/|$)')).toEqual([]);
  });

  test.each([
    ['another expression', regex, '/ai.*'],
    ['a path that is none', `${regex}, ${rest}`, '/ai'],
    ['a path that is rewritten to another', `${regex}, nginx.ingress.kubernetes.io/rewrite-target: /admin`, '/ai(/|$)'],
  ])('%s is not understood', (_, annotations, path) => {
    expect(annotated(annotations, path)).not.toEqual([]);
  });
});

describe('redirects to another host', () => {
  const host = 'www.example.com';
  const redirects = [{ host, to: 'shop.example.com', workload: api }];
  const route = (to: string) => `---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: www, namespace: shop }
spec: { hostnames: [${host}], rules: [{ filters: [{ type: RequestRedirect, requestRedirect: { scheme: https, hostname: ${to} } }] }] }
`;
  const traefik = (replacement: string) => `---
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: { name: to, namespace: shop }
spec: { redirectRegex: { regex: "^https?://[^/]+(/.*)?$", replacement: "${replacement}", permanent: true } }
---
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: { name: www, namespace: shop }
spec: { routes: [{ kind: Rule, match: "Host(\`${host}\`)", middlewares: [{ name: to }], services: [{ kind: TraefikService, name: noop@internal }] }] }
`;
  const www = GOOD.replace(
    'metadata: { name: edge, namespace: shop }',
    'metadata: { name: edge, namespace: shop, annotations: { nginx.ingress.kubernetes.io/from-to-www-redirect: "true" } }',
  );

  test.each([
    ['an HTTPRoute', GOOD + route('shop.example.com')],
    ['an IngressRoute', GOOD + traefik(`https://shop.example.com\${1}`)],
  ])('a declared one by %s passes, and is missed without it', (_, text) => {
    expect(judge(text, { ...meant, redirects })).toEqual([]);
    expect(judge(GOOD, { ...meant, redirects })).toEqual([
      `Deployment shop/api: spec: ${host} is not redirected to shop.example.com, which is declared`,
    ]);
  });

  test('ingress-nginx redirects the same host with www', () => {
    const declared = { ...meant, redirects: [{ ...redirects[0], host: 'www.shop.example.com' }] } as Intent;
    expect(judge(www, declared)).toEqual([]);
    expect(judge(www)).toEqual([
      expect.stringContaining('www.shop.example.com is redirected to shop.example.com, which is not declared'),
    ]);
  });

  test.each([
    ['an HTTPRoute', route('evil.example.net'), 'evil.example.net'],
    ['an IngressRoute', traefik(`https://evil.example.net\${1}`), 'evil.example.net'],
    ['an IngressRoute that drops the path', traefik('https://shop.example.com'), 'https://shop.example.com'],
  ])('one to another place by %s is found', (_, text, to) => {
    expect(judge(GOOD + text, { ...meant, redirects }).join('\n')).toContain(
      `${host} is redirected to ${to}, which is not declared`,
    );
  });
});

test('it shows a wrong and a right example', () => {
  const database =
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: database, namespace: shop }\nspec: { template: { metadata: { labels: { app: database } }, spec: { containers: [] } } }\n---\n';
  const others = database.replaceAll('database', 'api');
  const intent: Intent = {
    ...nothing,
    connections: [{ from: api, to: { namespace: 'shop', name: 'database' }, port: 5432 }],
  };
  const admits = (text: string) =>
    judge(database + others + text, intent).filter((line) => / allows connections from /.test(line));
  expect(admits(reachability.wrong)).not.toEqual([]);
  expect(admits(reachability.right)).toEqual([]);
});

test('odd shapes are nothing to stumble over', () => {
  const odd = [
    null,
    'text',
    3,
    [],
    {},
    { podSelector: 'x', ingress: 'y', egress: [null, 3, { to: 'z', ports: 5 }] },
    { rules: [null, { http: { paths: 'x' } }], selector: 5 },
  ];
  const kinds = ['NetworkPolicy', 'Ingress', 'IngressRoute', 'HTTPRoute', 'Service', 'Deployment', 'Namespace'];
  const objects = kinds.flatMap((kind) =>
    odd.map((spec, index) => ({ apiVersion: 'v1', kind, metadata: { name: `${index}`, namespace: 'shop' }, spec })),
  );
  expect(() => reachability.judge(new ClusterIndex(objects as Any, [EDGE]), meant)).not.toThrow();
});

test.each([
  [
    'an EndpointSlice that adds addresses to a Service with pods',
    'apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: { name: x, namespace: shop, labels: { kubernetes.io/service-name: api } }\n',
    'adds addresses to Service shop/api, which selects its pods',
  ],
  [
    'a ClusterNetworkPolicy',
    'apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: { name: x }\nspec: { tier: Admin }\n',
    'given a policy that is not analysed',
  ],
  [
    'a listener for every host',
    'apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: { name: x, namespace: shop }\nspec: { listeners: [{ name: a, port: 80 }] }\n',
    'spec.listeners[0].hostname: given none',
  ],
  [
    'a listener for routes of every namespace',
    'apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: { name: x, namespace: shop }\nspec: { listeners: [{ name: a, hostname: a.example.com, allowedRoutes: { namespaces: { from: All } } }] }\n',
    'allowedRoutes.namespaces.from: given All',
  ],
])('%s is told of', (_, text, expected) => {
  const more = parseAllDocuments(`${GOOD}---\n${text}`).map((document) => document.toJS() as ManifestObject);
  const found = reachability.judge(new ClusterIndex(more, [EDGE]), meant);
  expect(found.map(({ path, message }) => `${path}: ${message}`).filter((one) => one.includes(expected))).toHaveLength(
    1,
  );
});
