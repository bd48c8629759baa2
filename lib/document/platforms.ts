import type { SecretValue } from '../model/secret';
import { applyCommand, backupRunsOf, rerunOf, tenantsOf } from './backups';
import { type Any, commandOf, type DocumentContext, ofKind, runsOf, workloadsOf } from './context';
import { healthRequests, loadCommand, smokeCommand, urlOfHost } from './health';
import { code, codes, fence, paragraphs, table } from './markdown';
import { exposedOf } from './sections/network';

/** The files of a system for other platforms. */
export interface OtherPlatforms {
  /** The Blueprint of Render. */
  readonly blueprint: string;
  /** The environment that the Blueprint is of. */
  readonly environment: string;
  /** The name of its database there. @default - it has none of Render's */
  readonly database?: string | undefined;
  /** The compose file. @default - none */
  readonly compose?: string | undefined;
}

export const hostsOf = ({ model }: DocumentContext) => [
  ...new Set(model.components.flatMap(({ exposed }) => exposed.map(({ site }) => site.host))),
];

function replicas(context: DocumentContext): string {
  return workloadsOf(context)
    .map(({ name, replicas: { min, max } }) => `${code(name)} ${min === max ? min : `${min} to ${max}`}`)
    .join(', ');
}

/** The platforms beside each other, with what this system has of each. */
function comparison(context: DocumentContext, { blueprint, compose }: OtherPlatforms): string | undefined {
  const tenants = tenantsOf(context).length;
  const { dumps, drills } = backupRunsOf(context);
  const limited = exposedOf(context).some(({ audience }) => typeof audience !== 'string');
  const kept = dumps.length === 0 ? 'no dumps' : `dumps by ${codes(dumps.map(({ name }) => name))}`;
  const rows: string[][] = [
    ['Files', compose === undefined ? '' : code(compose), code(blueprint), code(`dist/${context.folder}`)],
    [
      'For',
      'one machine: development, a team of up to 50',
      'a small team, an even load, little operation',
      'bursts, availability, several environments',
    ],
    ['Scales', 'by the size of the machine', 'by plan, and by instances on plans that allow it', replicas(context)],
    ['One machine is lost', 'it is down', 'the platform starts it elsewhere', 'replicas on other nodes go on'],
    [
      'Backups',
      'see docs/compose.md',
      'snapshots of the provider',
      `${kept}${drills.length === 0 ? '' : ', and a drill each day'}`,
    ],
    ...(tenants > 0
      ? [
          [
            'Tenants',
            'as on Kubernetes',
            'one role for all databases: the application alone keeps them apart',
            'a role and a database for each',
          ],
        ]
      : []),
    ...(limited
      ? [
          [
            'Hosts for some addresses',
            'as the proxy allows',
            'open to everyone: each request needs a login',
            'the edge refuses all others',
          ],
        ]
      : []),
  ];
  return table(['', 'compose', 'Render', 'Kubernetes'], rows);
}

export function choice(context: DocumentContext): string | undefined {
  const tenants = tenantsOf(context).length;
  return paragraphs(
    table(
      ['Choose Kubernetes if', 'Stay on Render if'],
      [
        ['the load has bursts, and pods have to follow it', 'the load is even, or a larger plan is enough'],
        ['it has to answer while a machine or a zone is lost', 'minutes without it are acceptable'],
        ['there are several environments that have to be the same', 'one environment, and previews, are enough'],
        [
          'the team knows Kubernetes, and one of it is on call',
          'there are fewer than five engineers, and none of them operates clusters',
        ],
        [
          tenants > 0
            ? `more than ten tenants, with different loads (now there are ${tenants})`
            : 'its parts need different sizes',
          tenants > 0 ? 'fewer than ten tenants, with even loads' : 'one size fits',
        ],
        ['many workloads share nodes, so that capacity is used', 'everything should be managed'],
      ],
    ),
    'Kubernetes needs people who operate it, so weigh several reasons. One is enough where Render cannot meet it, such as a host that only some addresses may reach.',
  );
}

/** Source: the seed, "Hybrid Approach". */
export function phases({ environment, model }: DocumentContext, { blueprint }: OtherPlatforms): string | undefined {
  return table(
    ['Phase', 'Where', 'Here', 'Ends when'],
    [
      [
        '1',
        'Render: try the product',
        `${code(blueprint)}, by [docs/render.md](../../render.md)`,
        'one of the reasons above holds',
      ],
      [
        '2',
        'managed Kubernetes',
        `\`dist/staging\`, then ${code(`dist/${environment}`)}: its seven steps. The Blueprint stays until the way back is no longer needed`,
        'cost, regions or latency ask for more',
      ],
      [
        '3',
        'optimise: own nodes, several regions, the edge of a CDN',
        `an environment for each region: a folder beside ${code(`environments/${environment}`)}, with hosts and a database of its own. A database that replicates between regions is not made here`,
        `${model.name} needs no more`,
      ],
    ],
  );
}

/** The variables of the Job that migrates, by which the databases and their owner are known. */
function migrated(context: DocumentContext): { readonly database: string; readonly owner: string } | undefined {
  const { ADMIN_DATABASE, OWNER_ROLE } = runsOf(context).find(({ name }) => name === 'migrations')?.env ?? {};
  return ADMIN_DATABASE === undefined || OWNER_ROLE === undefined
    ? undefined
    : { database: ADMIN_DATABASE, owner: OWNER_ROLE };
}

export function cluster(context: DocumentContext): string {
  const { environment, model } = context;
  const name = `${model.instance}`;
  return paragraphs(
    '**2. Set up the cluster.** On GKE, for example. `--num-nodes` is the number in *each zone* of a region, and a region has three: `--num-nodes=3` would make nine nodes, and `--max-nodes=10` up to thirty. Dataplane V2 enforces NetworkPolicies. (Of `eksctl create cluster` on EKS, `--nodes` is the number in all zones.)',
    fence(
      'sh',
      `gcloud container clusters create ${name} --region=us-central1 --machine-type=e2-standard-2 \\`,
      '  --num-nodes=1 --enable-autoscaling --min-nodes=1 --max-nodes=4 --enable-dataplane-v2',
      `npm run doctor -- --env ${environment} --context NAME # what the cluster lacks, and how to get it`,
      `kubectl --context NAME apply --server-side -R -f dist/${environment}/platform # where there is one`,
    ),
  ) as string;
}

function data(context: DocumentContext, { database }: OtherPlatforms): string {
  const found = migrated(context);
  const where = ofKind(context, 'StatefulSet', 'Cluster').map(({ metadata }) => metadata.name as string);
  const server =
    where.length > 0
      ? `${codes(where)} runs in the cluster, and is applied with the rest`
      : `it is a managed one: create it, and put its host and addresses into ${code(context.file)}`;
  if (found === undefined || database === undefined)
    return `**3. Deploy the database.** ${server[0]?.toUpperCase()}${server.slice(1)}. Its data is exported on Render and imported here, as [docs/render.md](../../render.md) says of its disk, after the first apply and before its clients start.`;
  return paragraphs(
    `**3. Deploy PostgreSQL.** ${server[0]?.toUpperCase()}${server.slice(1)}. Data comes after the first apply, which makes roles and empty databases. This prints the commands for each database (${code(database)} on Render is ${code(found.database)} here), with dumps, checksums and the way back; they refuse writes while they switch, and lose none:`,
    fence('sh', `npm run -s migrate-plan -- --from render --to ${context.environment} --system ${context.model.name}`),
  ) as string;
}

function cutover(context: DocumentContext): string {
  const again = rerunOf(context);
  return paragraphs(
    `**7. Cutover.** A day before, the TTL of ${codes(hostsOf(context))} becomes 60 s. Then, in this order: suspend the services on Render (*Suspend* in the dashboard), so that nothing writes; move the data as in step 3; run what migrates again; verify; point DNS to the new edge; look at alerts and logs for an hour.`,
    again === undefined ? undefined : fence('sh', ...again.commands),
    'The way back: as long as nothing was written here, point DNS back and resume the services on Render. After that, what was written here alone is moved the other way first, so decide before users come. Suspended services and their database stay for a week; deleting the database on Render deletes its backups, too.',
  ) as string;
}

/** The variables of pods without whose value data cannot be read. */
export function permanentVariables(context: DocumentContext): string[] {
  const read = workloadsOf(context).flatMap(({ containers }) =>
    containers.flatMap(({ env = [] }) => env.flatMap(({ valueFrom }: Any) => valueFrom?.secretKeyRef ?? [])),
  );
  return context.model.secrets.flatMap(({ name, values }) =>
    Object.entries<SecretValue>(values).flatMap(([key, value]) =>
      'permanent' in value && value.permanent && read.some((one) => one.name === name && one.key === key) ? [key] : [],
    ),
  );
}

/** Source: the seed, "Migration Path: Render.com → Kubernetes". */
function migration(context: DocumentContext, other: OtherPlatforms): string | undefined {
  const { environment, model } = context;
  const hosts = hostsOf(context);
  const { outside } = healthRequests(context);
  const [first] = outside;
  const edge = model.edge.controller.namespace;
  const permanent = permanentVariables(context);
  return paragraphs(
    `**1. Containerize.** The images are those of ${codes(context.images)} in ${code(context.file)}. They have to run as any user, with a read-only root file system, and more: [what the application has to do](application.md). What Render serves as a static site is an image here.`,
    cluster(context),
    data(context, other),
    `**4. Deploy the applications.** Secrets first, with the values that Render has: with another key of tokens, all users log in again${permanent.length === 0 ? '' : `, and with another ${codes(permanent)} data that users stored cannot be read`}.`,
    fence('sh', commandOf(context, 'secrets'), `npm run diff -- --env ${environment}`, applyCommand(context)),
    `**5. Prepare DNS.** The address of the edge, to which ${codes(hosts)} will point:`,
    fence('sh', `kubectl get service -n ${edge}`),
    `**6. Test.** Everything under Verification of [${environment}](${environment}.md), at that address before DNS leads there. Certificates by HTTP-01 come only then: until that time \`-k\` is needed, or DNS-01, and smoke's check of the certificate fails. Until DNS leads here, a machine without the first line asks Render, and its load is on Render's users. \`NAME\` is the context of kubectl. Then a rehearsal of step 7 with a copy of the data, with its duration, and a load test.${tenantsOf(context).length > 0 ? " Tenants are apart: log in as one, and ask for what is another one's." : ''}`,
    first === undefined
      ? undefined
      : fence(
          'sh',
          `# ADDRESS ${hosts.join(' ')}   into /etc/hosts of this machine first; remove it after step 7`,
          `curl -sSk --resolve ${new URL(first.url).host}:443:ADDRESS ${first.url}`,
          smokeCommand(context),
          loadCommand(context, true),
          `npm run reach -- --env ${environment}`,
        ),
    cutover(context),
  );
}

/**
 * Which platform a system is for, the phases, and the way from Render to Kubernetes.
 *
 * @param context the system in production
 */
export function platformsPage(context: DocumentContext, other: OtherPlatforms): string {
  const same = other.environment === context.environment;
  return `${paragraphs(
    `<!-- Written by npm run docs: numbers are those of dist/${context.folder}. -->`,
    `# ${context.model.name}: Render or Kubernetes`,
    `One description makes both${same ? ', so that they run the same release' : ''}: ${code(other.blueprint)} and ${code(`dist/${context.folder}`)}.${same ? '' : ` The Blueprint is of ${other.environment}, the objects are of ${context.environment}.`} Its address: ${codes(hostsOf(context).map((host) => urlOfHost(context, host)))}.`,
    comparison(context, other),
    '## When to choose Kubernetes',
    choice(context),
    '## Phases',
    phases(context, other),
    '## From Render to Kubernetes, in seven steps',
    migration(context, other),
  )}\n`;
}
