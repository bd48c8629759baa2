import { isSingle } from '../../model/storage';
import {
  applyCommand,
  releaseCommands,
  rerunOf,
  resourceOf,
  revertCommands,
  scaleCommand,
  tenantsOf,
} from '../backups';
import { commandOf, type DocumentContext, ofKind, runsOf, type Section, workloadsOf } from '../context';
import { code, codes, enumerate, fence, paragraphs } from '../markdown';
import { externalStores } from './services';
import { takesBack } from './updates';

/** What a person does, with the commands in their order. */
interface Procedure {
  readonly title: string;
  readonly words: string;
  readonly commands?: readonly string[] | undefined;
}

/** Workloads that no operator runs. */
const ownWorkloads = (context: DocumentContext) =>
  workloadsOf(context).filter(({ object }) => object.kind !== 'Cluster');

function deploy(context: DocumentContext): Procedure {
  const { environment, file, folder } = context;
  return {
    title: 'Deploy',
    words: `Set the new tag in ${code(file)} (\`npm run promote\` does it, and for production checks that staging had it), read the difference, commit. Argo CD applies \`dist/${folder}\`; without it, \`kubectl\` does, and deletes nothing: the object of a file that is gone stays, such as a host that is exposed, until it is deleted as [Apply with kubectl](../../apply.md#delete-the-objects-of-removed-files) shows. Before the first time, \`npm run doctor -- --env ${environment}\` says what the cluster lacks.`,
    commands: [
      commandOf(context, 'synth'),
      `npm run diff -- --env ${environment}`,
      'npm run docs',
      `git add -A && git commit -m 'release' && git push`,
      ...releaseCommands(context),
      ...ownWorkloads(context).map(
        (one) => `kubectl rollout status ${resourceOf(one)} -n ${one.namespace} --timeout=10m`,
      ),
    ],
  };
}

function rollBack(context: DocumentContext): Procedure {
  const again = rerunOf(context);
  return {
    title: 'Roll back',
    words: `The commit of the release is reverted. With Argo CD the push is the rollback${
      context.sync === 'manual' ? `, when ${code(`argocd app sync ${context.model.instance}`)} has followed` : ''
    }; \`kubectl apply\` is for clusters without it, and leaves what the release has added: delete that as under Deploy.${
      again === undefined
        ? ''
        : ' Jobs whose content is that of an earlier run are deleted first, so that they run again.'
    }`,
    commands: [...revertCommands(context), ...(again?.commands ?? [applyCommand(context)])],
  };
}

function scale(context: DocumentContext): Procedure {
  const components = context.model.components.filter(({ stage }) => stage === 'workloads');
  const scaled = components.filter((one) => !isSingle(one));
  if (scaled.length === 0)
    return {
      title: 'Scale',
      words: `${codes(components.map(({ name }) => name))}: one pod, which cannot be scaled, since it keeps its data in a volume for one pod. It can have more CPU and memory, in ${code(context.file)}.`,
    };
  const own = scaled.flatMap(({ from, name }) =>
    from === undefined ? [] : [`${code(`${from}.scale`)} of ${code(name)}`],
  );
  const hand = ownWorkloads(context).find(
    ({ object, scaledBy }) => object.kind === 'Deployment' && scaledBy === undefined,
  );
  return {
    title: 'Scale',
    words: `${own.length > 0 ? `${own.join(', ')} in ${code(context.file)}` : `The settings in ${code(context.file)}`}: \`{ replicas: 2 }\`, or \`{ min: 2, max: 6, cpu: 70 }\` for an autoscaler. synth refuses what databases cannot take.${hand === undefined ? '' : ` By hand, until the next apply with \`--force-conflicts\`; ${takesBack(context)}:`}`,
    commands: hand && [scaleCommand(hand, hand.replicas.min + 1)],
  };
}

/** Passwords that no Job sets, since they are of an account that is there before it. */
function changedFirst(context: DocumentContext): string {
  const outside = externalStores(context).map(({ kind }) => kind);
  const provisioned = runsOf(context).some(({ name }) => name === 'provisioning');
  const first = [
    ...(outside.includes('postgresql') ? ['the password of the administrator of a managed server'] : []),
    ...(outside.includes('redis') ? ['the password of a Redis outside the cluster'] : []),
  ];
  if (first.length === 0) return '';
  return ` (${enumerate(first)} at the server first${provisioned ? '; those of roles are set by the Job `provisioning`' : ''})`;
}

function rotate(context: DocumentContext): Procedure | undefined {
  const [source] = context.model.secrets.map((secret) => secret.source);
  if (source === undefined) return undefined;
  if (source.kind === 'development')
    return { title: 'Rotate a secret', words: 'The values of this tier are known to everyone, and never change.' };
  const { file, folder } = context;
  if (source.kind === 'manual')
    return {
      title: 'Rotate a secret',
      words: `Run the command that synth prints for the Secret with the new value, add one to \`secrets.revision\` in ${code(file)}, and deploy.`,
      commands: [commandOf(context, 'secrets')],
    };
  const namespaces = new Set(ofKind(context, 'ExternalSecret').map(({ metadata }) => metadata.namespace as string));
  return {
    title: 'Rotate a secret',
    words: `Change the value in the store${changedFirst(context)}, add one to \`secrets.revision\` in ${code(file)}, and deploy. Secrets are fetched again, and the pods that read them roll. Argo CD keeps that order; with kubectl, pods that start too early have the old value:`,
    commands: [
      commandOf(context, 'synth'),
      `for file in dist/${folder}/26-externalsecret-*; do kubectl apply --server-side -f "$file"; done`,
      ...[...namespaces].map((one) => `kubectl get externalsecret -n ${one} # until each was refreshed after that`),
      applyCommand(context),
    ],
  };
}

function addTenant(context: DocumentContext): Procedure | undefined {
  const tenants = tenantsOf(context);
  const [list] = context.lists;
  if (tenants.length === 0 || list === undefined) return undefined;
  return {
    title: 'Add or remove a tenant',
    words: `Put its password into the store, add a line \`- slug: NAME\` to ${code(list)}, and deploy: a Job makes its role and database. \`state: suspended\` locks it out and keeps its data; \`state: removed\` with \`confirm: drop NAME\` deletes them after a last dump. Now there are ${tenants.length}.`,
  };
}

/** Workloads that keep no data are stopped first, and started last. */
function stop(context: DocumentContext): Procedure {
  const all = ownWorkloads(context);
  const hibernate = (state: 'on' | 'off') =>
    ofKind(context, 'Cluster').map(
      ({ metadata: { name, namespace } }) =>
        `kubectl annotate cluster ${name} -n ${namespace} --overwrite cnpg.io/hibernation=${state}`,
    );
  const cronJobs = ofKind(context, 'CronJob').filter(({ spec }) => !spec.suspend);
  return {
    title: 'Stop and start',
    words: `Data stays. ${takesBack(context, 'a number of replicas')}. An autoscaler rests while its workload has no replicas.${
      cronJobs.length > 0
        ? ` CronJobs go on: \`kubectl patch cronjob NAME -n NAMESPACE -p '{"spec":{"suspend":true}}'\` stops one.`
        : ''
    } The second half starts it again:`,
    commands: [
      ...all.map((one) => scaleCommand(one, 0)),
      ...hibernate('on'),
      ...hibernate('off'),
      ...[...all].reverse().map((one) => scaleCommand(one, one.replicas.min)),
    ],
  };
}

function look(context: DocumentContext): Procedure {
  return {
    title: 'Look at it',
    words: 'What runs, and what it says:',
    commands: context.model.namespaces.map((namespace) => `kubectl get pods,jobs,cronjobs,hpa,pvc -n ${namespace}`),
  };
}

/** Source: the seed, "Deployment Procedures". */
export const procedures: Section = {
  title: 'Procedures',
  text: (context) =>
    paragraphs(
      ...[deploy, rollBack, scale, rotate, addTenant, stop, look].flatMap((make) => {
        const { title, words, commands = [] } = make(context) ?? { title: '', words: '' };
        return title === ''
          ? []
          : [`**${title}.** ${words}`, ...(commands.length > 0 ? [fence('sh', ...commands)] : [])];
      }),
    ),
};
