import { Construct } from 'constructs';
import type { System } from '../../model/system';
import { GatewayEdge } from './gateway';
import { IngressEdge } from './ingress';
import { siteRoutesOf } from './site-routes';
import { TraefikEdge } from './traefik';

/**
 * What leads requests from outside to the components that are exposed: by host and path, from those who may come, with TLS
 * where there is an issuer, and with bodies, streams, rates and headers as each site says. WebSockets pass all kinds of edge.
 *
 * @throws when a site leads to two namespaces, or to a port of gRPC where the edge passes on HTTP/1.1 alone
 */
export class Edge extends Construct {
  constructor(scope: Construct, id: string, system: Pick<System, 'name' | 'components' | 'edge'>) {
    super(scope, id);
    const { name, edge } = system;
    const sites = siteRoutesOf(system);
    for (const { site, routes } of edge.kind === 'gateway' ? [] : sites) {
      const rpc = routes.find(({ service }) => service.protocol === 'grpc');
      if (rpc) throw new Error(`${site.host}${rpc.path} leads to a port of gRPC, expected an edge of kind gateway`);
    }
    switch (edge.kind) {
      case 'ingress':
        new IngressEdge(this, edge.kind, { name, edge, sites });
        break;
      case 'traefik':
        new TraefikEdge(this, edge.kind, { name, edge, sites });
        break;
      case 'gateway':
        new GatewayEdge(this, edge.kind, { name, edge, sites });
        break;
    }
  }
}
