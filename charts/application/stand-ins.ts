import { imageOf } from '../../lib/base/versions';
import type { Health } from '../../lib/model/container';
import type { StandIn, StandIns, TrialRequest } from '../../lib/pipeline/definition';
import { hostNameOf } from './exposure';
import { isAsked, isServer, portsOf } from './names';
import { presetOf } from './presets';
import type { ApplicationConfig, ServiceConfig } from './settings';

const OWN = { image: 'docker.io/library/application-stand-in', folder: 'charts/application/stand-ins' };
const NGINX = imageOf('nginx');

/** A container with the image that stands for its own. */
interface Part {
  /** The path of its settings. */
  readonly path: string;
  readonly image: StandIn;
  /** What it runs, and how it is checked. @default - as without the stand-in */
  readonly runs?: {
    readonly entrypoint: readonly string[];
    readonly command: readonly string[];
    readonly health?: 'tcp' | 'none';
  };
}

/** One of the programs in the folder. */
const program = (...words: readonly string[]) => ({ entrypoint: ['python3', '-m'], command: words });
/** The end of something that runs to completion: none of the application's programs is in the image. */
const DONE = { entrypoint: ['/bin/true'], command: ['--'] };

/** The checks of a container's health. */
function checksOf({ health }: Pick<ServiceConfig, 'health'>): readonly Health[] {
  if (health === undefined || health === 'none') return [];
  return health.alive === undefined ? [health.check] : [health.check, health.alive];
}

/** A check that every stand-in passes, where the container's own needs a program of its image. */
function checkOf(one: Pick<ServiceConfig, 'health'>, listens: boolean): { readonly health?: 'tcp' | 'none' } {
  if (checksOf(one).every((check) => 'http' in check || 'tcp' in check)) return {};
  return { health: listens ? 'tcp' : 'none' };
}

/** What stands for a service. What the presets know behaves like them, and all others answer every request, or only wait. */
function standInOf({ pattern }: ApplicationConfig, name: string, service: ServiceConfig): Omit<Part, 'path'> {
  if (!isServer(service)) return { image: OWN, runs: DONE };
  const ports = portsOf(service).map(({ container }) => String(container));
  const health = checksOf(service).flatMap((check) => ('http' in check ? check.http : []));
  switch (presetOf(pattern, name, service)) {
    case 'web':
      return { image: NGINX };
    case 'api':
      return { image: OWN, runs: program('api', ...health) };
    case 'neuron':
      return { image: OWN, runs: program('neuron', ports[0] as string, ...health) };
    default:
      return { image: OWN, runs: program('anything', ...ports) };
  }
}

/** All containers of the services. */
function partsOf(settings: ApplicationConfig): Part[] {
  return Object.entries(settings.services).flatMap(([name, service]): Part[] => {
    const path = `services.${name}`;
    return [
      { path, ...standInOf(settings, name, service) },
      ...Object.keys(service.init).map((key) => ({ path: `${path}.init.${key}`, image: OWN, runs: DONE })),
      ...Object.entries(service.sidecars).map(([key, one]) => ({
        path: `${path}.sidecars.${key}`,
        image: OWN,
        runs: {
          ...program('anything', ...(one.port === undefined ? [] : [String(one.port)])),
          ...checkOf(one, one.port !== undefined),
        },
      })),
    ];
  });
}

/** The other settings of a service that name a program of its image. */
function commandsOf(service: ServiceConfig): Record<string, unknown> {
  const { migrations, beforeDeploy } = service;
  const database = migrations !== undefined && 'database' in migrations ? migrations.database : undefined;
  return {
    ...(migrations !== undefined && {
      migrations: { entrypoint: ['./efbundle'], ...(database !== undefined && { database }) },
    }),
    ...(beforeDeploy !== undefined && { beforeDeploy: 'none' }),
    ...checkOf(service, isAsked(service)),
  };
}

/** All settings that name a program of an image. */
function changesOf(settings: ApplicationConfig): Record<string, unknown> {
  const under = (path: string, changes: object) =>
    Object.entries(changes).map(([key, value]) => [`${path}.${key}`, value] as const);
  return Object.fromEntries([
    ...partsOf(settings).flatMap(({ path, runs = {} }) => under(path, runs)),
    ...Object.entries(settings.services).flatMap(([name, one]) => under(`services.${name}`, commandsOf(one))),
    ...(settings.seedData === undefined ? [] : under('seedData', { command: ['true'] })),
  ]);
}

/** The host at which the edge exposes a path of a preset's service as it is. */
function hostOf({ pattern, services, hosts }: ApplicationConfig, preset: string, path: string): string | undefined {
  const routes = Object.entries(services)
    .filter(([name, service]) => presetOf(pattern, name, service) === preset)
    .flatMap(([, { exposed }]) => exposed);
  const route = routes.find((one) => !one.strip && `${path}/`.startsWith(one.path.replace(/\/*$/, '/')));
  return route && hosts[hostNameOf(hosts, route) ?? '']?.host;
}

/** What the presets offer: the file of the frontend, a note that goes into the database, and a model that asks the API. */
function requestsTo(settings: ApplicationConfig): TrialRequest[] {
  const body = { text: 'hello' };
  const offered: Readonly<Record<string, Omit<TrialRequest, 'host'>>> = {
    web: { path: '/config.js' },
    ...(settings.database !== undefined && { api: { path: '/api/notes', body } }),
    neuron: { path: '/chat/ask', body },
  };
  return Object.entries(offered).flatMap(([preset, request]) => {
    const host = hostOf(settings, preset, request.path);
    return host === undefined ? [] : [{ host, ...request }];
  });
}

/** Small programs in place of all services, and of the containers beside them. */
export const standIns: StandIns<ApplicationConfig> = {
  images: (settings) => Object.fromEntries(partsOf(settings).map(({ path, image }) => [path, image])),
  changes: changesOf,
  requests: requestsTo,
};
