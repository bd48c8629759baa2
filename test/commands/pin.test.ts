import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pin from '../../commands/pin';
import { folderWith, project, runHere } from '../support';
import { synth } from '../synth';

const PROD = 'environments/prod/kiosk.yaml';
const digest = (digit: string) => `sha256:${digit.repeat(64)}`;

const file = (kiosk: string) => `# The kiosk.
pattern: microservices
hosts: { app: kiosk.example.com } # its host
edge: { kind: traefik, issuer: letsencrypt }
services:
  kiosk:
${kiosk}
    port: 8080
    exposed: /
  mailer: { image: ghcr.io/acme/mailer, tag: v1.0.0, env: { KIOSK: { url: kiosk } } } # sends
`;
const KIOSK = '    image: ghcr.io/acme/kiosk # ours\n    tag: v1.2.3 # this week';

/** A folder of programs, of which each answers by the last words of its arguments, and fails for other ones. */
function machineWith(program: string, answers: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const bin = mkdtempSync(join(tmpdir(), 'berth-pin-'));
  const cases = Object.entries(answers).map(([words, answer]) => `*' ${words}') printf %s '${answer}' ;;`);
  const script = `#!/bin/sh\necho "$*" >>${bin}/asked\ncase " $*" in\n*--version) ;;\n${cases.join('\n')}\n*) echo "manifest unknown" >&2; exit 1 ;;\nesac\n`;
  writeFileSync(join(bin, program), script);
  chmodSync(join(bin, program), 0o755);
  return { PATH: bin };
}

const CRANE = { 'digest ghcr.io/acme/kiosk:v1.2.3': digest('a'), 'digest ghcr.io/acme/mailer:v1.0.0': digest('b') };
const read = (root: string) => readFileSync(join(root, PROD), 'utf8');

test('digests are written beside their tags, and all else in the file stays', async () => {
  const root = folderWith({ [PROD]: file(KIOSK) });
  const { status, stdout, stderr } = await runHere(pin, root, [], { env: machineWith('crane', CRANE) });
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toContain(
    `unpinned: ${PROD}:8:10: services.kiosk: ghcr.io/acme/kiosk:v1.2.3: the registry has ${digest('a')}\n`,
  );
  expect(stdout).toContain(`${PROD}: written; npm run synth writes dist/`);
  expect(read(root)).toBe(
    file(`${KIOSK}\n    digest: ${digest('a')}`).replace('tag: v1.0.0,', `tag: v1.0.0, digest: ${digest('b')},`),
  );
  expect((await synth(root)).status).toBe(0);
});

test('of all systems, each default that is pinned is one that synth accepts', async () => {
  const root = project();
  const any = machineWith('crane', {});
  writeFileSync(join(any.PATH as string, 'crane'), `#!/bin/sh\nprintf %s '${digest('a')}'\n`);
  const { status, stdout } = await runHere(pin, root, [], { env: any });
  expect([status, stdout]).toEqual([0, expect.stringMatching(/ephitup\.yaml.*: written/)]);
  expect((await synth(root)).status).toBe(0);
  expect((await runHere(pin, root, ['--check'], { env: any })).status).toBe(0);
});

test('--check tells what is unpinned or differs, and writes nothing', async () => {
  const before = file(`${KIOSK}\n    digest: ${digest('0')}`);
  const root = folderWith({ [PROD]: before });
  const { status, stdout, stderr } = await runHere(pin, root, ['--check'], { env: machineWith('crane', CRANE) });
  expect(status).toBe(1);
  expect(stderr.split('\n').slice(0, -1)).toEqual([
    expect.stringMatching(
      /^differs: \S+kiosk\.yaml:8:10: services\.kiosk: .*: given sha256:0+, the registry has sha256:a+$/,
    ),
    expect.stringMatching(/^unpinned: \S+kiosk\.yaml:12:\d+: services\.mailer: /),
  ]);
  expect(stdout).toBe('0 of 2 images are pinned\n');
  expect(read(root)).toBe(before);
  await runHere(pin, root, ['--env', 'prod'], { env: machineWith('crane', CRANE) });
  const again = await runHere(pin, root, ['--check'], { env: machineWith('crane', CRANE) });
  expect(again).toEqual({ status: 0, stdout: '2 of 2 images are pinned\n', stderr: '' });
});

test('an image that the registry does not have is named, and the others are pinned', async () => {
  const root = folderWith({ [PROD]: file(KIOSK) });
  const env = machineWith('crane', { 'digest ghcr.io/acme/mailer:v1.0.0': digest('b') });
  const { status, stderr } = await runHere(pin, root, [], { env });
  expect(status).toBe(1);
  expect(stderr).toBe(`unknown: ${PROD}:8:10: services.kiosk: ghcr.io/acme/kiosk:v1.2.3: crane: manifest unknown\n`);
  expect(read(root)).toBe(file(KIOSK).replace('tag: v1.0.0,', `tag: v1.0.0, digest: ${digest('b')},`));
});

test('a setting that shares its image with others by an anchor is left to its user', async () => {
  const shared = file(KIOSK).replace('mailer: {', 'mailer: &one {').replace('# sends', '# sends\n  other: *one');
  const root = folderWith({ [PROD]: shared });
  const { status, stderr } = await runHere(pin, root, [], { env: machineWith('crane', CRANE) });
  expect(status).toBe(1);
  expect(stderr).toContain('is shared with other settings by the anchor &one; edit it by hand');
  expect(read(root)).toContain(`digest: ${digest('a')}`);
});

test('skopeo and docker are asked in their own words, and a registry of this machine without TLS', async () => {
  const root = folderWith({ [PROD]: file('    image: localhost:5000/kiosk\n    tag: v1.2.3') });
  // The digest is that of the manifest's text. Source: sha256sum.
  const index = '{"schemaVersion":2}';
  const skopeo = machineWith('skopeo', {
    'inspect --raw --tls-verify=false docker://localhost:5000/kiosk:v1.2.3': index,
    'inspect --raw docker://ghcr.io/acme/mailer:v1.0.0': index,
  });
  const { stdout } = await runHere(pin, root, ['--check'], { env: skopeo });
  expect(stdout).toBe('0 of 2 images are pinned\n');
  const docker = machineWith('docker', {
    'buildx imagetools inspect localhost:5000/kiosk:v1.2.3 --format {{.Manifest.Digest}}': `${digest('c')}\n`,
    'buildx imagetools inspect ghcr.io/acme/mailer:v1.0.0 --format {{.Manifest.Digest}}': 'no digest',
  });
  const { status, stderr } = await runHere(pin, root, ['--check'], { env: docker });
  expect(status).toBe(1);
  expect(stderr).toContain(`the registry has ${digest('c')}`);
  expect(stderr).toContain('mailer:v1.0.0: docker printed no digest');
});

test('without a program that asks registries it is not possible', async () => {
  const root = folderWith({ [PROD]: file(KIOSK) });
  const { status, stderr } = await runHere(pin, root, [], { env: { PATH: '/nowhere' } });
  expect(status).toBe(3);
  expect(stderr).toContain('install one of crane, skopeo, docker');
  expect(read(root)).toBe(file(KIOSK));
});
