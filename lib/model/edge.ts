/** The pods of the ingress controller or gateway that forward requests; only they may connect to exposed ports. */
export interface Controller {
  readonly namespace: string;
  /** The labels that select the pods. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The fields of every kind of edge. */
interface AnyEdge {
  /** The name of cert-manager's ClusterIssuer. @default - no TLS: hosts are served on plain HTTP */
  readonly issuer?: string | undefined;
}

/** Ingress objects with the annotations of ingress-nginx, which other controllers support too. */
export interface IngressProps extends AnyEdge {
  readonly kind: 'ingress';
  /** The name of the IngressClass. */
  readonly class: string;
  /** The pods of the controller. */
  readonly controller: Controller;
}

/** Traefik's own IngressRoute and Middleware objects. */
export interface TraefikProps extends AnyEdge {
  readonly kind: 'traefik';
  /** The ingress class that Traefik is configured for. @default - none: Traefik without a class serves all IngressRoutes */
  readonly class?: string | undefined;
  /** The names of Traefik's entry points. */
  readonly entryPoints: { readonly http: string; readonly https: string };
  readonly controller: Controller;
}

/** The fields of every implementation of the Gateway API. */
interface AnyGateway extends AnyEdge {
  readonly kind: 'gateway';
  /** The name of the GatewayClass. */
  readonly class: string;
  /** The ports of the listeners: the public ports, or for Traefik those of its entry points. */
  readonly ports: { readonly http: number; readonly https: number };
}

/** The Gateway API, with the policies of Envoy Gateway. */
export interface EnvoyGatewayProps extends AnyGateway {
  readonly implementation: 'envoy';
  /** The number of proxies in front of Envoy whose X-Forwarded-For is trusted. @default - none: the peer address is the client's */
  readonly trustedHops?: number | undefined;
  /** The Envoy pods. @default labels - those of the proxies of the system's own Gateway */
  readonly controller: { readonly namespace: string; readonly labels?: Controller['labels'] | undefined };
}

/** The Gateway API, with the Middlewares of Traefik. */
export interface TraefikGatewayProps extends AnyGateway {
  readonly implementation: 'traefik';
  readonly controller: Controller;
}

/** The Gateway API, by one of its implementations. */
export type GatewayProps = EnvoyGatewayProps | TraefikGatewayProps;

/** The edge of the cluster (its ingress controller or gateway), as the environment file describes it. */
export type EdgeProps = IngressProps | TraefikProps | GatewayProps;
