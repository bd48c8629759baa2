import { groupBy } from '../base/group';
import { AddressSet, EVERY_ADDRESS } from '../checks/cluster/address-set';
import { ClusterIndex } from '../checks/cluster/cluster-index';
import { listOf } from '../checks/cluster/pods';
import type { Prerequisite } from '../checks/cluster/prerequisite';
import { publicRoutesOf } from '../checks/cluster/public-routes';
import { showAddresses } from '../checks/cluster/reach';
import { redirectsOf } from '../checks/cluster/redirects';
import { routeRulesOf } from '../checks/cluster/route-rules';
import { type Exposure, exposuresOf } from '../checks/cluster/routes';
import { objectKey } from '../manifests/change';
import type { ManifestObject } from '../manifests/object';
import type { ObjectMark } from './mark';

/** A host and path, or another entry point from outside the cluster, merged from all objects that define it. */
interface EntryPoint {
  readonly object: ManifestObject;
  readonly audience: AddressSet;
  readonly workloads: readonly string[];
  readonly tls: boolean;
  /** Whether paths below it are included. */
  readonly pathsBelow: boolean;
  /** Whether it takes all requests, independent of method, headers and query. */
  readonly allRequests: boolean;
}

function audienceOf({ audience }: Exposure): AddressSet {
  if (audience === 'everyone') return EVERY_ADDRESS;
  return AddressSet.of(audience === 'nobody' ? [] : audience.map((cidr) => ({ cidr })));
}

function entryPointsOf(cluster: ClusterIndex): Map<string, EntryPoint> {
  const open = exposuresOf(cluster).filter(({ workloads, audience }) => workloads.length > 0 || audience === 'nobody');
  return new Map(
    [...groupBy(open, ({ label }) => label)].map(([label, all]) => [
      label,
      {
        object: (all[0] as Exposure).object,
        audience: all.map(audienceOf).reduce((sum, one) => sum.plus(one)),
        workloads: [...new Set(all.flatMap(({ workloads }) => workloads))],
        tls: all.every(({ tls }) => tls === true),
        pathsBelow: all.some(({ exact }) => !exact),
        allRequests: all.some(({ narrowed }) => !narrowed),
      },
    ]),
  );
}

function compareEntryPoint(label: string, now: EntryPoint, old: EntryPoint | undefined): string[] {
  const to = now.workloads.join(', ');
  if (now.audience.isEmpty) return [];
  if (old === undefined) return [`${label} is offered to ${showAudience(now.audience)}, and leads to ${to}`];
  const more = now.audience.minus(old.audience);
  const others = now.workloads.filter((workload) => !old.workloads.includes(workload));
  return [
    ...(more.isEmpty ? [] : [`${label} now admits ${showAudience(more)}`]),
    ...(others.length > 0 ? [`${label} now leads to ${others.join(', ')}`] : []),
    ...(old.tls && !now.tls ? [`${label} is served without TLS`] : []),
    ...(now.pathsBelow && !old.pathsBelow ? [`${label} now includes paths below it`] : []),
    ...(now.allRequests && !old.allRequests ? [`${label} now takes all requests`] : []),
  ];
}

/** The wider access to a path whose own rule is removed: a shorter path of the same host takes its requests. */
function fallbackAccess(
  label: string,
  old: EntryPoint,
  now: ReadonlyMap<string, EntryPoint>,
): { by: EntryPoint; message: string }[] {
  const [shorter] = [...now]
    .filter(([other, { pathsBelow: below }]) => below && label.startsWith(other.replace(/\/?$/, '/')))
    .sort(([a], [b]) => b.length - a.length);
  if (shorter === undefined) return [];
  const [name, by] = shorter;
  const more = by.audience.minus(old.audience);
  return more.isEmpty ? [] : [{ by, message: `${label} now admits ${showAudience(more)}, as a path below ${name}` }];
}

function showAudience(addresses: AddressSet): string {
  return addresses.isInternet ? 'everyone' : showAddresses(addresses);
}

/** Kinds that configure an edge. */
const EDGE_KINDS = ['Middleware', 'SecurityPolicy', 'Gateway', 'Ingress', 'IngressRoute', 'HTTPRoute', 'Service'];

/** Settings of edges whose effect is not analysed, each once. */
function unsupportedSettings(
  cluster: ClusterIndex,
): Map<string, { readonly object: ManifestObject; readonly path: string }> {
  const all = routeRulesOf(cluster).flatMap(({ object, unsupported }) => unsupported.map((path) => ({ object, path })));
  return new Map(
    all.map(({ object, path }) => [
      `${object.kind}/${object.metadata.namespace}/${object.metadata.name}: ${path}`,
      { object, path },
    ]),
  );
}

/** The hosts that were served and are not any more. */
function removedHosts(
  old: ClusterIndex,
  now: ClusterIndex,
  cause: (object: ManifestObject) => ManifestObject,
): ObjectMark[] {
  const served = (cluster: ClusterIndex) =>
    new Map([...publicRoutesOf(cluster), ...redirectsOf(cluster)].map(({ host, object }) => [host, object] as const));
  const present = served(now);
  return [...served(old)]
    .filter(([host]) => !present.has(host))
    .map(([host, object]) => ({ object: cause(object), risk: 'hostRemoved', message: `${host} is no longer served` }));
}

/** The hosts that a Gateway served at ports that it has no more. Hosts that are gone have a mark of their own. */
function removedPorts(before: readonly ManifestObject[], after: readonly ManifestObject[]): ObjectMark[] {
  const gateways = after.filter(({ kind }) => kind === 'Gateway');
  return gateways.flatMap((object) => {
    const listeners = listOf(object.spec?.listeners);
    const old = before.find((one) => objectKey(one) === objectKey(object));
    return listOf(old?.spec?.listeners).flatMap(({ hostname, port }): ObjectMark[] => {
      const same = listeners.filter((listener) => listener.hostname === hostname);
      if (same.length === 0 || same.some((listener) => listener.port === port)) return [];
      const message = `${hostname ?? 'every host'} is no longer served at port ${port}`;
      return [{ object, risk: 'hostRemoved', message }];
    });
  });
}

/** New entry points, and entry points with a wider audience, other workloads or less protection. */
export function edgeAccessMarks(
  before: readonly ManifestObject[],
  after: readonly ManifestObject[],
  prerequisites: readonly Prerequisite[],
  changed: readonly ManifestObject[],
): ObjectMark[] {
  const [old, now] = [new ClusterIndex(before, prerequisites), new ClusterIndex(after, prerequisites)];
  const isChanged = new Set(changed);
  const cause = (object: ManifestObject): ManifestObject => {
    const near = changed.filter(({ metadata }) => metadata.namespace === object.metadata.namespace);
    const besides = near.find(({ kind }) => EDGE_KINDS.includes(kind));
    return isChanged.has(object) ? object : (besides ?? near[0] ?? (changed[0] as ManifestObject));
  };
  const [were, are] = [entryPointsOf(old), entryPointsOf(now)];
  const offered = [...are].flatMap(([label, entryPoint]) =>
    compareEntryPoint(label, entryPoint, were.get(label)).map(
      (message): ObjectMark => ({ object: cause(entryPoint.object), risk: 'accessWidened', message }),
    ),
  );
  const gone = [...were].flatMap(([label, entryPoint]) =>
    are.has(label)
      ? []
      : fallbackAccess(label, entryPoint, are).map(
          ({ by, message }): ObjectMark => ({ object: cause(by.object), risk: 'accessWidened', message }),
        ),
  );
  const known = unsupportedSettings(old);
  const unsupported = [...unsupportedSettings(now)].flatMap(([key, { object, path }]): ObjectMark[] =>
    known.has(key)
      ? []
      : [
          {
            object: cause(object),
            risk: 'accessWidened',
            message: `${path} may admit other clients, which is not analysed`,
          },
        ],
  );
  return [...offered, ...gone, ...unsupported, ...removedHosts(old, now, cause), ...removedPorts(before, after)];
}
