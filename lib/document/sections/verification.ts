import { audienceOf } from '../../model/site';
import { resourceOf } from '../backups';
import { type DocumentContext, ofKind, type Section, workloadsOf } from '../context';
import { healthPath, healthRequests, isUntrusted, servicePort, smokeCommand, urlOfHost } from '../health';
import { code, codes, fence, paragraphs } from '../markdown';

/** The kinds of objects of an edge, as kubectl names them. */
const EDGES: Readonly<Record<string, string>> = {
  Ingress: 'ingress',
  IngressRoute: 'ingressroutes.traefik.io',
  Gateway: 'gateways.gateway.networking.k8s.io',
  HTTPRoute: 'httproutes.gateway.networking.k8s.io',
};

const namespacesWith = (context: DocumentContext, ...kinds: readonly string[]) => [
  ...new Set(ofKind(context, ...kinds).map(({ metadata }) => metadata.namespace as string)),
];

/** What the cluster says. */
function inCluster(context: DocumentContext): string {
  const jobs = [...new Set(ofKind(context, 'Job').map(({ metadata }) => metadata.labels.component as string))];
  const edges = Object.keys(EDGES).filter((kind) => ofKind(context, kind).length > 0);
  const certificates = ofKind(context, 'Certificate').length > 0 || context.model.edge.issuer !== undefined;
  return fence(
    'sh',
    ...namespacesWith(context, 'Deployment', 'StatefulSet').map(
      (namespace) => `kubectl get pods -n ${namespace} # each Running, all of its containers ready, no new restarts`,
    ),
    ...namespacesWith(context, 'Job').map(
      (namespace) =>
        `kubectl wait -n ${namespace} --for=condition=complete --timeout=30m job -l 'component in (${jobs.join(',')})'`,
    ),
    ...namespacesWith(context, 'HorizontalPodAutoscaler').map(
      (namespace) => `kubectl get hpa -n ${namespace} # numbers in TARGETS, not <unknown>`,
    ),
    ...namespacesWith(context, ...edges).flatMap((namespace) => [
      `kubectl get ${edges.map((kind) => EDGES[kind]).join(',')} -n ${namespace} # each host`,
      ...(certificates ? [`kubectl get certificates -n ${namespace} # each READY`] : []),
    ]),
    ...workloadsOf(context)
      .filter(({ object }) => object.kind !== 'Cluster')
      .map((one) => `kubectl logs -n ${one.namespace} ${resourceOf(one)} --since=10m`),
  );
}

const ask = (url: string, then: string, flags = '-sS') =>
  `curl ${flags} -o /dev/null -w '%{http_code}\\n' ${url} # ${then}`;

/** What clients see. */
function fromOutside(context: DocumentContext): string | undefined {
  const { outside, inside } = healthRequests(context);
  const flags = isUntrusted(context) ? '-sSk' : '-sS';
  const closed = context.model.components.flatMap(({ exposed }) =>
    exposed.filter((route) => audienceOf(route) === 'nobody'),
  );
  const answers = inside.flatMap(({ name, exposed }) =>
    exposed
      .filter((route) => audienceOf(route) !== 'nobody')
      .map(({ site, path }) =>
        ask(`${urlOfHost(context, site.host)}${path}`, `${name}: any but 502, 503 and 504`, flags),
      ),
  );
  const lines = [
    ...outside.map(({ component, url, limited }) =>
      ask(url, `${component.name}: 200${limited ? ', and 403 from an address that is not allowed' : ''}`, flags),
    ),
    ...answers,
    ...closed.map(({ site, path }) => ask(`${urlOfHost(context, site.host)}${path}`, 'refused: 403', flags)),
  ];
  return lines.length === 0 ? undefined : fence('sh', ...lines);
}

/** What is said of the requests from outside. */
function outsideWords(context: DocumentContext): string {
  const { issuer } = context.model.edge;
  if (issuer === undefined) return 'From outside:';
  return isUntrusted(context)
    ? `From outside. No client trusts a certificate of ${code(issuer)}, so that \`-k\` is needed, and smoke's check of it fails:`
    : 'From outside, with the certificate of each host:';
}

/** What only a tunnel reaches. */
function throughTunnels(context: DocumentContext): string | undefined {
  const asked = healthRequests(context).inside.flatMap((component) => {
    const { namespace, service, name } = component;
    const port = servicePort(component);
    if (service === undefined || port === undefined) return [];
    return [
      `kubectl port-forward -n ${namespace} service/${service.name} 18080:${port} & sleep 2`,
      `${ask(`http://localhost:18080${healthPath(component)}`, `${name}: 200`)}`,
      'kill %%',
    ];
  });
  return asked.length === 0 ? undefined : fence('sh', ...asked);
}

function text(context: DocumentContext): string | undefined {
  const { environment, model } = context;
  const tunnel = throughTunnels(context);
  const names = codes(healthRequests(context).inside.map(({ name }) => name));
  return paragraphs(
    'After each deployment, when the rollouts of Procedures have ended (`NAME` is the context of kubectl):',
    fence('sh', smokeCommand(context)),
    'The same by hand. In the cluster:',
    inCluster(context),
    fromOutside(context) === undefined ? undefined : outsideWords(context),
    fromOutside(context),
    tunnel === undefined ? undefined : `No host leads to the health path of ${names}:`,
    tunnel,
    `Then what its users do most, as a user. ${code(`npm run reach -- --env ${environment}`)} lists what the policies allow, and ${code(`npm run doctor -- --env ${environment}`)} what the cluster lacks. For Argo CD: \`argocd app get ${model.instance}\` says Synced and Healthy.`,
  );
}

/** Source: the seeds, "Verify Deployment", and the function health_check of the deployment script. */
export const verification: Section = { title: 'Verification', text };
