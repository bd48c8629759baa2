import { groupBy } from '../../base/group';
import { type ManifestObject, objectName } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import { apiGroupOf } from './field-paths';
import { type Fields, listOf } from './pods';
import { namespaceOf } from './route-rule';
import type { Finding } from './violation';

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

/** Secrets that a second edge object requests for other hosts, so that cert-manager fills them for one or the other. */
export function sharedSecrets(cluster: ClusterIndex): Finding[] {
  const owners = new Map<string, { readonly object: ManifestObject; readonly hosts: string }>();
  return cluster.ofKind('Ingress', 'Gateway').flatMap((object): Finding[] => {
    if (issuerIn(object) === undefined) return [];
    const bySecret = groupBy(hostsOf(object), ({ secret }) => secret);
    return [...bySecret].flatMap(([secret, requests]): Finding[] => {
      const key = `${namespaceOf(object)}/${secret}`;
      const hosts = [...new Set(requests.map(({ host }) => host))].sort().join(', ');
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, { object, hosts });
      if (owner === undefined || owner.hosts === hosts) return [];
      const message = `given Secret ${secret} for ${hosts}, which ${objectName(owner.object)} requests for ${owner.hosts}, expected a Secret for each: one of them has the certificate of the other`;
      return [{ object, path: (requests[0] as { path: string }).path, message }];
    });
  });
}

/** Redirects of hosts with a certificate that leave requests without TLS. Sources: ingress-nginx, Annotations; Traefik, RedirectScheme. */
export function plainHosts(cluster: ClusterIndex): Finding[] {
  const key = 'nginx.ingress.kubernetes.io/ssl-redirect';
  const force = 'nginx.ingress.kubernetes.io/force-ssl-redirect';
  return [
    ...cluster
      .ofKind('Ingress')
      .filter(
        ({ metadata: { annotations }, spec }) =>
          listOf(spec?.tls).length > 0 &&
          String(annotations?.[key]) === 'false' &&
          String(annotations?.[force]) !== 'true',
      )
      .map((object) => ({
        object,
        path: `metadata.annotations["${key}"]`,
        message: 'given false for hosts with a certificate, expected true: they are served without TLS as well',
      })),
    ...cluster
      .ofKind('Middleware')
      .filter(({ spec }) => spec?.redirectScheme?.scheme === 'http')
      .map((object) => ({
        object,
        path: 'spec.redirectScheme.scheme',
        message: 'given http, expected https: clients are sent away from TLS',
      })),
  ];
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
