import { applyCommand, backupRunsOf, isVolumeDump, rerunOf, tenantsOf } from '../backups';
import { type DocumentContext, ofKind, type Section, type Workload, workloadsOf } from '../context';
import { code, codes, duration, enumerate, paragraphs, table } from '../markdown';
import { notKept } from './backup';
import { externalStores, volumesOf } from './services';
import { replicated, singles } from './targets';
import { endsFirst } from './updates';

type Row = readonly [what: string, happens: string, toDo: string];

const names = (some: readonly { readonly name: string }[]) => codes(some.map(({ name }) => name));

/** What stops when one pod, or its node, is gone. */
function down(context: DocumentContext): string {
  const [single, rest] = [singles(context), replicated(context)];
  return [
    ...(rest.length > 0 ? [`${names(rest)}: the other replicas answer`] : []),
    ...(single.length > 0 ? [`${names(single)}: no answer until the pod runs again`] : []),
  ].join('. ');
}

/** Workloads whose own pods keep data. */
const keepers = (context: DocumentContext) =>
  workloadsOf(context).filter((one) => volumesOf(context, one).length > 0 && one.object.kind !== 'Cluster');

function podAndNode(context: DocumentContext): Row[] {
  const { namespaces } = context.model;
  const stateful = keepers(context);
  const volumes =
    stateful.length > 0
      ? `A volume of ${names(stateful)} is tied to its node or zone: \`kubectl get pvc -n ${(stateful[0] as { namespace: string }).namespace}\` shows it; where it is lost, see the row of the data`
      : 'Nothing: pods start on other nodes, which have no volumes to move';
  return [
    [
      'A pod is lost',
      `Kubernetes starts another one. ${down(context)}.`,
      `Nothing. Why: \`kubectl get events -n ${namespaces[0]} --sort-by=.lastTimestamp\``,
    ],
    ['A node is lost', `After some minutes its pods start elsewhere. ${down(context)}.`, volumes],
  ];
}

/** Whether the pods of a workload with several replicas are spread over zones, and whether they have to be. */
function zone(context: DocumentContext): Row {
  const spread = workloadsOf(context).filter(({ object, replicas }) => {
    const constraints: { topologyKey: string }[] = object.spec.template?.spec.topologySpreadConstraints ?? [];
    return replicas.min > 1 && constraints.some(({ topologyKey }) => topologyKey === 'topology.kubernetes.io/zone');
  });
  const clusters = ofKind(context, 'Cluster');
  const kept = keepers(context).map(({ name }) => name);
  const [tied, others] = [true, false].map((has) =>
    singles(context).filter(({ name }) => kept.includes(name) === has),
  ) as [Workload[], Workload[]];
  const happens = [
    ...(spread.length > 0 ? [`${names(spread)}: spread over zones, the rest answers`] : []),
    ...clusters.map(({ metadata, spec }) => `${code(metadata.name)}: one of ${spec.instances} instances takes over`),
    ...(others.length > 0 ? [`${names(others)}: down until started elsewhere`] : []),
    ...(tied.length > 0 ? [`${names(tied)}: down for as long as the zone of its volume`] : []),
  ];
  return [
    'A zone is lost',
    `${happens.join('. ')}.`,
    `Nodes in the other zones need room for the pods.${
      keepers(context).length > 0 ? ' A volume comes back with its zone; else see the row of the data' : ''
    }`,
  ];
}

/** Servers outside the cluster that keep data and can lose it. */
const serversOutside = (context: DocumentContext) => externalStores(context).filter(({ kind }) => kind !== 's3');

/** How to bring data back with a restore, in words. */
function bringBack(context: DocumentContext): string {
  const { restores, dumps } = backupRunsOf(context);
  const all = [
    ...restores.map(({ name, env }) => `${code(name)}${env.TENANT === undefined ? '' : ' with `TENANT=all`'}`),
    ...dumps.filter(isVolumeDump).map(({ name }) => `the newest dump of ${code(name)}`),
  ];
  if (all.length === 0) return 'There is no restore: what was in it is gone';
  const again = rerunOf(context);
  return `Deploy, so that servers, roles and databases are there: ${code(applyCommand(context))}. Then ${all.join(' and ')} as under Backup and recovery${again === undefined ? '' : `, then run ${enumerate(again.jobs)} again`}`;
}

/** Clusters of PostgreSQL with an archive, which a new one of the same name must not write into. */
const archived = (context: DocumentContext) =>
  ofKind(context, 'ScheduledBackup').map(({ spec }) => code(spec.cluster.name as string));

/** What an archive has beside the dumps. Source: cloudnative-pg.io, Recovery and WAL archiving. */
function archiveText(context: DocumentContext): string {
  const clusters = archived(context);
  if (clusters.length === 0) return '';
  return ` Where ${clusters.join(', ')} is made anew, set its \`archive.destination\` to a new, empty folder before: CloudNativePG refuses one with the log of another server. The old folder also has what was written after the newest dump: a Cluster with \`bootstrap.recovery\` starts from it (cloudnative-pg.io, Recovery).`;
}

function data(context: DocumentContext): Row[] {
  const { drills } = backupRunsOf(context);
  const stores = [
    ...workloadsOf(context)
      .filter((one) => volumesOf(context, one).length > 0)
      .map(({ name }) => code(name)),
    ...serversOutside(context).map(({ to }) => to),
  ];
  if (stores.length === 0) return [];
  const rpo = drills.flatMap(({ env }) => (env.RPO_SECONDS === undefined ? [] : [duration(Number(env.RPO_SECONDS))]));
  const lost =
    rpo.length > 0
      ? `What was written after the newest copy is lost: at most the time between two copies plus the time to make one. Drills fail where the newest is older than ${[...new Set(rpo)].join(' or ')}`
      : 'Everything in it is lost';
  const missing = notKept(context);
  return [
    [
      `The data of ${stores.join(', ')} is lost or corrupt`,
      `What needs it answers with errors. ${lost}.`,
      `${bringBack(context)}.${missing.length > 0 ? ` Not in these backups: ${missing.join(', ')}.` : ''}${archiveText(context)}`,
    ],
  ];
}

function tenant(context: DocumentContext): Row[] {
  const [first] = tenantsOf(context);
  const restore = backupRunsOf(context).restores.find(({ env }) => env.TENANT !== undefined);
  if (first === undefined) return [];
  return [
    [
      "One tenant's data is destroyed",
      `Only that tenant is concerned: each has a database and a role of its own.`,
      restore === undefined
        ? 'There is no restore: what was in it is gone'
        : `${code(restore.name)} with \`TENANT=${first}\` (its slug) as under Backup and recovery. The others go on meanwhile, and what was there stays under another name`,
    ],
  ];
}

function release(context: DocumentContext): Row {
  const migrated = rerunOf(context)?.jobs.includes('migrations');
  const all = workloadsOf(context).filter(({ object }) => object.kind !== 'Cluster');
  const replaced = all.filter(endsFirst);
  const rolling = all.filter((one) => !replaced.includes(one));
  return [
    'A release is bad',
    `${[
      ...(rolling.length > 0 ? [`${names(rolling)}: old pods stay until new ones are ready`] : []),
      ...(replaced.length > 0 ? [`${names(replaced)}: the old pod ends first`] : []),
    ].join('. ')}. Pods that are ready and wrong answer.`,
    `Roll back as under Procedures.${migrated ? ' A database that the release has migrated stays so: migrations are compatible with the release before' : ''}`,
  ];
}

function secret(context: DocumentContext): Row[] {
  const permanent = context.model.secrets.flatMap(({ source, values }) =>
    Object.values(values).flatMap((value) =>
      'permanent' in value && value.permanent
        ? [
            `${code(source.kind === 'external' ? `${source.prefix}/${value.remote}` : value.remote)}${
              value.property === undefined ? '' : ` (${code(value.property)})`
            }`,
          ]
        : [],
    ),
  );
  if (!context.model.secrets.some(({ source }) => source.kind !== 'development')) return [];
  const external = ofKind(context, 'ExternalSecret').length > 0;
  return [
    [
      'A secret is lost or became known',
      external
        ? 'Pods go on with the value that they have; a value that became known is valid until it is changed.'
        : 'Pods go on with the value that they have.',
      `Rotate it as under Procedures.${
        permanent.length > 0
          ? ` These cannot be replaced, so a copy is kept elsewhere: ${[...new Set(permanent)].join(', ')}`
          : ''
      }`,
    ],
  ];
}

/** The restores of what was lost with the cluster, in words. A server outside goes on, and a restore would replace its data. */
function restoresInside(context: DocumentContext, inside: readonly string[]): string[] {
  const { restores, dumps } = backupRunsOf(context);
  const outside = serversOutside(context).map(({ to }) => to);
  const lost = restores.flatMap(({ namespace, name }) => {
    const task = context.model.tasks.find((one) => one.namespace === namespace && one.name === name);
    const targets = (task?.connectsTo ?? []).map(({ to }) => (typeof to === 'string' ? to : to.name));
    if (!targets.some((target) => inside.includes(target))) return [];
    return targets.some((target) => outside.includes(target))
      ? `${code(name)}, for each database inside the cluster, never with \`TENANT=all\``
      : code(name);
  });
  return [...lost, ...dumps.filter(isVolumeDump).map(({ name }) => `the newest dump of ${code(name)}`)];
}

function everything(context: DocumentContext): Row {
  const { environment, cluster } = context;
  const platform = cluster.ofKind('ClusterIssuer', 'PriorityClass').length > 0;
  const inside = workloadsOf(context).filter((one) => volumesOf(context, one).length > 0);
  const restores = restoresInside(
    context,
    inside.map(({ name }) => name),
  );
  const outside = serversOutside(context).map(({ to }) => to);
  const anew = archived(context);
  const folder = `\`dist/${context.folder}\`${anew.length > 0 ? ` with a new \`archive.destination\` of ${anew.join(', ')}` : ''}`;
  return [
    'The whole cluster is lost',
    `Git has every object${ofKind(context, 'ExternalSecret').length > 0 ? ', and the secret store every value' : ''}.`,
    `A new cluster: \`npm run doctor -- --env ${environment}\` says what it lacks; apply ${platform ? `\`dist/${environment}/platform\`, then ` : ''}${folder}${
      restores.length > 0 ? `, then bring ${names(inside)} back as in the row of the data (${restores.join('; ')})` : ''
    }; then point DNS to its edge.${outside.length > 0 ? ` The data of ${outside.join(', ')} is still there: restore nothing of it.` : ''}`,
  ];
}

/** Source: the seed, "Disaster Recovery". */
export const disasters: Section = {
  title: 'Disasters',
  text: (context) =>
    paragraphs(
      table(
        ['What', 'What happens', 'What to do'],
        [
          ...podAndNode(context),
          zone(context),
          ...data(context),
          ...tenant(context),
          release(context),
          ...secret(context),
          everything(context),
        ],
      ),
    ),
};
