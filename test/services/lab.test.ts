import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registry } from '../../charts';
import type { ManifestObject } from '../../lib/manifests/object';
import { buildEnvironments } from '../../lib/pipeline/build';
import { type Any, PROJECT, ROOT } from '../support';
import { type Lab, openLab, serveS3, until } from './lab';
import { POD_SH } from './lab/machine';

const NAMESPACE = 'shop';

function object(kind: string, name: string, more: Any, labels = {}): ManifestObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: NAMESPACE, labels }, ...more };
}

const RESTRICTED = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

function podOf(containers: Any[], more: Any = {}): Any {
  return {
    securityContext: { runAsUser: 10001, runAsGroup: 10001, fsGroup: 2000, runAsNonRoot: true },
    containers: containers.map((container) => ({
      image: 'example.com/python:3',
      securityContext: RESTRICTED,
      ...container,
    })),
    ...more,
  };
}

function job(name: string, spec: Any, more: Any = {}): ManifestObject {
  return object('Job', `${name}-0123456789`, { spec: { template: { spec }, ...more } }, { component: name });
}

function sh(script: string): Any {
  return { name: 'main', command: ['/bin/sh', '-c', script] };
}

let lab: Lab;

beforeAll(async () => {
  lab = await openLab([]);
});

test("a container has its pod's user, groups, capabilities, root file system, name and variables", async () => {
  await lab.update([
    object('Secret', 'account', { data: { password: Buffer.from(`'"@/:%\\ $x`).toString('base64') } }),
    object('ConfigMap', 'settings', { data: { LEVEL: 'info', 'a.b': '1' } }),
    job(
      'facts',
      podOf([
        {
          name: 'main',
          command: ['/bin/sh', '-c', '$(SCRIPT); echo \'$$(X)\' "[$0] [$1]"', 'zero', '$(LEVEL)'],
          env: [
            {
              name: 'SCRIPT',
              value:
                'id; hostname; echo "$PASSWORD"; grep -E "CapBnd|NoNewPrivs" /proc/self/status; touch /etc/x; touch /tmp/x',
            },
            { name: 'LEVEL', valueFrom: { configMapKeyRef: { name: 'settings', key: 'LEVEL' } } },
            { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'account', key: 'password' } } },
            { name: 'NONE', valueFrom: { secretKeyRef: { name: 'nobody', key: 'x', optional: true } } },
            { name: 'URL', value: 'http://$(LEVEL)/$(NONE)/$$(LEVEL)' },
          ],
        },
      ]),
    ),
  ]);
  const { code, log } = await lab.run(NAMESPACE, 'facts');
  expect(log.split('\n')).toEqual([
    'uid=10001 gid=10001 groups=10001,2000',
    expect.stringMatching(/^facts-\d+$/),
    `'"@/:%\\ $x`,
    'CapBnd:\t0000000000000000',
    'NoNewPrivs:\t1',
    "touch: cannot touch '/etc/x': Read-only file system",
    "touch: cannot touch '/tmp/x': Read-only file system",
    '$(X) [zero] [info]',
    '',
  ]);
  expect(code).toBe(0);
});

test('its references have to exist', async () => {
  const env = [{ name: 'X', valueFrom: { secretKeyRef: { name: 'nobody', key: 'x' } } }];
  await lab.update([
    job('poor', podOf([{ ...sh('true'), env }])),
    job('poorer', podOf([sh('true')], { volumes: [{ name: 'x', configMap: { name: 'nothing' } }] })),
  ]);
  await expect(lab.run(NAMESPACE, 'poor')).rejects.toThrow('no key x in Secret shop/nobody');
  await expect(lab.run(NAMESPACE, 'poorer')).rejects.toThrow('no ConfigMap shop/nothing');
  await expect(lab.run(NAMESPACE, 'none')).rejects.toThrow(/there is no workload none in shop; there are: .*facts/);
});

test('containers of a pod share volumes and network; init containers run first', async () => {
  const shared = { volumeMounts: [{ name: 'work', mountPath: '/var/run/work' }] };
  await lab.update([
    job(
      'pair',
      podOf(
        [
          {
            ...sh('until wget -qO- http://127.0.0.1:7000/there; do sleep 0.1; done; exit 3'),
            ...shared,
            image: 'restic',
          },
          {
            ...sh('ls -ld /var/run/work; cd /run/work; echo hello > there; timeout 2 python3 -m http.server 7000'),
            ...shared,
            name: 'side',
          },
        ],
        {
          volumes: [{ name: 'work', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }],
          initContainers: [
            { ...sh('echo first > /run/work/first'), name: 'one', image: 'python', ...shared },
            {
              ...sh('cat /run/work/first; head -c 2000000 /dev/zero > /run/work/big; rm /run/work/big'),
              name: 'two',
              image: 'python',
              ...shared,
            },
          ],
        },
      ),
    ),
  ]);
  const { code, logs } = await lab.run(NAMESPACE, 'pair');
  expect(logs.two).toMatch(/^first\n.*No space left on device/);
  expect(logs.main).toMatch(/hello\n$/);
  expect(logs.side).toMatch(/^drwxrws.* root +2000 /);
  expect(code).toBe(3);
});

test('a failed init container fails the pod', async () => {
  await lab.update([
    job('stuck', podOf([sh('echo never')], { initContainers: [{ ...sh('exit 7'), name: 'one', image: 'python' }] })),
  ]);
  expect(await lab.run(NAMESPACE, 'stuck')).toMatchObject({ code: 7, logs: { one: '' }, log: '' });
});

test('a CronJob is started by hand, with other variables; a Job is retried, until its deadline', async () => {
  const count = 'echo x >> /data/count; [ "$(wc -l < /data/count)" -ge 3 ]';
  const data = { volumeMounts: [{ name: 'data', mountPath: '/data' }] };
  await lab.update([
    object('PersistentVolumeClaim', 'data', {}),
    object('CronJob', 'nightly', {
      spec: {
        jobTemplate: {
          spec: { template: { spec: podOf([{ ...sh('echo "$TENANT"'), env: [{ name: 'TENANT', value: 'all' }] }]) } },
        },
      },
    }),
    job(
      'flaky',
      podOf([{ ...sh(count), ...data }], { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] }),
    ),
    job('slow', podOf([sh('trap "echo told; exit 1" TERM; sleep 60 & wait')]), { activeDeadlineSeconds: 1 }),
  ]);
  expect((await lab.run(NAMESPACE, 'nightly')).log).toBe('all\n');
  expect((await lab.run(NAMESPACE, 'nightly', { env: { TENANT: 'acme' } })).log).toBe('acme\n');
  expect((await lab.run(NAMESPACE, 'flaky')).code).toBe(1);
  expect((await lab.run(NAMESPACE, 'flaky', { retries: 3 })).code).toBe(0);
  expect(readFileSync(join(lab.claim(NAMESPACE, 'data'), 'count'), 'utf8')).toBe('x\nx\nx\n');
  expect(await lab.run(NAMESPACE, 'slow')).toMatchObject({ code: 137, timedOut: true, log: 'told\n' });
});

test('files of ConfigMaps and Secrets are like the kubelet’s, and are updated atomically in a running pod', async () => {
  const config = (data: Any) => object('ConfigMap', 'files', { data });
  const volumes = [
    { name: 'files', configMap: { name: 'files', defaultMode: 0o555 } },
    {
      name: 'keys',
      secret: { secretName: 'account', defaultMode: 0o400, items: [{ key: 'password', path: 'deep/key' }] },
    },
  ];
  const mounts = {
    volumeMounts: [
      { name: 'files', mountPath: '/etc/files' },
      { name: 'keys', mountPath: '/etc/keys' },
    ],
  };
  // Both from one folder: the link may change between two reads, as on a node.
  const script = `while :; do
  files=/etc/files/$(readlink /etc/files/..data)
  a=$(cat $files/a 2>&1) b=$(cat $files/b 2>&1)
  sleep 0.01
  [ "$a" = "$b" ] || [ ! -d $files ] || echo torn
done`;
  await lab.update([
    config({ a: '1', b: '1' }),
    object('Deployment', 'reader', {
      spec: { template: { spec: podOf([{ ...sh(script), ...mounts }], { volumes }) } },
    }),
  ]);
  const pod = await lab.start(NAMESPACE, 'reader');
  const run = async (command: string) => (await pod.exec(['sh', '-c', command])).stdout;
  expect(
    await run('stat -L -c "%a %u:%g" /etc/files /etc/files/a /etc/files/.. /etc/keys/deep/key; readlink /etc/files/a'),
  ).toBe('2777 0:2000\n555 0:2000\n755 0:0\n440 0:2000\n..data/a\n');
  expect(await run('echo x > /etc/files/new 2>&1 || echo refused')).toMatch(/Read-only|refused/);
  await lab.update([config({ a: '2', b: '2', c: '2' })]);
  expect(await run('cd /etc/files; echo *; cat a b c')).toBe('a b c\n222');
  await lab.update([config({ a: '3', b: '3' })]);
  expect(await run('cd /etc/files; echo *; cat a b; ls -d ..20* | wc -l')).toBe('a b\n331\n');
  expect(pod.log()).toBe('');
  await pod.kill();
});

/** Answers with the name of its pod, records how it ends, and is ready while a file exists. */
const SERVER = `
import http.server, os, signal, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        well = os.path.exists('/state/well') or self.path != '/health'
        self.send_response(200 if well else 503)
        self.end_headers()
        self.wfile.write(os.environ['HOSTNAME'].encode())
    def log_message(self, *args): pass
def end(*args):
    print('term', flush=True)
    sys.exit(4)
signal.signal(signal.SIGTERM, end)
open('/state/well', 'w')
http.server.ThreadingHTTPServer(('', 80), Handler).serve_forever()
`;

test('a Service routes to ready pods, and to no terminating one', async () => {
  const pod = podOf(
    [
      {
        name: 'web',
        command: ['python3', '/etc/web/server.py'],
        ports: [{ name: 'http', containerPort: 80 }],
        readinessProbe: { httpGet: { path: '/health', port: 'http' }, periodSeconds: 1, failureThreshold: 1 },
        lifecycle: { preStop: { exec: { command: ['/bin/sh', '-c', 'echo hook >/proc/1/fd/1; sleep 1'] } } },
        volumeMounts: [
          { name: 'web', mountPath: '/etc/web' },
          { name: 'state', mountPath: '/state' },
        ],
      },
    ],
    {
      volumes: [
        { name: 'web', configMap: { name: 'web' } },
        { name: 'state', emptyDir: {} },
      ],
      terminationGracePeriodSeconds: 5,
    },
  );
  pod.securityContext.sysctls = [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }];
  await lab.update([
    object('ConfigMap', 'web', { data: { 'server.py': SERVER } }),
    object('Deployment', 'web', { spec: { template: { metadata: { labels: { component: 'web' } }, spec: pod } } }),
    object('Service', 'web-svc', {
      spec: { selector: { component: 'web' }, ports: [{ port: 8080, targetPort: 'http' }] },
    }),
  ]);
  const client = await lab.daemon('client', { image: 'python', command: ['sleep', 'infinity'] });
  const get = (name = 'web-svc.shop') =>
    client.exec([
      'python3',
      '-c',
      `import urllib.request as r; print(r.urlopen('http://${name}:8080', timeout=5).read().decode())`,
    ]);
  expect((await get()).stderr).toMatch('Connection refused');

  const [one, two] = await Promise.all([lab.start(NAMESPACE, 'web'), lab.start(NAMESPACE, 'web')]);
  const both = [`${one.name}\n`, `${two.name}\n`].sort();
  expect([(await get()).stdout, (await get('web-svc.shop.svc')).stdout].sort()).toEqual(both);
  expect(await (await fetch(`http://${lab.address('web-svc.shop')}:8080`)).text()).toMatch(/^web-/);

  await two.exec(['rm', '/state/well']);
  await until('the pod is out', 10, () => !two.isReady);
  expect([(await get()).stdout, (await get()).stdout]).toEqual([`${one.name}\n`, `${one.name}\n`]);
  await two.exec(['touch', '/state/well']);
  await until('the pod is in again', 10, () => two.isReady);
  // A pod can connect to itself through its own Service.
  const self = `import urllib.request as r; print({r.urlopen('http://web-svc.shop:8080', timeout=5).read().decode() for _ in range(4)})`;
  expect((await two.exec(['python3', '-c', self])).stdout).toContain(two.name);

  const ending = one.stop();
  await until('the hook', 5, () => one.log().includes('hook'));
  expect([(await get()).stdout, (await get()).stdout]).toEqual([`${two.name}\n`, `${two.name}\n`]);
  const { codes, seconds } = await ending;
  expect(codes).toEqual({ web: 4 });
  expect(seconds).toBeGreaterThan(1);
  expect(seconds).toBeLessThan(3);
  expect(one.log()).toBe('hook\nterm\n');
  await Promise.all([two.kill(), client.kill()]);
});

test('a pod that does not end in its grace period is killed', async () => {
  const deaf = podOf([sh('trap "" TERM; while :; do sleep 1; done')], { terminationGracePeriodSeconds: 1 });
  await lab.update([object('Deployment', 'deaf', { spec: { template: { spec: deaf } } })]);
  const pod = await lab.start(NAMESPACE, 'deaf');
  const { codes, seconds } = await pod.stop();
  expect(codes).toEqual({ main: 137 });
  expect(seconds).toBeGreaterThan(1.9); // at least two seconds, like the kubelet
  await expect(pod.exec(['true'])).rejects.toThrow('main has ended with 137');
});

test('a pod that does not become ready is an error with the reason', async () => {
  const spec = podOf([{ ...sh('echo the reason >&2; exit 5'), readinessProbe: { exec: { command: ['true'] } } }]);
  await lab.update([object('Deployment', 'broken', { spec: { template: { spec } } })]);
  await expect(lab.start(NAMESPACE, 'broken')).rejects.toThrow(/container main ended with 5\nthe reason/);
});

test('a command in a container has input, variables and a timeout, and is isolated like the container', async () => {
  await lab.update([object('Deployment', 'idle', { spec: { template: { spec: podOf([sh('sleep 600')]) } } })]);
  const pod = await lab.start(NAMESPACE, 'idle');
  const script = 'cat /dev/stdin; echo "$A" >/dev/stderr; ps -e | wc -l; id -u; exit 9';
  expect(await pod.exec(['sh', '-c', script], { stdin: 'text\n', env: { A: 'b' } })).toEqual({
    code: 9,
    stdout: expect.stringMatching(/^text\n[4-7]\n10001\n$/),
    stderr: 'b\n',
  });
  expect((await pod.exec(['sleep', '60'], { timeout: 1 })).code).toBe(137);
  await until('it is gone inside too', 5, async () => !(await pod.exec(['ps', '-ef'])).stdout.includes('sleep 60\n'));
  await pod.kill();
});

test('an Alpine image has busybox and its own programs, and nothing of Debian', async () => {
  const tools =
    'for x in bash psql pgbouncer restic jq curl python3 perl; do which $x; done; readlink /bin/sh; readlink /bin/ls';
  const found = async (image: string) =>
    (await (await lab.daemon('look', { image, command: ['sleep', '60'] })).exec(['sh', '-c', tools])).stdout;
  expect(await found('postgres')).toBe('/usr/sbin/bash\n/usr/sbin/psql\nbusybox\nbusybox\n');
  expect(await found('pgbouncer')).toBe('/usr/sbin/pgbouncer\nbusybox\nbusybox\n');
  expect(await found('restic')).toBe('/usr/sbin/restic\nbusybox\nbusybox\n');
});

test('the database of an environment starts from its objects, and keeps its data', async () => {
  await lab.update(buildEnvironments(registry, PROJECT, ['dev']).flatMap(({ objects }) => objects));
  const first = await lab.start('salient-dev-admin', 'postgres');
  const sql = (statement: string) => [
    'psql',
    '-h',
    'postgres.salient-dev-admin.svc.cluster.local',
    '-U',
    'postgres',
    '-Atc',
    statement,
    'postgres',
  ];
  const client = await lab.daemon('client', { image: 'postgres', command: ['sleep', 'infinity'] });
  const { stdout: password } = await first.exec(['printenv', 'POSTGRES_PASSWORD']);
  const env = { PGPASSWORD: password.trim() };
  expect(await client.exec(sql('create table t as select 42 as x'), { env })).toMatchObject({ stderr: '' });
  expect((await client.exec(sql('select 1'), { env: { PGPASSWORD: 'wrong' } })).stderr).toMatch(
    'authentication failed',
  );
  expect((await first.stop()).codes).toEqual({ postgres: 0 });
  await lab.start('salient-dev-admin', 'postgres');
  expect((await client.exec(sql('select x from t'), { env })).stdout).toBe('42\n');
});

test('an S3 server beside the cluster has a name, and restic can use it', async () => {
  const s3 = await serveS3(lab, { keys: 'key,secret', args: ['--vfs-cache-mode', 'off'] });
  const env = {
    RESTIC_REPOSITORY: 's3:http://s3.example.test:9000/backups',
    RESTIC_PASSWORD: 'x',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
  };
  const restic = await lab.daemon('restic', { image: 'restic', command: ['sleep', 'infinity'] });
  expect(await restic.exec(['restic', '--no-cache', 'init'], { env })).toMatchObject({ code: 0 });
  const wrong = { ...env, AWS_SECRET_ACCESS_KEY: 'wrong' };
  expect(
    (await restic.exec(['restic', '--no-cache', '--retry-lock', '0s', 'cat', 'config'], { env: wrong, timeout: 3 }))
      .code,
  ).not.toBe(0);
  expect(existsSync(join(lab.folder('s3'), 'backups/config'))).toBe(true);
  await s3.kill();
});

test('the next laboratory removes what a crash left behind', async () => {
  const name = 'berth-lab-15';
  const folder = join(tmpdir(), name);
  const helper = (...args: string[]) =>
    expect(spawnSync('bash', [POD_SH, ...args], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  mkdirSync(join(folder, 'memory'), { recursive: true });
  writeFileSync(join(folder, 'owner'), '999999999');
  helper('open', name, '198.18.240.0/20', '198.19.240.0/20', '198.18.240.1');
  helper('attach', name, 'pod', 'p2', '198.18.240.2');
  expect(spawnSync('mount', ['-t', 'tmpfs', 'x', join(folder, 'memory')]).status).toBe(0);
  const left = spawn('ip', ['netns', 'exec', `${name}-pod`, 'sleep', '600']);
  const ended = new Promise((resolve) => left.on('exit', (_, signal) => resolve(signal)));

  await openLab([]);
  expect(await ended).toBe('SIGKILL');
  expect(existsSync(folder)).toBe(false);
  expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(folder);
  expect(spawnSync('ip', ['netns'], { encoding: 'utf8' }).stdout).not.toContain(name);
});

test('without root, tools/services.sh prints the reason in one line', () => {
  const argv = ['--reuid=65534', '--clear-groups', 'bash', '-s', 'ensure'];
  const input = readFileSync(join(ROOT, 'tools/services.sh'));
  expect(spawnSync('setpriv', argv, { input, encoding: 'utf8' })).toMatchObject({
    status: 3,
    stderr: 'test:services: needs root to create namespaces for each pod\n',
  });
});
