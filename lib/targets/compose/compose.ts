import { yamlOf } from '../../base/yaml';
import { audienceOf } from '../../model/site';
import type { System } from '../../model/system';
import { headOf } from './head';
import { type Monitoring, monitoring } from './monitoring';
import { Mounts } from './mounts';
import { networkPlan, type Pair, type Parties } from './networks';
import { dependenciesOf, orderOf } from './order';
import { type Pod, podsOf, serviceName, targetOf } from './pods';
import { type Owner, PREPARE, prepareService, TOOLS_VOLUME } from './prepare';
import { CERTIFICATES, PROXY, PROXY_USER, type ProxyOptions, proxyService, routesOf } from './proxy';
import { type Context, type ServiceOptions, serviceOf } from './service';
import { stackFiles } from './stack-files';
import { printer } from './text';
import { Variables } from './variables';

/** What compose files are made from, besides the model. */
export interface ComposeOptions extends ServiceOptions {
  /** @default - only the ports of this machine lead to the system */
  readonly proxy?: ProxyOptions | undefined;
  /** Whether it is also written as a stack of Docker Swarm. @default false */
  readonly stack?: boolean | undefined;
}

/** Who connects to whom: pods, the proxy to what it exposes, and what monitors. */
function partiesOf(pods: readonly Pod[], { ports, proxy }: ComposeOptions, watch: Monitoring | undefined): Parties {
  const isExposed = ({ component }: Pod) => (component?.exposed ?? []).some((route) => audienceOf(route) !== 'nobody');
  const leaves = ({ name, connectsTo }: Pod) =>
    ports[name] !== undefined || connectsTo.some(({ to }) => typeof to === 'string');
  return {
    pairs: [
      ...(proxy === undefined ? [] : pods.filter(isExposed).map((pod): Pair => [PROXY, pod.name])),
      ...pods.flatMap((pod) =>
        pod.connectsTo.flatMap((connection): Pair[] => {
          const target = targetOf(connection, pods);
          return target === undefined ? [] : [[pod.name, target.name]];
        }),
      ),
      ...(watch?.pairs ?? []),
    ],
    outside: [
      ...(proxy === undefined ? [] : [PROXY]),
      ...pods.filter(leaves).map(({ name }) => name),
      ...(watch === undefined ? [] : [watch.published]),
    ],
  };
}

/** The services of all pods, and the volumes that they write to. */
function servicesOf(pods: readonly Pod[], context: Context) {
  const order = orderOf(pods);
  const build = (isPrepared: (service: string) => boolean) =>
    pods.flatMap((pod) => {
      const dependencies = dependenciesOf(pod, order.get(pod) ?? [], isPrepared);
      return [...pod.init, ...pod.containers].map((container) => {
        const name = serviceName(pod, container);
        return { name, ...serviceOf(pod, container, dependencies.get(name) ?? {}, context) };
      });
    });
  // What has to be prepared is known when all services are.
  const mounting = new Set(build(() => false).flatMap(({ name, volumes }) => (volumes.length > 0 ? [name] : [])));
  return build((service) => mounting.has(service));
}

/** The volumes of all services: with their options, and with their group or the user of the first service that writes to them. */
function volumesOf(services: ReturnType<typeof servicesOf>) {
  const found = new Map<string, { readonly options: object; readonly owner: Owner | undefined }>();
  for (const { volumes, owner: own } of services) {
    for (const { source, readOnly, memory, group } of volumes) {
      const known = found.get(source);
      const options = memory === undefined ? {} : { driver_opts: { type: 'tmpfs', device: 'tmpfs', o: memory } };
      const isOwn = !readOnly && memory === undefined;
      const owner = isOwn ? (group === undefined ? own : { group }) : undefined;
      found.set(source, { options, owner: known?.owner ?? owner });
    }
  }
  return found;
}

/**
 * A system as a compose file, with the files beside it: texts of ConfigMaps, the routes of its proxy, and `.env.example`.
 * Networks come from the declared connections, the order of the start from connections and stages, health checks from probes.
 *
 * @returns the content of files by path, relative to the folder of the compose file
 * @throws when a part of the system runs by an operator, which compose has not
 */
export function composeOf(system: System, options: ComposeOptions): Map<string, string> {
  if (system.clusters.length > 0) throw new Error(`${system.instance} has databases that an operator runs`);
  const pods = podsOf(system);
  const print = printer(system.components);
  const variables = new Variables(print);
  const mounts = new Mounts(print, variables);
  const { proxy } = options;
  const watch = system.monitoring && proxy ? monitoring(pods, system.instance) : undefined;
  const { networks, of } = networkPlan(partiesOf(pods, options, watch));
  const networksFor = (name: string) => of.get(name) ?? [];
  const services = servicesOf(pods, { print, variables, mounts, options, networks: of });
  const tls = proxy?.email !== undefined;
  const found = volumesOf(services);
  const owned = { ...(tls && { [CERTIFICATES]: PROXY_USER }), ...watch?.volumes };
  for (const [name, user] of Object.entries(owned)) found.set(name, { options: {}, owner: { user, group: user } });
  const preparation = {
    tools: found.has(TOOLS_VOLUME),
    secretFiles: mounts.secretFiles,
    owners: new Map([...found].flatMap(([name, { owner }]) => (owner === undefined ? [] : [[name, owner] as const]))),
  };
  const prepare = prepareService(preparation);
  const document = {
    name: system.instance,
    services: {
      ...(proxy && {
        [PROXY]: afterPreparation(
          proxyService(proxy, networksFor(PROXY), {
            hasMetrics: watch !== undefined,
            isLocal: system.tier === 'development',
          }),
          tls,
        ),
      }),
      ...Object.fromEntries(services.map(({ name, service }) => [name, service])),
      ...Object.fromEntries(
        Object.entries(watch?.services(networksFor) ?? {}).map(([name, service]) => [
          name,
          afterPreparation(service, true),
        ]),
      ),
      ...(prepare && { [PREPARE]: prepare }),
    },
    networks,
    ...(found.size > 0 && { volumes: Object.fromEntries([...found].map(([name, { options: more }]) => [name, more])) }),
  };
  const head = headOf(system, pods, mounts.prerequisites, {
    needsVariables: !variables.isEmpty,
    hasProxy: proxy !== undefined,
  });
  const made = { ...(proxy && { 'files/proxy/routes.yaml': routesOf(pods, system.instance, tls) }), ...watch?.files };
  return new Map([
    ['compose.yaml', `${head}\n${yamlOf(document)}`],
    ...(variables.isEmpty ? [] : [['.env.example', variables.example()] as const]),
    ...mounts.texts,
    ...Object.entries(made).map(([path, value]) => [path, typeof value === 'string' ? value : yamlOf(value)] as const),
    ...(options.stack ? stackFiles({ system, pods, document, preparation, files: mounts.texts, tls }) : []),
  ]);
}

/** A service that waits for the volumes that it writes to, if it has some. */
function afterPreparation<Service extends object>(service: Service, waits: boolean) {
  return waits ? { ...service, depends_on: { [PREPARE]: { condition: 'service_completed_successfully' } } } : service;
}
