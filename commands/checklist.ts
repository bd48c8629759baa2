// Prints the checklist of a production deployment, answered where the objects tell: `npm run checklist -- --env NAME --system NAME`.
import { registry } from '../charts';
import { formatTable } from '../lib/base/table';
import { countViolations } from '../lib/checks/cluster/violation';
import { environmentNames } from '../lib/config/environment-folders';
import type { ManifestObject } from '../lib/manifests/object';
import { type Built, type BuiltSystem, buildEnvironments, isSystem } from '../lib/pipeline/build';
import type { ChecklistQuestion } from '../lib/pipeline/definition';
import { judgeAs } from '../lib/pipeline/judge';
import { Program } from '../lib/pipeline/program';
import { exposedPathsOf } from './shared/exposed-paths';

const HELP = `Prints the checklist of a production deployment: yes and no follow from the objects; open is what they do not show.

  npm run checklist -- --env prod --system pliers`;

/** Objects of every kind. */
// biome-ignore lint/suspicious/noExplicitAny: what they hold differs by kind
type Any = any;

/** The names of tasks that dump. */
const BACKUP = /(^|-)backup$/;

/** What is known of one line. */
interface ChecklistAnswer {
  readonly state: 'yes' | 'no' | 'open';
  readonly because: string;
}

const yes = (because: string): ChecklistAnswer => ({ state: 'yes', because });
const no = (because: string): ChecklistAnswer => ({ state: 'no', because });
const open = (because: string): ChecklistAnswer => ({ state: 'open', because });

const ofKind = ({ objects }: BuiltSystem, ...kinds: string[]): Any[] =>
  objects.filter(({ kind }) => kinds.includes(kind));
const named = (objects: readonly ManifestObject[]) => objects.map(({ metadata }) => metadata.name).join(', ');

function podsOf(built: BuiltSystem): { readonly name: string; readonly containers: readonly Any[] }[] {
  return ofKind(built, 'Deployment', 'StatefulSet').map(({ metadata, spec }) => ({
    name: metadata.name,
    containers: spec.template.spec.containers,
  }));
}

/** Tasks by the component that they are of. */
function tasksOf(built: BuiltSystem, kind: 'Job' | 'CronJob', component: RegExp): Any[] {
  return ofKind(built, kind).filter(({ metadata }) => component.test(metadata.labels.component));
}

function variables(built: BuiltSystem, environment: readonly Built[]): ChecklistAnswer {
  const all = environment.flatMap(({ objects }) => objects);
  const wrong = judgeAs(environment, all).filter(({ object }) => built.objects.includes(object));
  const count = podsOf(built).reduce(
    (sum, { containers }) => sum + containers.flatMap(({ env = [] }) => env).length,
    0,
  );
  if (wrong.length > 0) return no(`${countViolations(wrong)}: npm run synth lists them`);
  return yes(`${count} variables of pods are what was meant, and each refers to what is there or is fetched`);
}

function certificates(built: BuiltSystem): ChecklistAnswer {
  const hosts = [...new Set(exposedPathsOf(built.objects).map(({ host }) => host))];
  const { issuer } = built.model.edge;
  if (hosts.length === 0) return yes('nothing is exposed');
  if (issuer === undefined) return no(`${hosts.join(', ')}: without TLS, since edge.issuer is not set`);
  return yes(`${hosts.join(', ')}: issued by ${issuer}; kubectl get certificates -A shows whether they are ready`);
}

function migrations(built: BuiltSystem): ChecklistAnswer {
  const [job] = tasksOf(built, 'Job', /^migrations$/);
  return job === undefined
    ? no('there is no Job for migrations')
    : yes(`Job ${job.metadata.name}, before the new pods`);
}

function migrationsTested(built: BuiltSystem): ChecklistAnswer {
  const { state, because } = migrations(built);
  return state === 'no'
    ? no(because)
    : open('the objects do not show whether they were tried, and work with the previous release');
}

function databaseFirst(built: BuiltSystem): ChecklistAnswer {
  const own = ofKind(built, 'StatefulSet', 'Cluster');
  return yes(
    own.length > 0 ? `${named(own)}: applied before what needs them` : 'it is a managed one, and there before',
  );
}

/** The kinds of servers that keep data. */
const DATA: readonly string[] = ['postgresql', 'redis', 's3', 'store'];

/** The servers outside the cluster that keep data of the system, and that none of its tasks dumps. */
function storesOfProviders({ model: { components, tasks } }: BuiltSystem): string {
  const dumped = tasks
    .filter(({ name }) => BACKUP.test(name))
    .flatMap(({ connectsTo }) => connectsTo.map(({ to }) => to));
  const all = components.flatMap(({ connectsTo }) =>
    connectsTo.flatMap((one) => ('kind' in one && DATA.includes(one.kind) && !dumped.includes(one.to) ? one.to : [])),
  );
  return [...new Set(all)].join(', ');
}

function backups(built: BuiltSystem): ChecklistAnswer {
  const jobs = tasksOf(built, 'CronJob', BACKUP);
  const kept = ofKind(built, 'StatefulSet', 'Cluster');
  const dumps = jobs.map(({ metadata, spec }) => `${metadata.name} at ${spec.schedule}`).join('; ');
  const others = storesOfProviders(built);
  if (jobs.length > 0)
    return others === '' ? yes(dumps) : open(`${dumps}; the backup of ${others} is its provider's: see there`);
  return no(kept.length > 0 ? `nothing dumps ${named(kept)}` : 'nothing is dumped');
}

function drills(built: BuiltSystem): ChecklistAnswer {
  const jobs = tasksOf(built, 'CronJob', /(^|-)restore-drill$/);
  if (jobs.length === 0) return no('nothing tries to restore them');
  const tried = `${named(jobs)}: each day, and fails when a backup cannot be restored`;
  const others = storesOfProviders(built);
  return others === '' ? yes(tried) : open(`${tried}; nothing tries to restore ${others}`);
}

function monitoring(built: BuiltSystem): ChecklistAnswer {
  const monitors = ofKind(built, 'PodMonitor', 'ServiceMonitor');
  const rules = ofKind(built, 'PrometheusRule').flatMap(({ spec }) => spec.groups.flatMap((group: Any) => group.rules));
  const alerts = new Set(rules.flatMap(({ alert }) => alert ?? []));
  if (monitors.length + alerts.size === 0) return no('nothing of it is monitored');
  if (alerts.size === 0) return no(`no alert fires, whatever ${named(monitors)} say`);
  return yes(`alerts: ${[...alerts].join(', ')}; reads ${named(monitors) || 'nothing of its own'}`);
}

function healthChecks(built: BuiltSystem): ChecklistAnswer {
  const pods = podsOf(built);
  const without = pods.filter(({ containers }) => !containers[0].readinessProbe || !containers[0].livenessProbe);
  if (without.length > 0) return no(`${without.map(({ name }) => name).join(', ')}: without probes`);
  return yes(`all ${pods.length} workloads have a liveness and a readiness probe`);
}

function images(built: BuiltSystem): ChecklistAnswer {
  const all = new Set(podsOf(built).flatMap(({ containers }) => containers.map(({ image }) => image as string)));
  return open([...all].sort().join(', '));
}

/** How each question is answered. */
const ANSWERS: Readonly<
  Record<ChecklistQuestion, (built: BuiltSystem, environment: readonly Built[]) => ChecklistAnswer>
> = {
  variables,
  certificates,
  migrations,
  migrationsTested,
  databaseFirst,
  backups,
  drills,
  monitoring,
  healthChecks,
  images,
  apply: ({ folder }) => open(`kubectl apply --server-side -R -f dist/${folder}, or Argo CD`),
  smoke: ({ environment, system }) => open(`npm run smoke -- --env ${environment} --system ${system} asks its paths`),
  load: ({ environment, system }) =>
    open(`npm run -s load -- --env ${environment} --system ${system} > load.js && k6 run load.js`),
  open: () => open('the objects do not show it'),
};

/** The systems that have a checklist. */
const LISTED = Object.values(registry.systems).filter(({ checklist }) => checklist !== undefined);

export default new Program({
  name: 'checklist',
  help: HELP,
  options: { env: { type: 'string' }, system: { type: 'string' } },
  required: ['env'],
  choices: { env: environmentNames, system: () => LISTED.map(({ name }) => name) },
  run: ({ env, system }, io) => {
    const environment = buildEnvironments(registry, io.root, [env]);
    const built = environment.filter(isSystem).filter((one) => system === undefined || one.system === system);
    let wrong = false;
    for (const one of built) {
      for (const [section, lines] of Object.entries(registry.systems[one.system]?.checklist ?? {})) {
        const rows = Object.entries(lines).map(([line, question]) => {
          const { state, because } = ANSWERS[question](one, environment);
          wrong ||= state === 'no';
          return [state, line, because];
        });
        io.say(`${one.folder}: ${section}\n${formatTable(rows)}\n`);
      }
    }
    return wrong ? 1 : 0;
  },
});
