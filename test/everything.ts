import { urlOf } from '../lib/model/address';
import { internet, to } from '../lib/model/connection';
import { system } from '../lib/model/system';
import { type Task, task } from '../lib/model/task';
import { Duration, Size } from '../lib/model/units';
import { smoke } from '../lib/parts/smoke/smoke';
import { manualSecret, sample } from './construct';

const { image, resources, probes } = sample({
  probes: { health: { exec: ['/up'] }, liveness: { period: 10 }, readiness: { period: 10 } },
}).containers[0];
const other = (name: string) => ({ name, image, resources });
const asked = (name: string) => ({ ...other(name), probes });

const queueSecret = manualSecret('shop-test', 'queue', ['url']);
const api = sample({
  scale: { min: 2, max: 5, cpu: 70 },
  ports: {
    http: { port: 3000, service: 80 },
    rpc: { port: 9000, protocol: 'grpc' },
    debug: { port: 9229, service: 'none' },
  },
  init: [other('prepare')],
  sidecars: [asked('proxy')],
  beside: [asked('more')],
  exposed: [
    {
      site: {
        name: 'shop',
        host: 'shop.example.com',
        certificate: 'shop-tls',
        audience: 'everyone',
        body: Size.mebibytes(1),
        aliases: [{ name: 'www', host: 'www.shop.example.com', certificate: 'www-tls' }],
      },
      path: '/',
    },
  ],
});
const shared = { path: '/data', size: '1Gi', access: 'many', storageClass: 'nfs' } as const;
const files = sample({ name: 'files', service: 'files', storage: [shared] });
const queued = sample({
  name: 'queued',
  ports: {},
  probes: undefined,
  scale: {
    min: 0,
    max: 5,
    cpu: 70,
    queue: { name: 'mail', vhost: '/', messages: 20, api: { secret: queueSecret, key: 'url' } },
  },
});
const worker = sample({
  name: 'worker',
  ports: {},
  probes: undefined,
  scale: { replicas: 2 },
  env: { API_URL: urlOf(api), RPC_URL: urlOf(api, { port: 'rpc', scheme: 'grpc' }), FILES_URL: urlOf(files) },
  connectsTo: [to(api), to(api, 'rpc'), to(files), internet(443)],
});
const keeper = sample({
  name: 'keeper',
  ports: { inside: { port: 7000, service: 'none' } },
  probes,
  scale: { replicas: 1 },
  storage: [
    { path: '/data', size: '1Gi' },
    { name: 'more', path: '/more', size: '1Gi' },
  ],
});

/** A system whose components use every property that a component has. */
export const EVERYTHING = system({
  name: 'shop',
  instance: 'shop-prod',
  tier: 'production',
  environment: 'production',
  placement: { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] },
  edge: {
    kind: 'ingress',
    class: 'nginx',
    issuer: 'letsencrypt',
    controller: { namespace: 'edge', labels: { app: 'nginx' } },
  },
  dnsCaches: [],
  bounds: {
    'shop-test': {
      quota: { pods: '100', 'limits.memory': '100Gi' },
      limits: { max: { memory: '8Gi' }, defaultRequest: { cpu: '10m' } },
    },
  },
  components: [api, worker, queued, keeper, files],
  tasks: [
    task({
      system: 'shop',
      namespace: 'shop-test',
      name: 'job',
      containers: [other('job')],
      deadline: Duration.hours(1),
      connectsTo: [to(keeper, 'inside')],
      volumes: [
        { claim: 'keeper-more', path: '/more', readOnly: true, with: keeper },
        { claim: 'files-data', path: '/files' },
      ],
    }),
    smoke({ name: 'shop', components: [api, worker, keeper, files] }, image) as Task,
  ],
});
