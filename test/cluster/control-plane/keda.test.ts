import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { homedir, networkInterfaces, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import main from '../../../main';
import { type Lab, openLab, type Pod } from '../../services/lab';
import { ROOT_FILE_SYSTEM } from '../../services/lab/machine';
import { type Any, find, folderWith, runHere } from '../../support';
import { freePorts } from '../api-server';
import { apply, cluster, kubectl, remove } from '../applied';
import { eventually } from '../cluster';
import { objectsIn } from '../dist';

const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'berth/keda');

const NAMESPACE = 'jobs-dev';

/** A worker that rests at no pod, and has one for each ten messages. */
const TEXT = `pattern: microservices
services:
  worker: { image: ghcr.io/yourorg/worker, tag: v1, env: { AMQP_URL: { queue: url } }, scale: { min: 0, max: 4, queue: { name: jobs, messages: 10 } } }
queue: { queues: [jobs] }
`;

/** Why KEDA cannot scale here. */
function lacking(): string | undefined {
  if (cluster.kit === undefined || cluster.pods !== 'seem to run') return 'the cluster is not one of the kit';
  if (!cluster.serves.includes('keda.sh/v1alpha1')) return 'there are no definitions of KEDA';
  if (!existsSync(join(CACHE, 'version'))) return 'KEDA is not built; run tools/keda.sh';
  if (process.getuid?.() !== 0) return 'a host file and pods of its own need root';
  return existsSync(ROOT_FILE_SYSTEM) ? undefined : 'there is no RabbitMQ; run tools/services.sh ensure';
}

/** The address of this machine at which the laboratory, and so the API server, reaches it. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flat();
  const found = all.find((one) => one?.address.startsWith('198.18.'));
  if (found === undefined) throw new Error('the laboratory has no address of this machine');
  return found.address;
}

/** The registration of KEDA's metrics API, whose server is a process of this machine. */
function registration(address: string, port: number): object[] {
  const metadata = { namespace: 'keda', name: 'keda-metrics-apiserver' };
  const ports = [{ name: 'https', port }];
  const group = 'external.metrics.k8s.io';
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'keda' } },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': metadata.name } },
      addressType: 'IPv4',
      ports,
      endpoints: [{ addresses: [address] }],
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: `v1beta1.${group}` },
      spec: {
        ...{ group, version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100 },
        service: { ...metadata, port },
        insecureSkipTLSVerify: true,
      },
    },
  ];
}

/** A certificate that server and client of KEDA's two programs share, as its operator would make it. */
function certificate(folder: string): void {
  const subject = ['-subj', '/CN=keda', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', join(folder, 'tls.key'), '-out', join(folder, 'tls.crt')];
  const { status, stderr } = spawnSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject, ...files],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  copyFileSync(join(folder, 'tls.crt'), join(folder, 'ca.crt'));
}

const why = lacking();
if (why !== undefined) {
  test.skip(`KEDA cannot scale here: ${why}`, () => {});
} else {
  const folder = mkdtempSync(join(tmpdir(), 'berth-keda-'));
  const running: ChildProcess[] = [];
  let dist = '';
  let lab: Lab;
  let person: Pod;
  let url = '';

  /** Starts a program of KEDA, which finds Services by the host file of the laboratory, as a pod does by DNS. */
  const start = (program: string, ...args: string[]) => {
    const hosts = join(dirname(dirname(lab.folder('keda'))), 'hosts');
    const inside = 'mount --bind "$0" /etc/hosts && exec setpriv --pdeathsig KILL "$@"';
    const argv = ['--mount', 'sh', '-c', inside, hosts, join(CACHE, program), ...args];
    const env = { ...kubectl.env, KEDA_CLUSTER_OBJECT_NAMESPACE: 'keda', WATCH_NAMESPACE: NAMESPACE };
    const log = openSync(join(folder, `${program}.log`), 'w');
    running.push(spawn('unshare', argv, { env, stdio: ['ignore', log, log] }));
  };
  const startKeda = async () => {
    const [grpc, secure, metrics, probes] = (await freePorts(4)) as [number, number, number, number];
    const registered = { apiVersion: 'v1', kind: 'List', items: registration(ownAddress(), secure) };
    const { code, stderr } = await kubectl.attempt(['apply', '--server-side', '-f', '-'], JSON.stringify(registered));
    expect([code, stderr]).toEqual([0, '']);
    // Those of kinds that no chart makes, and its operator watches.
    await kubectl.attempt(['create', '-f', join(CACHE, 'definitions')]);
    certificate(folder);
    start(
      'operator',
      ...['--enable-prometheus-metrics=false', '--enable-webhook-patching=false', '--enable-apiservice-patching=false'],
      ...['--metrics-bind-address=0', `--health-probe-bind-address=127.0.0.1:${probes}`, `--cert-dir=${folder}`],
      `--metrics-service-bind-address=127.0.0.1:${grpc}`,
    );
    const given = ['lister', 'authentication', 'authorization'].map((of) => `--${of}-kubeconfig=${cluster.kubeconfig}`);
    start(
      'adapter',
      ...[`--secure-port=${secure}`, `--port=${metrics}`, `--metrics-service-address=localhost:${grpc}`],
      ...[`--cert-dir=${folder}`, `--tls-cert-file=${folder}/tls.crt`, `--tls-private-key-file=${folder}/tls.key`],
      ...given,
    );
  };

  const amqp = async (program: string, ...more: string[]) => {
    const { code, stdout, stderr } = await person.exec([program, '--url', url, ...more]);
    if (code !== 0) throw new Error(stderr || stdout);
  };
  const publish = async (messages: number) => {
    for (let sent = 0; sent < messages; sent++) await amqp('amqp-publish', '--routing-key', 'jobs', '--body', 'work');
  };
  const consume = async (messages: number) => {
    for (let read = 0; read < messages; read++) await amqp('amqp-get', '--queue', 'jobs');
  };
  /** Waits until the worker has so many pods, all of them ready. */
  const hasPods = (seconds: number, count: number) =>
    eventually(seconds, async () => {
      const [{ spec, status }] = (await kubectl.get('deployment/worker', '-n', NAMESPACE)) as Any[];
      expect([spec.replicas, status.readyReplicas ?? 0]).toEqual([count, count]);
    });

  beforeAll(async () => {
    const root = folderWith({ 'environments/dev/jobs.yaml': TEXT });
    expect(await runHere(main, root, ['--env', 'dev', '--system', 'jobs'])).toMatchObject({ status: 0, stderr: '' });
    dist = join(root, 'dist/dev/jobs');
    const objects = objectsIn(dist);
    lab = await openLab(objects);
    await lab.start(`${NAMESPACE}-data`, 'rabbitmq');
    person = await lab.daemon('person', { image: 'rabbitmq', command: ['sleep', 'infinity'] });
    url = Buffer.from((find(objects, 'Secret', 'worker-credentials') as Any).data.AMQP_URL, 'base64').toString();
    await amqp('amqp-declare-queue', '--queue', 'jobs', '--durable');
    await apply(dist);
    // It asks every 30 seconds, and waits five minutes before it ends the last pod.
    const faster = JSON.stringify({ spec: { pollingInterval: 2, cooldownPeriod: 5 } });
    await kubectl.run('patch', 'scaledobject', 'worker', '-n', NAMESPACE, '--type=merge', '--patch', faster);
    await hasPods(60, 1);
    await startKeda();
  });

  afterAll(async () => {
    for (const one of running) one.kill('SIGKILL');
    await kubectl.run('delete', 'apiservice', 'v1beta1.external.metrics.k8s.io', '--ignore-not-found');
    // KEDA is no longer there to remove its finalizer.
    const released = JSON.stringify({ metadata: { finalizers: null } });
    for (const kind of ['scaledobject', 'triggerauthentication'])
      await kubectl.attempt(['patch', kind, 'worker', '-n', NAMESPACE, '--type=merge', '--patch', released]);
    await remove(dist);
    await kubectl.run('delete', 'namespace', 'keda', '--ignore-not-found');
    rmSync(folder, { recursive: true });
  });

  test('KEDA ends the last pod of a worker whose queue is empty', () => hasPods(90, 0));

  test('KEDA starts the first pod for one message', async () => {
    await publish(1);
    await hasPods(60, 1);
  });

  test('the worker has a pod for each ten messages', async () => {
    await publish(24);
    await hasPods(120, 3);
  });

  test('it rests again when all messages are taken', async () => {
    await consume(25);
    await hasPods(90, 0);
  });
}
