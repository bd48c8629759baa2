import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, type FoundCluster, kubectlFor } from './cluster';

/** The timeout of its start: an old version on a busy machine takes 20 s. */
const START_TIMEOUT_SECONDS = 120;

/** Free ports. All are opened before the first is closed, so that they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = servers.map(
    (server) =>
      new Promise<number>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
      }),
  );
  const found = await Promise.all(ports);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return found;
}

/** Ends processes, one after the other. */
async function end(children: readonly ChildProcess[]) {
  for (const child of children) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) continue;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const impatience = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await ended;
    clearTimeout(impatience);
  }
}

/**
 * An API server without controllers and nodes: it only stores what it accepts.
 *
 * @param assets a folder with etcd, kube-apiserver and kubectl, as setup-envtest installs them
 */
export async function startApiServer(assets: string): Promise<{ cluster: FoundCluster; stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-api-'));
  const file = (name: string) => join(folder, name);
  const [secure, client, peer] = (await freePorts(3)) as [number, number, number];
  const children: ChildProcess[] = [];
  let died: string | undefined;
  const start = (program: string, args: readonly string[]) => {
    const log = openSync(file(`${program}.log`), 'w');
    const child = spawn(join(assets, program), args, { stdio: ['ignore', log, log] });
    child.on('error', ({ message }) => {
      died = message;
    });
    child.on('exit', (code) => {
      died = `${program} ended with ${code}:\n${readFileSync(file(`${program}.log`), 'utf8').slice(-2000)}`;
    });
    children.unshift(child);
    closeSync(log);
  };
  const stop = async () => {
    await end(children);
    rmSync(folder, { recursive: true, force: true });
  };

  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const token = randomBytes(16).toString('hex');
  const secret = { mode: 0o600 };
  writeFileSync(file('accounts.key'), keys.privateKey, secret);
  writeFileSync(file('accounts.pub'), keys.publicKey);
  writeFileSync(file('tokens.csv'), `${token},tester,tester,"system:masters"\n`, secret);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    // The server creates its own certificate when it starts.
    clusters: [
      {
        name: 'test',
        cluster: { server: `https://127.0.0.1:${secure}`, 'certificate-authority': file('pki/apiserver.crt') },
      },
    ],
    users: [{ name: 'tester', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'tester' } }],
    'current-context': 'test',
  };
  writeFileSync(file('kubeconfig'), JSON.stringify(config), secret);

  const store = `http://127.0.0.1:${client}`;
  start('etcd', [
    `--data-dir=${file('etcd')}`,
    `--listen-client-urls=${store}`,
    `--advertise-client-urls=${store}`,
    `--listen-peer-urls=http://127.0.0.1:${peer}`,
    '--unsafe-no-fsync',
  ]);
  start('kube-apiserver', [
    `--etcd-servers=${store}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${secure}`,
    `--cert-dir=${file('pki')}`,
    `--token-auth-file=${file('tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${file('accounts.pub')}`,
    `--service-account-signing-key-file=${file('accounts.key')}`,
  ]);
  const found = { kubeconfig: file('kubeconfig'), kubectl: join(assets, 'kubectl') };
  try {
    const kubectl = kubectlFor(found);
    await eventually(START_TIMEOUT_SECONDS, async () => {
      if (died === undefined) await kubectl.run('get', '--raw', '/readyz');
    });
    if (died !== undefined) throw new Error(died);
    const { gitVersion } = JSON.parse(await kubectl.run('get', '--raw', '/version'));
    return { cluster: { ...found, title: `API server ${gitVersion}`, pods: 'are not made' }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
