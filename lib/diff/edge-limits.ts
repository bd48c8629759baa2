import { certificateRequestsOf } from '../checks/cluster/certificate-requests';
import { ClusterIndex } from '../checks/cluster/cluster-index';
import { type Fields, listOf } from '../checks/cluster/pods';
import { objectKey } from '../manifests/change';
import type { ManifestObject } from '../manifests/object';
import type { ObjectMark } from './mark';

/** An object before and after a change, with the indices of all objects. */
interface ComparedObject {
  readonly old: ManifestObject;
  readonly now: ManifestObject;
  readonly before: ClusterIndex;
  readonly after: ClusterIndex;
}

const NGINX = 'nginx.ingress.kubernetes.io/';
const LIMITS = ['limit-rps', 'limit-rpm', 'limit-connections'];
const BURST = 'limit-burst-multiplier';
const DEFAULT_BURST = 5;

function raisedLimit(what: string, old: number, now: number | undefined): string[] {
  if (!(old > 0)) return [];
  if (!now) return [`${what} is no longer limited`];
  return now > old ? [`${what} is limited to ${now} instead of ${old}`] : [];
}

/** Source: kubernetes.github.io/ingress-nginx, Annotations, Rate Limiting, Server-side HTTPS enforcement. */
function looserNginxLimits({ old, now }: ComparedObject): string[] {
  if (now.kind !== 'Ingress') return [];
  const textOf = ({ metadata }: ManifestObject, name: string) => metadata.annotations?.[`${NGINX}${name}`];
  const numberOf = (object: ManifestObject, name: string) => Number(textOf(object, name) ?? 0);
  const burstOf = (object: ManifestObject) => Number(textOf(object, BURST) ?? DEFAULT_BURST);
  const limited = LIMITS.filter((name) => numberOf(old, name) > 0 && numberOf(now, name) > 0);
  const redirects = (object: ManifestObject) =>
    textOf(object, 'force-ssl-redirect') === 'true' ||
    (textOf(object, 'ssl-redirect') !== 'false' && listOf(object.spec?.tls).length > 0);
  return [
    ...LIMITS.flatMap((name) => raisedLimit(name, numberOf(old, name), numberOf(now, name))),
    ...(limited.length > 0 ? raisedLimit(BURST, burstOf(old), burstOf(now)) : []),
    // Removed TLS has its own mark.
    ...(redirects(old) && !redirects(now) && listOf(now.spec?.tls).length > 0
      ? ['requests without TLS are no longer redirected']
      : []),
  ];
}

const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** The requests per second that a Middleware allows, or undefined for no limit. Source: doc.traefik.io, RateLimit. */
function averageOf(spec: Fields): number | undefined {
  const { average = 0, period = '1s' } = spec?.rateLimit ?? {};
  const [, count = '1', unit = 's'] = /^(\d+)(ms|s|m|h)?$/.exec(String(period)) ?? [];
  return average > 0 ? average / (Number(count) * (SECONDS[unit] as number)) : undefined;
}

function looserMiddlewareLimits({ old, now }: ComparedObject): string[] {
  const average = averageOf(old.spec);
  if (now.kind !== 'Middleware' || average === undefined) return [];
  const burstOf = ({ spec }: ManifestObject) => spec?.rateLimit?.burst ?? 1;
  const isLimited = averageOf(now.spec) !== undefined;
  return [
    ...raisedLimit('the average of requests per second', average, averageOf(now.spec)),
    ...(isLimited ? raisedLimit('the burst of requests', burstOf(old), burstOf(now)) : []),
  ];
}

/** The rules of an IngressRoute without a rate limit. */
function rulesWithoutLimit({ spec, metadata }: ManifestObject, cluster: ClusterIndex): string[] {
  const limits = ({ name, namespace = metadata.namespace }: Fields) =>
    averageOf(cluster.find('Middleware', namespace, String(name))?.spec) !== undefined;
  return listOf(spec?.routes).flatMap(({ match, middlewares }) =>
    listOf(middlewares).some(limits) ? [] : [String(match)],
  );
}

function unlimitedRoutes({ old, now, before, after }: ComparedObject): string[] {
  if (now.kind !== 'IngressRoute') return [];
  const were = rulesWithoutLimit(old, before);
  if (were.length === listOf(old.spec?.routes).length) return [];
  return rulesWithoutLimit(now, after)
    .filter((match) => !were.includes(match))
    .map((match) => `requests are no longer limited: ${match}`);
}

/** The rate limits of a BackendTrafficPolicy, by client selector and unit. Source: gateway.envoyproxy.io, Rate Limit. */
function limitsOf({ spec }: ManifestObject): Map<string, { readonly unit: string; readonly requests: number }> {
  const rules = ['local', 'global'].flatMap((type) => listOf(spec?.rateLimit?.[type]?.rules));
  return new Map(
    rules.map(({ clientSelectors, limit }) => [
      JSON.stringify([clientSelectors, limit?.unit]),
      { unit: String(limit?.unit).toLowerCase(), requests: Number(limit?.requests) },
    ]),
  );
}

function looserTrafficPolicyLimits(old: ManifestObject, now: ManifestObject | undefined): string[] {
  if (old.kind !== 'BackendTrafficPolicy') return [];
  const limits = now === undefined ? new Map() : limitsOf(now);
  const found = [...limitsOf(old)].flatMap(([key, { unit, requests }]) =>
    raisedLimit(`the number of requests per ${unit}`, requests, limits.get(key)?.requests),
  );
  return [...new Set(found)];
}

/** An edge that serves TLS, but no longer requests its certificates. */
function unrequestedCertificates({ old, now, before, after }: ComparedObject): string[] {
  if (now.kind !== 'Gateway' && now.kind !== 'Ingress') return [];
  const areRequested = (cluster: ClusterIndex, object: ManifestObject) =>
    certificateRequestsOf(cluster).some(({ servers }) => servers.includes(object));
  const serves = listOf(now.spec?.tls).length > 0 || listOf(now.spec?.listeners).some(({ tls }) => tls);
  return serves && areRequested(before, old) && !areRequested(after, now)
    ? ['its certificates are no longer requested from an issuer: they expire unless renewed by hand']
    : [];
}

/** By what Envoy tells its clients apart, which allowlists and limits judge. Source: gateway.envoyproxy.io, Client IP Detection. */
function clientsOf(object: ManifestObject | undefined): string {
  const hops = object?.spec?.clientIPDetection?.xForwardedFor?.numTrustedHops;
  return hops === undefined ? 'the connecting address' : `X-Forwarded-For behind ${hops} trusted proxies`;
}

/** The edges that tell their clients apart in another way. */
function otherClients(before: readonly ManifestObject[], after: readonly ManifestObject[]): ObjectMark[] {
  const policies = (all: readonly ManifestObject[]) =>
    new Map(
      all.filter(({ kind }) => kind === 'ClientTrafficPolicy').map((object) => [objectKey(object), object] as const),
    );
  const [were, are] = [policies(before), policies(after)];
  return [...new Map([...were, ...are])].flatMap(([key, object]): ObjectMark[] => {
    const [old, now] = [clientsOf(were.get(key)), clientsOf(are.get(key))];
    if (old === now || !hasTarget(object, new ClusterIndex(before)) || !hasTarget(object, new ClusterIndex(after)))
      return [];
    const message = `clients are told apart by ${now}, no longer by ${old}: an address that is not theirs may be admitted`;
    return [{ object, risk: 'accessWidened', message }];
  });
}

/** Whether a target of a policy still exists. */
function hasTarget({ metadata, spec }: ManifestObject, after: ClusterIndex): boolean {
  return [spec?.targetRef, ...listOf(spec?.targetRefs)].some(
    (target) => target && after.find(target.kind, metadata.namespace, String(target.name)) !== undefined,
  );
}

/** Edges with higher limits, other clients, without a redirect to TLS, or without requested certificates. */
export function edgeLimitMarks(before: readonly ManifestObject[], after: readonly ManifestObject[]): ObjectMark[] {
  const [were, are] = [new ClusterIndex(before), new ClusterIndex(after)];
  const known = new Map(after.map((object) => [objectKey(object), object]));
  const limits = before.flatMap((old) => {
    const now = known.get(objectKey(old));
    const pair = now && { old, now, before: were, after: are };
    const own = pair
      ? [looserNginxLimits, looserMiddlewareLimits, unlimitedRoutes, unrequestedCertificates].flatMap((judge) =>
          judge(pair),
        )
      : [];
    const traffic = hasTarget(old, are) ? looserTrafficPolicyLimits(old, now) : [];
    return [...own, ...traffic].map((message): ObjectMark => ({ object: now ?? old, risk: 'accessWidened', message }));
  });
  return [...limits, ...otherClients(before, after)];
}
