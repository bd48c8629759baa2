import type { ManifestObject } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import { apiGroupOf } from './field-paths';
import { type Fields, listOf } from './pods';
import { namespaceOf } from './route-rule';

/** One host of a requested certificate. */
export interface CertificateRequest {
  readonly object: ManifestObject;
  /** The field of the host. */
  readonly path: string;
  readonly host: string;
  readonly namespace: string;
  readonly issuer: { readonly kind: string; readonly name: string };
  /** The edge objects that serve the host with the certificate, as far as known. */
  readonly servers: readonly ManifestObject[];
}

const GATEWAY_API = 'gateway.networking.k8s.io';
const EDGES: Readonly<Record<string, string>> = {
  Ingress: 'networking.k8s.io',
  Gateway: GATEWAY_API,
  IngressRoute: 'traefik.io',
};

const isText = (value: Fields): value is string => typeof value === 'string' && value !== '';

/** The TLS hosts of an edge object, with their Secrets and fields. */
function hostsOf({ kind, spec }: ManifestObject): { readonly host: string; readonly secret: string; path: string }[] {
  if (kind === 'Ingress') {
    return listOf(spec?.tls).flatMap(({ hosts, secretName }, index) =>
      listOf(hosts).flatMap((host, at) =>
        isText(host) && isText(secretName) ? { host, secret: secretName, path: `spec.tls[${index}].hosts[${at}]` } : [],
      ),
    );
  }
  return listOf(spec?.listeners).flatMap(({ hostname, tls }, index) =>
    listOf(tls?.certificateRefs).flatMap(({ name }) =>
      isText(hostname) && isText(name)
        ? { host: hostname, secret: name, path: `spec.listeners[${index}].hostname` }
        : [],
    ),
  );
}

function secretsOf(object: ManifestObject): string[] {
  if (object.kind !== 'IngressRoute') return hostsOf(object).map(({ secret }) => secret);
  const { secretName } = object.spec?.tls ?? {};
  return isText(secretName) ? [secretName] : [];
}

/** The issuer in the annotations of an edge object. Source: cert-manager.io, Annotated Ingress resource, Annotated Gateway resource. */
function issuerIn({ metadata: { annotations } }: ManifestObject): CertificateRequest['issuer'] | undefined {
  const cluster: Fields = annotations?.['cert-manager.io/cluster-issuer'];
  if (isText(cluster)) return { kind: 'ClusterIssuer', name: cluster };
  const name: Fields = annotations?.['cert-manager.io/issuer'];
  return isText(name) ? { kind: annotations?.['cert-manager.io/issuer-kind'] ?? 'Issuer', name } : undefined;
}

/** All hosts for which certificates are requested from cert-manager. */
export function certificateRequestsOf(cluster: ClusterIndex): CertificateRequest[] {
  const edges = cluster
    .ofKind(...Object.keys(EDGES))
    .filter(({ kind, apiVersion }) => apiGroupOf(apiVersion) === EDGES[kind]);
  const annotated = edges.flatMap((object): CertificateRequest[] => {
    const issuer = issuerIn(object);
    if (issuer === undefined) return [];
    return hostsOf(object).map(({ host, path }) => ({
      ...{ object, path, host, issuer },
      namespace: namespaceOf(object),
      servers: [object],
    }));
  });
  const certificates = cluster.ofKind('Certificate').flatMap((object): CertificateRequest[] => {
    const { dnsNames, issuerRef, secretName } = object.spec ?? {};
    const { name, kind } = issuerRef ?? {};
    if (apiGroupOf(object.apiVersion) !== 'cert-manager.io' || !isText(name)) return [];
    const namespace = namespaceOf(object);
    const servers = edges.filter((edge) => namespaceOf(edge) === namespace && secretsOf(edge).includes(secretName));
    return listOf(dnsNames).flatMap((host, index) =>
      isText(host)
        ? {
            ...{ object, host, namespace, servers },
            path: `spec.dnsNames[${index}]`,
            issuer: { kind: isText(kind) ? kind : 'Issuer', name },
          }
        : [],
    );
  });
  return [...annotated, ...certificates];
}
