import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pin from '../../commands/pin';
import { folderWith, runHere } from '../support';

// A real registry and the real skopeo. The image has two platforms, so that the digest has to be that of the index.

const scratch = mkdtempSync(join(tmpdir(), 'berth-registry-'));
let registry: ChildProcess;
let host: string;

/** A free port of this machine. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Writes a blob into a layout of OCI, and describes it. */
function blob(layout: string, content: string, mediaType: string) {
  const hash = createHash('sha256').update(content).digest('hex');
  writeFileSync(join(layout, 'blobs/sha256', hash), content);
  return { mediaType, digest: `sha256:${hash}`, size: Buffer.byteLength(content) };
}

/** An index with an image for each of two platforms, neither of which need be this machine's. @returns its digest */
function push(name: string, tag: string, content = 'first'): string {
  const layout = mkdtempSync(join(scratch, 'layout-'));
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
  const oci = (kind: string) => `application/vnd.oci.image.${kind}`;
  const manifests = ['s390x', 'riscv64'].map((architecture) => {
    const config = JSON.stringify({
      architecture,
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [] },
      config: { Env: [`CONTENT=${content}`] },
    });
    const manifest = {
      schemaVersion: 2,
      mediaType: oci('manifest.v1+json'),
      config: blob(layout, config, oci('config.v1+json')),
      layers: [],
    };
    return {
      ...blob(layout, JSON.stringify(manifest), oci('manifest.v1+json')),
      platform: { architecture, os: 'linux' },
    };
  });
  const index = blob(
    layout,
    JSON.stringify({ schemaVersion: 2, mediaType: oci('index.v1+json'), manifests }),
    oci('index.v1+json'),
  );
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [index] }));
  const to = `docker://${host}/${name}:${tag}`;
  execFileSync('skopeo', ['--insecure-policy', 'copy', '--all', '--dest-tls-verify=false', `oci:${layout}`, to], {
    stdio: 'pipe',
  });
  return index.digest;
}

/** A PATH with skopeo alone, so that no crane of this machine is asked. */
function skopeoAlone(): NodeJS.ProcessEnv {
  const bin = join(scratch, 'bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(execFileSync('sh', ['-c', 'command -v skopeo'], { encoding: 'utf8' }).trim(), join(bin, 'skopeo'));
  return { PATH: bin, HOME: scratch };
}

/** Whether the registry accepts connections. */
function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const [address = '', port] = host.split(':');
    const socket = connect(Number(port), address, () => resolve(true));
    socket.on('connect', () => socket.destroy()).on('error', () => resolve(false));
  });
}

beforeAll(async () => {
  host = `127.0.0.1:${await freePort()}`;
  const config = {
    version: '0.1',
    storage: { filesystem: { rootdirectory: join(scratch, 'data') } },
    http: { addr: host },
  };
  writeFileSync(join(scratch, 'config.yml'), JSON.stringify(config));
  registry = spawn('docker-registry', ['serve', join(scratch, 'config.yml')], { stdio: 'ignore' });
  for (let attempt = 0; !(await answers()); attempt++) {
    if (attempt === 100) throw new Error('the registry does not answer');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});

afterAll(async () => {
  const ended = new Promise((resolve) => registry.once('exit', resolve));
  registry.kill('SIGKILL');
  await ended;
});

test('the digest of the index is written, is found again, and a moved tag is told', async () => {
  const env = skopeoAlone();
  const first = push('acme/kiosk', 'v1.2.3');
  const file = 'environments/prod/kiosk.yaml';
  const text = `pattern: microservices\nhosts: { app: kiosk.example.com }\nedge: { kind: traefik, issuer: letsencrypt }\nservices:
  kiosk: { image: ${host}/acme/kiosk, tag: v1.2.3, port: 8080, exposed: / } # ours
  other: { image: ${host}/acme/other, tag: v1.2.3, env: { KIOSK: { url: kiosk } } }\n`;
  const root = folderWith({ [file]: text });
  const { status, stderr } = await runHere(pin, root, [], { env });
  expect(readFileSync(join(root, file), 'utf8')).toBe(
    text.replace('kiosk, tag: v1.2.3', `kiosk, tag: v1.2.3, digest: ${first}`),
  );
  expect(status).toBe(1);
  expect(stderr).toMatch(/^unknown: .*services\.other: \S+\/acme\/other:v1\.2\.3: skopeo: .*(manifest|name) unknown/);

  push('acme/other', 'v1.2.3');
  await runHere(pin, root, [], { env });
  expect(await runHere(pin, root, ['--check'], { env })).toMatchObject({
    status: 0,
    stdout: '2 of 2 images are pinned\n',
  });

  const second = push('acme/kiosk', 'v1.2.3', 'changed');
  expect(second).not.toBe(first);
  const check = await runHere(pin, root, ['--check'], { env });
  expect(check.status).toBe(1);
  expect(check.stderr).toContain(`given ${first}, the registry has ${second}`);
});
