import type { ClusterEnvironment } from '../../lib/config/platform';
import { addresses, type Connection, internet, to } from '../../lib/model/connection';
import type { Site } from '../../lib/model/site';
import { type System, type SystemProps, system } from '../../lib/model/system';
import { Duration, Size } from '../../lib/model/units';
import { clusterDefaults } from '../../lib/parts/cluster-defaults';
import { withMonitoring } from '../../lib/parts/monitoring/monitoring';
import { defineSystem } from '../../lib/pipeline/definition';
import { checklist } from './checklist';
import { apiUrl, namespaceOf, SYSTEM } from './configuration';
import { backupTasks, copyTasks, databaseInside, databaseServer } from './data';
import { wordsOfShape } from './document';
import { API_PORT } from './processes';
import { type EphitupConfig, ephitupSchema } from './settings';
import { shapeMarks } from './shape-marks';
import { standIns } from './stand-ins';
import { apiService, applicationOf, frontendService, migrations, noticesOf, onePod, workerService } from './workloads';

/** The one host: large uploads, and time for audio and for polls. */
function siteOf({ development }: ClusterEnvironment, { hosts, uploads, rateLimit }: EphitupConfig): Site {
  return {
    name: 'ephitup-ingress',
    host: hosts.app,
    from: 'hosts.app',
    certificate: 'ephitup-tls-cert',
    audience: 'everyone',
    body: Size.mebibytes(uploads),
    stream: Duration.hours(1),
    rateLimit,
    // ingress-nginx refuses response headers that are not on its allowlist, and that of a developer's cluster is empty.
    securityHeaders: !development,
  };
}

/** Language models and S3: the store where it is not on the Internet. */
function outsideOf({ s3 }: EphitupConfig): Connection[] {
  const models = { ...internet(443), about: 'OpenAI and S3' };
  return [models, ...(s3?.addresses ? [addresses('the S3 store of the files', s3.addresses, s3.port, 's3')] : [])];
}

/** Components and tasks of a shape. */
type Shape = Required<Pick<SystemProps, 'components' | 'tasks'>>;

/** All four processes in one pod, as the seed draws it: they find each other at localhost. */
function single(environment: ClusterEnvironment, settings: EphitupConfig): Shape {
  const site = siteOf(environment, settings);
  const here = { database: 'ws://localhost:8000/rpc', api: `http://localhost:${API_PORT}` };
  const app = applicationOf(environment, settings, here);
  const pod = onePod(app, { exposed: [{ site, path: '/' }], connectsTo: outsideOf(settings) });
  const backups = backupTasks(environment, settings, databaseInside(pod), pod);
  return { components: [pod], tasks: [...copyTasks(environment, settings), ...backups] };
}

/** A workload for each process. The edge sends `/api` to the API: the rewrites of the frontend are fixed to localhost when it is built. */
function split(environment: ClusterEnvironment, settings: EphitupConfig): Shape {
  const site = siteOf(environment, settings);
  const outside = outsideOf(settings);
  const database = databaseServer(environment, settings);
  const surrealdb = database.connection;

  const app = applicationOf(environment, settings, { database: database.url, api: apiUrl(environment, API_PORT) });
  const api = apiService(app, { exposed: [{ site, path: '/api' }], connectsTo: [surrealdb, ...outside] });
  const worker = workerService(app, { connectsTo: [surrealdb, ...outside] });
  const frontend = frontendService(app, { exposed: [{ site, path: '/' }], connectsTo: [to(api)] });
  return {
    components: [frontend, api, worker, ...(database.component ? [database.component] : [])],
    tasks: [
      migrations(app, database),
      ...copyTasks(environment, settings),
      ...backupTasks(environment, settings, database),
    ],
  };
}

/** Source: the seed, "Architecture Diagram" and "Future: Multi-Container". */
function describe(environment: ClusterEnvironment, settings: EphitupConfig): System {
  const shape = settings.shape === 'single' ? single(environment, settings) : split(environment, settings);
  return system({
    ...clusterDefaults(SYSTEM, environment, settings),
    about: { ...wordsOfShape[settings.shape], ...settings.document },
    ...shape,
    notices: noticesOf(settings),
    ...withMonitoring(settings.monitoring, namespaceOf(environment), shape.components),
  });
}

/** Ephitup. Source: the seed "Render.com Single-Container Architecture". */
export const ephitup = defineSystem({
  name: SYSTEM,
  settings: ephitupSchema,
  describe,
  marks: shapeMarks,
  standIns,
  checklist,
});
