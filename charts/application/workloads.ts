import { platformOf } from '../../lib/config/platform';
import { type Component, type ComponentProps, component, exposedPorts } from '../../lib/model/component';
import type { Connection } from '../../lib/model/connection';
import type { ExternalPods } from '../../lib/model/kubernetes';
import type { Metrics } from '../../lib/model/metrics';
import type { Port } from '../../lib/model/port';
import type { Scale } from '../../lib/model/scale';
import { Secret } from '../../lib/model/secret';
import type { Route } from '../../lib/model/site';
import { Duration } from '../../lib/model/units';
import { metricsOf, toDuration } from '../../lib/parts/monitoring/monitoring';
import { connectionsOf } from './connections';
import { containerOf, helpersOf, userOf } from './containers';
import { type Application, modelPortsOf } from './context';
import { probesOf } from './health';
import { isAsked } from './names';
import type { ServiceConfig } from './settings';
import { storageOf } from './storage';
import { Variables } from './variables';

function nodesOf({ nodes, gpu }: ServiceConfig): ComponentProps['nodes'] {
  if (nodes === undefined && gpu === undefined) return undefined;
  return { labels: nodes ?? { 'nvidia.com/gpu.present': 'true' }, tolerates: gpu === undefined ? [] : [gpu.taint] };
}

/** Where Prometheus scrapes a service, with the names of its metrics. */
function scraped({ settings }: Application, metrics: ServiceConfig['metrics']): Metrics | undefined {
  if (metrics === undefined) return undefined;
  const { path, port, pool, tokens } = metrics;
  return metricsOf(
    { ...settings.monitoring, path, port },
    ...(pool ? (['pool'] as const) : []),
    ...(tokens ? (['tokens'] as const) : []),
  );
}

/** The number of replicas. KEDA reads the URL of the queue from a Secret of its own, in the namespace of the service. */
function scaleOf(app: Application, name: string, settings: ServiceConfig['scale'] = { replicas: 1 }): Scale {
  const { queue, ...others } = settings;
  const { queue: server, namespace, source } = app;
  if (queue === undefined || server?.management === undefined || app.settings.queue === undefined) return others;
  const secret = new Secret({
    namespace,
    source,
    name: `${name}-scaling`,
    externalName: `${name}-scaling`,
    values: { password: server.password, url: server.management.url('password') },
  });
  return { ...others, queue: { ...queue, vhost: app.settings.queue.vhost, api: { secret, key: 'url' } } };
}

/** A service that runs all the time. */
export function workload(app: Application, name: string, service: ServiceConfig, exposed: readonly Route[]): Component {
  const variables = new Variables(app, name, service);
  const storage = storageOf(service.storage);
  const { allow, shutdown, scale, metrics, replace } = service;
  const p95 = app.settings.requirements?.p95[name];
  const { writableRoot: _, ...own } = containerOf(app, name, service, variables);
  return component({
    ...own,
    system: app.name,
    namespace: app.namespace,
    from: `services.${name}`,
    ports: modelPortsOf(service),
    probes: probesOf(service.health, isAsked(service)),
    scale: scaleOf(app, name, scale),
    init: helpersOf(app, service.init, variables, 'once'),
    sidecars: helpersOf(app, service.sidecars, variables, 'always'),
    storage,
    shutdown: { preStopDelay: Duration.seconds(shutdown.delay), drainTimeout: Duration.seconds(shutdown.drain) },
    ...userOf(app, service),
    writableRoot: allow.writableRoot,
    nodes: nodesOf(service),
    metrics: scraped(app, metrics),
    p95: p95 === undefined ? undefined : toDuration(p95),
    connectsTo: connectionsOf(app, service),
    exposed,
    ...(replace === 'recreate' && { recreate: true }),
  });
}

/** KEDA's pods, which ask the queue for its length where a service scales by it. */
export function kedaPods({ queue, environment }: Application, workloads: readonly Component[]): ExternalPods[] {
  const connection = queue?.management?.connection;
  if (connection === undefined || workloads.every(({ scale }) => scale.queue === undefined)) return [];
  return [{ system: 'keda', name: 'keda-operator', ...platformOf(environment).keda, connectsTo: [connection] }];
}

/**
 * Takes the ports that nobody connects to out of Services, since the policies let no request through to them.
 *
 * @param connections all connections of the application
 */
export function withoutUnusedPorts(workloads: readonly Component[], connections: readonly Connection[]): Component[] {
  const reached = new Set(
    connections.flatMap(({ to }) => (typeof to === 'string' ? [] : `${to.namespace}/${to.name}:${to.port}`)),
  );
  return workloads.map((one) => {
    const open = [...exposedPorts(one)].map((port) => `${one.namespace}/${one.name}:${port}`);
    const isUsed = ({ port }: Port) => [...reached, ...open].includes(`${one.namespace}/${one.name}:${port}`);
    const ports = one.ports.map((port): Port => {
      const { service: _, ...closed } = port;
      return isUsed(port) ? port : closed;
    });
    const { service, ...rest } = one;
    const [own, ...beside] = one.containers;
    const isCalled = ports.some((port) => port.service !== undefined);
    return { ...rest, ports, containers: [{ ...own, ports }, ...beside], ...(isCalled && service && { service }) };
  });
}
