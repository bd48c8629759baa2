/** The hosts that a solver is used for. Both lists empty: all hosts. */
interface Hosts {
  /** DNS zones, with all hosts below them. */
  readonly zones: readonly string[];
  /** Single host names. */
  readonly hosts: readonly string[];
}

/**
 * How an ACME challenge proves control of a host: HTTP-01 by the edge (`ingress`, `gateway`), or DNS-01 by a DNS service (all others).
 * Source: cert-manager.io, HTTP01; DNS01.
 */
export type Solver = Hosts &
  (
    | { readonly kind: 'ingress' /** The name of the IngressClass. */; readonly class: string }
    | { readonly kind: 'gateway' }
    | {
        readonly kind: 'route53';
        readonly region: string;
        readonly role?: string | undefined;
        readonly hostedZone?: string | undefined;
      }
    | {
        readonly kind: 'azure-dns';
        readonly subscription: string;
        readonly resourceGroup: string;
        readonly zone: string;
        readonly clientId: string;
      }
    | { readonly kind: 'cloud-dns'; readonly project: string; readonly managedZone?: string | undefined }
    | { readonly kind: 'cloudflare'; readonly tokenSecret: { readonly name: string; readonly key: string } }
  );

/** A ClusterIssuer: an ACME server, or a certificate authority of the cluster itself. */
export type Issuer =
  | {
      readonly kind: 'acme';
      readonly email: string;
      readonly server: 'production' | 'staging';
      readonly solvers: readonly Solver[];
    }
  | { readonly kind: 'self-signed' };

/** The objects that a cluster needs once, for all systems on it. */
export interface Platform {
  readonly name: string;
  /** ClusterIssuers by their names. */
  readonly issuers: Readonly<Record<string, Issuer>>;
  /** The namespace where cert-manager runs, and reads the Secrets of ClusterIssuers. It is not made here. */
  readonly certManager: { readonly namespace: string };
  /** Whether to make the PriorityClasses. */
  readonly priorityClasses: boolean;
}

/**
 * Whether cert-manager runs solver pods in the namespaces of an issuer's certificates, as it does for HTTP-01.
 * Source: cert-manager.io, HTTP Validation.
 */
export function hasSolverPods(issuer: Issuer): boolean {
  return issuer.kind === 'acme' && issuer.solvers.some(({ kind }) => kind === 'ingress' || kind === 'gateway');
}
