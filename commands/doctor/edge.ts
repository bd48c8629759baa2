import type { BuiltSystem } from '../../lib/pipeline/build';
import { edgePodsOf } from '../../lib/pipeline/intent';
import { counted, missing, ok, type Row, unknown } from './row';
import { condition, fromList, hasLabels, type Live, PODS, unseen, type View } from './view';
import { ofKind, type Wanted } from './wanted';

const CLASSES = {
  ingress: { kind: 'IngressClass', path: '/apis/networking.k8s.io/v1/ingressclasses' },
  gateway: { kind: 'GatewayClass', path: '/apis/gateway.networking.k8s.io/v1/gatewayclasses' },
} as const;

const ALLOWLIST = 'nginx.ingress.kubernetes.io/whitelist-source-range';

/** The first Traefik whose nginx provider keeps out whom that annotation does not name: measured, 3.6.13 lets everyone in. */
const TRAEFIK_WITH_ALLOWLISTS = [3, 7, 6];

/** One edge of the environment, and the hosts behind it that look at clients' addresses. */
interface Edge {
  readonly props: BuiltSystem['model']['edge'];
  readonly controller: ReturnType<typeof edgePodsOf>;
  readonly guarded: readonly string[];
}

function edgesOf({ systems }: Wanted): Edge[] {
  const edges = new Map<string, Edge>();
  for (const { model } of systems) {
    const routes = model.components.flatMap(({ exposed }) => exposed);
    if (routes.length === 0) continue;
    // What is for nobody is refused whoever comes.
    const guarded = routes.filter(
      ({ site, audience = site.audience }) => typeof audience !== 'string' || site.rateLimit !== undefined,
    );
    const controller = edgePodsOf(model);
    const key = JSON.stringify([model.edge, controller]);
    const hosts = [...(edges.get(key)?.guarded ?? []), ...guarded.map(({ site }) => site.host)];
    edges.set(key, { props: model.edge, controller, guarded: [...new Set(hosts)] });
  }
  return [...edges.values()];
}

function classRows({ props }: Edge, view: View): Promise<Row[]> {
  if (props.kind === 'traefik') return Promise.resolve([]);
  const { kind, path } = CLASSES[props.kind];
  const row = { what: `${kind} ${props.class}`, needed: 'for the edge' };
  const otherwise = 'install its controller, or name the class that is there as edge.class';
  return fromList(
    view,
    path,
    row,
    (classes) => {
      const found = classes.find(({ metadata }) => metadata.name === props.class);
      const others = classes.map(({ metadata }) => metadata.name).join(', ');
      if (found === undefined)
        return missing({ ...row, found: others === '' ? 'none' : `others: ${others}` }, otherwise);
      if (kind === 'IngressClass') return ok({ ...row, found: `of ${found.spec?.controller}` });
      const { holds, said } = condition(found, 'Accepted');
      const controller = `of ${found.spec?.controllerName}`;
      return holds
        ? ok({ ...row, found: `${controller}, accepted` })
        : missing({ ...row, found: said }, `is ${controller.slice(3)} running?`);
    },
    otherwise,
  );
}

/** Envoy's proxies come with the Gateway, and not before. */
function comesLater({ props }: Edge): boolean {
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
  if (comesLater(edge)) return unknown(found, 'they come when the Gateway is applied; look again then');
  return missing(found, 'install it there, or say where it is as edge.controller: policies let nobody else in');
}

function argsOf(pods: readonly Live[]): string[] {
  const containers = pods.flatMap(({ spec }) => spec.containers);
  return containers
    .flatMap(({ command = [], args = [] }) => [...command, ...args])
    .map((arg) => String(arg).toLowerCase());
}

/** Whether an outside address gets to the proxy, as far as the Service in front of it says. */
function addressRow(ready: readonly Live[], services: readonly Live[], proxied: boolean, edge: Edge): Row {
  const { controller } = edge;
  const why = edge.guarded.length > 0 ? ` (allowlists and rates of ${edge.guarded.join(', ')})` : '';
  const row = { what: "clients' addresses", needed: `externalTrafficPolicy: Local${why}` };
  if (ready.length === 0) return unknown({ ...row, found: 'no pod of the edge' }, 'look again when it is there');
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
    if (onNodes) return ok({ ...row, found: 'it listens on its nodes' });
    return unknown({ ...row, found: 'no Service that is open to the outside' }, 'is there another way in?');
  }
  const cluster = open.filter(({ spec }) => spec.externalTrafficPolicy !== 'Local');
  const names = (all: readonly Live[]) => all.map(({ metadata }) => metadata.name).join(', ');
  if (cluster.length === 0) return ok({ ...row, found: `${names(open)}: Local` });
  const found = { ...row, found: `${names(cluster)}: Cluster${proxied ? ', and PROXY protocol' : ''}` };
  if (proxied) return ok(found);
  const mend = `kubectl patch service ${cluster[0].metadata.name} -n ${controller.namespace} -p '{"spec":{"externalTrafficPolicy":"Local"}}', or PROXY protocol`;
  return edge.guarded.length > 0
    ? missing(found, mend)
    : unknown(found, `logs show nodes in place of clients; ${mend}`);
}

/** `docker.io/library/traefik:v3.7.6` → [3, 7, 6]. */
function traefikVersion(image: string): number[] | undefined {
  const [, ...parts] = /traefik[^/:]*:v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(image) ?? [];
  return parts.length === 0 ? undefined : parts.filter((part) => part !== undefined).map(Number);
}

/** Whether one version is another or later, or undefined where it is not said finely enough. */
function reaches(version: readonly number[], least: readonly number[]): boolean | undefined {
  for (const [index, wanted] of least.entries()) {
    const part = version[index];
    if (part === undefined) return undefined;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

/** Whether the controller knows the annotations that keep people out: one that does not lets everyone in. */
function annotationRow(ready: readonly Live[], wanted: Wanted): Row[] {
  const ingresses = ofKind(wanted, 'Ingress').filter(({ metadata }) => metadata.annotations?.[ALLOWLIST] !== undefined);
  const [first] = ingresses;
  if (first === undefined) return [];
  const images = [...new Set(ready.flatMap(({ spec }) => spec.containers.map(({ image }: Live) => image as string)))];
  const [{ host, http }] = first.spec.rules;
  // An expression ends in what stands for whole segments.
  const [path] = String(http.paths.at(-1).path).split('(');
  const row = {
    what: 'whitelist-source-range',
    needed: `known to the edge, for ${[...new Set(ingresses.map(({ spec }) => spec.rules[0].host))].join(', ')}`,
  };
  const found = { ...row, found: images.join(', ') || 'no pod of the edge' };
  const prove = `from an address that is not let in: curl -sS -o /dev/null -w '%{http_code}\\n' https://${host}${path} has to say 403`;
  if (images.some((image) => /ingress-nginx\/controller|\/nginx-ingress-controller/.test(image))) return [ok(found)];
  const version = images.map(traefikVersion).find((one) => one !== undefined);
  if (version === undefined) return [unknown(found, `prove it ${prove}`)];
  const knows = reaches(version, TRAEFIK_WITH_ALLOWLISTS);
  if (knows === undefined) return [unknown(found, `3.7.6 or later knows it; prove it ${prove}`)];
  return [
    knows ? ok(found) : missing(found, `upgrade it to ${TRAEFIK_WITH_ALLOWLISTS.join('.')} or later; then, ${prove}`),
  ];
}

/** What a Traefik has to be told. What it is told by files is not seen. */
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
    const because = option.endsWith('allowemptyservices')
      ? 'so that a Service without pods is no missing route'
      : 'for the edge';
    const row = { what: `Traefik's ${option}`, needed: because };
    const mend = `start Traefik with --${option}=true`;
    if (says(option)) return ok({ ...row, found: 'set' });
    if (hidden)
      return unknown(
        { ...row, found: 'its arguments name no provider' },
        `see that its configuration says it; else ${mend}`,
      );
    return missing({ ...row, found: 'not set' }, mend);
  });
}

async function rowsOf(edge: Edge, wanted: Wanted, view: View): Promise<Row[]> {
  const { namespace } = edge.controller;
  const services = `/api/v1/namespaces/${namespace}/services`;
  const settings = `/api/v1/namespaces/${namespace}/configmaps`;
  const [classes, pods, inFront, configs] = await Promise.all([
    classRows(edge, view),
    view.list(PODS),
    view.list(services),
    view.list(settings),
  ]);
  const not = unseen(pods, { what: `edge in ${namespace}`, needed: 'its pods' }, PODS, '');
  if (not !== undefined || pods.kind !== 'found') return [...classes, ...(not === undefined ? [] : [not])];
  const ready = readyPods(pods.value, edge);
  const proxied =
    argsOf(ready).some((arg) => arg.includes('proxyprotocol')) ||
    (configs.kind === 'found' && configs.value.some(({ data }) => data?.['use-proxy-protocol'] === 'true'));
  const unseenServices = unseen(
    inFront,
    { what: "clients' addresses", needed: 'externalTrafficPolicy: Local' },
    services,
    '',
  );
  return [
    ...classes,
    controllerRow(ready, edge),
    unseenServices ?? addressRow(ready, inFront.kind === 'found' ? inFront.value : [], proxied, edge),
    ...(edge.props.kind === 'ingress' ? annotationRow(ready, wanted) : []),
    ...traefikRows(ready, edge),
  ];
}

/** What leads requests to the systems of an environment. */
export async function edgeRows(wanted: Wanted, view: View): Promise<Row[]> {
  return (await Promise.all(edgesOf(wanted).map((edge) => rowsOf(edge, wanted, view)))).flat();
}
