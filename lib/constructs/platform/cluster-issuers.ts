import { Construct } from 'constructs';
import {
  Certificate,
  CertificateSpecPrivateKeyAlgorithm,
  CertificateSpecPrivateKeyRotationPolicy,
  ClusterIssuer,
  type ClusterIssuerSpec,
  type ClusterIssuerSpecAcmeSolvers,
} from '../../../imports/cert-manager.io';
import type { Issuer, Platform, Solver } from '../../model/platform';
import { waveOf } from '../annotations';
import { labelsOf } from '../labels';

/** The directory URLs of Let's Encrypt (RFC 8555, section 7.1.1). Source: letsencrypt.org, Staging Environment. */
const DIRECTORIES = {
  production: 'https://acme-v02.api.letsencrypt.org/directory',
  staging: 'https://acme-staging-v02.api.letsencrypt.org/directory',
};

/** Valid for ten years and renewed one year before, in hours, so that clients rarely have to trust a new authority. */
const AUTHORITY = { duration: '87600h', renewBefore: '8760h' };

/** The Service of solver pods. The default NodePort would open a port on each node, which the edge does not need. */
const SOLVER_SERVICE = { serviceType: 'ClusterIP' };

type Challenge = Pick<ClusterIssuerSpecAcmeSolvers, 'http01' | 'dns01'>;

/** Source: cert-manager.io, HTTP01; DNS01 and its providers. */
function challengeOf(solver: Solver): Challenge {
  switch (solver.kind) {
    case 'ingress':
      return { http01: { ingress: { ingressClassName: solver.class, ...SOLVER_SERVICE } } };
    case 'gateway':
      // Without parentRefs: cert-manager sets them in each Certificate that it makes for a Gateway.
      return { http01: { gatewayHttpRoute: SOLVER_SERVICE } };
    case 'route53':
      return {
        dns01: {
          route53: {
            region: solver.region,
            ...(solver.role !== undefined && { role: solver.role }),
            ...(solver.hostedZone !== undefined && { hostedZoneId: solver.hostedZone }),
          },
        },
      };
    case 'azure-dns':
      return {
        dns01: {
          azureDns: {
            subscriptionId: solver.subscription,
            resourceGroupName: solver.resourceGroup,
            hostedZoneName: solver.zone,
            managedIdentity: { clientId: solver.clientId },
          },
        },
      };
    case 'cloud-dns':
      return {
        dns01: {
          cloudDns: {
            project: solver.project,
            ...(solver.managedZone !== undefined && { hostedZoneName: solver.managedZone }),
          },
        },
      };
    case 'cloudflare':
      return { dns01: { cloudflare: { apiTokenSecretRef: solver.tokenSecret } } };
  }
}

function solverOf(solver: Solver): ClusterIssuerSpecAcmeSolvers {
  const { zones, hosts } = solver;
  const selector = {
    ...(zones.length > 0 && { dnsZones: [...zones] }),
    ...(hosts.length > 0 && { dnsNames: [...hosts] }),
  };
  return { ...(Object.keys(selector).length > 0 && { selector }), ...challengeOf(solver) };
}

/**
 * cert-manager's ClusterIssuers. An ACME issuer stores its account key in the Secret `<name>-account`. A self-signed issuer is a
 * certificate authority with its key and certificate in the Secret `<name>`, and a second issuer, `<name>-root`, that signs this
 * certificate. The Secrets are in the namespace of cert-manager. Source: cert-manager.io, ACME; SelfSigned, Bootstrapping CA Issuers.
 */
export class ClusterIssuers extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly platform: Platform,
  ) {
    super(scope, id);
    for (const [name, issuer] of Object.entries(platform.issuers)) {
      if (issuer.kind === 'acme') this.acme(name, issuer);
      else this.authority(name);
    }
  }

  private metadata(name: string) {
    return { name, labels: labelsOf(this.platform.name), annotations: waveOf('foundation') };
  }

  private issuer(name: string, spec: ClusterIssuerSpec) {
    new ClusterIssuer(this, name, { metadata: this.metadata(name), spec });
  }

  private acme(name: string, { email, server, solvers }: Extract<Issuer, { kind: 'acme' }>) {
    this.issuer(name, {
      acme: {
        email,
        server: DIRECTORIES[server],
        privateKeySecretRef: { name: `${name}-account` },
        solvers: solvers.map(solverOf),
      },
    });
  }

  private authority(name: string) {
    const root = `${name}-root`;
    this.issuer(root, { selfSigned: {} });
    new Certificate(this, `${name}-certificate`, {
      metadata: { ...this.metadata(name), namespace: this.platform.certManager.namespace },
      spec: {
        isCa: true,
        commonName: name,
        secretName: name,
        ...AUTHORITY,
        privateKey: {
          algorithm: CertificateSpecPrivateKeyAlgorithm.ECDSA,
          size: 256,
          rotationPolicy: CertificateSpecPrivateKeyRotationPolicy.NEVER,
        },
        issuerRef: { kind: 'ClusterIssuer', name: root },
      },
    });
    this.issuer(name, { ca: { secretName: name } });
  }
}
