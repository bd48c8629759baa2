/** Which hosts a solver answers for: all, unless it names some. */
interface Hosts {
  readonly zones: readonly string[];
  readonly hosts: readonly string[];
}

/** How it is shown that a host is ours: by HTTP-01 on an edge, or by DNS-01 in a DNS service. */
export type Solver = Hosts &
  (
    | { readonly kind: 'ingress' /** The IngressClass. */; readonly class: string }
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

/** Who issues certificates to the whole cluster. */
export type Issuer =
  | {
      readonly kind: 'acme';
      readonly email: string;
      readonly server: 'production' | 'staging';
      readonly solvers: readonly Solver[];
    }
  | { readonly kind: 'self-signed' };

/** Everything that is known of what a cluster needs once, before it becomes objects. */
export interface Platform {
  readonly name: string;
  /** By their names. */
  readonly issuers: Readonly<Record<string, Issuer>>;
  /** Somebody else's, where cert-manager runs and keeps what belongs to ClusterIssuers. */
  readonly certManager: { readonly namespace: string };
  /** Whether the PriorityClasses are made. */
  readonly priorityClasses: boolean;
}

/**
 * Whether an issuer lets pods answer in the namespaces of certificates: where a solver is of HTTP-01.
 * Source: cert-manager.io, HTTP Validation.
 */
export function hasSolverPods(issuer: Issuer): boolean {
  return issuer.kind === 'acme' && issuer.solvers.some(({ kind }) => kind === 'ingress' || kind === 'gateway');
}
