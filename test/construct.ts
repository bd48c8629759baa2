import { App, Chart, Testing } from 'cdk8s';
import type { ManifestObject } from '../lib/manifests/object';
import { type Component, type ComponentProps, component } from '../lib/model/component';
import type { Connection } from '../lib/model/connection';
import type { Server } from '../lib/model/database';
import { Secret } from '../lib/model/secret';

/** The objects of one construct. */
export function synthesize(build: (chart: Chart) => void): ManifestObject[] {
  const chart = new Chart(new App(), 'test', { disableResourceNameHashes: true });
  build(chart);
  return Testing.synth(chart);
}

/** A minimal component. */
export function sample(changed: Partial<ComponentProps> = {}): Component {
  return component({
    system: 'shop',
    namespace: 'shop-test',
    name: 'api',
    image: { image: 'example.com/api', tag: 'v1.0.0' },
    ports: { http: { port: 3000, service: 80 } },
    service: 'api-svc',
    resources: { cpu: { request: '100m', limit: '1' }, memory: { request: '64Mi', limit: '128Mi' } },
    scale: { replicas: 2 },
    probes: { health: { http: '/health' }, liveness: { period: 10 }, readiness: { period: 5 } },
    ...changed,
  });
}

/** A database server, by default with 100 connections. */
export function server(
  name: string,
  own: Omit<Server, 'name' | 'connection'> & { readonly connection: Connection },
  maxConnections = 100,
): Server {
  return { ...own, name, connection: { ...own.connection, limit: { name, maxConnections, reserved: 0 } } };
}

/** A secret that is created by hand, whose keys have no development values. */
export function manualSecret(namespace: string, name: string, keys: readonly string[]): Secret {
  return new Secret({
    namespace,
    name,
    externalName: name,
    source: { kind: 'manual', revision: 1 },
    values: Object.fromEntries(keys.map((key) => [key, { remote: key, development: '' }])),
  });
}
