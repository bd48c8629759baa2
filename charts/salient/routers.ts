import type { Environment } from '../../lib/config/environment';
import { type Pool, pooled } from '../../lib/model/connection';
import type { Probes } from '../../lib/model/container';
import { type RoutedBackend, routedBackend } from '../../lib/parts/routed-backend';
import { type configOf, namespacesOf, SYSTEM, sourceOf } from './configuration';
import type { DataTier } from './data/data-tier';
import type { SalientConfig } from './settings';
import { tracing } from './tracing';

/** The seed's probes. */
const HEALTH: Probes = {
  health: { http: '/health' },
  liveness: { delay: 30, period: 10, timeout: 5, failures: 3 },
  readiness: { delay: 10, period: 5, timeout: 3, failures: 2 },
};

/** One pod's connections: an engine for each tenant that it serves at the same time, and one for the registry. */
function engines({ active, size, overflow }: SalientConfig['tenantPool']): Pool {
  return {
    perPod: (active + 1) * (size + overflow),
    why: `(${active} tenants and the registry) × (${size} + ${overflow})`,
  };
}

/** The deployments of the one backend: each exposes one router, and a third one is one more call. */
export function routersOf(
  environment: Environment,
  settings: SalientConfig,
  data: DataTier,
  config: ReturnType<typeof configOf>,
): RoutedBackend {
  const namespace = namespacesOf(environment).app;
  const traces = tracing(settings.logfire, namespace, sourceOf(environment, settings));
  return routedBackend({
    system: SYSTEM,
    namespace,
    image: settings.backend,
    ports: { http: { port: 8000, service: 80 } },
    probes: HEALTH,
    env: {
      ...config.pick(
        'ENVIRONMENT',
        'LOG_LEVEL',
        'TENANT_POOL_SIZE',
        'TENANT_POOL_MAX_OVERFLOW',
        'TENANT_POOL_IDLE_SECONDS',
        'TENANT_POOL_MAX_TENANTS',
      ),
      ...traces.env,
    },
    connectsTo: [pooled(data.pools, engines(settings.tenantPool)), ...traces.connectsTo],
    // Engines keep the connection string of their tenant: a password that has changed asks for new ones.
    restartTriggers: data.restartTriggers,
  });
}
