import { stringify } from 'yaml';
import type { System } from '../../model/system';
import { Mounts } from './mounts';
import { networksOf, type Pair } from './networks';
import { dependenciesOf, orderOf } from './order';
import { type Pod, podsOf, serviceName, targetOf } from './pods';
import { type Owner, PREPARE, prepareService, TOOLS_VOLUME } from './prepare';
import { CERTIFICATES, PROXY, PROXY_USER, type ProxyOptions, proxyService, routesOf } from './proxy';
import { type Context, type ServiceOptions, serviceOf } from './service';
import { printer } from './text';
import { Variables } from './variables';

/** What compose files are made from, besides the model. */
export interface ComposeOptions extends ServiceOptions {
  /** @default - only the ports of this machine lead to the system */
  readonly proxy?: ProxyOptions | undefined;
}

/** The networks of a system, by name, and those of each service. */
function networkPlan(pods: readonly Pod[], { ports, proxy }: ComposeOptions) {
  const isExposed = ({ component }: Pod) => (component?.exposed ?? []).some((route) => route.audience !== 'nobody');
  const pairs: Pair[] = [
    ...(proxy === undefined ? [] : pods.filter(isExposed).map((pod): Pair => [PROXY, pod.name])),
    ...pods.flatMap((pod) =>
      pod.connectsTo.flatMap((connection): Pair[] => {
        const target = targetOf(connection, pods);
        return target === undefined ? [] : [[pod.name, target.name]];
      }),
    ),
  ];
  const inside = networksOf(pairs).map((members) => ({ name: members.join('_'), members }));
  const leavers = [
    ...(proxy === undefined ? [] : [PROXY]),
    ...pods
      .filter(
        ({ name, connectsTo }) => ports[name] !== undefined || connectsTo.some(({ to }) => typeof to === 'string'),
      )
      .map(({ name }) => name),
  ];
  const outside = leavers.map((name) => ({ name: `${name}_outside`, members: [name] }));
  const of = new Map<string, string[]>();
  for (const { name, members } of [...inside, ...outside])
    for (const member of members) of.set(member, [...(of.get(member) ?? []), name]);
  return {
    networks: Object.fromEntries([
      ...inside.map(({ name }) => [name, { internal: true }]),
      ...outside.map(({ name }) => [name, {}]),
    ]),
    of,
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
  for (const { volumes, user } of services) {
    for (const { source, readOnly, memory, group } of volumes) {
      const known = found.get(source);
      const options = memory === undefined ? {} : { driver_opts: { type: 'tmpfs', device: 'tmpfs', o: memory } };
      const isOwn = !readOnly && memory === undefined;
      const owner = isOwn ? (group === undefined ? { user } : { group }) : undefined;
      found.set(source, { options, owner: known?.owner ?? owner });
    }
  }
  return found;
}

const wrapped = (text: string) =>
  text
    .split('\n')
    .map((line) => (line === '' ? '#' : `# ${line}`))
    .join('\n');

/** What stands at the head of a compose file. */
function headOf(system: System, pods: readonly Pod[], mounts: Mounts, needsVariables: boolean): string {
  const jobs = pods.filter(({ schedule }) => schedule !== undefined);
  const byHand = jobs.filter(({ schedule }) => schedule?.suspended);
  const scheduled = jobs.filter(({ schedule }) => !schedule?.suspended);
  const facts = pods.flatMap(({ name, containers }) =>
    containers.flatMap(({ env }) =>
      Object.entries(env).flatMap(([variable, value]) =>
        typeof value === 'object' && 'pod' in value ? [`${name}: ${variable}, the ${value.pod} of its pod`] : [],
      ),
    ),
  );
  const autoscaled = pods.filter(({ component }) => component?.scale.max !== undefined);
  const sections = [
    `${system.name} in ${system.environment}, written by npm run synth: edit environments/, not this file.`,
    ...(needsVariables ? ['Secrets are variables: .env.example lists them.'] : []),
    ...(mounts.prerequisites.length > 0
      ? [`You provide:\n${mounts.prerequisites.map((one) => `  ${one}`).join('\n')}`]
      : []),
    ...(scheduled.length > 0
      ? [
          `No schedule starts these, so cron does (docker compose run --rm NAME):\n${scheduled.map(({ name, schedule }) => `  ${schedule?.cron} ${schedule?.timeZone ?? 'UTC'}  ${name}`).join('\n')}`,
        ]
      : []),
    ...(byHand.length > 0 ? [`Started by hand: ${byHand.map(({ name }) => name).join(', ')}`] : []),
    [
      'Compose cannot express these:',
      '  policies by port: services that share a network reach all ports of each other, in both directions',
      '  policies for addresses: a service with a network of its own, named _outside, reaches every address',
      ...(autoscaled.length > 0
        ? [
            `  autoscaling: ${autoscaled.map(({ name, replicas }) => `${name} has ${replicas}`).join(', ')}, the least that Kubernetes would have`,
          ]
        : []),
      ...facts.map((fact) => `  ${fact}`),
    ].join('\n'),
  ];
  return sections.map(wrapped).join('\n');
}

/** YAML that readers of version 1.1 read alike, where `no` is a boolean and `10001:10001` a number. */
function yamlOf(value: unknown): string {
  return stringify(value, { lineWidth: 0, version: '1.1', aliasDuplicateObjects: false });
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
  const { networks, of } = networkPlan(pods, options);
  const services = servicesOf(pods, { print, variables, mounts, options, networks: of });
  const { proxy } = options;
  const tls = proxy?.email !== undefined;
  const found = volumesOf(services);
  if (tls) found.set(CERTIFICATES, { options: {}, owner: { user: PROXY_USER } });
  const owners = new Map(
    [...found].flatMap(([name, { owner }]) => (owner === undefined ? [] : [[name, owner] as const])),
  );
  const { secretFiles, texts } = mounts;
  const prepare = prepareService({ tools: found.has(TOOLS_VOLUME), secretFiles, owners });
  const volumes = Object.fromEntries([...found].map(([name, { options }]) => [name, options]));
  const document = {
    name: system.instance,
    services: {
      ...(proxy && { [PROXY]: proxyOf(proxy, of.get(PROXY) ?? [], prepare !== undefined) }),
      ...Object.fromEntries(services.map(({ name, service }) => [name, service])),
      ...(prepare && { [PREPARE]: prepare }),
    },
    networks,
    ...(found.size > 0 && { volumes }),
  };
  const head = headOf(system, pods, mounts, !variables.isEmpty);
  return new Map([
    ['compose.yaml', `${head}\n${yamlOf(document)}`],
    ...(variables.isEmpty ? [] : [['.env.example', variables.example()] as const]),
    ...texts,
    ...(proxy ? [['files/proxy/routes.yaml', yamlOf(routesOf(pods, system.instance, tls))] as const] : []),
  ]);
}

/** The proxy, which waits for the volume of its certificates. */
function proxyOf(proxy: ProxyOptions, networks: readonly string[], isPrepared: boolean) {
  const service = proxyService(proxy, networks);
  const waits = isPrepared && proxy.email !== undefined;
  return waits ? { ...service, depends_on: { [PREPARE]: { condition: 'service_completed_successfully' } } } : service;
}
