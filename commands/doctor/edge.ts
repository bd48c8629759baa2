import { counted } from '../../lib/base/counted';
import type { BuiltSystem } from '../../lib/pipeline/build';
import { edgePodsOf } from '../../lib/pipeline/intent';
import { condition, hasLabels, type Live, PODS, type View } from '../shared/view';
import { ofKind, type Requirements } from './requirements';
import { missing, ok, type Row, rowsFromList, unknown, unreadable } from './row';

const CLASSES = {
  ingress: { kind: 'IngressClass', path: '/apis/networking.k8s.io/v1/ingressclasses' },
  gateway: { kind: 'GatewayClass', path: '/apis/gateway.networking.k8s.io/v1/gatewayclasses' },
} as const;

const ALLOWLIST = 'nginx.ingress.kubernetes.io/whitelist-source-range';

/** The first Traefik release whose nginx provider enforces that annotation. Measured: 3.6.13 ignores it and allows every client. */
const TRAEFIK_WITH_ALLOWLISTS = [3, 7, 6];

/** One edge of the environment, and its hosts whose allowlists or rate limits depend on the client's address. */
interface Edge {
  readonly props: BuiltSystem['model']['edge'];
  readonly controller: ReturnType<typeof edgePodsOf>;
  readonly restrictedHosts: readonly string[];
}

function edgesOf({ systems }: Requirements): Edge[] {
  const edges = new Map<string, Edge>();
  for (const { model } of systems) {
    const routes = model.components.flatMap(({ exposed }) => exposed);
    if (routes.length === 0) continue;
    // Routes of the audience "nobody" answer 403 whatever the client's address.
    const restricted = routes.filter(
      ({ site, audience = site.audience }) => typeof audience !== 'string' || site.rateLimit !== undefined,
    );
    const controller = edgePodsOf(model);
    const key = JSON.stringify([model.edge, controller]);
    const hosts = [...(edges.get(key)?.restrictedHosts ?? []), ...restricted.map(({ site }) => site.host)];
    edges.set(key, { props: model.edge, controller, restrictedHosts: [...new Set(hosts)] });
  }
  return [...edges.values()];
}

/** The IngressClass or GatewayClass of an edge. */
function classRows({ props }: Edge, view: View): Promise<Row[]> {
  if (props.kind === 'traefik') return Promise.resolve([]);
  const { kind, path } = CLASSES[props.kind];
  const row = { what: `${kind} ${props.class}`, needed: 'for the edge' };
  const otherwise = 'install its controller, or set edge.class to an existing class';
  return rowsFromList(
    view,
    path,
    row,
    (classes) => {
      const found = classes.find(({ metadata }) => metadata.name === props.class);
      const others = classes.map(({ metadata }) => metadata.name).join(', ');
      if (found === undefined)
        return missing({ ...row, found: others === '' ? 'none' : `others: ${others}` }, otherwise);
      if (kind === 'IngressClass') return ok({ ...row, found: `of ${found.spec?.controller}` });
      const { holds, message } = condition(found, 'Accepted');
      const controller = `of ${found.spec?.controllerName}`;
      return holds
        ? ok({ ...row, found: `${controller}, accepted` })
        : missing({ ...row, found: message }, `check that ${controller.slice(3)} runs`);
    },
    otherwise,
  );
}

/** Whether the edge's pods are created only when the Gateway is applied, as Envoy Gateway does. */
function comesWithGateway({ props }: Edge): boolean {
  return props.kind === 'gateway' && props.implementation === 'envoy';
}

/** The controller's pods that are ready. */
function readyPods(pods: readonly Live[], { controller }: Edge): Live[] {
  const own = pods.filter(
    (pod) => pod.metadata.namespace === controller.namespace && hasLabels(pod, controller.labels),
  );
  return own.filter((pod) => condition(pod, 'Ready').holds);
}

function controllerRow(ready: readonly Live[], edge: Edge): Row {
  const { namespace, labels } = edge.controller;
  const shown = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const row = { what: `edge in ${namespace}`, needed: `ready pods with ${shown.join(', ')}` };
  const found = { ...row, found: ready.length === 0 ? 'none' : `${counted(ready.length, 'pod')} ready` };
  if (ready.length > 0) return ok(found);
  if (comesWithGateway(edge))
    return unknown(found, 'they are created when the Gateway is applied; run this again then');
  return missing(
    found,
    'install it there, or set edge.controller to where it runs: NetworkPolicies allow no other client',
  );
}

/** All arguments of pods, in lower case. */
function argsOf(pods: readonly Live[]): string[] {
  const containers = pods.flatMap(({ spec }) => spec.containers);
  return containers
    .flatMap(({ command = [], args = [] }) => [...command, ...args])
    .map((arg) => String(arg).toLowerCase());
}

/** Whether the proxy sees the addresses of clients, as far as the Service in front of it tells. */
function addressRow(ready: readonly Live[], services: readonly Live[], proxied: boolean, edge: Edge): Row {
  const { controller } = edge;
  const why =
    edge.restrictedHosts.length > 0 ? ` (allowlists and rate limits of ${edge.restrictedHosts.join(', ')})` : '';
  const row = { what: "clients' addresses", needed: `externalTrafficPolicy: Local${why}` };
  if (ready.length === 0) return unknown({ ...row, found: 'no pod of the edge' }, 'run this again when it runs');
  const own = services.filter(
    ({ metadata, spec }) =>
      metadata.namespace === controller.namespace &&
      Object.keys(spec.selector ?? {}).length > 0 &&
      ready.some((pod) => hasLabels(pod, spec.selector)),
  );
  const open = own.filter(({ spec }) => spec.type === 'LoadBalancer' || spec.type === 'NodePort');
  const onNodes = ready.some(
    ({ spec }) =>
      spec.hostNetwork || spec.containers.some(({ ports = [] }: Live) => ports.some((one: Live) => one.hostPort)),
  );
  if (open.length === 0) {
    if (onNodes) return ok({ ...row, found: 'host ports of its nodes' });
    return unknown({ ...row, found: 'no Service of type LoadBalancer or NodePort' }, 'find out how clients reach it');
  }
  const cluster = open.filter(({ spec }) => spec.externalTrafficPolicy !== 'Local');
  const names = (all: readonly Live[]) => all.map(({ metadata }) => metadata.name).join(', ');
  if (cluster.length === 0) return ok({ ...row, found: `${names(open)}: Local` });
  const found = { ...row, found: `${names(cluster)}: Cluster${proxied ? ', and PROXY protocol' : ''}` };
  if (proxied) return ok(found);
  const mend = `kubectl patch service ${cluster[0].metadata.name} -n ${controller.namespace} -p '{"spec":{"externalTrafficPolicy":"Local"}}', or PROXY protocol`;
  return edge.restrictedHosts.length > 0
    ? missing(found, mend)
    : unknown(found, `logs show addresses of nodes instead of clients; ${mend}`);
}

/** `docker.io/library/traefik:v3.7.6` → [3, 7, 6]. */
function traefikVersion(image: string): number[] | undefined {
  const [, ...parts] = /traefik[^/:]*:v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(image) ?? [];
  return parts.length === 0 ? undefined : parts.filter((part) => part !== undefined).map(Number);
}

/** Whether a version is at least another one, or undefined where it is not precise enough to tell. */
function isAtLeast(version: readonly number[], minimum: readonly number[]): boolean | undefined {
  for (const [index, required] of minimum.entries()) {
    const part = version[index];
    if (part === undefined) return undefined;
    if (part !== required) return part > required;
  }
  return true;
}

/** Whether the controller supports the allowlist annotation: one that does not allows every client. */
function annotationRow(ready: readonly Live[], requirements: Requirements): Row[] {
  const ingresses = ofKind(requirements, 'Ingress').filter(
    ({ metadata }) => metadata.annotations?.[ALLOWLIST] !== undefined,
  );
  const [first] = ingresses;
  if (first === undefined) return [];
  const images = [...new Set(ready.flatMap(({ spec }) => spec.containers.map(({ image }: Live) => image as string)))];
  const [{ host, http }] = first.spec.rules;
  // A path that is a regular expression ends in a group; what is before it is a plain path.
  const [path] = String(http.paths.at(-1).path).split('(');
  const row = {
    what: 'whitelist-source-range',
    needed: `supported by the edge, for ${[...new Set(ingresses.map(({ spec }) => spec.rules[0].host))].join(', ')}`,
  };
  const found = { ...row, found: images.join(', ') || 'no pod of the edge' };
  const proof = `from an address that is not on the allowlist, curl -sS -o /dev/null -w '%{http_code}\\n' https://${host}${path} has to print 403`;
  if (images.some((image) => /ingress-nginx\/controller|\/nginx-ingress-controller/.test(image))) return [ok(found)];
  const version = images.map(traefikVersion).find((one) => one !== undefined);
  if (version === undefined) return [unknown(found, `test it: ${proof}`)];
  const knows = isAtLeast(version, TRAEFIK_WITH_ALLOWLISTS);
  if (knows === undefined) return [unknown(found, `3.7.6 or later supports it; test it: ${proof}`)];
  return [
    knows
      ? ok(found)
      : missing(found, `upgrade it to ${TRAEFIK_WITH_ALLOWLISTS.join('.')} or later; then test it: ${proof}`),
  ];
}

/** The options that Traefik needs. Only its arguments are read, not its configuration files. */
function traefikRows(ready: readonly Live[], { props }: Edge): Row[] {
  const isTraefik = ready.some(({ spec }) => spec.containers.some(({ image }: Live) => /traefik/.test(image)));
  if (!isTraefik) return [];
  const args = argsOf(ready);
  const says = (option: string) =>
    args.some((arg) => arg === `--${option}` || arg.startsWith(`--${option}.`) || arg === `--${option}=true`);
  const hidden = !args.some((arg) => arg.startsWith('--providers.'));
  const providers = {
    ingress: ['providers.kubernetesingressnginx'],
    traefik: ['providers.kubernetescrd'],
    gateway: ['providers.kubernetesgateway', 'providers.kubernetescrd'],
  }[props.kind];
  const options = [...providers, ...(props.kind === 'traefik' ? ['providers.kubernetescrd.allowemptyservices'] : [])];
  return options.map((option): Row => {
    const reason = option.endsWith('allowemptyservices')
      ? 'so that a Service without pods keeps its route'
      : 'for the edge';
    const row = { what: `Traefik's ${option}`, needed: reason };
    const mend = `start Traefik with --${option}=true`;
    if (says(option)) return ok({ ...row, found: 'set' });
    if (hidden)
      return unknown(
        { ...row, found: 'its arguments name no provider' },
        `check that its configuration file sets it; otherwise ${mend}`,
      );
    return missing({ ...row, found: 'not set' }, mend);
  });
}

async function rowsOf(edge: Edge, requirements: Requirements, view: View): Promise<Row[]> {
  const { namespace } = edge.controller;
  const services = `/api/v1/namespaces/${namespace}/services`;
  const settings = `/api/v1/namespaces/${namespace}/configmaps`;
  const [classes, pods, inFront, configs] = await Promise.all([
    classRows(edge, view),
    view.list(PODS),
    view.list(services),
    view.list(settings),
  ]);
  const failure = unreadable(pods, { what: `edge in ${namespace}`, needed: 'its pods' }, PODS, '');
  if (failure !== undefined || pods.kind !== 'found') return [...classes, ...(failure === undefined ? [] : [failure])];
  const ready = readyPods(pods.value, edge);
  const proxied =
    argsOf(ready).some((arg) => arg.includes('proxyprotocol')) ||
    (configs.kind === 'found' && configs.value.some(({ data }) => data?.['use-proxy-protocol'] === 'true'));
  const unreadableServices = unreadable(
    inFront,
    { what: "clients' addresses", needed: 'externalTrafficPolicy: Local' },
    services,
    '',
  );
  return [
    ...classes,
    controllerRow(ready, edge),
    unreadableServices ?? addressRow(ready, inFront.kind === 'found' ? inFront.value : [], proxied, edge),
    ...(edge.props.kind === 'ingress' ? annotationRow(ready, requirements) : []),
    ...traefikRows(ready, edge),
  ];
}

/** The edges of an environment: classes, controllers and their options. */
export async function edgeRows(requirements: Requirements, view: View): Promise<Row[]> {
  return (await Promise.all(edgesOf(requirements).map((edge) => rowsOf(edge, requirements, view)))).flat();
}
