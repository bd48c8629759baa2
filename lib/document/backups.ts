import { type DocumentContext, type Run, runsOf, type Workload, workloadsOf } from './context';

/** The tasks that keep and bring back the data of a system. */
export interface BackupRuns {
  /** They dump each night. */
  readonly dumps: readonly Run[];
  /** They try each day to bring a dump back. */
  readonly drills: readonly Run[];
  /** A person starts them, to bring a dump back. */
  readonly restores: readonly Run[];
}

/** The tasks of backups, by what their model says that they are for. A restore is a suspended one with the variable SNAPSHOT. */
export function backupRunsOf(context: DocumentContext): BackupRuns {
  const purposes = new Map(context.model.tasks.map((task) => [`${task.namespace}/${task.name}`, task.purpose]));
  const runs = runsOf(context);
  const of = (purpose: string) =>
    runs.filter(({ namespace, name }) => purposes.get(`${namespace}/${name}`) === purpose);
  return {
    dumps: of('backup'),
    drills: of('restore-drill'),
    restores: runs.filter(({ object, env }) => object.spec.suspend === true && env.SNAPSHOT !== undefined),
  };
}

/** Whether a task keeps what a command of the application prints, so that no restore of this project takes it in. */
export function isVolumeDump({ container }: Run): boolean {
  return (container.command ?? []).includes('--stdin-from-command');
}

/** The first column of a table of tab-separated values in a ConfigMap. */
function firstColumn({ objects }: DocumentContext, file: string): string[] {
  const lists = objects.flatMap(({ kind, data }) => (kind === 'ConfigMap' ? (data?.[file] ?? []) : []));
  const lines: string[] = lists.flatMap((text: string) => text.split('\n'));
  return [...new Set(lines.flatMap((line) => line.split('\t')[0] || []))];
}

/** The slugs of the tenants, of which each has a database of its own. */
export const tenantsOf = (context: DocumentContext) => firstColumn(context, 'tenants.tsv');

/** The names of the databases, where the system has several of its own. */
export const databasesOf = (context: DocumentContext) => firstColumn(context, 'databases.tsv');

/** The commands that start a Job from a CronJob, with some of its variables, and show its log. One that ran before is deleted first. */
export function runCommands({ namespace, name }: Run, suffix: string, variables: string): string[] {
  const job = suffix === '' ? `${name}-by-hand` : `${name}-${suffix}`;
  return [
    `kubectl delete job -n ${namespace} ${job} --ignore-not-found`,
    `kubectl create job -n ${namespace} ${job} --from=cronjob/${name} --dry-run=client -o yaml |`,
    `  kubectl set env --local -f - ${variables} -o yaml | kubectl create -f -`,
    `kubectl wait -n ${namespace} --for=jsonpath='{.status.ready}'=1 --timeout=2m job/${job}`,
    `kubectl logs -n ${namespace} -f job/${job} --all-containers`,
  ];
}

/** The workloads that connect to what a task connects to. */
export function clientsOf(context: DocumentContext, task: Run): Workload[] {
  const { components, tasks } = context.model;
  const targetsOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }) =>
    [...components, ...tasks]
      .filter((one) => one.namespace === namespace && one.name === name)
      .flatMap(({ connectsTo }) =>
        connectsTo.flatMap(({ to }) => (typeof to === 'string' ? [] : [`${to.namespace}/${to.name}`])),
      );
  const targets = targetsOf(task);
  return workloadsOf(context).filter((one) => targetsOf(one).some((target) => targets.includes(target)));
}

/** Jobs that run again though nothing has changed. */
export interface Rerun {
  readonly jobs: readonly string[];
  readonly commands: readonly string[];
}

/** The Jobs that prepare databases, by their names, and what selects them in each namespace. */
function preparations(context: DocumentContext) {
  const jobs = runsOf(context).filter(
    ({ object, name }) => object.kind === 'Job' && ['provisioning', 'migrations'].includes(name),
  );
  const names = [...new Set(jobs.map(({ name }) => name))];
  const selectors = [...new Set(jobs.map(({ namespace }) => namespace))].map((namespace) => ({
    namespace,
    selector: `-l 'component in (${names.join(',')})'`,
  }));
  return { names, selectors };
}

/** How provisioning and migrations run again. Undefined where the system has neither. */
export function rerunOf(context: DocumentContext): Rerun | undefined {
  const { names, selectors } = preparations(context);
  if (names.length === 0) return undefined;
  const deletions = selectors.map(
    ({ namespace, selector }) => `kubectl delete job -n ${namespace} ${selector} --ignore-not-found`,
  );
  return { jobs: names, commands: [...deletions, applyCommand(context)] };
}

/** A workload as kubectl names it. */
export const resourceOf = ({ object }: Workload) => `${object.kind.toLowerCase()}/${object.metadata.name}`;

/** The command that sets the number of a workload's pods. */
export function scaleCommand(one: Workload, replicas: number): string {
  // Its operator would set another number of its StatefulSet back.
  if (one.cluster !== undefined)
    return `kubectl patch rabbitmqcluster ${one.name} -n ${one.namespace} --type merge -p '{"spec":{"replicas":${replicas}}}'`;
  return `kubectl scale ${resourceOf(one)} -n ${one.namespace} --replicas=${replicas}`;
}

/** The commands that take a release back in git. Its commit need not be the newest one: a repository has several systems. */
export function revertCommands({ folder }: DocumentContext): string[] {
  return [
    `git log --oneline -5 -- dist/${folder} # COMMIT is that of the release`,
    'git revert --no-edit COMMIT && git push # of a merge: git revert --no-edit -m 1 COMMIT',
  ];
}

/** The command that applies the system. */
export function applyCommand({ folder }: DocumentContext): string {
  return `kubectl apply --server-side -R -f dist/${folder}`;
}

/** The commands that apply a release: its programs come when databases are prepared. */
export function releaseCommands(context: DocumentContext): string[] {
  const { selectors } = preparations(context);
  const programs = context.model.components.filter(({ stage }) => stage === 'workloads').map(({ name }) => name);
  if (selectors.length === 0) return [applyCommand(context)];
  return [
    `${applyCommand(context)} --selector 'component notin (${programs.join(',')})'`,
    ...selectors.map(
      ({ namespace, selector }) =>
        `kubectl wait -n ${namespace} --for=condition=complete --timeout=30m job ${selector}`,
    ),
    applyCommand(context),
  ];
}
