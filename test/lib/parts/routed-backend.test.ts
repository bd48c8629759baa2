import { internet } from '../../../lib/model/connection';
import type { Probes } from '../../../lib/model/container';
import { Duration } from '../../../lib/model/units';
import { routedBackend } from '../../../lib/parts/routed-backend';
import { sample } from '../../construct';

const { system, namespace, containers } = sample();
const { image, resources } = containers[0];
const probes = containers[0].probes as Probes;
const scale = { replicas: 1 };

test('routers share the image and have their own props', () => {
  const routed = routedBackend({
    system,
    namespace,
    image,
    ports: { http: { port: 8000, service: 80 } },
    probes,
    env: { SHARED: '1' },
    connectsTo: [internet(443)],
  });
  const chat = routed('chat', { resources, scale, env: { KEY: 'chat' } });
  const hooks = routed('webhooks', { resources, scale, connectsTo: [internet(25)] });
  expect(chat.containers[0].image).toBe(hooks.containers[0].image);
  expect(chat).toMatchObject({
    name: 'chat-api',
    service: { name: 'chat-api-svc' },
    ports: [{ name: 'http', port: 8000, service: 80, protocol: 'http' }],
    containers: [{ env: { EXPOSED_ROUTERS: 'chat', SHARED: '1', KEY: 'chat' } }],
  });
  expect(hooks.containers[0].env).toEqual({ EXPOSED_ROUTERS: 'webhooks', SHARED: '1' });
  expect(
    [chat, hooks].map(({ connectsTo }) => connectsTo.map((connection) => 'port' in connection && connection.port)),
  ).toEqual([[443], [443, 25]]);
});

test('a router can have its own shutdown and probes', () => {
  const routed = routedBackend({ system, namespace, image, ports: { http: 8000 }, probes });
  const own = { ...probes, health: { http: '/ready' } };
  const stream = routed('stream', { resources, scale, shutdown: { drainTimeout: Duration.minutes(5) }, probes: own });
  expect(stream.shutdown.drainTimeout.toSeconds()).toBe(300);
  expect(stream.containers[0].probes?.health).toEqual({ http: '/ready' });
  expect(routed('chat', { resources, scale }).shutdown.drainTimeout.toSeconds()).toBe(20);
});
