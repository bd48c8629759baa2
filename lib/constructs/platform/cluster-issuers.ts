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

/** Let's Encrypt's directories, by which an ACME server says what it can (RFC 8555, 7.1.1). Source: letsencrypt.org, Staging Environment. */
const DIRECTORIES = {
  production: 'https://acme-v02.api.letsencrypt.org/directory',
  staging: 'https://acme-staging-v02.api.letsencrypt.org/directory',
};

/** Ten years and one, in hours: who was told to believe in an authority is not told again each summer. */
const AUTHORITY = { duration: '87600h', renewBefore: '8760h' };

/** The edge leads to the pods' Service by itself; cert-manager would open a port on each node for it. */
const INSIDE = { serviceType: 'ClusterIP' };

type Challenge = Pick<ClusterIssuerSpecAcmeSolvers, 'http01' | 'dns01'>;

/** Source: cert-manager.io, HTTP01; DNS01 and its providers. */
function challengeOf(solver: Solver): Challenge {
  switch (solver.kind) {
    case 'ingress':
      return { http01: { ingress: { ingressClassName: solver.class, ...INSIDE } } };
    case 'gateway':
      // It is the Gateway that asks: cert-manager names it in each Certificate that it makes for one.
      return { http01: { gatewayHttpRoute: INSIDE } };
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
 * cert-manager's ClusterIssuers. One of ACME keeps its account's key in a Secret, `<name>-account`; one that is self-signed is
 * an authority whose key and certificate are in a Secret that is called like it, and an issuer before it that signs that certificate. Both Secrets are
 * in cert-manager's own namespace. Source: cert-manager.io, ACME; SelfSigned, Bootstrapping CA Issuers.
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
