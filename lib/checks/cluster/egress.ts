import { groupBy } from '../../base/group';
import { KUBE_DNS } from '../../base/kube-dns';
import { memoizeOf } from '../../base/memoize';
import { type ManifestObject, objectName } from '../../manifests/object';
import type { ClusterIndex } from './cluster-index';
import { containersOf, type Fields, listOf, type Pod } from './pods';
import { directionsOf, isPolicy, portNumber } from './policies';
import { type Selection, selectionOf, selectorOf } from './selection';
import { mountedTexts, variablesOf } from './variables';
import type { Finding } from './violation';

/** The ports at which DNS servers of clusters listen: 5353 with OpenShift, 8053 with Gardener. Caches on nodes listen at 53. */
const DNS_PORTS = [KUBE_DNS.port, 5353, 8053];

/** Whether a port of a rule covers the port of DNS. */
function coversDns({ port, endPort, protocol = 'TCP' }: Fields, ports: readonly number[], transport: string): boolean {
  if (protocol !== transport) return false;
  if (port == null) return true;
  if (typeof port === 'string') return /dns|domain/.test(port);
  return ports.some((dns) => port <= dns && dns <= (typeof endPort === 'number' ? endPort : port));
}

/** Whether a rule lets a pod ask for names. A rule without ports for pods that are here, none of them of DNS, does not. */
function opensDns(
  { to, ports }: Fields,
  dns: readonly number[],
  transport: string,
  isHere: (peer: Fields) => boolean,
): boolean {
  if (listOf(ports).length > 0) return listOf(ports).some((port) => coversDns(port, dns, transport));
  return listOf(to).length === 0 || listOf(to).some((peer) => !isHere(peer));
}

/** Variables that hold the name of a host alone. */
const HOST_VARIABLE = /(?:HOST|HOSTNAME|ADDR|ADDRESS|SERVER|ENDPOINT|URL|URI)S?$/i;

/** Flags that a host follows, as a word of its own or behind "=". */
const HOST_FLAG = /^--?(?:h|host|hostname|server|addr|address|endpoint|db-host|broker|url)$/i;

/** The hosts in the addresses of a text: of `http://api:80` and `postgres://user@db/shop`, and with pairs also of `kafka:9092`. */
const hostsIn = (text: string, hasPairs: boolean): string[] =>
  [...text.matchAll(/(?:\/\/|@)([a-z0-9][a-z0-9.-]*)|(?<![\w./@-])([a-z0-9][a-z0-9.-]*):\d{2,5}(?![\w.])/g)].flatMap(
    ([, address, pair]) => address ?? (hasPairs && pair !== undefined ? pair : []),
  );

/** The hosts of arguments. */
function hostsOfWords(words: readonly unknown[], hasPairs: boolean): string[] {
  const texts = words.flatMap((word) => (typeof word === 'string' ? word.split(/\s+/) : []));
  return texts.flatMap((word, index) => {
    const [flag = '', value = texts[index + 1] ?? ''] = /^(-[^=]+)=(.*)$/.exec(word)?.slice(1) ?? [word];
    return [...hostsIn(word, hasPairs), ...(HOST_FLAG.test(flag) ? [value] : [])];
  });
}

/** The hosts that a container names: by itself, and in the ConfigMaps that it is given. */
function hostsOf(cluster: ClusterIndex, pod: Pod, fields: Fields, isGiven: boolean): string[] {
  const own = listOf(fields.env).map(({ name, value }): [string, string] => [String(name), String(value ?? '')]);
  const variables = [...(isGiven ? variablesOf(cluster, pod, fields).values : own)].flatMap(([name, value]) => {
    if (value === undefined) return [];
    const [, bare] = HOST_VARIABLE.test(name) ? (/^([a-z0-9][a-z0-9.-]*)(?::\d+)?$/.exec(value) ?? []) : [];
    return bare === undefined ? hostsIn(value, isGiven) : [bare];
  });
  return [
    ...variables,
    ...hostsOfWords([...listOf(fields.command), ...listOf(fields.args)], isGiven),
    ...(isGiven ? mountedTexts(cluster, pod, fields) : []).flatMap((text) => hostsIn(text, true)),
  ];
}

/** A host of another zone than the cluster, such as `hooks.example.com`; an address is none. */
const isOutside = (host: string): boolean =>
  /\.[a-z]{2,}$/.test(host) && !/\.(?:svc|local|cluster|internal)$/.test(host);

/** The name that a pod calls, as far as its container tells: of a Service, or one outside where its policies let it out. */
function calledName(
  cluster: ClusterIndex,
  pod: Pod,
  services: ReadonlyMap<string, ManifestObject>,
  rules: readonly Fields[],
): string | undefined {
  const isLetOut = rules.some(({ to }) => listOf(to).length === 0 || listOf(to).some(({ ipBlock }) => ipBlock != null));
  // A pod without any rule may be kept apart on purpose: then only whole addresses of its own count.
  const isGiven = rules.length > 0;
  const aliases = new Set(listOf(pod.spec.hostAliases).flatMap(({ hostnames }) => listOf(hostnames)));
  return containersOf(pod)
    .flatMap(({ fields }) => hostsOf(cluster, pod, fields, isGiven))
    .find((host) => {
      const [name = '', namespace = pod.namespace] = host.split('.');
      if (aliases.has(host)) return false;
      return services.has(`${namespace}/${name}`) || (isLetOut && isOutside(host));
    });
}

/** The objects that select each pod of their namespace. */
function byPod(
  objects: readonly ManifestObject[],
  selection: Selection,
  labels: (object: ManifestObject) => Fields,
): ReadonlyMap<Pod, readonly ManifestObject[]> {
  const pairs = objects.flatMap((object) =>
    selection
      .podsIn(object.metadata.namespace ?? 'default', selectorOf(labels(object)))
      .map((pod) => ({ pod, object })),
  );
  return new Map([...groupBy(pairs, ({ pod }) => pod)].map(([pod, all]) => [pod, all.map(({ object }) => object)]));
}

/** Pods whose egress is isolated without DNS, although they call a name. Source: kubernetes.io, Network Policies. */
function withoutDns(
  cluster: ClusterIndex,
  selection: Selection,
  services: ReadonlyMap<string, ManifestObject>,
): Finding[] {
  const given = cluster.prerequisites.flatMap(({ port }) => port ?? []);
  const dns = [...DNS_PORTS, ...given];
  const policiesOfEgress = cluster
    .ofKind('NetworkPolicy')
    .filter((one) => isPolicy(one) && directionsOf(one).includes('egress'));
  const isolating = byPod(policiesOfEgress, selection, ({ spec }) => spec?.podSelector);
  return [...isolating].flatMap(([pod, policies]): Finding[] => {
    const [first] = policies;
    if (pod.spec.hostNetwork === true || first === undefined) return [];
    const rules = policies.flatMap(({ spec }) => listOf(spec?.egress));
    const isHere = (peer: Fields) => selection.isHere(peer, pod.namespace);
    const opens = (transport: string) => rules.some((rule) => opensDns(rule, dns, transport, isHere));
    const usesTcp = listOf(pod.spec.dnsConfig?.options).some(({ name }) => name === 'use-vc');
    if (opens('UDP') || (usesTcp && opens('TCP'))) return [];
    const name = calledName(cluster, pod, services, rules);
    if (name === undefined) return [];
    const port = given.at(-1) ?? KUBE_DNS.port;
    const message = `given ${opens('TCP') ? 'TCP alone for' : 'no egress to'} port ${port} for ${objectName(pod.owner)}, which calls "${name}" by its name, expected a rule for UDP and TCP ${port} to the DNS of the cluster; without it no name is resolved`;
    return [{ object: first, path: 'spec.egress', message }];
  });
}

/** The Services of each pod. */
const servicesByPod = memoizeOf((cluster: ClusterIndex): ReadonlyMap<Pod, readonly ManifestObject[]> => {
  const services = cluster.ofKind('Service').filter(({ spec }) => spec?.selector != null);
  return byPod(services, selectionOf(cluster), ({ spec }) => ({ matchLabels: spec.selector }));
});

/** The ports of Services that lead to other ports of pods, by their number. */
function forwardedPorts(cluster: ClusterIndex): ReadonlyMap<string, readonly ManifestObject[]> {
  const forwards = cluster.ofKind('Service').flatMap((service) =>
    listOf(service.spec?.selector == null ? undefined : service.spec.ports)
      .filter(({ port, targetPort }) => (targetPort ?? port) !== port)
      .map(({ port }) => ({ service, port })),
  );
  return new Map(
    [...groupBy(forwards, ({ port }) => String(port))].map(([port, all]) => [port, all.map(({ service }) => service)]),
  );
}

/** The ports at which pods listen: those that they declare, and those that Services lead to. */
function listeningPorts(pods: readonly Pod[], services: ReadonlyMap<Pod, readonly ManifestObject[]>): Set<number> {
  const ports = pods.flatMap((pod) => [
    ...containersOf(pod).flatMap(({ fields }) => listOf(fields.ports).map(({ containerPort }) => containerPort)),
    ...(services.get(pod) ?? []).flatMap(({ spec }) =>
      listOf(spec?.ports).map((one) => portNumber(pod, one.targetPort ?? one.port, one.protocol ?? 'TCP')),
    ),
  ]);
  return new Set(ports.filter((port) => typeof port === 'number'));
}

/** The pods that a rule leads to, where it leads to pods of the set alone. */
function reachedPods({ to }: Fields, own: string, selection: Selection): readonly Pod[] {
  const peers = listOf(to).filter(({ ipBlock }) => ipBlock == null);
  if (!peers.every((peer) => selection.isHere(peer, own))) return [];
  return peers.flatMap((peer) => selection.peers(peer, own).pods);
}

/** Rules that open the port of a Service, where policies count the ports of pods. Source: kubernetes.io, Network Policies. */
function onServicePorts(cluster: ClusterIndex, selection: Selection): Finding[] {
  const forwards = forwardedPorts(cluster);
  return cluster
    .ofKind('NetworkPolicy')
    .filter(isPolicy)
    .flatMap((object) =>
      listOf(object.spec?.egress).flatMap((rule, index) =>
        listOf(rule.ports).flatMap(({ port, endPort }, at): Finding[] => {
          const services = forwards.get(String(port));
          if (services === undefined || typeof port !== 'number' || endPort != null) return [];
          const pods = reachedPods(rule, object.metadata.namespace ?? 'default', selection);
          const listening = listeningPorts(pods, servicesByPod(cluster));
          const own = new Set(pods.flatMap((pod) => servicesByPod(cluster).get(pod) ?? []));
          const service = services.find((one) => own.has(one));
          if (service === undefined || listening.size === 0 || listening.has(port)) return [];
          const message = `given ${port}, which is the port of ${objectName(service)}, expected one of its pods: ${[...listening].join(', ')}; policies count the ports of pods`;
          return [{ object, path: `spec.egress[${index}].ports[${at}].port`, message }];
        }),
      ),
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
