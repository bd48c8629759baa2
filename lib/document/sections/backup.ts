import {
  backupRunsOf,
  clientsOf,
  databasesOf,
  isVolumeDump,
  rerunOf,
  runCommands,
  scaleCommand,
  tenantsOf,
} from '../backups';
import { type DocumentContext, ofKind, type Run, type Section, workloadsOf } from '../context';
import { code, codes, duration, enumerate, fence, paragraphs, table } from '../markdown';
import { externalStores, volumesOf } from './services';
import { takesBack } from './updates';

/** How many dumps a task keeps. */
function keptBy({ env }: Run): string {
  return `${env.KEEP_DAILY} daily, ${env.KEEP_WEEKLY} weekly, ${env.KEEP_MONTHLY} monthly`;
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

/** Buckets of object stores, by the variables that name them. */
function buckets(context: DocumentContext): string[] {
  const names = workloadsOf(context).flatMap(({ containers }) =>
    containers.flatMap(({ env = [] }) => env.map(({ name }: { name: string }) => name)),
  );
  const found = [...new Set(names)].filter((name) => /(^|_)BUCKET(_|$)/.test(name));
  return found.map((name) => `the bucket in ${code(name)} (its provider has to keep versions)`);
}

/** Data of which no task makes a copy. */
export function notKept(context: DocumentContext): string[] {
  const tasks = context.model.tasks.filter(({ purpose }) => purpose === 'backup');
  const connected = tasks.flatMap(({ connectsTo }) => connectsTo);
  const isDumped = (namespace: string, name: string) =>
    connected.some(({ to }) => typeof to !== 'string' && to.namespace === namespace && to.name === name) ||
    tasks.some((task) => task.namespace === namespace && task.volumes.some((volume) => volume.with?.name === name));
  const archived = ofKind(context, 'ScheduledBackup').map(({ spec }) => spec.cluster.name);
  const volumes = workloadsOf(context)
    .filter((one) => volumesOf(context, one).length > 0)
    .filter(
      ({ namespace, name, object }) =>
        !isDumped(namespace, name) && !(object.kind === 'Cluster' && archived.includes(name)),
    )
    .map(({ name }) => `the volumes of ${code(name)}`);
  const servers = externalStores(context, context.model.components)
    .filter(({ to }) => !connected.some((one) => one.to === to))
    .map(({ to }) => `${to} (its provider has to)`);
  return [...volumes, ...servers, ...buckets(context)];
}

/** How each restore is asked for. */
function restoreText(context: DocumentContext, restore: Run): string {
  const { env } = restore;
  const tenants = tenantsOf(context);
  if (env.TENANT === undefined) {
    const from = `${code(restore.name)}, from the newest dump or the snapshot whose id is in \`SNAPSHOT\``;
    if (env.WHAT === undefined)
      return paragraphs(`${from}:`, fence('sh', ...runCommands(restore, '', 'SNAPSHOT=latest'))) as string;
    const clients = clientsOf(context, restore);
    const stopped =
      clients.length === 0
        ? ''
        : `. ${codes(clients.map(({ name }) => name))} must not write meanwhile. ${takesBack(context, 'a number of replicas')}`;
    return paragraphs(
      `${from}; \`WHAT\` is \`all\`, \`databases\` or \`files\`${stopped}:`,
      fence(
        'sh',
        ...clients.map((one) => scaleCommand(one, 0)),
        ...runCommands(restore, '', 'SNAPSHOT=latest WHAT=all'),
        ...clients.map((one) => scaleCommand(one, one.replicas.min)),
      ),
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
    fence('sh', ...runCommands(restore, one, `TENANT=${one} SNAPSHOT=latest`)),
  ) as string;
}

/** How to get the dump of a volume, which only the program that wrote it can take in. */
function volumeText({ name, env }: Run): string | undefined {
  return paragraphs(
    `${code(name)}, with the variables of the Secret \`backup-credentials\`; the program that wrote it takes it in:`,
    fence('sh', `restic -r ${env.RESTIC_REPOSITORY} dump --host ${env.SNAPSHOT_HOST} latest /dump >${name}.dump`),
  );
}

/** How to try another moment of an archive. Only that of a CloudNativePG cluster has moments. */
function momentText(drill: Run): string | undefined {
  if (drill.env.MOMENT === undefined) return undefined;
  return paragraphs(
    'Whether the archive has another moment is tried in a server of its own; to go on from it, a new Cluster has `bootstrap.recovery` (cloudnative-pg.io, Recovery):',
    fence('sh', ...runCommands(drill, '', 'MOMENT=YYYY-MM-DDT02:00:00Z')),
  );
}

function text(context: DocumentContext): string | undefined {
  const { dumps, drills, restores } = backupRunsOf(context);
  const missing = notKept(context);
  const again = rerunOf(context);
  const byHand = restores.some(({ env }) => env.TENANT !== undefined) ? again : undefined;
  const rows = [
    ...dumps.map((run) => [code(run.name), run.schedule ?? '', keptBy(run), code(run.env.RESTIC_REPOSITORY ?? '')]),
    ...archiveRows(context),
  ];
  return paragraphs(
    rows.length === 0 ? 'Nothing is backed up.' : undefined,
    table(['Backup', 'Runs', 'Keeps', 'Where'], rows),
    missing.length === 0 ? undefined : `No task of this system copies: ${missing.join(', ')}.`,
    drills.length === 0
      ? undefined
      : 'Drills restore the newest dump each day, and fail when it is older than the RPO or takes longer than the RTO:',
    table(['Drill', 'Runs', 'RPO: the newest copy is no older', 'RTO: restored within', 'Sample'], drillRows(drills)),
    rows.length === 0
      ? undefined
      : 'Dumps are encrypted: without `restic-password` they cannot be read, so a copy of it is kept outside the store.',
    ...restores.map((restore) => restoreText(context, restore)),
    ...dumps.filter(isVolumeDump).map(volumeText),
    ...drills.map(momentText),
    byHand === undefined
      ? undefined
      : `Then run ${enumerate(byHand.jobs)} again, which bring roles and schemas up to date:`,
    byHand === undefined ? undefined : fence('sh', ...byHand.commands),
  );
}

/** Source: the seed, "Backup & Recovery". */
export const backup: Section = { title: 'Backup and recovery', text };
