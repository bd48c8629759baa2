import type { Environment } from '../../lib/config/environment';
import type { ClusterEnvironment } from '../../lib/config/platform';
import { internet, pooled, to } from '../../lib/model/connection';
import type { Site } from '../../lib/model/site';
import { type System, system } from '../../lib/model/system';
import { Duration, Size } from '../../lib/model/units';
import { clusterDefaults } from '../../lib/parts/cluster-defaults';
import { withMonitoring } from '../../lib/parts/monitoring/monitoring';
import { serverMarks } from '../../lib/parts/postgres/server-marks';
import { defineSystem } from '../../lib/pipeline/definition';
import { checklist } from './checklist';
import { SYSTEM } from './configuration';
import { dataOf } from './data';
import { type PliersConfig, pliersSchema } from './settings';
import { standIns } from './stand-ins';
import { aiService, apiService, applicationOf, webFrontend } from './workloads';

/** The one host. */
function siteOf({ development }: Environment, { hosts, rateLimit }: PliersConfig): Site {
  return {
    name: 'pliers-ingress',
    host: hosts.app,
    from: 'hosts.app',
    certificate: 'pliers-tls-cert',
    audience: 'everyone',
    body: Size.mebibytes(10),
    stream: Duration.hours(1),
    rateLimit,
    // ingress-nginx refuses response headers that are not on its allowlist, and that of a developer's cluster is empty.
    securityHeaders: !development,
  };
}

/** Who connects to whom, and what the edge exposes. Source: the seed, "Model 2: Multi-Container Orchestration". */
function describe(environment: ClusterEnvironment, settings: PliersConfig): System {
  const site = siteOf(environment, settings);
  const data = dataOf(environment, settings);
  const postgres = pooled(data.database.server, {
    perPod: settings.database.poolSize,
    why: 'its pool',
    from: 'database.poolSize',
  });
  const redis = data.cache.connection;
  const models = { ...internet(443), about: 'OpenAI and Anthropic' };

  const app = applicationOf(environment, settings, data);
  const balance = 'least-requests'; // the seed's least_conn
  const web = webFrontend(app, { exposed: [{ site, path: '/' }] });
  const api = apiService(app, { exposed: [{ site, path: '/api', balance }], connectsTo: [postgres, redis] });
  const ai = aiService(app, api, { exposed: [{ site, path: '/ai', balance }], connectsTo: [to(api), redis, models] });
  const components = [web, api, ai, ...data.database.components, ...data.cache.components];
  return system({
    ...clusterDefaults(SYSTEM, environment, settings),
    about: { pattern: 'web, API and AI service in three tiers', ...settings.document },
    components,
    tasks: [...data.database.tasks, ...data.cache.tasks], // migrations, backups → PostgreSQL, Redis
    clusters: data.database.clusters,
    ...withMonitoring(settings.monitoring, app.namespace, components),
  });
}

/** Pliers. Source: the seed "Deployment Architecture". */
export const pliers = defineSystem({
  name: SYSTEM,
  settings: pliersSchema,
  describe,
  marks: serverMarks,
  standIns,
  checklist,
});
