import type { Checklist, ChecklistQuestion } from '../../model/about';
import {
  autoscaling,
  type ChecklistAnswer,
  healthChecks,
  images,
  limits,
  manifests,
  no,
  open,
  replicas,
  rollouts,
  yes,
} from '../answers';
import { backupRunsOf, tenantsOf } from '../backups';
import { type DocumentContext, ofKind, runsOf, type Section, workloadsOf } from '../context';
import { loadCommand, smokeCommand } from '../health';
import { code, codes, paragraphs, table } from '../markdown';
import { notKept } from './backup';
import { alertsOf } from './monitoring';
import { exposedOf } from './network';
import { volumesOf } from './services';
import { secretSource } from './variables';

/** What production asks of every system. Source: the seed of the template, "Production", "Requirements". */
const EVERY_SYSTEM: Checklist = {
  Production: {
    'TLS at the edge': 'certificates',
    'Secrets from a store, not from files': 'secretsFromStore',
    'Persistent volumes for databases': 'volumes',
    'Health checks': 'healthChecks',
    Monitoring: 'monitoring',
    'Logs are collected': 'logs',
    'Backups of databases': 'backups',
    'Backups are tried': 'drills',
    'Database and internal services cannot be reached from outside': 'isolation',
    'Load is tested': 'load',
  },
};

function variables(context: DocumentContext): ChecklistAnswer {
  const count = workloadsOf(context).reduce(
    (sum, { containers }) => sum + containers.flatMap(({ env = [] }) => env).length,
    0,
  );
  if (context.violations > 0) return no(`${context.violations} violations: npm run synth lists them`);
  return yes(`${count} variables of pods are what was meant, and each refers to what is there or is fetched`);
}

function certificates(context: DocumentContext): ChecklistAnswer {
  const hosts = codes(exposedOf(context).map(({ label }) => label.split('/')[0] as string));
  const { issuer } = context.model.edge;
  if (hosts === '') return yes('nothing is exposed');
  if (issuer === undefined) return no(`${hosts}: without TLS, since edge.issuer is not set`);
  return yes(`${hosts}: issued by ${issuer}; \`kubectl get certificates -A\` shows whether they are ready`);
}

/** Certificates are requested by objects, and obtained by cert-manager. */
function certificatesObtained(context: DocumentContext): ChecklistAnswer {
  const { state, because } = certificates(context);
  return state === 'yes' ? open(because) : no(because);
}

function secretsFromStore(context: DocumentContext): ChecklistAnswer {
  const source = secretSource(context);
  if (source === undefined) return yes('it reads none');
  return ofKind(context, 'ExternalSecret').length > 0 ? yes(source) : no(source);
}

const jobsNamed = (context: DocumentContext, name: string) =>
  runsOf(context).filter((run) => run.object.kind === 'Job' && run.name === name);

function migrations(context: DocumentContext): ChecklistAnswer {
  const [job] = jobsNamed(context, 'migrations');
  return job === undefined
    ? no('there is no Job for migrations')
    : yes(`Job ${code(job.name)}, before the new pods: by Argo CD, and by the commands under Procedures`);
}

function migrationsTested(context: DocumentContext): ChecklistAnswer {
  const { state, because } = migrations(context);
  return state === 'no'
    ? no(because)
    : open('the objects do not show whether they were tried, and work with the previous release');
}

const keepers = (context: DocumentContext) => workloadsOf(context).filter((one) => volumesOf(context, one).length > 0);

function databaseFirst(context: DocumentContext): ChecklistAnswer {
  const own = codes(keepers(context).map(({ name }) => name));
  return yes(
    own === ''
      ? 'it is a managed one, and there before'
      : `${own}: before what needs them, by Argo CD, and by the commands under Procedures`,
  );
}

function volumes(context: DocumentContext): ChecklistAnswer {
  const own = keepers(context).map((one) => `${code(one.name)} ${volumesOf(context, one).join(', ')}`);
  return yes(own.length === 0 ? 'no database runs here' : own.join('; '));
}

function backups(context: DocumentContext): ChecklistAnswer {
  const { dumps } = backupRunsOf(context);
  const kept = keepers(context);
  const made = dumps.map(({ name, schedule }) => `${code(name)} at ${schedule}`).join('; ');
  const missing = notKept(context).join(', ');
  if (dumps.length > 0) return missing === '' ? yes(made) : open(`${made}; no task of this system copies: ${missing}`);
  return no(kept.length > 0 ? `nothing dumps ${codes(kept.map(({ name }) => name))}` : 'nothing is dumped');
}

function drills(context: DocumentContext): ChecklistAnswer {
  const jobs = backupRunsOf(context).drills;
  if (jobs.length === 0) return no('nothing tries to restore them');
  const tried = `${codes(jobs.map(({ name }) => name))}: each day, and fails when a backup cannot be restored`;
  const missing = notKept(context).join(', ');
  return missing === '' ? yes(tried) : open(`${tried}; nothing here tries to restore: ${missing}`);
}

function monitoring(context: DocumentContext): ChecklistAnswer {
  const monitors = codes(ofKind(context, 'PodMonitor', 'ServiceMonitor').map(({ metadata }) => metadata.name));
  const alerts = new Set(alertsOf(context).map(({ alert }) => alert));
  if (monitors === '' && alerts.size === 0) return no('nothing of it is monitored');
  if (alerts.size === 0) return no(`no alert fires, whatever ${monitors} say`);
  return yes(`${alerts.size} kinds of alerts; reads ${monitors || 'nothing of its own'}`);
}

function logs({ logDays, environment }: DocumentContext): ChecklistAnswer {
  return logDays === undefined
    ? open(`environments/${environment}/platform.yaml has no Loki; another collector is not seen here`)
    : yes(`Loki keeps them for ${logDays} days`);
}

function errorLogs({ logDays, model: { namespaces } }: DocumentContext): ChecklistAnswer {
  const kept = logDays === undefined ? '' : `, and Loki has them for ${logDays} days`;
  return open(`the objects do not show them: the commands are under Verification, of ${codes(namespaces)}${kept}`);
}

function tenantIsolation(context: DocumentContext): ChecklistAnswer {
  const { length } = tenantsOf(context);
  return length === 0
    ? open('there are no tenants yet')
    : yes(
        `each of ${length} tenants has a database that its own role and the backup alone may enter; whether the application keeps them apart, its own tests show`,
      );
}

function limitedHosts(context: DocumentContext): ChecklistAnswer {
  const limited = exposedOf(context).filter(({ audience }) => typeof audience !== 'string');
  return limited.length === 0
    ? no('every path is open to everyone')
    : yes([...new Set(limited.map(({ label, audience }) => `${code(label)} for ${codes(audience)}`))].join('; '));
}

function dns(context: DocumentContext): ChecklistAnswer {
  const hosts = codes(context.model.components.flatMap(({ exposed }) => exposed.map(({ site }) => site.host)));
  return open(`whether ${hosts} lead to this edge, the objects do not show`);
}

function isolation(context: DocumentContext): ChecklistAnswer {
  const exposed = new Set(
    exposedOf(context).flatMap(({ audience, workloads }) => (audience === 'nobody' ? [] : workloads)),
  );
  const data = keepers(context).filter(({ namespace, name }) => exposed.has(`${namespace}/${name}`));
  return data.length > 0
    ? no(`${codes(data.map(({ name }) => name))} keeps data, and is exposed`)
    : yes('only what Network lists is exposed; policies refuse the rest');
}

/** How each question is answered. */
const ANSWERS: Readonly<Record<ChecklistQuestion, (context: DocumentContext) => ChecklistAnswer>> = {
  variables,
  certificates,
  certificatesObtained,
  secretsFromStore,
  migrations,
  migrationsTested,
  databaseFirst,
  volumes,
  backups,
  drills,
  monitoring,
  logs,
  healthChecks,
  autoscaling,
  isolation,
  images,
  errorLogs,
  replicas,
  rollouts,
  limits,
  manifests,
  tenantIsolation,
  limitedHosts,
  cluster: ({ environment }) => open(`\`npm run doctor -- --env ${environment}\` says what the cluster lacks`),
  dns,
  cutover: () => open('the steps are in [Platforms](platforms.md)'),
  smoke: (context) => open(`${code(smokeCommand(context))} asks, and so do the commands under Verification`),
  load: (context) => open(`${code(loadCommand(context))} measures it`),
  documentation: () => yes('this document is written from the objects, and `npm run verify` refuses one that is old'),
  apply: ({ folder }) => open(`\`kubectl apply --server-side -R -f dist/${folder}\`, or Argo CD`),
  open: () => open('the objects do not show it'),
};

function text(context: DocumentContext): string | undefined {
  const sections = Object.entries({ ...EVERY_SYSTEM, ...context.checklist });
  return paragraphs(
    '`yes` and `no` follow from the objects; `open` is what they do not show.',
    ...sections.flatMap(([section, lines]) => {
      const rows = Object.entries(lines).map(([line, question]) => {
        const { state, because } = ANSWERS[question](context);
        return [state, line, because];
      });
      return [table(['', section, 'Because'], rows)];
    }),
  );
}

/** Source: the seeds, "Requirements" of production, "Production Deployment Checklist", "Deployment Checklist". */
export const checklist: Section = { title: 'Checklist', text };
