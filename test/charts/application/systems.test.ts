import { judge } from '../../../lib/pipeline/judge';
import { type Any, find } from '../../support';
import { built, type Files, messageOf } from './application';

const ORDERS = (allows = 'allows: [{ system: portal, service: web }, { system: portal, service: nightly }], ') =>
  `pattern: microservices
defaults: { registry: ghcr.io/yourorg, tag: v1.0.0 }
services:
  api: { ${allows}ports: { http: { container: 8080, service: 80 }, rpc: { container: 9090, protocol: grpc } }, health: /health }
  other: { port: 81, health: /health }
  worker: {}
`;
const PORTAL = (api = '{ url: api, system: orders, path: /v1 }') => `pattern: microservices
defaults: { registry: ghcr.io/yourorg, tag: v1.0.0 }
services:
  web: { beforeDeploy: [warm], env: { API: ${api} } }
  nightly: { schedule: "0 3 * * *", connectsTo: [{ system: orders, service: api, port: rpc }] }
`;

const files = (portal: string, orders: string): Files => ({ 'prod/portal.yaml': portal, 'prod/orders.yaml': orders });

/** Where the policies of a namespace let pods of another one connect, as `own -> other:port`. */
function crossing(objects: readonly Any[]): string[] {
  const rules = objects
    .filter(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name !== 'default-deny')
    .flatMap(({ metadata, spec }) =>
      (['ingress', 'egress'] as const).flatMap((way) =>
        (spec[way] ?? []).flatMap((rule: Any) =>
          (rule[way === 'ingress' ? 'from' : 'to'] ?? []).flatMap((peer: Any) => {
            const namespace = peer.namespaceSelector?.matchLabels['kubernetes.io/metadata.name'];
            if (namespace === undefined || namespace === 'kube-system' || namespace === metadata.namespace) return [];
            const { app, component } = peer.podSelector.matchLabels;
            return `${metadata.name} ${way} ${namespace}: ${app}/${component}:${rule.ports[0].port}`;
          }),
        ),
      ),
    );
  return rules.sort();
}

test('a connection to a service of another application is in the policies of both ends, for Jobs too', () => {
  const { all, violations } = built(files(PORTAL(), ORDERS()));
  expect(violations).toEqual([]);
  expect(all.map(({ system, objects }) => [system, crossing(objects)])).toEqual([
    [
      'orders',
      [
        'api-policy ingress portal-prod: portal/nightly:9090',
        'api-policy ingress portal-prod: portal/web-before-deploy:8080',
        'api-policy ingress portal-prod: portal/web:8080',
      ],
    ],
    [
      'portal',
      [
        'nightly-policy egress orders-prod: orders/api:9090',
        'web-before-deploy-policy egress orders-prod: orders/api:8080',
        'web-policy egress orders-prod: orders/api:8080',
      ],
    ],
  ]);
});

test('the URL has the namespace and the port of the other Service, which others of its own need not use', () => {
  const { all } = built(files(PORTAL(), ORDERS()));
  const [orders, portal] = all.map(({ objects }) => objects) as [readonly Any[], readonly Any[]];
  const [{ env }] = find(portal, 'Deployment', 'web').spec.template.spec.containers;
  expect(env).toEqual([{ name: 'API', value: 'http://api.orders-prod.svc.cluster.local:80/v1' }]);
  expect(find(orders, 'Service', 'api').spec.ports.map(({ port }: Any) => port)).toEqual([80, 9090]);
});

test('each of the two systems is right by itself, as a deployment applies it', () => {
  for (const one of built(files(PORTAL(), ORDERS())).all) expect(judge([one])).toEqual([]);
});

test('two applications may connect to each other', () => {
  const text = (other: string) =>
    `pattern: microservices\nservices:\n  api: { image: ghcr.io/yourorg/api, tag: v1.0.0, port: 80, health: /health, allows: [{ system: ${other}, service: api }], env: { OTHER: { address: api, system: ${other}, take: host } } }\n`;
  expect(built(files(text('orders'), text('portal'))).violations).toEqual([]);
});

test('a variable of a sidecar connects its pod, and no Job', () => {
  const portal = PORTAL('none').replace(
    'beforeDeploy: [warm],',
    'beforeDeploy: [warm], sidecars: { proxy: { env: { API: { address: api, system: orders } } } },',
  );
  const { all, violations } = built(files(portal, ORDERS()));
  expect(violations).toEqual([]);
  expect(crossing((all[1] as Any).objects)).toEqual([
    'nightly-policy egress orders-prod: orders/api:9090',
    'web-policy egress orders-prod: orders/api:8080',
  ]);
});

test.each([
  [
    'an application that there is not',
    files(PORTAL('{ url: api, system: order }'), ORDERS()),
    'prod/portal.yaml:4:44: services.web.env.API: given the application "order", expected orders; did you mean orders?',
  ],
  [
    'itself',
    files(PORTAL('{ url: nightly, system: portal }'), ORDERS()),
    'prod/portal.yaml:4:44: services.web.env.API: given portal, this system itself, expected another one; a service of this file is named alone',
  ],
  [
    'a service that there is not',
    files(PORTAL('{ url: apii, system: orders }'), ORDERS()),
    'prod/portal.yaml:4:44: services.web.env.API: given "apii" of orders, expected one of api, other, worker; did you mean api?',
  ],
  [
    'a worker',
    files(PORTAL('{ url: worker, system: orders }'), ORDERS()),
    'prod/portal.yaml:4:44: services.web.env.API: given worker of orders, which has no port, expected one that listens',
  ],
  [
    'a port that there is not',
    files(PORTAL('{ url: api, system: orders, port: grpc }'), ORDERS()),
    'prod/portal.yaml:4:44: services.web.env.API: given the port "grpc" of api, expected one of http, rpc; did you mean rpc?',
  ],
  [
    'a service that does not allow it',
    files(PORTAL(), ORDERS('')),
    'prod/portal.yaml:4:44: services.web.env.API: given a connection to api of orders, which does not allow it, expected allows: [{ system: portal, service: web }] at environments/prod/orders.yaml:4:8: services.api',
  ],
])('a connection to %s is refused', (_, all, message) => {
  expect(messageOf(all).split('\n')).toContain(message.replace('environments/', ''));
});

test('what one end allows and the other does not use is refused', () => {
  const orders = ORDERS('allows: [{ system: portal, service: nightly }, { system: portal, service: web }], ');
  expect(messageOf(files(PORTAL('none'), orders))).toContain(
    'prod/orders.yaml:4:57: services.api.allows, entry 2: given web of portal, which does not connect to api, expected { system: orders, service: api } in connectsTo, or a variable { url: api, system: orders }, at prod/portal.yaml:4:8: services.web',
  );
});

test('a service without a port allows nobody', () => {
  const orders = ORDERS().replace('worker: {}', 'worker: { allows: [{ system: portal, service: web }] }');
  expect(messageOf(files(PORTAL(), orders))).toContain(
    'services.worker.allows: given allows on a service without a port, expected port, or no allows',
  );
});
