import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Any, find, ROOT } from '../../support';
import { objectsOf } from './application';

const TEXT = readFileSync(join(ROOT, 'test/fixtures/applications/boutique.yaml'), 'utf8');
const objects = objectsOf({ 'prod/boutique.yaml': TEXT });
const NAMESPACE = '.boutique-prod.svc.cluster.local';

/** A workload as its published manifest has it. Variables that are addresses are without their namespace. */
interface Published {
  /** Container and Service port. @default - it has none */
  readonly ports?: readonly [number, number];
  readonly health?: 'grpc' | 'tcp' | string;
  readonly env: Readonly<Record<string, string>>;
  /** Requests and limits of CPU and memory. */
  readonly size: string;
  readonly connectsTo?: readonly string[];
}

const SMALL = '100m..200m 64Mi..128Mi';
const grpc = (port: number, env: Published['env'] = {}, more: Partial<Published> = {}): Published => ({
  ports: [port, port],
  health: 'grpc',
  env: { PORT: String(port), ...env },
  size: SMALL,
  ...more,
});
const NO_PROFILER = { DISABLE_PROFILER: '1' };

/** Facts of GoogleCloudPlatform/microservices-demo 34ffea9, kubernetes-manifests and its network policies. */
const PUBLISHED: Readonly<Record<string, Published>> = {
  frontend: {
    ports: [8080, 80],
    health: '/_healthz',
    size: SMALL,
    env: {
      PORT: '8080',
      PRODUCT_CATALOG_SERVICE_ADDR: 'productcatalogservice:3550',
      CURRENCY_SERVICE_ADDR: 'currencyservice:7000',
      CART_SERVICE_ADDR: 'cartservice:7070',
      RECOMMENDATION_SERVICE_ADDR: 'recommendationservice:8080',
      SHIPPING_SERVICE_ADDR: 'shippingservice:50051',
      CHECKOUT_SERVICE_ADDR: 'checkoutservice:5050',
      AD_SERVICE_ADDR: 'adservice:9555',
      SHOPPING_ASSISTANT_SERVICE_ADDR: 'shoppingassistantservice:80',
      ENABLE_PROFILER: '0',
    },
    connectsTo: [
      'adservice',
      'cartservice',
      'checkoutservice',
      'currencyservice',
      'productcatalogservice',
      'recommendationservice',
      'shippingservice',
    ],
  },
  checkoutservice: grpc(
    5050,
    {
      PRODUCT_CATALOG_SERVICE_ADDR: 'productcatalogservice:3550',
      SHIPPING_SERVICE_ADDR: 'shippingservice:50051',
      PAYMENT_SERVICE_ADDR: 'paymentservice:50051',
      EMAIL_SERVICE_ADDR: 'emailservice:5000',
      CURRENCY_SERVICE_ADDR: 'currencyservice:7000',
      CART_SERVICE_ADDR: 'cartservice:7070',
    },
    {
      connectsTo: [
        'cartservice',
        'currencyservice',
        'emailservice',
        'paymentservice',
        'productcatalogservice',
        'shippingservice',
      ],
    },
  ),
  cartservice: {
    ...grpc(7070),
    env: { REDIS_ADDR: 'redis-cart:6379' },
    size: '200m..300m 64Mi..128Mi',
    connectsTo: ['redis-cart'],
  },
  'redis-cart': { ports: [6379, 6379], health: 'tcp', env: {}, size: '70m..125m 200Mi..256Mi' },
  recommendationservice: grpc(
    8080,
    { PRODUCT_CATALOG_SERVICE_ADDR: 'productcatalogservice:3550', ...NO_PROFILER },
    { size: '100m..200m 220Mi..450Mi', connectsTo: ['productcatalogservice'] },
  ),
  productcatalogservice: grpc(3550, NO_PROFILER),
  currencyservice: grpc(7000, NO_PROFILER),
  paymentservice: grpc(50051, NO_PROFILER),
  shippingservice: grpc(50051, NO_PROFILER),
  emailservice: grpc(8080, NO_PROFILER, { ports: [8080, 5000] }),
  adservice: grpc(9555, {}, { size: '200m..300m 180Mi..300Mi' }),
  loadgenerator: {
    env: { FRONTEND_ADDR: 'frontend:80', USERS: '10', RATE: '1' },
    size: '300m..500m 256Mi..512Mi',
    connectsTo: ['frontend'],
  },
};

function healthOf({ readinessProbe: probe }: Any): string | undefined {
  if (probe === undefined) return undefined;
  return probe.grpc !== undefined ? 'grpc' : probe.tcpSocket !== undefined ? 'tcp' : probe.httpGet.path;
}

/** The workloads that a policy lets another one connect to. */
function targetsOf(name: string): string[] {
  const policy = objects.find(
    ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === `${name}-policy`,
  ) as Any;
  const rules = policy?.spec.egress ?? [];
  const peers = rules.flatMap(({ to }: Any) => to.map(({ podSelector }: Any) => podSelector?.matchLabels.component));
  return peers.filter((one: string | undefined) => one !== undefined).sort();
}

function factsOf(name: string): Published {
  const [container] = find(objects, 'Deployment', name).spec.template.spec.containers;
  const { requests, limits } = container.resources;
  const service = objects.find(({ kind, metadata }) => kind === 'Service' && metadata.name === name) as Any;
  const targets = targetsOf(name);
  return {
    ...(service && { ports: [container.ports[0].containerPort, service.spec.ports[0].port] as const }),
    ...(healthOf(container) !== undefined && { health: healthOf(container) as string }),
    env: Object.fromEntries(container.env.map((one: Any) => [one.name, one.value.replace(NAMESPACE, '')])),
    size: `${requests.cpu}..${limits.cpu} ${requests.memory}..${limits.memory}`,
    ...(targets.length > 0 && { connectsTo: targets }),
  };
}

test('the whole application is one file of at most 100 lines', () => {
  expect(TEXT.trimEnd().split('\n').length).toBeLessThanOrEqual(100);
});

test('it has the published workloads', () => {
  const names = objects.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name);
  expect(names.sort()).toEqual(Object.keys(PUBLISHED).sort());
});

test.each(Object.keys(PUBLISHED))(
  'variables, ports, health, size and connections of %s are the published ones',
  (name) => {
    expect(factsOf(name)).toEqual(PUBLISHED[name]);
  },
);

test('the probe of the frontend sends the cookie that it wants', () => {
  const [container] = find(objects, 'Deployment', 'frontend').spec.template.spec.containers;
  expect(container.readinessProbe.httpGet.httpHeaders).toEqual([
    { name: 'Cookie', value: 'shop_session-id=x-readiness-probe' },
  ]);
});

test('gRPC ports are told to the edge as HTTP/2', () => {
  expect(find(objects, 'Service', 'cartservice').spec.ports[0].appProtocol).toBe('kubernetes.io/h2c');
});
