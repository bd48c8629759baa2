/** What every kind of edge has. */
interface AnyEdge {
  /** cert-manager's ClusterIssuer. @default - no TLS, and hosts are served on plain HTTP */
  readonly issuer?: string | undefined;
  /** Where the pods run that lead requests on; only they may connect to what is exposed. */
  readonly controller: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> };
}

/** Ingresses with the annotations of ingress-nginx, which other controllers read too. */
export interface IngressProps extends AnyEdge {
  readonly kind: 'ingress';
  /** The IngressClass. */
  readonly class: string;
}

/** Traefik's own IngressRoutes and Middlewares. */
export interface TraefikProps extends AnyEdge {
  readonly kind: 'traefik';
  /** The class that Traefik looks for. @default - none: a Traefik that looks for no class serves all */
  readonly class?: string | undefined;
  /** The names of Traefik's entry points. */
  readonly entryPoints: { readonly http: string; readonly https: string };
}

/** The Gateway API, with the policies or Middlewares of whoever implements it. */
export interface GatewayProps extends AnyEdge {
  readonly kind: 'gateway';
  readonly implementation: 'envoy' | 'traefik';
  /** The GatewayClass. */
  readonly class: string;
  /** The ports of its listeners: those that clients see, or with Traefik those of its entry points. */
  readonly ports: { readonly http: number; readonly https: number };
  /** Proxies before Envoy whose X-Forwarded-For is believed. @default - none: a client is who connects */
  readonly trustedHops?: number | undefined;
}

/** The cluster's edge, as the environment file describes it. */
export type EdgeProps = IngressProps | TraefikProps | GatewayProps;
