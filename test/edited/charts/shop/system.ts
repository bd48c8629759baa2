import type { ClusterEnvironment } from '../../../../lib/config/platform';
import { component } from '../../../../lib/model/component';
import { Config } from '../../../../lib/model/config';
import { type System, system } from '../../../../lib/model/system';
import { Size } from '../../../../lib/model/units';
import { inCluster } from '../../../../lib/parts/cluster-defaults';
import { defineSystem } from '../../../../lib/pipeline/definition';
import { type ShopConfig, shopSchema } from './settings';

function describe(environment: ClusterEnvironment, settings: ShopConfig): System {
  const namespace = `shop-${environment.name}`;
  const config = new Config(namespace, 'shop-config', { CURRENCY: 'EUR' });
  const api = component({
    system: 'shop',
    namespace,
    name: 'api',
    image: settings.api,
    ports: { http: { port: 8080, service: 80 } },
    scale: settings.api.scale,
    resources: settings.api,
    probes: { health: { http: '/healthz' }, liveness: { period: 10 }, readiness: { period: 5 } },
    env: config.pick('CURRENCY'),
    exposed: [
      {
        site: {
          name: 'shop-ingress',
          host: settings.hosts.shop,
          certificate: 'shop-tls',
          audience: 'everyone',
          body: Size.mebibytes(1),
        },
        path: '/',
      },
    ],
  });
  return system({ ...inCluster('shop', environment, settings), components: [api] });
}

/** A system of one's own, as small as one can be. */
export const shop = defineSystem({ name: 'shop', settings: shopSchema, describe });
