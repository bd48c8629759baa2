import type { Component } from '../../model/component';
import type { Site } from '../../model/site';
import { backupRunsOf, tenantsOf } from '../backups';
import { commandOf, type DocumentContext, ofKind, runsOf, type Section, workloadsOf } from '../context';
import { healthPath, urlOfHost } from '../health';
import { code, codes, paragraphs, table } from '../markdown';
import { exposedOf } from './network';

type Row = readonly [symptom: string, look: string, usually: string];

const mine = ({ model }: DocumentContext) => model.components.filter(({ stage }) => stage === 'workloads');

const selected = ({ namespace, system, name }: Component) => `-n ${namespace} -l app=${system},component=${name}`;

/** What keeps a pod from running. */
function pods(context: DocumentContext): Row[] {
  const [first] = mine(context);
  if (first === undefined) return [];
  const { namespace, name } = first;
  const external = ofKind(context, 'ExternalSecret').length > 0;
  const kind = workloadsOf(context).find((one) => one.namespace === namespace && one.name === name)?.object.kind ?? '';
  const path = healthPath(first);
  return [
    [
      '`ImagePullBackOff`',
      code(`kubectl describe pod ${selected(first)}`),
      `the registry has no such tag, or the namespace no credentials for it: the tag in ${code(context.file)}, and \`imagePullSecrets\``,
    ],
    [
      '`CreateContainerConfigError`',
      code(`kubectl get ${external ? 'externalsecret' : 'secret'} -n ${namespace}`),
      external
        ? `a key is missing in the store, or the role may not read it: \`npm run secrets -- --env ${context.environment}\``
        : 'a Secret or one of its keys is missing',
    ],
    [
      '`CrashLoopBackOff`',
      code(`kubectl logs -n ${namespace} ${kind.toLowerCase()}/${name} --previous`),
      'a variable that the program needs and does not have, a path that it may not write to, or more memory than its limit (`OOMKilled`): [what your application has to do](application.md)',
    ],
    [
      '`Pending`',
      code(`kubectl get events -n ${namespace} --sort-by=.lastTimestamp`),
      `no node has room${context.model.placement.acrossZones === 'DoNotSchedule' ? ', or one zone has none: replicas are spread over zones' : ''}, or a volume is not bound`,
    ],
    [
      'Running, and never ready',
      code(`kubectl describe pod ${selected(first)}`),
      `${path === undefined ? 'the readiness check fails' : `${code(path)} does not answer with 200`}: the program listens at another port, or at localhost alone`,
    ],
  ];
}

/** What the limits of a site refuse. */
function refused(context: DocumentContext, { body, rateLimit }: Site): Row[] {
  const settings = code(commandOf(context, 'settings'));
  const limited = exposedOf(context).some(({ audience }) => typeof audience !== 'string');
  const policy = '-o custom-columns=NAME:.metadata.name,POLICY:.spec.externalTrafficPolicy';
  const many = 'more requests from one address than `rateLimit` allows. Many users behind one address count as one';
  const rows: (Row | false)[] = [
    limited && [
      '403 from an address that is allowed',
      code(`kubectl get service -n ${context.model.edge.controller.namespace} ${policy}`),
      'the edge sees the address of a node or a load balancer: its Service needs `externalTrafficPolicy: Local`',
    ],
    ['413', settings, `the body is larger than ${body.toQuantity()}`],
    rateLimit !== undefined && [
      context.model.edge.kind === 'ingress'
        ? '429, or 503 where the controller does not set `limit-req-status-code: 429`'
        : '429',
      settings,
      many,
    ],
  ];
  return rows.filter((row) => row !== false);
}

/** What clients see at the edge. */
function edge(context: DocumentContext): Row[] {
  const exposed = mine(context).find(({ exposed: routes, service }) => routes.length > 0 && service !== undefined);
  const route = exposed?.exposed[0];
  if (exposed === undefined || route === undefined) return [];
  const { controller, issuer } = context.model.edge;
  const { site } = route;
  const streams = mine(context).some(({ exposed: all }) => all.some((one) => one.site.stream !== undefined));
  const rows: (Row | false)[] = [
    [
      `502, 503 or 504 at ${code(site.host)}`,
      code(`kubectl get endpointslices -n ${exposed.namespace} -l kubernetes.io/service-name=${exposed.service?.name}`),
      `no pod is ready. Or the edge's pods are not in ${code(controller.namespace)} with the labels of \`edge.controller\`, so that the policies refuse them. Now and then a 502: the program closes idle connections before the edge does`,
    ],
    [
      `404 at ${code(site.host)}, or another certificate`,
      code(`curl -sSv -o /dev/null ${urlOfHost(context, site.host)}/`),
      'DNS leads to another edge, or no edge serves the class in `edge`',
    ],
    streams && [
      'A stream ends in the middle',
      code(`kubectl get pods ${selected(exposed)}`),
      'a rollout replaced its pod, or a proxy before the edge closed a silent connection: send something every 15 s, and connect again',
    ],
    issuer !== undefined && [
      'A certificate is not ready',
      code('kubectl get certificates,orders,challenges -A'),
      `the name does not lead to the edge yet, port 80 is closed to Let's Encrypt, or the issuer ${code(issuer)} is not there`,
    ],
  ];
  return [...rows.filter((row) => row !== false), ...refused(context, site)];
}

const logs = (name: string, namespace: string) =>
  code(`kubectl logs -n ${namespace} -l component=${name} --all-containers --tail=100`);

/** What goes wrong with Jobs. */
function jobs(context: DocumentContext): Row[] {
  const again = 'Mend it, and run it again: the commands are under Procedures, Roll back';
  const setUp = runsOf(context).filter(
    ({ object, name }) => object.kind === 'Job' && ['provisioning', 'migrations'].includes(name),
  );
  const { dumps, drills } = backupRunsOf(context);
  const [backup] = [...dumps, ...drills];
  const tenants = setUp.find(({ name }) => name === 'provisioning' && tenantsOf(context).length > 0);
  const rows: (Row | false)[] = [
    ...setUp.map(
      ({ name, namespace }): Row => [
        `The Job ${code(name)} failed`,
        logs(name, namespace),
        `the last lines name the reason and, where there are several databases, which failed; the others are done. ${again}`,
      ],
    ),
    tenants !== undefined && [
      'One tenant cannot connect, the others can',
      logs(tenants.name, tenants.namespace),
      'its password is missing in the store, or was changed there without a higher revision; or its state is `suspended`',
    ],
    backup !== undefined && [
      `${codes([...dumps, ...drills].map(({ name }) => name))} failed`,
      logs(backup.name, backup.namespace),
      'the store refuses the key, the repository is locked by a run that was killed, or a database cannot be dumped or restored: the log names it',
    ],
  ];
  return rows.filter((row) => row !== false);
}

/** What goes wrong with connections to databases. */
function data(context: DocumentContext): Row[] {
  const { components, tasks } = context.model;
  const counted = components.some(({ connectsTo }) => connectsTo.some(({ pool }) => pool !== undefined));
  const more =
    'a program opens more connections than its settings say, or something else uses the server. The budget is under Dependencies';
  if (!counted) return [];
  const pooler = components.find(({ stage }) => stage === 'pooling');
  if (pooler === undefined)
    return [['Too many connections', code(`npm run synth -- --env ${context.environment} --check`), more]];
  const migrations = tasks.find(({ purpose }) => purpose === 'migrations');
  return [
    [
      'Clients wait for a connection, or there are too many',
      code(`kubectl logs -n ${pooler.namespace} deployment/${pooler.name} --since=10m`),
      more,
    ],
    ...(migrations === undefined
      ? []
      : [
          [
            '`cached plan must not change result type`, or a prepared statement does not exist',
            logs(migrations.name, migrations.namespace),
            'a connection is older than the migration: the program tests it before its use, or names columns instead of `select *`',
          ] as const,
        ]),
  ];
}

/** What goes wrong with an apply, with secrets and with sizes. */
function operation(context: DocumentContext): Row[] {
  const { environment, model } = context;
  const scalers = ofKind(context, 'HorizontalPodAutoscaler');
  const external = model.secrets.some(({ source }) => source.kind === 'external');
  return [
    [
      'A connection times out',
      code(`npm run reach -- --env ${environment}`),
      'it is not declared: policies drop it. Name it in the description, or give the program the address that is declared',
    ],
    ...(external
      ? [
          [
            'A changed secret has no effect',
            code(`kubectl get externalsecret -n ${model.namespaces[0]}`),
            `\`secrets.revision\` in ${code(context.file)} was not increased. A password that a role has too is fetched by the revision alone`,
          ] as const,
        ]
      : []),
    ...scalers
      .slice(0, 1)
      .map(
        ({ metadata }): Row => [
          `${code(metadata.name)} shows \`<unknown>\`, or does not scale`,
          code(`kubectl describe hpa ${metadata.name} -n ${metadata.namespace}`),
          'metrics-server is missing, or the autoscaler is at its maximum; the database may not take more pods: see Dependencies',
        ],
      ),
    [
      'An apply reports a conflict',
      code(`npm run diff -- --env ${environment} --against cluster`),
      'a field was changed by hand, and belongs to another manager now: `--force-conflicts` takes it back',
    ],
    [
      'An apply reports an immutable field',
      code(`npm run diff -- --env ${environment}`),
      'the object has to be deleted and created again: read what the mark says of its data first',
    ],
    [
      'Argo CD does not get on',
      code(`argocd app get ${model.instance}`),
      'a Job of an earlier stage failed, or a custom resource is not healthy. Its later stages wait',
    ],
  ];
}

/** Source: the seed for Render, "Troubleshooting". */
export const troubleshooting: Section = {
  title: 'Troubleshooting',
  text: (context) =>
    paragraphs(
      table(
        ['What you see', 'Look at', 'Usually'],
        [...pods(context), ...edge(context), ...jobs(context), ...data(context), ...operation(context)],
      ),
      `What the cluster itself lacks: ${code(`npm run doctor -- --env ${context.environment}`)}. What an alert says to do is in its annotation \`runbook\`.`,
    ),
};
