import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import program from '../../commands/promote';
import { Repository } from '../repository';
import { folderWith, runHere } from '../support';
import { synth } from '../synth';

const PROD = 'environments/prod/kiosk.yaml';
const STAGING = 'environments/staging/kiosk.yaml';
const BASE = 'environments/kiosk.yaml';
const DIGEST = `sha256:${'0'.repeat(64)}`;

const common = (host: string) => `hosts: { app: ${host} }
edge: { kind: traefik, issuer: letsencrypt }
`;

/** A repository with an application in staging and prod, and what each file says beside its host. */
async function repository({ base = '', staging = '', prod = '' }, tag = 'tag: v1.0.0') {
  const files = {
    [BASE]: `pattern: microservices
services:
  kiosk: { image: ghcr.io/acme/kiosk, port: 8080, exposed: / }
  mailer: { image: ghcr.io/acme/mailer, tag: v1.0.0, env: { KIOSK: { url: kiosk } } }
${base}`,
    [STAGING]: `${common('kiosk-staging.example.com')}${staging || `services: { kiosk: { ${tag} } }\n`}`,
    [PROD]: `${common('kiosk.example.com')}${prod || `services: { kiosk: { ${tag} } }\n`}`,
  };
  const repo = new Repository(folderWith(files));
  repo.git('init', '-q', '-b', 'main');
  const { status, stderr } = await synth(repo.root);
  expect([status, stderr]).toEqual([0, '']);
  repo.commit();
  return repo;
}

const read = ({ root }: Repository, file: string) => readFileSync(join(root, file), 'utf8');

function write(repo: Repository, file: string, change: (text: string) => string) {
  const before = read(repo, file);
  writeFileSync(join(repo.root, file), change(before));
  expect(read(repo, file)).not.toBe(before);
}

async function promote(repo: Repository, component: string, tag: string, ...more: readonly string[]) {
  return runHere(program, repo.root, ['kiosk', component, tag, '--to', 'prod', ...more]);
}

/** Expects a promotion to change the own file of prod only, and dist/. */
async function promoted(repo: Repository, component: string, tag: string, ...more: readonly string[]) {
  const { status, stdout, stderr } = await promote(repo, component, tag, ...more);
  expect([status, stderr]).toEqual([0, '']);
  const changed = repo.status.map((line) => line.slice(2).trim());
  expect(changed).toContain(PROD);
  expect(changed.filter((file) => file !== PROD && !file.startsWith('dist/'))).toEqual([]);
  return stdout;
}

test('a tag that only the base has is put into the own file, which is all that changes', async () => {
  const repo = await repository({});
  const before = read(repo, PROD);
  const stdout = await promoted(repo, 'mailer', 'v2.0.0', '--force');
  expect(read(repo, PROD)).toBe(
    before.replace('{ kiosk: { tag: v1.0.0 } }', '{ kiosk: { tag: v1.0.0 }, mailer: { tag: v2.0.0 } }'),
  );
  expect(stdout).toMatch(/environments\/prod\/kiosk\.yaml:\d+:\d+: services\.mailer: v1.0.0 → v2.0.0\n/);
  expect(stdout).toMatch(
    /\n {2}npm run docs && git add environments\/prod dist docs && git commit -m "kiosk prod: services\.mailer v2.0.0"\n/,
  );
});

test('a tag of defaults is not changed: the service gets its own', async () => {
  const repo = await repository({ prod: 'defaults: { tag: v1.0.0 }\n' });
  await promoted(repo, 'kiosk', 'v2.0.0', '--force');
  const { defaults, services } = parse(read(repo, PROD));
  expect([defaults, services]).toEqual([{ tag: 'v1.0.0' }, { kiosk: { tag: 'v2.0.0' } }]);
});

test('services with the same image get the same tag', async () => {
  const repo = await repository({
    base: '  worker: { image: ghcr.io/acme/kiosk, command: [work] }\n',
    staging: 'defaults: { tag: v1.0.0 }\n',
    prod: 'defaults: { tag: v1.0.0 }\n',
  });
  expect(await promoted(repo, 'kiosk', 'v2.0.0', '--force')).toContain(
    'has the same image as services.worker: promoted too',
  );
  expect(parse(read(repo, PROD)).services).toEqual({ kiosk: { tag: 'v2.0.0' }, worker: { tag: 'v2.0.0' } });
});

describe('what staging had', () => {
  test('in its own file', async () => {
    const repo = await repository({});
    write(repo, STAGING, (text) => text.replace('tag: v1.0.0', 'tag: v2.0.0'));
    repo.commit();
    expect(await promoted(repo, 'kiosk', 'v2.0.0')).toMatch(/^environments\/staging\/kiosk\.yaml had it\n/);
  });

  test('in defaults of its own file', async () => {
    const repo = await repository({ staging: 'defaults: { tag: v1.0.0 }\n' });
    write(repo, STAGING, (text) => text.replace('tag: v1.0.0', 'tag: v2.0.0'));
    repo.commit();
    expect(await promoted(repo, 'kiosk', 'v2.0.0')).toMatch(/^environments\/staging\/kiosk\.yaml had it in defaults\n/);
  });

  test('by the base, even if it has another one now', async () => {
    const repo = await repository({});
    for (const tag of ['v2.0.0', 'v3.0.0']) {
      write(repo, BASE, (text) => text.replace(/mailer, tag: v[\d.]+/, `mailer, tag: ${tag}`));
      repo.commit();
    }
    expect(await promoted(repo, 'mailer', 'v2.0.0')).toMatch(
      /^environments\/staging\/kiosk\.yaml had it by environments\/kiosk\.yaml, and now has v3.0.0\n/,
    );
  });

  test('in defaults of the base, and with its digest', async () => {
    const own = 'services: { kiosk: { cpu: 100m..1 } }\n';
    const repo = await repository({ base: 'defaults: { tag: v1.0.0 }\n', staging: own, prod: own });
    write(repo, BASE, (text) => text.replace('defaults: { tag: v1.0.0 }', 'defaults: { tag: v2.0.0 }'));
    write(repo, STAGING, (text) => text.replace('kiosk: { cpu', `kiosk: { digest: "${DIGEST}", cpu`));
    repo.commit();
    write(repo, BASE, (text) => text.replace('defaults: { tag: v2.0.0 }', 'defaults: { tag: v1.0.0 }'));
    repo.commit();
    expect(await promoted(repo, 'kiosk', 'v2.0.0')).toMatch(
      /had it in defaults by environments\/kiosk\.yaml, with sha256:0+, /,
    );
    expect(parse(read(repo, PROD)).services.kiosk).toEqual({ cpu: '100m..1', tag: 'v2.0.0', digest: DIGEST });
  });

  test('not what the base had while its own file had another one', async () => {
    const own = 'services: { kiosk: { tag: v1.0.0 }, mailer: { tag: v1.0.0 } }\n';
    const repo = await repository({ staging: own, prod: own });
    write(repo, BASE, (text) => text.replace('mailer, tag: v1.0.0', 'mailer, tag: v2.0.0'));
    repo.commit();
    const { status, stderr } = await promote(repo, 'mailer', 'v2.0.0');
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^staging never had v2.0.0 of services\.mailer: searched the 2 versions of environments\/staging\/kiosk\.yaml and environments\/kiosk\.yaml in the history of HEAD\n/,
    );
  });

  test('not what is not committed', async () => {
    const repo = await repository({});
    write(repo, BASE, (text) => text.replace('mailer, tag: v1.0.0', 'mailer, tag: v2.0.0'));
    const { status, stderr } = await promote(repo, 'mailer', 'v2.0.0', '--digest', DIGEST);
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^staging never had v2.0.0/)]);
  });
});

test('the new tag takes the digest of the base away', async () => {
  const repo = await repository({ prod: 'services: { kiosk: { tag: v1.0.0 } }\n' });
  write(repo, BASE, (text) => text.replace('mailer, tag: v1.0.0', `mailer, tag: v1.0.0, digest: "${DIGEST}"`));
  repo.commit();
  const { status } = await promote(repo, 'mailer', 'v2.0.0', '--force');
  expect(status).toBe(0);
  const [file] = readdirSync(join(repo.root, 'dist/prod/kiosk')).filter((name) =>
    name.includes('deployment-kiosk-prod-mailer'),
  );
  expect(read(repo, `dist/prod/kiosk/${file}`)).toContain('image: ghcr.io/acme/mailer:v2.0.0\n');
});

test('a version that it has already is nothing to write, wherever it stands', async () => {
  const repo = await repository({ prod: 'defaults: { tag: v1.0.0 }\n' });
  expect((await promote(repo, 'kiosk', 'v1.0.0')).stdout).toBe(
    'environments/prod/kiosk.yaml:3:18: defaults.tag is already v1.0.0; nothing is written\n',
  );
  expect((await promote(repo, 'mailer', 'v1.0.0')).stdout).toBe(
    'environments/kiosk.yaml:4:46: services.mailer is already v1.0.0; nothing is written\n',
  );
});
