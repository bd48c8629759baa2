import { applyCommand, databasesOf, rerunOf, tenantsOf } from './backups';
import { type Any, commandOf, type DocumentContext, type Run, runsOf } from './context';
import { healthRequests, smokeCommand } from './health';
import { code, codes, fence, list, paragraphs } from './markdown';
import { choice, cluster, hostsOf, permanentVariables, phases } from './platforms';

/** Where a system comes from, and what is assumed of the way. */
export interface Move {
  /** Whether it is Render; any other PostgreSQL server is reached by a URL alone. */
  readonly render: boolean;
  /** The system's Blueprint of Render, and the name of its database there. @default - it has none */
  readonly blueprint?: { readonly file: string; readonly environment: string; readonly database?: string | undefined };
  /** The size of all databases, in GB. */
  readonly size: number;
  /** What is copied and compared in a minute, in MB. */
  readonly throughput: number;
}

/** The PostgreSQL databases of a system, and how they are reached. */
interface Databases {
  readonly run: Run;
  readonly admin: string;
  /** All of them, the admin database first. */
  readonly names: readonly string[];
  /** The Secret with the passwords of the system's roles. */
  readonly passwords: string;
  readonly host: string;
  readonly port: string;
}

/** Undefined where the system has no PostgreSQL database that provisioning makes. */
export function postgresOf(context: DocumentContext): Databases | undefined {
  const run = runsOf(context).find(({ name, env }) => name === 'provisioning' && env.BACKUP_ROLE !== undefined);
  const admin = run?.env.ADMIN_DATABASE;
  if (run === undefined || admin === undefined) return undefined;
  const { containers, volumes = [] } = run.job.template.spec;
  const mounted = containers[0].volumeMounts.find(({ mountPath }: Any) => mountPath === '/etc/berth/roles')?.name;
  const passwords = volumes.find(({ name }: Any) => name === mounted)?.secret.secretName;
  const servers = context.objects.flatMap(({ kind, data }) =>
    kind === 'ConfigMap' ? (data?.['servers.tsv'] ?? []) : [],
  );
  const [, host = '', port = '5432'] = String(servers[0] ?? '').split(/[\t\n]/);
  const tenants = tenantsOf(context).map((slug) => `${run.env.TENANT_PREFIX}${slug.replaceAll('-', '_')}`);
  return { run, admin, names: [...new Set([admin, ...databasesOf(context), ...tenants])], passwords, host, port };
}

/** Everything that the plan cannot know. */
function toFillIn(context: DocumentContext, { host }: Databases, move: Move): string | undefined {
  return list([
    `${code('SOURCE_PASSWORD')}, ${code('SOURCE_HOST')}, ${code('SOURCE_USER')}: of the database that is moved${move.render ? ': the parts of *External Database URL* in the dashboard. While it moves, your address is in its `ipAllowList`' : ': a direct address, not that of a pooler. The user owns the databases'}`,
    `${code('NAME')}: the context of kubectl for the new cluster`,
    `${code('ADDRESS')}: the address of the new edge, which step 5 prints`,
    ...(host.endsWith('.svc.cluster.local')
      ? []
      : [
          `the database of ${code(context.file)} exists, and this machine reaches ${code(host)}: run the plan on one in its network`,
        ]),
    `${code('--size')} and ${code('--throughput')} of this command: the rehearsal in step 6 measures them`,
  ]);
}

/** A command of kubectl for the new cluster. */
const withContext = (command: string) => command.replace(/^kubectl/, 'kubectl --context NAME');

/** The variables of the scripts, and the tunnel where the server is in the cluster. */
function variables({ run, admin, names, passwords, host, port }: Databases, { blueprint }: Move): string {
  const role = run.env.BACKUP_ROLE as string;
  const first =
    blueprint?.database === undefined || blueprint.database === admin ? admin : `${blueprint.database}:${admin}`;
  const inside = host.endsWith('.svc.cluster.local');
  const [service, namespace] = host.split('.');
  const encode = `node -p 'encodeURIComponent(fs.readFileSync(0, "utf8").trimEnd())'`;
  return fence(
    'sh',
    `move() { bash commands/migrate-plan/move.sh "$@"; } # with the clients of ${run.container.image}; or in that image, with docker run`,
    `export DATABASES='${[first, ...names.slice(1)].join(' ')}' # SOURCE:TARGET where the names differ`,
    `read -rs SOURCE_PASSWORD # not echoed, and in no history`,
    `export SOURCE_URL="postgresql://$SOURCE_USER:$(printf %s "$SOURCE_PASSWORD" | ${encode})@$SOURCE_HOST:5432"`,
    ...(inside ? [`kubectl port-forward --context NAME -n ${namespace} service/${service} 15432:${port} &`] : []),
    `PASSWORD=$(kubectl get secret --context NAME -n ${run.namespace} ${passwords} -o jsonpath='{.data.${role}}' | base64 -d | ${encode})`,
    `export TARGET_URL="postgresql://${role}:$PASSWORD@${inside ? 'localhost:15432' : `${host}:${port}`}"`,
    'move inspect',
  );
}

function copy(context: DocumentContext, databases: Databases, move: Move): string | undefined {
  const { names, run, host } = databases;
  const inside = host.endsWith('.svc.cluster.local');
  return paragraphs(
    `**3. Deploy PostgreSQL.** ${inside ? `${code(host)} runs in the cluster, and comes with step 4` : `It is a managed one: ${code(host)}, with its addresses in ${code(context.file)}`}. Step 4 makes roles and empty databases. After it, for ${codes(names)}, each with the owner that it has here:`,
    variables(databases, move),
    'Run this after step 4, which makes the roles and the databases.',
    inside
      ? 'A tunnel of kubectl ends at the node of the pod, so that no NetworkPolicy has to be opened. It is for some GB; for more, run the same script in a pod of the namespace, in the image above.'
      : undefined,
    `\`inspect\` says what a copy does not take: passwords, settings of databases, publications, event triggers, and more. ${code(run.env.BACKUP_ROLE as string)} is a member of all owners. ${move.render ? 'Where Render has one database alone, set `DATABASES` to it.' : ''}`,
    'Each copy is one transaction. It refuses a target with rows, unless `REPLACE` names it, and one that was moved before. It can be interrupted, and run again. It compares on both sides: the number of rows and a checksum of each table, sequences, large objects, definitions and rights.',
  );
}

function apply(context: DocumentContext): string | undefined {
  const permanent = permanentVariables(context);
  return paragraphs(
    `**4. Deploy the applications.** Secrets first, with the values of the old platform: with another key of tokens, all users log in again${permanent.length === 0 ? '' : `, and with another ${codes(permanent)} data that users stored cannot be read`}.`,
    fence(
      'sh',
      commandOf(context, 'secrets'),
      `npm run diff -- --env ${context.environment}`,
      withContext(applyCommand(context)),
      `npm run doctor -- --env ${context.environment} --context NAME`,
    ),
  );
}

function dns(context: DocumentContext): string | undefined {
  const hosts = hostsOf(context);
  return paragraphs(
    `**5. Prepare DNS.** A day before the cut-over, the TTL of ${codes(hosts)} becomes 60 s: caches keep a record for as long as its old TTL. Nothing else changes yet. The address of the new edge:`,
    fence('sh', `kubectl get service --context NAME -n ${context.model.edge.controller.namespace}`),
    'The records of step 7, of type A; CNAME, where the edge has a name:',
    fence('text', ...hosts.map((host) => `${host}. 60 IN A ADDRESS`)),
  );
}

function test(context: DocumentContext): string | undefined {
  const hosts = hostsOf(context);
  const [first] = healthRequests(context).outside;
  return paragraphs(
    '**6. Test.** A rehearsal of the copy, while the old platform serves. Its last line for each database has the MB a minute, checksums included: give that to `--throughput`. Then the new edge, before DNS leads there; certificates by HTTP-01 come only with DNS.',
    fence(
      'sh',
      'time move copy',
      ...rerun(context),
      `# ADDRESS ${hosts.join(' ')}   into /etc/hosts of this machine; remove it after step 7`,
      ...(first === undefined ? [] : [`curl -sSk --resolve ${new URL(first.url).host}:443:ADDRESS ${first.url}`]),
      smokeCommand(context),
    ),
    tenantsOf(context).length > 0 ? "Tenants are apart: log in as one, and ask for what is another one's." : undefined,
  );
}

/** The minutes that nobody can write. */
function window({ size, throughput }: Move): number {
  return Math.ceil((size * 1000) / throughput) + 5;
}

/** What makes rights and the registry of tenants again, which a copy replaces. */
function rerun(context: DocumentContext): string[] {
  return rerunOf(context)?.commands.map(withContext) ?? [];
}

function cutOver(context: DocumentContext, move: Move): string | undefined {
  return paragraphs(
    `**7. Cut over.** About ${window(move)} minutes without writes: ${move.size} GB at ${move.throughput} MB a minute, and 5 minutes for the rest. Both numbers are assumptions until the rehearsal. The size is the sum of this, in each database:`,
    fence('sql', 'select pg_size_pretty(pg_database_size(current_database()));'),
    `${move.render ? 'Suspend the services on Render (*Suspend* in the dashboard). ' : 'Stop the programs that write. '}Then:`,
    fence(
      'sh',
      'move close # new transactions are read-only; writers get an error, and nothing is lost silently',
      'move copy  # the last one, of what no longer changes',
      'move seal  # no session is accepted any more; the last state is compared. A row that was written in spite of close is found here',
      ...rerun(context),
    ),
    `\`seal\` has to end with \`sealed\` for each database. If not, nothing has been switched: repeat the three with \`DATABASES\` set to those that failed. Then set the records of step 5, run ${code(smokeCommand(context))}, and look at alerts and logs for an hour.`,
    '**Rollback.** Until users write to the new server, nothing is lost: point DNS back, run `move open`, and start the old programs. After that, what was written here alone is missing there. To take it back, run `move open`, then exchange `SOURCE_URL` and `TARGET_URL` and the names in each pair of `DATABASES`, name the old databases in `REPLACE`, and move the other way, with a window of the same length: the old server has to be of the same major version or a newer one. So decide within the first hour. Keep the old database, sealed, for a week, and the archives in `.build/move` until a backup of the new one was restored.',
  );
}

/**
 * The way of a system with PostgreSQL to Kubernetes, in the seven steps of the seed, with its own commands.
 *
 * @returns undefined when it has no PostgreSQL database
 */
export function migrationPlan(context: DocumentContext, move: Move): string | undefined {
  const databases = postgresOf(context);
  if (databases === undefined) return undefined;
  const name = move.render ? 'Render' : 'another PostgreSQL server';
  const blueprint = move.blueprint?.file ?? `dist/render/${context.model.name}/render.yaml`;
  const text = paragraphs(
    `# ${context.model.name}: from ${name} to ${context.environment}`,
    'Run it in the folder of this project. What only you know is in capitals:',
    toFillIn(context, databases, move),
    `**1. Containerize.** The images are those of ${codes(context.images)} in ${code(context.file)}. What they have to do: ${code(`docs/systems/${context.model.name}/application.md`)}.`,
    cluster(context),
    copy(context, databases, move),
    apply(context),
    dns(context),
    test(context),
    cutOver(context, move),
    '## Phases',
    move.blueprint === undefined
      ? 'Phase 1: Render, to try the product. Phase 2: managed Kubernetes, by this plan. Phase 3: own nodes, several regions. See docs/moving.md.'
      : phases(context, { blueprint, environment: move.blueprint.environment }),
    '## When to choose which',
    choice(context),
  ) as string;
  return `${text.replaceAll('](../../', '](docs/')}\n`;
}
