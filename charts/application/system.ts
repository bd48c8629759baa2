import { memoize } from '../../lib/base/memoize';
import { edge as edgeSchema } from '../../lib/config/edge';
import type { ClusterEnvironment } from '../../lib/config/platform';
import { type System, system } from '../../lib/model/system';
import { clusterDefaults } from '../../lib/parts/cluster-defaults';
import { withMonitoring } from '../../lib/parts/monitoring/monitoring';
import { serverMarks } from '../../lib/parts/postgres/server-marks';
import { defineSystem, type SystemDefinition } from '../../lib/pipeline/definition';
import { type Application, authoritiesOf, namespacesOf, sharedConfig, sourceOf } from './context';
import { dataOf } from './data';
import { dumpTasks } from './dumps';
import { routesOf, sitesOf } from './exposure';
import { applicationLayers } from './layers';
import { isServer } from './names';
import { closedNotices, noticesOf } from './notices';
import { askedOf } from './requirements/model';
import { withOldestDump } from './requirements/recovery';
import { dailyTokens } from './requirements/service-level';
import { applicationSchema } from './schema';
import type { ApplicationConfig } from './settings';
import { standIns } from './stand-ins';
import { linksOf, otherPods } from './systems';
import { tasksOf } from './tasks';
import { kedaPods, withoutUnusedPorts, workload } from './workloads';

function describe(
  name: string,
  environment: ClusterEnvironment,
  settings: ApplicationConfig,
  others: Application['others'],
): System {
  const source = sourceOf(name, environment, settings);
  const namespace = namespacesOf(name, environment).app;
  const data = dataOf(name, environment, settings, source);
  const app: Application = {
    name,
    environment,
    settings,
    namespace,
    source,
    others,
    ...data,
    config: sharedConfig(namespace, name, settings),
    authorities: authoritiesOf(namespace, settings),
  };
  const services = Object.entries(settings.services);
  const routes = services.flatMap(([, { exposed }]) => exposed);
  const { requirements } = settings;
  const sites = sitesOf(name, settings.hosts, routes, environment.development, requirements?.rateLimit);
  const servers = services
    .filter(([, one]) => isServer(one))
    .map(([key, one]) => workload(app, key, one, routesOf(settings.hosts, one.exposed, sites)));
  const stored = [
    ...(data.database?.tasks ?? []),
    ...(data.redis?.tasks ?? []),
    ...(data.queue?.tasks ?? []),
    ...dumpTasks(app),
  ];
  const tasks = [...withOldestDump(stored, settings), ...tasksOf(app)];
  const neighbours = otherPods(app);
  const scalers = kedaPods(app, servers);
  const operators = data.queue?.externalPods ?? [];
  const connections = [...servers, ...tasks, ...neighbours, ...scalers, ...operators].flatMap(
    ({ connectsTo }) => connectsTo,
  );
  const components = [
    ...withoutUnusedPorts([...servers, ...(data.queue?.components ?? [])], connections),
    ...(data.database?.components ?? []),
    ...(data.redis?.components ?? []),
  ];
  // Without an edge nothing is exposed, so its kind makes no difference.
  const { edge = edgeSchema(true).parse({ kind: 'ingress' }) } = settings;
  const monitoring = withMonitoring(settings.monitoring, namespace, components, dailyTokens(requirements));
  const described = { components, tasks, clusters: data.database?.clusters ?? [] };
  const asked = askedOf(settings, environment, described);
  return system({
    ...clusterDefaults(name, environment, { ...settings, edge }),
    ...described,
    ...asked,
    notices: [...noticesOf(settings), ...closedNotices(components), ...asked.notices],
    ...monitoring,
    externalPods: [...(monitoring.externalPods ?? []), ...operators, ...neighbours, ...scalers],
  });
}

/**
 * An application: a system that an environment file describes, without any TypeScript.
 * Source: seed 003, "Deployment Architecture", of which the file is the filled-in form.
 */
export const application: (name: string) => SystemDefinition = memoize((name) =>
  defineSystem<ApplicationConfig>({
    name,
    settings: (environment) => applicationSchema(environment, name),
    layers: applicationLayers,
    describe: (environment, settings, links) => describe(name, environment, settings, links),
    links: (environment, settings) => linksOf(name, environment, settings),
    marks: serverMarks,
    standIns,
  }),
);
