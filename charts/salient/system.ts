import type { ClusterEnvironment } from '../../lib/config/platform';
import { internet, type Pool, pooled } from '../../lib/model/connection';
import type { Site } from '../../lib/model/site';
import { type System, system } from '../../lib/model/system';
import { Duration, Size } from '../../lib/model/units';
import { clusterDefaults } from '../../lib/parts/cluster-defaults';
import { withMonitoring } from '../../lib/parts/monitoring/monitoring';
import { serverMarks } from '../../lib/parts/postgres/server-marks';
import { defineSystem } from '../../lib/pipeline/definition';
import { checklist } from './checklist';
import { SYSTEM } from './configuration';
import { dataOf, dataTasks } from './data';
import { poolerOf } from './data/pooling';
import { tenantMarks } from './data/tenant-marks';
import { type SalientConfig, salientSchema } from './settings';
import { standIns } from './stand-ins';
import { type TenantsContext, tenantsSchema } from './tenant-list';
import { adminApi, adminUi, allApi, applicationOf, chatApi } from './workloads';

/** The host of the chat, and that of the admin UI and its API. */
export function sitesOf({ hosts, admin }: SalientConfig): { publicSite: Site; adminSite: Site } {
  const publicSite: Site = {
    name: 'salient-ingress',
    host: hosts.api,
    from: 'hosts.api',
    certificate: 'salient-tls-cert',
    audience: 'everyone',
    body: Size.mebibytes(10),
    stream: Duration.hours(1),
  };
  const adminSite: Site = {
    name: 'salient-admin-ingress',
    host: hosts.admin,
    from: 'hosts.admin',
    certificate: 'salient-admin-tls-cert',
    audience: admin.allowedFrom,
    body: Size.mebibytes(10),
  };
  return { publicSite, adminSite };
}

/** The connections of one API pod: an SQLAlchemy engine for each tenant that it serves at the same time, and one for the registry. */
function engines({ active, size, overflow }: SalientConfig['tenantPool']): Pool {
  return {
    perPod: (active + 1) * (size + overflow),
    why: `(${active} tenants and the registry) × (${size} + ${overflow})`,
  };
}

/** Who connects to whom, and what the edge exposes. Source: the seed, "Proposed: Kubernetes" and "PgBouncer in Kubernetes". */
function describe(environment: ClusterEnvironment, settings: SalientConfig): System {
  const { publicSite, adminSite } = sitesOf(settings);
  const postgres = dataOf(environment, settings);
  const pgbouncer = poolerOf(postgres); // → PostgreSQL, a pool for each tenant
  const databases = pooled(pgbouncer, engines(settings.tenantPool));
  const openRouter = { ...internet(443), about: 'OpenRouter' };

  const app = applicationOf(environment, settings, postgres, pgbouncer);
  const chat = { site: publicSite, path: '/' };
  const admin = { site: adminSite, path: '/api' }; // as it is, since the API serves /api/admin
  const backend =
    settings.routers === 'all'
      ? [allApi(app, { exposed: [chat, admin], connectsTo: [databases, openRouter] })]
      : [
          chatApi(app, { exposed: [chat], connectsTo: [databases, openRouter] }),
          adminApi(app, { exposed: [admin], connectsTo: [databases] }),
        ];
  const components = [
    ...backend,
    adminUi(app, { exposed: [{ site: adminSite, path: '/' }] }),
    ...[...postgres.dataServers, ...(postgres.drill ? [postgres.drill] : [])].flatMap(
      ({ component }) => component ?? [],
    ),
    pgbouncer.component,
  ];
  return system({
    ...clusterDefaults(SYSTEM, environment, settings),
    about: { pattern: 'shared application, a dedicated database for each tenant', ...settings.document },
    components,
    tasks: dataTasks(postgres, pgbouncer), // provisioning, migrations, backups → PostgreSQL; migrations → PgBouncer's console
    clusters: postgres.dataServers.flatMap(({ cluster }) => cluster ?? []),
    ...withMonitoring(settings.monitoring, app.namespace, components),
  });
}

/** Salient. Source: the seed "Deploying Multi-Tenant Backend on Kubernetes". */
export const salient = defineSystem({
  name: SYSTEM,
  settings: salientSchema,
  collections: { tenants: (settings) => tenantsSchema(settings as TenantsContext | undefined) },
  describe,
  marks: (change, after) => [...tenantMarks(change, after), ...serverMarks(change)],
  standIns,
  checklist,
});
