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
import { applicationSchema } from './schema';
import type { ApplicationConfig } from './settings';
import { standIns } from './stand-ins';
import { linksOf, otherPods } from './systems';
import { tasksOf } from './tasks';
import { withoutUnusedPorts, workload } from './workloads';

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
  const sites = sitesOf(name, settings.hosts, routes, environment.development);
  const servers = services
    .filter(([, one]) => isServer(one))
    .map(([key, one]) => workload(app, key, one, routesOf(settings.hosts, one.exposed, sites)));
  const tasks = [...(data.database?.tasks ?? []), ...(data.redis?.tasks ?? []), ...tasksOf(app), ...dumpTasks(app)];
  const neighbours = otherPods(app);
  const connections = [...servers, ...tasks, ...neighbours].flatMap(({ connectsTo }) => connectsTo);
  const components = [
    ...withoutUnusedPorts(servers, connections),
    ...(data.database?.components ?? []),
    ...(data.redis?.components ?? []),
  ];
  // Without an edge nothing is exposed, so its kind makes no difference.
  const { edge = edgeSchema(true).parse({ kind: 'ingress' }) } = settings;
  const monitoring = withMonitoring(settings.monitoring, namespace, components);
  return system({
    ...clusterDefaults(name, environment, { ...settings, edge }),
    components,
    tasks,
    clusters: data.database?.clusters ?? [],
    about: { pattern: settings.pattern, ...settings.document },
    notices: [...noticesOf(settings), ...closedNotices(components)],
    ...monitoring,
    externalPods: [...(monitoring.externalPods ?? []), ...neighbours],
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
