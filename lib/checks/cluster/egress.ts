import { KUBE_DNS } from '../../base/kube-dns';
import type { ManifestObject } from '../../manifests/object';
import { objectName } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import { containersOf, type Fields, listOf, type Pod } from './pods';
import { directionsOf, isPolicy } from './policies';
import { type Selection, selectorOf } from './selection';
import type { Finding } from './violation';

/** Whether a port of a rule covers a number. A port by name may be any number. */
function covers({ port, endPort }: Fields, number: number): boolean {
  if (typeof port !== 'number') return true;
  return port <= number && number <= (typeof endPort === 'number' ? endPort : port);
}

const opens = ({ ports }: Fields, number: number): boolean =>
  listOf(ports).length === 0 || listOf(ports).some((port) => covers(port, number));

/** Variables that hold the name of a host alone. */
const HOST_VARIABLE = /(?:HOST|HOSTNAME|ADDR|ADDRESS|SERVER|ENDPOINT|URL|URI)S?$/i;

/** The hosts in the addresses of a text: of `http://api:80` and `postgres://user@db/shop`. */
const hostsIn = (text: string): string[] =>
  [...text.matchAll(/(?:\/\/|@)([a-z0-9][a-z0-9.-]*)/g)].map(([, host]) => host as string);

/** The hosts that a container names in its variables and arguments. */
function hostsOf({ env, command, args }: Fields): string[] {
  const variables = listOf(env).flatMap(({ name, value }) => {
    if (typeof value !== 'string') return [];
    const [, bare] = HOST_VARIABLE.test(String(name)) ? (/^([a-z0-9][a-z0-9.-]*)(?::\d+)?$/.exec(value) ?? []) : [];
    return bare === undefined ? hostsIn(value) : [bare];
  });
  const words = [...listOf(command), ...listOf(args)].filter((word) => typeof word === 'string');
  return [...variables, ...words.flatMap(hostsIn)];
}

/** The name of a Service by which a pod calls it, as far as its variables and arguments tell. */
function calledService(pod: Pod, services: ReadonlyMap<string, ManifestObject>): string | undefined {
  return containersOf(pod)
    .flatMap(({ fields }) => hostsOf(fields))
    .find((host) => {
      const [name = '', namespace = pod.namespace] = host.split('.');
      return services.has(`${namespace}/${name}`);
    });
}

/** Pods whose egress is isolated without DNS, although they call a Service by its name. Source: kubernetes.io, Network Policies. */
function withoutDns(
  cluster: ClusterIndex,
  selection: Selection,
  services: ReadonlyMap<string, ManifestObject>,
): Finding[] {
  // Caches on nodes listen at the usual port, whatever the port of the DNS pods is.
  const dns = [KUBE_DNS.port, ...cluster.prerequisites.flatMap(({ port }) => port ?? [])];
  const isolating = new Map<Pod, ManifestObject[]>();
  for (const policy of cluster.ofKind('NetworkPolicy').filter(isPolicy)) {
    if (!directionsOf(policy).includes('egress')) continue;
    const { namespace = 'default' } = policy.metadata;
    for (const pod of selection.podsIn(namespace, selectorOf(policy.spec?.podSelector))) {
      isolating.set(pod, [...(isolating.get(pod) ?? []), policy]);
    }
  }
  return [...isolating].flatMap(([pod, policies]): Finding[] => {
    const [first] = policies;
    if (pod.spec.hostNetwork === true || first === undefined) return [];
    if (policies.some(({ spec }) => listOf(spec?.egress).some((rule) => dns.some((port) => opens(rule, port)))))
      return [];
    const host = calledService(pod, services);
    if (host === undefined) return [];
    const message = `given no egress to port ${dns.at(-1)} for ${objectName(pod.owner)}, which calls "${host}" by its name, expected a rule for UDP and TCP ${dns.at(-1)} to the DNS of the cluster; without it no name is resolved`;
    return [{ object: first, path: 'spec.egress', message }];
  });
}

/** The Services of a port that lead to other ports of pods. */
function servicesWith(port: number, pods: readonly Pod[], services: readonly ManifestObject[], selection: Selection) {
  return services.filter(({ metadata, spec }) => {
    const selected = selection.podsIn(metadata.namespace ?? 'default', selectorOf({ matchLabels: spec?.selector }));
    const leads = listOf(spec?.ports).some((one) => one.port === port && (one.targetPort ?? one.port) !== port);
    return leads && spec?.selector != null && selected.some((pod) => pods.includes(pod));
  });
}

/** Rules that open the port of a Service, where policies count the ports of pods. Source: kubernetes.io, Network Policies. */
function onServicePorts(cluster: ClusterIndex, selection: Selection): Finding[] {
  const services = cluster.ofKind('Service');
  return cluster
    .ofKind('NetworkPolicy')
    .filter(isPolicy)
    .flatMap((object) =>
      listOf(object.spec?.egress).flatMap((rule, index) => {
        const peers = listOf(rule.to).filter(({ ipBlock }) => ipBlock == null);
        const reached = peers.map((peer) => selection.peers(peer, object.metadata.namespace ?? 'default'));
        const pods = reached.flatMap((one) => one.pods);
        if (pods.length === 0 || reached.some(({ hasPrerequisite }) => hasPrerequisite)) return [];
        const declared = pods
          .flatMap(containersOf)
          .flatMap(({ fields }) => listOf(fields.ports))
          .map(({ containerPort }) => containerPort);
        return listOf(rule.ports).flatMap(({ port, endPort }, at): Finding[] => {
          if (typeof port !== 'number' || endPort != null || declared.length === 0 || declared.includes(port))
            return [];
          const [service] = servicesWith(port, pods, services, selection);
          if (service === undefined) return [];
          const message = `given ${port}, which is the port of ${objectName(service)}, expected one of its pods: ${[...new Set(declared)].join(', ')}; policies count the ports of pods`;
          return [{ object, path: `spec.egress[${index}].ports[${at}].port`, message }];
        });
      }),
    );
}

/** What policies close that pods need. */
export function egressFindings(cluster: ClusterIndex, selection: Selection): Finding[] {
  const services = new Map(
    cluster
      .ofKind('Service')
      .map((one) => [`${one.metadata.namespace ?? 'default'}/${one.metadata.name}`, one] as const),
  );
  return [...withoutDns(cluster, selection, services), ...onServicePorts(cluster, selection)];
}
