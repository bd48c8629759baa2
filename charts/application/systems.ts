import type { Environment } from '../../lib/config/environment';
import { to } from '../../lib/model/connection';
import type { ExternalPods } from '../../lib/model/kubernetes';
import type { Link, Links, OutgoingLink } from '../../lib/pipeline/definition';
import { type Application, serviceTarget, targetNamed } from './context';
import { helpersIn } from './names';
import { chainsOf } from './order';
import type { ApplicationConfig, ServiceConfig } from './settings';
import { dumpNames, dumpsIn } from './storage';

/** The workloads that open the connections of a service: its own, and Jobs with its variables. */
function clientsOf(
  { services, seedData, backups = { none: '' } }: ApplicationConfig,
  name: string,
  { development }: Environment,
): string[] {
  const { beforeDeploy = 'none', storage } = services[name] as ServiceConfig;
  const dumps = 'none' in backups ? [] : dumpsIn(storage);
  const chain = chainsOf(services).find((names) => names.includes(name));
  return [
    chain?.at(-1) ?? name,
    ...(beforeDeploy === 'none' ? [] : [`${name}-before-deploy`]),
    ...(development && seedData?.service === name ? ['seed-data'] : []),
    ...dumps.map(({ path }) => dumpNames(name, path).dump),
  ];
}

/** The services of other applications that a service connects to. */
function connectsOf(settings: ApplicationConfig, name: string, environment: Environment): OutgoingLink[] {
  const service = settings.services[name] as ServiceConfig;
  const clients = clientsOf(settings, name, environment);
  const path = ['services', name];
  // Jobs with the variables of a service are without the containers beside it.
  const containers = [
    { path: [], one: service, clients },
    ...helpersIn(service).map((helper) => ({ ...helper, clients: clients.slice(0, 1) })),
  ];
  const variables = containers.flatMap(({ path: own, one, clients: opening }) =>
    Object.entries(one.env).flatMap(([variable, value]): OutgoingLink[] => {
      if (typeof value === 'string' || value.system === undefined || value.connect === false) return [];
      const other = { system: value.system, service: (value.url ?? value.address) as string, port: value.port };
      return [{ service: name, other, path: [...path, ...own, 'env', variable], clients: opening }];
    }),
  );
  const stated = service.connectsTo.flatMap((other, index): OutgoingLink[] =>
    typeof other === 'object' && 'system' in other
      ? [{ service: name, other, path: [...path, 'connectsTo', index], clients }]
      : [],
  );
  return [...variables, ...stated];
}

/** What other applications of the environment have to know of one, from its settings. */
export function linksOf(application: string, environment: Environment, settings: ApplicationConfig): Links {
  const services = Object.entries(settings.services);
  return {
    services: Object.fromEntries(
      services.map(([name, service]) => [name, serviceTarget(application, environment, name, service)]),
    ),
    connects: services.flatMap(([name]) => connectsOf(settings, name, environment)),
    allows: services.flatMap(([name, { allows }]) =>
      allows.map((other, index): Link => ({ service: name, other, path: ['services', name, 'allows', index] })),
    ),
  };
}

/** The pods of other applications at the other ends of connections. */
export function otherPods(app: Application): ExternalPods[] {
  const { name, others } = app;
  const pods = (system: string, service: string, workload: string): Omit<ExternalPods, 'connectsTo'> => {
    const namespace = others[system]?.services[service]?.namespace as string;
    return { system, namespace, name: workload, labels: { app: system, component: workload } };
  };
  const targets = (others[name]?.connects ?? []).map(({ other }) => ({
    ...pods(other.system, other.service, other.service),
    connectsTo: [],
  }));
  const clients = Object.entries(others).flatMap(([system, { connects }]) =>
    connects
      .filter(({ other }) => other.system === name)
      .flatMap(({ service, other, clients: workloads }) => {
        const connection = to(targetNamed(app, other.service), other.port);
        return workloads.map((workload) => ({ ...pods(system, service, workload), connectsTo: [connection] }));
      }),
  );
  return [...targets, ...clients];
}
