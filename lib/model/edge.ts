/** The pods that lead requests on; only they may connect to what is exposed. */
export interface Controller {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What every kind of edge has. */
interface AnyEdge {
  /** cert-manager's ClusterIssuer. @default - no TLS, and hosts are served on plain HTTP */
  readonly issuer?: string | undefined;
}

/** Ingresses with the annotations of ingress-nginx, which other controllers read too. */
export interface IngressProps extends AnyEdge {
  readonly kind: 'ingress';
  /** The IngressClass. */
  readonly class: string;
  readonly controller: Controller;
}

/** Traefik's own IngressRoutes and Middlewares. */
export interface TraefikProps extends AnyEdge {
  readonly kind: 'traefik';
  /** The class that Traefik looks for. @default - none: a Traefik that looks for no class serves all */
  readonly class?: string | undefined;
  /** The names of Traefik's entry points. */
  readonly entryPoints: { readonly http: string; readonly https: string };
  readonly controller: Controller;
}

interface AnyGateway extends AnyEdge {
  readonly kind: 'gateway';
  /** The GatewayClass. */
  readonly class: string;
  /** The ports of its listeners: those that clients see, or with Traefik those of its entry points. */
  readonly ports: { readonly http: number; readonly https: number };
}

/** The Gateway API, with the policies of Envoy Gateway. */
export interface EnvoyGatewayProps extends AnyGateway {
  readonly implementation: 'envoy';
  /** Proxies before Envoy whose X-Forwarded-For is believed. @default - none: a client is who connects */
  readonly trustedHops?: number | undefined;
  /** Where proxies run. @default labels - those of the proxies of the system's own Gateway */
  readonly controller: { readonly namespace: string; readonly labels?: Controller['labels'] | undefined };
}

/** The Gateway API, with Traefik's Middlewares. */
export interface TraefikGatewayProps extends AnyGateway {
  readonly implementation: 'traefik';
  readonly controller: Controller;
}

export type GatewayProps = EnvoyGatewayProps | TraefikGatewayProps;

/** The cluster's edge, as the environment file describes it. */
export type EdgeProps = IngressProps | TraefikProps | GatewayProps;
