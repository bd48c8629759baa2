import type { Component } from '../../lib/model/component';
import { type Exposed, hostNameOf, servingHosts } from './exposure';
import { folderOf, helpersIn, targetOf } from './names';
import { INTERNAL, presetOf } from './presets';
import type { ApplicationConfig } from './settings';

/** Parts that may be outside, and the other names by which connections name them. */
const PARTS = [['redis'], ['queue', 'rabbitmq'], ['objectStorage'], ['identity'], ['workflow']] as const;

/** Whether a path is another one, or below it. */
const below = (path: string, other: string) => `${path}/`.startsWith(other === '/' ? '/' : `${other}/`);

/** The values of all variables. */
function* values({ services }: ApplicationConfig) {
  for (const service of Object.values(services)) {
    yield* Object.values(service.env);
    for (const { one } of helpersIn(service)) yield* Object.values(one.env);
    yield* Object.values(service.files);
  }
}

/** Advice on what the kind of edge cannot do. */
function edgeNotices({ edge }: ApplicationConfig, routes: readonly Exposed[]): string[] {
  const onGateway = edge?.kind === 'gateway' && edge.implementation === 'traefik';
  return onGateway && routes.some(({ balance }) => balance)
    ? ['balance has no effect with the Gateway API on Traefik: it forwards requests in turn; edge.kind traefik has it']
    : [];
}

/** Parts, servers and queues that no service names. */
function unusedNotices(settings: ApplicationConfig): string[] {
  const { services, queue, external } = settings;
  const referred = JSON.stringify([...values(settings), Object.values(services).map(({ connectsTo }) => connectsTo)]);
  const unused = Object.keys(external)
    .filter((name) => !referred.includes(`"${name}"`) && !referred.includes(`"${name}.`))
    .map((name) => `no service connects to external.${name}`);
  const idle = PARTS.filter(
    ([part, ...others]) =>
      settings[part] !== undefined && [part, ...others].every((name) => !new RegExp(`"${name}[".]`).test(referred)),
  ).map(([part]) => `no service connects to ${part}`);
  const followed = Object.values(services).map(({ scale }) => scale?.queue?.name);
  const unfollowed = (queue?.queues ?? [])
    .filter((name) => !followed.includes(name))
    .map((name) => `no service scales by ${name} of queue.queues`);
  return [...unused, ...idle, ...unfollowed];
}

/** Advice on the settings of an application, which synth prints. */
export function noticesOf(settings: ApplicationConfig): string[] {
  const { pattern, services, hosts, sharedSecrets, database } = settings;
  const routes = Object.values(services).flatMap(({ exposed }) => exposed);
  const used = new Set(routes.map((route) => hostNameOf(hosts, route)));
  const secrets = new Set(
    [...values(settings)].flatMap((one) => (typeof one === 'object' && 'secret' in one ? (one.secret ?? []) : [])),
  );
  const anywhere = Object.entries(services).flatMap(([name, { connectsTo }]) =>
    connectsTo.flatMap((target) => {
      const found = typeof target === 'string' ? targetOf(settings, target) : undefined;
      if (found === undefined || !('host' in found)) return [];
      return [
        `services.${name} may connect to every public address at port ${found.port} for ${found.host}: an entry of external with addresses narrows that`,
      ];
    }),
  );
  const open = Object.entries(services).flatMap(([name, one]) => {
    const isOpen = one.exposed.some(
      ({ path, except }) => below(INTERNAL, path) && !except.some((closed) => below(INTERNAL, closed)),
    );
    return presetOf(pattern, name, one) === 'api' && isOpen
      ? [
          `${INTERNAL} of services.${name} can be reached from outside: exposed replaces that of its preset; except: [${INTERNAL}] keeps it inside`,
        ]
      : [];
  });
  const hidden = Object.entries(services).flatMap(([name, { files }]) =>
    [
      ...new Set(
        Object.keys(files)
          .filter((path) => !files[path]?.beside)
          .map(folderOf),
      ),
    ]
      .filter((folder) => !`${folder}/`.startsWith('/etc/'))
      .map(
        (folder) =>
          `services.${name}.files: ${folder} has only these files, and hides what the image has there; beside: true keeps that`,
      ),
  );
  const unverified =
    database?.kind === 'cloudnative-pg' && database.pgbouncer === undefined
      ? [
          'services do not have the certificate of the authority of the cluster of database: drivers that verify it, as node-postgres does, cannot connect; database.pgbouncer verifies it for all',
        ]
      : [];
  return [
    ...open,
    ...unverified,
    ...edgeNotices(settings, routes),
    ...unusedNotices(settings),
    ...hidden,
    ...servingHosts(hosts)
      .filter((name) => !used.has(name))
      .map((name) => `hosts.${name} is exposed by no service`),
    ...Object.keys(sharedSecrets)
      .filter((name) => !secrets.has(name))
      .map((name) => `sharedSecrets.${name} is read by no service`),
    ...anywhere,
  ];
}

/** Advice on services that no client may connect to. */
export function closedNotices(components: readonly Component[]): string[] {
  return components.flatMap(({ from, ports, service }) =>
    from?.startsWith('services.') && ports.length > 0 && service === undefined
      ? [`nothing may connect to ${from}: it is not exposed, and no variable or connectsTo names it`]
      : [],
  );
}
