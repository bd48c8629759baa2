import { backupRunsOf, databasesOf, rerunCommands, restoreCommands, tenantsOf } from '../backups';
import { type DocumentContext, ofKind, type Run, type Section, workloadsOf } from '../context';
import { code, codes, duration, fence, paragraphs, table } from '../markdown';
import { externalStores, volumesOf } from './services';

/** How many dumps a task keeps. */
function keptBy({ env, container, job }: Run): string {
  const inits = job.template.spec.initContainers ?? [];
  const all = Object.fromEntries(
    [...inits, container].flatMap(({ env: own = [] }) =>
      own.map(({ name, value }: { name: string; value?: string }) => [name, value]),
    ),
  );
  const of = (name: string) => all[`KEEP_${name}`] ?? env[`KEEP_${name}`] ?? '0';
  return `${of('DAILY')} daily, ${of('WEEKLY')} weekly, ${of('MONTHLY')} monthly`;
}

function archiveRows(context: DocumentContext): string[][] {
  return ofKind(context, 'ScheduledBackup').map(({ metadata, spec }) => {
    const store = ofKind(context, 'ObjectStore').find(({ metadata: { name } }) => name.startsWith(spec.cluster.name));
    return [
      `${code(metadata.name)}, and its write-ahead log all the time`,
      `${code(spec.schedule)} UTC, with seconds first`,
      store?.spec.retentionPolicy ?? '',
      code(store?.spec.configuration.destinationPath ?? ''),
    ];
  });
}

function drillRows(drills: readonly Run[]): string[][] {
  return drills.map(({ name, schedule = '', env }) => [
    code(name),
    schedule,
    env.RPO_SECONDS === undefined ? '' : duration(Number(env.RPO_SECONDS)),
    env.RTO_SECONDS === undefined ? 'not measured' : duration(Number(env.RTO_SECONDS)),
    env.SAMPLE === undefined ? '' : `${env.SAMPLE} tenants a day`,
  ]);
}

/** Data of which no task makes a copy. */
export function notKept(context: DocumentContext): string[] {
  const { dumps } = backupRunsOf(context);
  const named = JSON.stringify([dumps.map(({ object }) => object), ofKind(context, 'ScheduledBackup')]);
  const connected = context.model.tasks
    .filter(({ purpose }) => purpose === 'backup')
    .flatMap(({ connectsTo }) => connectsTo);
  const volumes = workloadsOf(context)
    .filter((one) => volumesOf(context, one).length > 0)
    .filter(({ namespace, name, object }) => {
      const isConnected = connected.some(
        ({ to }) => typeof to !== 'string' && to.namespace === namespace && to.name === name,
      );
      return !isConnected && !(object.kind === 'Cluster' && named.includes(`"cluster":{"name":"${name}"}`));
    })
    .map(({ name }) => `the volumes of ${code(name)}`);
  const servers = externalStores(context, context.model.components)
    .filter(({ to }) => !connected.some((one) => one.to === to))
    .map(({ to }) => `${to} (its provider has to)`);
  return [...volumes, ...servers];
}

/** How each restore is asked for. */
function restoreText(context: DocumentContext, restore: Run): string {
  const { env } = restore;
  const tenants = tenantsOf(context);
  if (env.TENANT === undefined) {
    const what = env.WHAT === undefined ? '' : ' WHAT=all';
    return paragraphs(
      `${code(restore.name)}, from the newest dump or the snapshot whose id is in \`SNAPSHOT\`${
        env.WHAT === undefined ? '' : '; `WHAT` is `all`, `databases` or `files`, and the application is stopped before'
      }:`,
      fence('sh', ...restoreCommands(restore, '', `SNAPSHOT=latest${what}`)),
    ) as string;
  }
  const databases = databasesOf(context);
  const one = tenants[0] ?? databases[0] ?? 'admin';
  const which =
    tenants.length > 0
      ? 'the slug of a tenant, `admin` for the registry'
      : databases.length > 0
        ? `the name of a database (${codes(databases)})`
        : '`admin` for the database';
  return paragraphs(
    `PostgreSQL: \`TENANT\` is ${which}, or \`all\`; \`SNAPSHOT\` is \`latest\` or the id of one. What was there stays under another name, which the log prints:`,
    fence('sh', ...restoreCommands(restore, one, `TENANT=${one} SNAPSHOT=latest`)),
  ) as string;
}

function text(context: DocumentContext): string | undefined {
  const { dumps, drills, restores } = backupRunsOf(context);
  const missing = notKept(context);
  const again = rerunCommands(context);
  const byHand = restores.some(({ env }) => env.TENANT !== undefined) ? again : undefined;
  const rows = [
    ...dumps.map((run) => [code(run.name), run.schedule ?? '', keptBy(run), code(repositoryOf(run))]),
    ...archiveRows(context),
  ];
  return paragraphs(
    rows.length === 0 ? 'Nothing is backed up.' : undefined,
    table(['Backup', 'Runs', 'Keeps', 'Where'], rows),
    missing.length === 0 ? undefined : `No task of this system copies: ${missing.join(', ')}.`,
    drills.length === 0
      ? undefined
      : 'Drills restore the newest dump each day, and fail when it is older than the RPO or takes longer than the RTO:',
    table(['Drill', 'Runs', 'RPO: data lost at most', 'RTO: restored within', 'Sample'], drillRows(drills)),
    rows.length === 0
      ? undefined
      : 'Dumps are encrypted: without `restic-password` they cannot be read, so a copy of it is kept outside the store.',
    ...restores.map((restore) => restoreText(context, restore)),
    byHand === undefined
      ? undefined
      : 'Then run provisioning and migrations again, which bring roles and schemas up to date:',
    byHand === undefined ? undefined : fence('sh', ...byHand),
  );
}

const repositoryOf = ({ env, job }: Run): string => {
  const inits: Run['container'][] = job.template.spec.initContainers ?? [];
  const found = inits.flatMap(({ env: own = [] }) => own).find(({ name }) => name === 'RESTIC_REPOSITORY');
  return env.RESTIC_REPOSITORY ?? found?.value ?? '';
};

/** Source: the seed, "Backup & Recovery". */
export const backup: Section = { title: 'Backup and recovery', text };
