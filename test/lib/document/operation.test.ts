import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../../charts';
import { contextsOf } from '../../../commands/shared/contexts';
import { imagesIn } from '../../../lib/config/images';
import type { DocumentContext } from '../../../lib/document/context';
import { healthRequests } from '../../../lib/document/health';
import { backup } from '../../../lib/document/sections/backup';
import { checklist } from '../../../lib/document/sections/checklist';
import { dependencies } from '../../../lib/document/sections/dependencies';
import { disasters } from '../../../lib/document/sections/disasters';
import { future } from '../../../lib/document/sections/future';
import { procedures } from '../../../lib/document/sections/procedures';
import { services } from '../../../lib/document/sections/services';
import { troubleshooting } from '../../../lib/document/sections/troubleshooting';
import { updates } from '../../../lib/document/sections/updates';
import { variables } from '../../../lib/document/sections/variables';
import { verification } from '../../../lib/document/sections/verification';
import type { Site } from '../../../lib/model/site';
import { Size } from '../../../lib/model/units';
import { buildEnvironments } from '../../../lib/pipeline/build';
import { sample } from '../../construct';
import { type Any, PROJECT, ROOT } from '../../support';

const BUILT = ['dev', 'staging', 'prod'].map((name) => buildEnvironments(registry, PROJECT, [name]));

const CONTEXTS = BUILT.flatMap((built) => contextsOf(registry.in(PROJECT), built, () => []));

const contextOf = (folder: string) => CONTEXTS.find((one) => one.folder === folder) as DocumentContext;

const SECTIONS = [updates, verification, troubleshooting];

/** The commands of the sections: lines of code, and code in tables. */
function commandsOf(context: DocumentContext): string[] {
  const text = SECTIONS.map((section) => section.text(context)).join('\n');
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, lines]) =>
    (lines as string).trim().split('\n'),
  );
  const inline = [...text.replace(/```[\s\S]*?```/g, '').matchAll(/`((?:kubectl|npm|curl|argocd) [^`]+)`/g)];
  return [...blocks, ...inline.map(([, command]) => command as string)];
}

/** Namespaces, kinds with names, and labels in a command that its system's objects do not have. */
function unknownIn({ objects, model }: DocumentContext, command: string): string[] {
  const [, namespace] = / -n ([\w-]+)/.exec(command) ?? [];
  const [, kind, name] = / (deployment|statefulset|service)\/([\w-]+)/.exec(command) ?? [];
  const [, one] = / component=([\w-]+)/.exec(command.replace(',component=', ' component=')) ?? [];
  const [, several] = /component in \(([\w,-]+)\)/.exec(command) ?? [];
  const components = [...(one === undefined ? [] : [one]), ...(several?.split(',') ?? [])];
  const inside = objects.filter(({ metadata }) => metadata.namespace === namespace);
  const isThere = inside.some((object) => object.kind.toLowerCase() === kind && object.metadata.name === name);
  const labels = new Set(inside.map(({ metadata }) => metadata.labels?.component));
  return [
    ...(namespace === undefined || [...model.namespaces, model.edge.controller.namespace].includes(namespace)
      ? []
      : [namespace]),
    ...(kind === undefined || isThere ? [] : [`${kind}/${name}`]),
    ...components.filter((component) => !labels.has(component)),
  ];
}

test('every namespace, object and label in a command exists', () => {
  for (const context of CONTEXTS) {
    const commands = commandsOf(context).filter((command) => command.startsWith('kubectl'));
    expect(commands.length).toBeGreaterThan(10);
    for (const command of commands)
      expect([context.folder, command, unknownIn(context, command)]).toEqual([context.folder, command, []]);
  }
});

test('every script of npm in a command exists, and every image that it promotes is a setting', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  for (const [index, context] of CONTEXTS.entries()) {
    const commands = commandsOf(context).filter((command) => command.startsWith('npm'));
    for (const command of commands) expect(scripts).toHaveProperty([/^npm run ([\w:]+)/.exec(command)?.[1] ?? '']);
    const values = BUILT.flat().filter(({ model }) => model !== undefined)[index]?.values;
    const settings = imagesIn(values).map(({ path }) => path.join('.'));
    const promoted = commands.flatMap((command) => /^npm run promote -- \S+ (\S+)/.exec(command)?.[1] ?? []);
    expect(promoted.filter((one) => !settings.includes(one))).toEqual([]);
    expect(promoted.length > 0).toBe(context.model.tier !== 'development');
  }
});

test('a health path is asked at a host where the edge leads there, and through a tunnel elsewhere', () => {
  const text = verification.text(contextOf('prod/salient'));
  expect(text).toContain('https://api.salient.ai/health # chat-api: 200\n');
  expect(text).toContain('https://admin.salient.ai/ # admin-ui: 200, and 403 from an address that is not allowed\n');
  expect(text).toContain('https://admin.salient.ai/api # admin-api: any but 502, 503 and 504\n');
  expect(text).toContain('kubectl port-forward -n salient-prod service/admin-api-svc 18080:80 &');
  expect(text).toContain('http://localhost:18080/health # admin-api: 200\n');
  expect(verification.text(contextOf('dev/salient'))).toContain(
    'http://api.salient.localhost/health # chat-api: 200\n',
  );
});

test('the longest prefix of a path decides whose health it is, and a removed prefix is put before it', () => {
  const site: Site = {
    name: 's',
    host: 'a.example.com',
    certificate: 'c',
    audience: 'everyone',
    body: Size.mebibytes(1),
  };
  const health = (path: string) => ({ health: { http: path }, liveness: { period: 10 }, readiness: { period: 5 } });
  const web = sample({ name: 'web', probes: health('/api/health'), exposed: [{ site, path: '/' }] });
  const api = sample({ name: 'api', probes: health('/api/health'), exposed: [{ site, path: '/api' }] });
  const ai = sample({ name: 'ai', probes: health('/health'), exposed: [{ site, path: '/ai', strip: true }] });
  const closed = sample({ name: 'closed', probes: health('/x'), exposed: [{ site, path: '/x', audience: 'nobody' }] });
  const context = contextOf('prod/pliers');
  const found = healthRequests({ ...context, model: { ...context.model, components: [web, api, ai, closed] } });
  expect(found.outside.map(({ component, url }) => `${component.name} ${url}`)).toEqual([
    'api https://a.example.com/api/health',
    'ai https://a.example.com/ai/health',
  ]);
  expect(found.inside.map(({ name }) => name)).toEqual(['web', 'closed']);
});

test('a closed path is shown to be refused', () => {
  expect(verification.text(contextOf('prod/three-tier'))).toContain(
    'https://app.example.com/api/internal # refused: 403',
  );
});

test('it says who takes a change by hand back, and how pods are replaced', () => {
  const prod = contextOf('prod/salient');
  expect(updates.text({ ...prod, sync: 'manual' })).toContain('its next sync takes it back');
  expect(updates.text({ ...prod, sync: 'automatic' })).toContain('Argo CD takes it back at once');
  const objects = structuredClone(prod.objects) as Any[];
  const [chat] = objects.filter(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'chat-api');
  chat.spec.template.spec.terminationGracePeriodSeconds = 95;
  chat.spec.strategy = { type: 'Recreate' };
  expect(updates.text({ ...prod, objects })).toContain(
    '| `chat-api` | all old pods end before new ones start: it does not answer in between | 95 s |',
  );
});

test('a symptom is listed where it can occur', () => {
  const symptoms = (folder: string) => troubleshooting.text(contextOf(folder)) ?? '';
  expect(symptoms('prod/salient')).toContain('| One tenant cannot connect, the others can |');
  expect(symptoms('prod/pliers')).not.toContain('tenant');
  expect(symptoms('prod/pliers')).toContain('| 429 |');
  expect(symptoms('prod/salient')).not.toContain('| 429 |');
  expect(symptoms('dev/salient')).not.toContain('certificate is not ready');
  expect(symptoms('dev/salient')).toContain('kubectl get secret -n salient-dev');
});

/** A row of a section's table, by its first cell. */
const row = (text: string | undefined, first: string) =>
  text?.split('\n').find((line) => line.startsWith(`| ${first}`)) ?? '';

/** A part of the procedures, by its title. */
const procedure = (context: DocumentContext, title: string) =>
  `\n\n${procedures.text(context)}`.split('\n\n**').find((part) => part.startsWith(`${title}.`)) ?? '';

test('a restore can be started a second time, and its log is that of its own run', () => {
  expect(backup.text(contextOf('prod/salient'))).toContain(
    [
      'kubectl delete job -n salient-admin restore-acme --ignore-not-found',
      'kubectl create job -n salient-admin restore-acme --from=cronjob/restore --dry-run=client -o yaml |',
      '  kubectl set env --local -f - TENANT=acme SNAPSHOT=latest -o yaml | kubectl create -f -',
      "kubectl wait -n salient-admin --for=jsonpath='{.status.ready}'=1 --timeout=2m job/restore-acme",
      'kubectl logs -n salient-admin -f job/restore-acme --all-containers',
    ].join('\n'),
  );
});

test('when the cluster is lost, nothing of a managed server is restored, and what was inside is', () => {
  const lost = (folder: string) => row(disasters.text(contextOf(folder)), 'The whole cluster is lost');
  expect(lost('prod/salient')).toContain('the database server main is still there: restore nothing of it');
  expect(lost('prod/salient')).not.toContain('back as in the row of the data');
  expect(lost('staging/pliers')).toContain(
    'bring `postgres`, `redis` back as in the row of the data (`restore`; `redis-restore`)',
  );
  expect(lost('staging/pliers')).not.toContain('restore nothing');
  const prod = contextOf('prod/pliers');
  const inside = contextOf('staging/pliers');
  const mixed = { ...inside, model: { ...inside.model, components: prod.model.components } };
  expect(row(disasters.text(mixed), 'The whole cluster is lost')).toMatch(/`redis-restore`.*restore nothing of it/);
});

test('a release is taken back by its own commit, which is pushed', () => {
  const prod = contextOf('prod/salient');
  const text = procedure({ ...prod, sync: 'manual' }, 'Roll back');
  expect(text).toContain('git log --oneline -5 -- dist/prod/salient #');
  expect(text).toContain('git revert --no-edit COMMIT && git push');
  expect(text).toContain('`argocd app sync salient-prod`');
  expect(procedure({ ...prod, sync: 'automatic' }, 'Roll back')).not.toContain('argocd app sync');
});

test('a number of replicas that is set by hand is taken back by Argo CD', () => {
  const automatic = { ...contextOf('prod/salient'), sync: 'automatic' as const };
  for (const title of ['Scale', 'Stop and start'])
    expect(procedure(automatic, title)).toContain('`argocd.sync: manual` in `environments/prod/platform.yaml`');
});

test('a secret is fetched before the pods that read it start, and only what no Job sets is changed at the server', () => {
  const text = procedure(contextOf('prod/salient'), 'Rotate a secret');
  const [first, , , last] = ['26-externalsecret-*', 'externalsecret -n salient-admin', 'salient-prod #', '-R -f'].map(
    (part) => text.indexOf(part),
  );
  expect(first).toBeGreaterThan(0);
  expect(last).toBeGreaterThan(first as number);
  expect(text).toContain('the password of the administrator of a managed server at the server first');
  expect(text).toContain('those of roles are set by the Job `provisioning`');
  expect(procedure(contextOf('prod/pliers'), 'Rotate a secret')).toContain('a Redis outside the cluster');
  expect(procedure(contextOf('staging/salient'), 'Rotate a secret')).not.toContain('at the server first');
});

test('a cluster with an archive that is made anew gets an empty folder, and the old one is named', () => {
  const text = disasters.text(contextOf('staging/salient'));
  expect(row(text, 'The data of')).toContain('set its `archive.destination` to a new, empty folder before');
  expect(row(text, 'The data of')).toContain('`bootstrap.recovery`');
  expect(row(text, 'The whole cluster is lost')).toContain('with a new `archive.destination` of `postgres`');
  expect(disasters.text(contextOf('prod/pliers'))).not.toContain('archive.destination');
});

test('where the old pod ends first, a bad release is urgent; migrations are named where there are some', () => {
  const hurry = 'the old pods go on: that needs no rollback in a hurry';
  const [one, some, none] = ['dev/ephitup', 'staging/pliers', 'prod/salient'].map((folder) =>
    updates.text(contextOf(folder)),
  );
  expect(one).toContain('Of `ephitup` the old pod is gone by then: roll back at once');
  expect(one).not.toContain(hurry);
  expect(one).not.toContain('migrations');
  expect(some).toContain(hurry);
  expect(some).toContain('Of `postgres`, `redis` the old pod is gone by then');
  expect(none).toContain('migrations are compatible');
  expect(none).not.toContain('roll back at once');
});

test('one pod that keeps its data is not said to scale', () => {
  const dev = contextOf('dev/ephitup');
  expect(procedure(dev, 'Scale')).toContain('`ephitup`: one pod, which cannot be scaled');
  expect(procedure(dev, 'Scale')).not.toContain('replicas: 2');
  expect(row(future.text(dev), 'Autoscaling')).toBe('');
  expect(row(future.text(contextOf('dev/pliers')), 'Autoscaling')).not.toBe('');
});

test('what writes to a database is stopped while it is restored, and then started', () => {
  const text = backup.text(contextOf('prod/ephitup')) ?? '';
  const [stop, run, start] = ['deployment/api -n ephitup-prod --replicas=0', 'kubectl create job', '--replicas=2'].map(
    (part) => text.indexOf(part),
  );
  expect(stop).toBeGreaterThan(0);
  expect(run).toBeGreaterThan(stop as number);
  expect(start).toBeGreaterThan(run as number);
  expect(text).not.toContain('deployment/frontend');
});

test('what is true of one property of a key is said of that one alone, and nothing where values are known to everyone', () => {
  const prod = contextOf('prod/salient');
  expect(row(variables.text(prod), '`salient/backups`')).toContain(
    '| `restic-password`: may be generated; never replaced: data cannot be read without it |',
  );
  expect(row(variables.text(prod), '`salient/jwt/secret`')).toContain('| may be generated |');
  expect(disasters.text(prod)).toContain('a copy is kept elsewhere: `salient/backups` (`restic-password`)');
  expect(variables.text(contextOf('dev/salient'))).not.toContain('may be generated');
});

test('where no client trusts the certificates, they are not looked at', () => {
  const staging = verification.text(contextOf('staging/salient')) ?? '';
  expect(staging).toContain(
    "No client trusts a certificate of `letsencrypt-staging`, so that `-k` is needed, and smoke's",
  );
  expect(staging).toMatch(/^curl -sSk .* https:/m);
  expect(staging).not.toMatch(/^curl -sS .* https:/m);
  expect(checklist.text(contextOf('staging/salient'))).toContain('k6 run --insecure-skip-tls-verify load.js');
  const prod = verification.text(contextOf('prod/salient'));
  expect(prod).toContain('with the certificate of each host:');
  expect(prod).not.toContain('-sSk');
  expect(verification.text(contextOf('dev/salient'))).toContain('\n\nFrom outside:\n');
});

test('a deployment by kubectl waits for the migrations before the new pods, and removes nothing', () => {
  const text = procedure(contextOf('prod/salient'), 'Deploy');
  expect(text).toContain(
    [
      "kubectl apply --server-side -R -f dist/prod/salient --selector 'component notin (chat-api,admin-api,admin-ui)'",
      "kubectl wait -n salient-admin --for=condition=complete --timeout=30m job -l 'component in (provisioning,migrations)'",
      'kubectl apply --server-side -R -f dist/prod/salient\n',
    ].join('\n'),
  );
  expect(text).toContain('deletes nothing');
  expect(procedure(contextOf('dev/ephitup'), 'Deploy')).not.toContain('--selector');
});

test('a Job is listed with the images of all of its containers', () => {
  expect(row(services.text(contextOf('prod/salient')), '`migrations`')).toMatch(
    /`docker\.io\/library\/postgres:[^`]*`, `ghcr\.io\/yourorg\/salient-backend:[^`]*`/,
  );
});

test('numbers say what they count: pods outside a rollout, the time between two copies', () => {
  const prod = contextOf('prod/salient');
  expect(dependencies.text(prod)).toContain('| Pods, without a rollout |');
  expect(row(disasters.text(prod), 'The data of')).toContain(
    'at most the time between two copies plus the time to make one. Drills fail where the newest is older than 24 h.',
  );
});

test('ingress-nginx answers too many requests with 503, unless it is told otherwise', () => {
  const limited = (folder: string) => row(troubleshooting.text(contextOf(folder)), '429');
  expect(limited('dev/ephitup')).toContain(
    '| 429, or 503 where the controller does not set `limit-req-status-code: 429` |',
  );
  expect(limited('prod/pliers')).toContain('| 429 |');
});
