import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment } from '../../lib/config/environment';
import { ConfigMap } from '../../lib/constructs/config-map';
import { Job } from '../../lib/constructs/job';
import { Secrets } from '../../lib/constructs/secrets/secrets';
import { Workload } from '../../lib/constructs/workload';
import type { Placement } from '../../lib/model/kubernetes';
import { Secret } from '../../lib/model/secret';
import { system } from '../../lib/model/system';
import { backups as backupSettings } from '../../lib/parts/backup/settings';
import { clusterDefaults } from '../../lib/parts/cluster-defaults';
import { queue as queueSettings } from '../../lib/parts/rabbitmq/settings';
import { messageQueue } from '../../lib/parts/rabbitmq/store';
import { synthesize } from '../construct';
import { type Any, find } from '../support';
import { type Lab, type Output, openLab, type Pod, serveS3, until } from './lab';
import { IMAGES } from './lab/images';

const namespace = 'shop-data';
const placement: Placement = { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] };
const source = { kind: 'development', revision: 1 } as const;
const BUCKET = 's3:http://s3.example.test:9000/bucket';
/** A virtual host whose name has to be encoded in URLs, and a password as people store them. */
const VHOST = '/';
const PASSWORD = `application '"@/:%\\ $(id)\`id\`;--?#&=+é {}[]~\n`;

const backups = backupSettings(true).parse({ repository: BUCKET, addresses: ['10.0.0.0/8'] });
const queue = messageQueue({
  system: 'shop',
  environment: environment('dev'),
  namespace,
  source,
  backups,
  config: queueSettings(true, 'shop').parse({ kind: 'statefulset', queues: ['render'] }),
});
const [server] = queue.components;
if (server === undefined || queue.management === undefined) throw new Error('expected a server in the cluster');

/** The Secret of an application and of KEDA. */
const client = new Secret<string>({
  namespace,
  source,
  name: 'client',
  externalName: 'client',
  values: { password: queue.password, url: queue.url('password'), api: queue.management.url('password') },
});
const model = system({
  ...clusterDefaults('shop', environment('dev'), {
    edge: { kind: 'ingress' },
    imagePullSecrets: [],
    dns: { nodeLocal: [] },
  } as Any),
  components: [server],
  tasks: queue.tasks,
});

const objects = synthesize((chart) => {
  for (const one of model.configs) new ConfigMap(chart, one.name, { system: 'shop', config: one });
  new Secrets(chart, 'secrets', { system: 'shop', secrets: [...model.secrets, client] });
  new Workload(chart, 'rabbitmq', { component: server, placement });
  for (const task of queue.tasks) new Job(chart, task.name, { task, placement });
});

const folder = mkdtempSync(join(tmpdir(), 'berth-rabbitmq-'));
let lab: Lab;
let pod: Pod;
let person: Pod;

async function checked(output: Promise<Output>): Promise<string> {
  const { code, stdout, stderr } = await output;
  if (code !== 0) throw new Error(stderr || stdout);
  return stdout.trimEnd();
}

const valueIn = (secret: string, key: string): string =>
  Buffer.from((find(objects, 'Secret', secret) as Any).data[key], 'base64').toString();
/** A program of an application, in a pod of its own, with the URL of its Secret. */
const amqp = (program: string, ...more: string[]) =>
  checked(person.exec([program, '--url', valueIn('client', 'url'), ...more]));
const rabbitmqctl = (...argv: string[]) => checked(pod.exec(['rabbitmqctl', '--quiet', ...argv]));
const restic = (...argv: string[]) =>
  checked(
    person.exec(['restic', '--no-cache', '--quiet', ...argv], { env: { RESTIC_REPOSITORY: `${BUCKET}/rabbitmq` } }),
  );

/** What KEDA asks: the length of a queue, by its URL. Source: keda.sh, RabbitMQ Queue, protocol http. */
async function length(name: string): Promise<number> {
  const { protocol, host, username, password } = new URL(valueIn('client', 'api'));
  const url = `${protocol}//${host}/api/queues/${encodeURIComponent(VHOST)}/${name}`;
  const user = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const ask = `import sys, urllib.request as http
request = http.Request(sys.argv[1], headers={"Authorization": "Basic " + sys.argv[2]})
print(http.urlopen(request).read().decode())`;
  return JSON.parse(await checked(person.exec(['python3', '-c', ask, url, user]))).messages;
}

beforeAll(async () => {
  const certificate = join(folder, 'crt');
  writeFileSync(certificate, '');
  const files = { ...IMAGES.restic?.files, '/etc/ssl/certs/ca-certificates.crt': certificate };
  lab = await openLab(objects, { restic: { ...IMAGES.restic, files } });
  mkdirSync(join(lab.folder('s3'), 'bucket'));
  await serveS3(lab, { keys: 'development,development', args: ['--dir-cache-time', '50ms'] });
  const env = {
    RESTIC_PASSWORD: 'development',
    AWS_ACCESS_KEY_ID: 'development',
    AWS_SECRET_ACCESS_KEY: 'development',
  };
  person = await lab.daemon('person', { image: 'rabbitmq', command: ['sleep', 'infinity'], env });
  pod = await lab.start(namespace, 'rabbitmq');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('its probes succeed, and its own port is closed to other pods', async () => {
  const { startupProbe, livenessProbe, readinessProbe }: Any = (find(objects, 'StatefulSet', 'rabbitmq') as Any).spec
    .template.spec.containers[0];
  for (const { exec } of [startupProbe, livenessProbe, readinessProbe]) await checked(pod.exec(exec.command));
  const reach = (port: number) =>
    person.exec(['bash', '-c', `exec 3<>/dev/tcp/${pod.address}/${port}`]).then(({ code }) => code === 0);
  expect(await Promise.all([5672, 15672, 25672, 4369].map(reach))).toEqual([true, true, false, false]);
});

test('an application logs in with the URL of its Secret, declares its queue, publishes and consumes', async () => {
  await amqp('amqp-declare-queue', '--queue', 'render', '--durable');
  await amqp('amqp-publish', '--routing-key', 'render', '--body', 'first', '--persistent');
  expect(await amqp('amqp-get', '--queue', 'render')).toBe('first');
});

test('nobody else logs in', async () => {
  const url = valueIn('client', 'url');
  for (const wrong of [url.replace(/:[^:]+@/, ':wrong@'), url.replace(/\/\/.*@/, '//guest:guest@')]) {
    const { code, stderr } = await person.exec(['amqp-get', '--url', wrong, '--queue', 'render']);
    expect([code === 0, stderr]).toEqual([false, expect.stringMatching(/ACCESS_REFUSED|login|logging in/i)]);
  }
  expect(await rabbitmqctl('list_users')).not.toMatch(/guest/);
});

test('what KEDA asks gives the number of messages', async () => {
  for (const body of ['one', 'two', 'three'])
    await amqp('amqp-publish', '--routing-key', 'render', '--body', body, '--persistent');
  await until('the number of messages', 30, async () => (await length('render')) === 3);
});

test('messages and queues outlive a restart, in another pod', async () => {
  expect((await pod.stop()).codes).toEqual({ rabbitmq: 0 });
  pod = await lab.start(namespace, 'rabbitmq');
  await until('the number of messages', 30, async () => (await length('render')) === 3);
});

test('definitions come back as they were, by the commands that the README has', async () => {
  const { code, log } = await lab.run(namespace, 'rabbitmq-backup');
  expect([code, code === 0 ? '' : log]).toEqual([0, '']);
  expect((await lab.run(namespace, 'rabbitmq-restore-drill')).code).toBe(0);
  const kept = await restic('dump', '--host', 'shop-development', 'latest', '/dump');
  expect(JSON.parse(kept).queues.map(({ name }: Any) => name)).toEqual(['render']);
  await rabbitmqctl('delete_queue', 'render');
  expect(await rabbitmqctl('list_queues', 'name')).not.toContain('render');
  const restore = 'cat >/tmp/definitions.json && rabbitmqctl import_definitions /tmp/definitions.json';
  await checked(pod.exec(['sh', '-c', restore], { stdin: kept }));
  expect(await rabbitmqctl('list_queues', 'name')).toContain('render');
  await amqp('amqp-publish', '--routing-key', 'render', '--body', 'again', '--persistent');
  expect(await amqp('amqp-get', '--queue', 'render')).toBe('again');
});

test('a new password is that of the user after a restart, whatever characters it has', async () => {
  await pod.stop();
  pod = await lab.start(namespace, 'rabbitmq', { env: { QUEUE_PASSWORD: PASSWORD } });
  await rabbitmqctl('authenticate_user', 'shop', PASSWORD.trimEnd());
  await expect(amqp('amqp-get', '--queue', 'render')).rejects.toThrow();
});
