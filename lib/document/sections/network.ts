import { groupBy } from '../../base/group';
import { redirectsOf } from '../../checks/cluster/redirects';
import { type Exposure, exposuresOf } from '../../checks/cluster/routes';
import type { Site } from '../../model/site';
import type { DocumentContext, Section } from '../context';
import { code, codes, duration, paragraphs, table } from '../markdown';

/** The entry points of the system's own objects. */
export function exposedOf({ cluster, objects }: DocumentContext): Exposure[] {
  return exposuresOf(cluster).filter(({ object }) => objects.includes(object));
}

const shortName = (workload: string) => workload.slice(workload.indexOf('/') + 1);

function audienceText({ audience }: Exposure): string {
  if (audience === 'everyone') return 'everyone';
  return audience === 'nobody' ? 'nobody: the edge refuses' : audience.join(', ');
}

/** The limits of a site's requests. */
function limitsOf({ body, rateLimit, stream }: Site): string[] {
  const { average, burst, per = 'second' } = rateLimit ?? { average: 0, burst: 0 };
  return [
    `bodies up to ${body.toQuantity()}`,
    ...(rateLimit === undefined ? [] : [`${average} requests per ${per} and client address, ${burst} at once`]),
    ...(stream === undefined ? [] : [`responses may stream for ${duration(stream.toSeconds())}`]),
  ];
}

function exposureRow({ model }: DocumentContext, exposure: Exposure): string[] {
  const { label, tls, workloads, audience } = exposure;
  const routes = model.components.flatMap((component) => component.exposed);
  const site = routes.map((route) => route.site).find(({ host }) => label.startsWith(`${host}/`));
  const open = audience !== 'nobody';
  return [
    code(tls === undefined ? label : `${tls ? 'https' : 'http'}://${label}`),
    audienceText(exposure),
    open ? codes(workloads.map(shortName)) : '',
    open && site !== undefined ? limitsOf(site).join('; ') : '',
  ];
}

/** An edge may have several rules for one path, by the size of requests. */
const distinct = (rows: readonly string[][]) => [...new Map(rows.map((row) => [row.join('|'), row])).values()];

/** The ports of DNS alone. */
const DNS = /^((TCP|UDP) 53(, |$))+$/;

/** Connections between pods and with addresses, those to the same port of the same target in one row. DNS is left out. */
function reachRows({ connections, model }: DocumentContext): string[][] {
  const own = (name: string) => model.namespaces.includes(name.split('/')[0] as string);
  const some = connections.filter(
    ({ from, to, port }) => (own(from) || own(to)) && /^(TCP|UDP) \d|^any port/.test(port) && !DNS.test(port),
  );
  return [...groupBy(some, ({ to, port }) => `${to} ${port}`).values()].map((same) => {
    const [{ to, port }] = same as [(typeof same)[number]];
    return [codes(same.map(({ from }) => from)), code(to), port];
  });
}

function text(context: DocumentContext): string | undefined {
  const exposed = exposedOf(context);
  const redirects = redirectsOf(context.cluster).filter(({ object }) => context.objects.includes(object));
  return paragraphs(
    exposed.length === 0 ? 'Nothing is exposed outside the cluster.' : 'What is exposed outside the cluster:',
    table(['Address', 'For', 'Leads to', 'Limits'], distinct(exposed.map((one) => exposureRow(context, one)))),
    redirects.length === 0
      ? undefined
      : `Redirected: ${redirects.map(({ host, to }) => `${code(host)} to ${code(to)}`).join(', ')}.`,
    'Who may connect to whom. Policies refuse everything else (what connects to a name may also ask DNS):',
    table(['From', 'To', 'Port'], reachRows(context)),
    `The whole list, also of other systems: \`npm run reach -- --env ${context.environment}\`.`,
  );
}

/** Source: the seed, "Network Architecture". */
export const network: Section = { title: 'Network', text };
