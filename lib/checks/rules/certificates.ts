import { type ManifestObject, objectName } from '../../manifests/object';
import {
  type CertificateRequest,
  certificateRequestsOf,
  plainHosts,
  sharedSecrets,
} from '../cluster/certificate-requests';
import { type ClusterIndex, selects } from '../cluster/cluster-index';
import { apiGroupOf } from '../cluster/field-paths';
import { type Fields, listOf } from '../cluster/pods';
import { directionsOf, isPolicy } from '../cluster/policies';
import { showSolvers, solverFor } from '../cluster/solvers';
import type { Violation } from '../cluster/violation';
import type { Rule } from '../rule';

const NAME = 'certificates';

/** The labels and the port of the pods by which cert-manager answers HTTP-01. Source: cert-manager.io, HTTP Validation. */
const SOLVER = { labels: { 'acme.cert-manager.io/http01-solver': 'true' }, port: 8089 };

const INGRESS_CLASS = 'kubernetes.io/ingress.class';

function classOf({ kind, metadata, spec }: ManifestObject): Fields {
  return (kind === 'Ingress' ? spec?.ingressClassName : undefined) ?? metadata.annotations?.[INGRESS_CLASS];
}

/** The class of the Ingress that answers the challenge: the solver's, unless annotations override it. */
function answeringClass(
  { metadata: { annotations } }: ManifestObject,
  { class: older, ingressClassName }: Fields,
): Fields {
  const prefix = 'acme.cert-manager.io/http01-';
  const own = [
    'ingress-ingressclassname',
    'override-ingress-ingressclassname',
    'ingress-class',
    'override-ingress-class',
  ];
  return (
    own.map((key) => annotations?.[`${prefix}${key}`]).find((one) => one !== undefined) ?? ingressClassName ?? older
  );
}

/** The usual names of the classes of controllers that serve no IngressRoutes. */
const NOT_TRAEFIK = /nginx|alb|gce|azure|haproxy|kong|contour|istio|cilium/;

/** Whether a class is not Traefik's: by its controller or its name, or because its Ingresses have annotations of ingress-nginx. */
function isNotTraefik(cluster: ClusterIndex, name: string): boolean {
  const controller: Fields = cluster.find('IngressClass', undefined, name)?.spec?.controller;
  if (typeof controller === 'string') return !controller.startsWith('traefik.io/');
  if (NOT_TRAEFIK.test(name)) return true;
  return cluster
    .ofKind('Ingress')
    .some(
      (one) =>
        classOf(one) === name &&
        Object.keys(one.metadata.annotations ?? {}).some((key) => key.startsWith('nginx.ingress.kubernetes.io/')),
    );
}

/** Why the edge object that serves a host does not serve the Ingress of a solver, or undefined. */
function ingressMismatch(
  cluster: ClusterIndex,
  { object }: CertificateRequest,
  ingress: Fields,
  server: ManifestObject,
) {
  if (server.kind === 'Gateway') return `an Ingress, expected one by ${objectName(server)} (gatewayHTTPRoute)`;
  if (object.metadata.annotations?.['acme.cert-manager.io/http01-edit-in-place'] === 'true') return undefined;
  const answers = answeringClass(object, ingress);
  if (typeof answers !== 'string') return undefined;
  const own = classOf(server);
  if (own === answers) return undefined;
  const answer = `an Ingress of class "${answers}"`;
  if (typeof own === 'string') return `${answer}, expected "${own}", which ${objectName(server)} has`;
  if (server.kind !== 'IngressRoute' || !isNotTraefik(cluster, answers)) return undefined;
  return `${answer}, expected that of Traefik, which serves ${objectName(server)}`;
}

function matchesHostname(hostname: Fields, host: string): boolean {
  if (typeof hostname !== 'string' || hostname === host) return true;
  return hostname.startsWith('*.') && host.endsWith(hostname.slice(1));
}

/** Why the edge object that serves a host does not serve the HTTPRoute of a solver, or undefined. */
function gatewayMismatch({ object, host }: CertificateRequest, { parentRefs }: Fields, server: ManifestObject) {
  const named = listOf(parentRefs);
  if (server.kind !== 'Gateway') {
    return named.length > 0
      ? undefined
      : `a Gateway, expected an Ingress, since ${objectName(server)} is served by an Ingress controller`;
  }
  if (object !== server && !named.some(({ name }) => name === server.metadata.name)) {
    return `a Gateway that is not named, expected ${objectName(server)} in the solver's parentRefs`;
  }
  const plain = listOf(server.spec?.listeners).some(
    ({ protocol, hostname }) => protocol === 'HTTP' && matchesHostname(hostname, host),
  );
  return plain
    ? undefined
    : `${objectName(server)}, expected a listener of it for plain HTTP, which the challenge uses`;
}

function opensSolverPort({ ports }: Fields): boolean {
  const listed = listOf(ports);
  return (
    listed.length === 0 ||
    listed.some(({ protocol = 'TCP', port, endPort }) => {
      if (protocol !== 'TCP') return false;
      if (port === undefined || port === 'http') return true;
      return port <= SOLVER.port && SOLVER.port <= (endPort ?? port);
    })
  );
}

/** A policy that isolates cert-manager's solver pods in a namespace while none opens their port, or undefined. */
function closingPolicy(cluster: ClusterIndex, namespace: string): ManifestObject | undefined {
  const isolating = cluster
    .ofKind('NetworkPolicy')
    .filter(
      (policy) =>
        isPolicy(policy) &&
        (policy.metadata.namespace ?? 'default') === namespace &&
        directionsOf(policy).includes('ingress') &&
        selects(policy.spec?.podSelector, SOLVER.labels),
    );
  return isolating.some(({ spec }) => listOf(spec?.ingress).some(opensSolverPort)) ? undefined : isolating[0];
}

/** What to say of an issuer that is not in the set, where a policy would isolate its solvers. */
function unknownIssuerHint(cluster: ClusterIndex, { host, namespace, issuer }: CertificateRequest): string | undefined {
  const found = cluster.find(issuer.kind, issuer.kind === 'ClusterIssuer' ? undefined : namespace, issuer.name);
  const policy = found === undefined ? closingPolicy(cluster, namespace) : undefined;
  if (policy === undefined) return undefined;
  return `given ${host} of ${issuer.kind} ${issuer.name}, which is not here: if it solves by HTTP-01, ${objectName(policy)} isolates its pods; expected a rule that allows the edge on port ${SOLVER.port}`;
}

/** Why a challenge for a requested host fails, or undefined. */
function unansweredReason(cluster: ClusterIndex, request: CertificateRequest): string | undefined {
  const { object, host, namespace, issuer, servers } = request;
  const found = cluster.find(issuer.kind, issuer.kind === 'ClusterIssuer' ? undefined : namespace, issuer.name);
  const acme = found?.spec?.acme;
  if (found === undefined || typeof acme !== 'object' || acme === null) return undefined;
  const solver = solverFor(host, acme.solvers, object.metadata.labels);
  if (solver === undefined) {
    return `given ${host}, expected a host for which ${objectName(found)} has a solver (${showSolvers(acme.solvers)}); add one, or use another issuer`;
  }
  const { ingress, gatewayHTTPRoute } = solver.dns01 ? {} : solver.http01;
  if (!ingress && !gatewayHTTPRoute) return undefined;
  for (const server of servers) {
    const mismatch = ingress
      ? ingressMismatch(cluster, request, ingress, server)
      : gatewayMismatch(request, gatewayHTTPRoute, server);
    if (mismatch !== undefined) return `${objectName(found)} solves ${host} by ${mismatch}; correct the solver`;
  }
  const policy = closingPolicy(cluster, namespace);
  if (policy === undefined) return undefined;
  return `${objectName(found)} solves ${host} by pods in namespace ${namespace}, which ${objectName(policy)} isolates; allow the edge on port ${SOLVER.port}`;
}

/** ClusterIssuers whose CA Secret does not exist. It is in the namespace of cert-manager, which is unknown here. */
function missingAuthorityKeys(cluster: ClusterIndex): Violation[] {
  const there = new Set([
    ...cluster.ofKind('Certificate').map(({ spec }) => spec?.secretName),
    ...cluster.ofKind('Secret').map(({ metadata }) => metadata.name),
    ...cluster.ofKind('ExternalSecret').map(({ metadata, spec }) => spec?.target?.name ?? metadata.name),
    ...cluster.prerequisites.filter(({ kind }) => kind === 'Secret').map(({ name }) => name),
  ]);
  return cluster.ofKind('ClusterIssuer').flatMap((object) => {
    const name: Fields = object.spec?.ca?.secretName;
    if (apiGroupOf(object.apiVersion) !== 'cert-manager.io' || typeof name !== 'string' || there.has(name)) return [];
    const message = `given "${name}", expected the Secret of a Certificate; create it, correct the name, or declare it as a prerequisite`;
    return [{ rule: NAME, object, path: 'spec.ca.secretName', message }];
  });
}

/** For each host of a certificate, the issuer has a solver that works with the edge of the host. */
export const certificates: Rule = {
  name: NAME,
  level: 'broken',
  rationale: `cert-manager accepts any host. An ACME issuer then needs a proof of control, which the solver with the best matching selector provides.
If there is none, if it uses another edge than the one that serves the host, or if policies isolate its pods, cert-manager retries
forever, and browsers get the default certificate of the edge.`,
  wrong: `apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: { name: letsencrypt }
spec:
  acme:
    server: https://acme-v02.api.letsencrypt.org/directory
    privateKeySecretRef: { name: letsencrypt }
    solvers:
      - selector: { dnsZones: [example.org] }
        http01: { ingress: { ingressClassName: nginx } }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: api
  namespace: default
  annotations: { cert-manager.io/cluster-issuer: letsencrypt }
spec:
  ingressClassName: nginx
  tls:
    - { hosts: [api.example.com], secretName: api-tls }
`,
  right: `apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: { name: letsencrypt }
spec:
  acme:
    server: https://acme-v02.api.letsencrypt.org/directory
    privateKeySecretRef: { name: letsencrypt }
    solvers:
      - selector: { dnsZones: [example.org, example.com] }
        http01: { ingress: { ingressClassName: nginx } }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: api
  namespace: default
  annotations: { cert-manager.io/cluster-issuer: letsencrypt }
spec:
  ingressClassName: nginx
  tls:
    - { hosts: [api.example.com], secretName: api-tls }
`,
  judge: (cluster) => [
    ...certificateRequestsOf(cluster).flatMap((request): Violation[] => {
      const reason = unansweredReason(cluster, request);
      const message = reason ?? unknownIssuerHint(cluster, request);
      const level = reason === undefined ? 'policy' : undefined;
      return message === undefined ? [] : [{ rule: NAME, object: request.object, path: request.path, message, level }];
    }),
    ...missingAuthorityKeys(cluster),
    ...[...sharedSecrets(cluster), ...plainHosts(cluster)].map((finding) => ({
      ...{ rule: NAME, level: 'risk' as const },
      ...finding,
    })),
  ],
};
