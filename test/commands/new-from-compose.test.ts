import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import program from '../../commands/new';
import { folderWith, ROOT, runHere } from '../support';
import { synth } from '../synth';

const FIXTURES = join(ROOT, 'test/fixtures/compose');
const ENVIRONMENTS = {
  'environments/dev/environment.yaml': 'tier: development\n',
  'environments/prod/environment.yaml': `tier: production
applications:
  edge: { kind: traefik, issuer: letsencrypt }
  secrets: { kind: manual }
  backups: { repository: "s3:https://s3.us-east-1.amazonaws.com/all", addresses: [10.9.0.0/24] }
`,
};

/** Runs the program on a compose file of the fixtures. */
async function make(fixture: string) {
  const root = folderWith(ENVIRONMENTS);
  cpSync(join(FIXTURES, fixture), join(root, 'compose'), { recursive: true });
  const file = ['compose.yaml', 'docker-compose.yml'].map((one) => join(root, 'compose', one)).find(existsSync) ?? '';
  const outcome = await runHere(program, root, ['kiosk', '--from', file]);
  const read = (path: string) => readFileSync(join(root, 'environments', path), 'utf8');
  return { root, outcome, read, settings: (path: string) => parse(read(path)) };
}

describe.each(['django', 'fleet', 'node-mongo', 'php', 'spring', 'wordpress'])('%s', (fixture) => {
  test('development passes synth at once, and no value of a secret is in a file or printed', async () => {
    const { root, outcome, read } = await make(fixture);
    expect([outcome.status, outcome.stderr]).toEqual([0, '']);
    const { status, stdout } = await synth(root, ['--env', 'dev', '--system', 'kiosk']);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^dev +kiosk +\d+ /m)]);
    const all = [outcome.stdout, ...['kiosk.yaml', 'dev/kiosk.yaml', 'prod/kiosk.yaml'].map(read)].join('\n');
    expect(all).not.toMatch(/dj4ng0|hunter2|root:example|a-password|9f8Zk2LmQ7|: secret$/m);
  });
});

test('what a compose file does not tell is asked for, with the place in the new files', async () => {
  const { root, outcome } = await make('node-mongo');
  expect(outcome.stdout).toMatch(
    /\nto complete before prod pass synth:\n(?:\S+: .*\n)*?environments\/kiosk\.yaml:\d+:\d+: services\.mongo\.storage\.\/data\/db: given storage without a backup in production/,
  );
  const { status, stderr } = await synth(root, ['--env', 'prod', '--system', 'kiosk']);
  expect(status).toBe(2);
  for (const line of stderr.trim().split('\n')) expect(outcome.stdout).toContain(line.replace(/ \(in prod\)$/, ''));
});

test('an application with all facts passes synth in production, too', async () => {
  const { root, outcome, settings } = await make('spring');
  expect(outcome.stdout).not.toContain('to complete');
  expect((await synth(root)).status).toBe(0);
  expect(settings('prod/kiosk.yaml').services).toEqual({
    orders: { tag: '2.3.1' },
    users: { tag: 'sha256-0123456789ab', digest: expect.stringMatching(/^sha256:/) },
  });
});

test('an image that is not built yet is latest in development, and has a placeholder elsewhere', async () => {
  const { settings } = await make('django');
  expect([settings('dev/kiosk.yaml').services.web, settings('prod/kiosk.yaml').services.web]).toEqual([
    { tag: 'latest' },
    { tag: 'v1.0.0' },
  ]);
});

test('it prints the files, what is not taken over, what is to be completed, and the next steps', async () => {
  const { outcome } = await make('php');
  const [files, notes, missing, next] = outcome.stdout.trim().split('\n\n');
  expect(files).toBe('environments/kiosk.yaml\nenvironments/dev/kiosk.yaml\nenvironments/prod/kiosk.yaml');
  expect(notes).toMatch(/^not taken over:\n\S+compose\.yaml:4: port 443: /);
  expect(missing).toMatch(/^to complete before prod pass synth:/);
  expect(next).toMatch(/^next:\n1\. read environments\/kiosk\.yaml, and add what is listed above\n2\. npm run synth/);
});

test('tags of public images are in the base, those of own images in each environment, profiles are in development, and files are as they were', async () => {
  const { settings } = await make('fleet');
  expect(settings('kiosk.yaml').services).not.toHaveProperty('trainer');
  expect(settings('dev/kiosk.yaml').services.trainer).toEqual({
    image: 'registry.acme.example/fleet/trainer',
    tag: '4.2.0',
    gpu: 2,
  });
  expect(settings('prod/kiosk.yaml').services.worker).toEqual({
    tag: '4.2.0',
    init: { 'pre-start-1': { tag: '4.2.0' } },
  });
  const php = await make('php');
  const { nginx, php: fpm } = php.settings('kiosk.yaml').services;
  expect(fpm.tag).toBe('8.3-fpm');
  expect(nginx.files['/etc/nginx/conf.d/default.conf'].text).toBe(
    readFileSync(join(FIXTURES, 'php/nginx.conf'), 'utf8'),
  );
});

describe('what it refuses, without writing anything', () => {
  const file = (text: string) => ({ ...ENVIRONMENTS, 'compose.yaml': text });

  test.each([
    [
      'services:\n  web:\n    image: [a]\n',
      /compose\.yaml:3:12: services\.web\.image: given a list of 1, expected text/,
    ],
    [
      'services:\n  web:\n    ports: "80:80"\n',
      /compose\.yaml:3:12: services\.web\.ports: given "80:80", expected a list/,
    ],
    [
      'services:\n  web:\n    enviroment: {}\n',
      /compose\.yaml:3:5: services\.web\.enviroment: given an unknown key, .*did you mean environment\?/,
    ],
    ['service: {}\n', /compose\.yaml:1:1: given no services, expected a compose file/],
    [
      'services:\n  db: { image: "postgres:16" }\n',
      /compose\.yaml:2:3: services: given no service of an application, expected one beside databases/,
    ],
    ['services: {\n', /compose\.yaml:2:1: is not valid YAML/],
    ['services:\n  a: { extends: b }\n', /compose\.yaml:2:17: services\.a\.extends: given b, expected a service of/],
    [
      'services:\n  a: { extends: b }\n  b: { extends: { service: a } }\n',
      /services\.b\.extends: given a, which extends this one, expected no circle/,
    ],
    [
      'services:\n  a: { extends: { file: other.yaml, service: b } }\n',
      /services\.a\.extends: given ".*other\.yaml", expected a compose file: it does not exist/,
    ],
  ])('%j', async (text, message) => {
    const root = folderWith(file(text));
    const { status, stdout, stderr } = await runHere(program, root, ['kiosk', '--from', join(root, 'compose.yaml')]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(existsSync(join(root, 'environments/kiosk.yaml'))).toBe(false);
  });

  test('a file that does not exist, and a pattern beside a file', async () => {
    const root = folderWith(ENVIRONMENTS);
    const missing = await runHere(program, root, ['kiosk', '--from', 'nowhere.yaml']);
    expect([missing.status, missing.stderr]).toEqual([
      2,
      '--from: given "nowhere.yaml", expected a compose file: it does not exist\n',
    ]);
    const both = await runHere(program, root, ['kiosk', '--from', 'nowhere.yaml', '--pattern', '3-tier']);
    expect([both.status, both.stderr]).toEqual([2, '--pattern: given beside --from, expected one of the two\n']);
  });

  test('images of one repository with two tags, which no environment may have', async () => {
    const root = folderWith(file('services:\n  a: { image: "mysql:8.0" }\n  b: { image: "mysql:5.7" }\n'));
    const { status, stderr } = await runHere(program, root, ['kiosk', '--from', join(root, 'compose.yaml')]);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /since both must run one image.*\nnothing is written; change that in \S+compose\.yaml, or take another name/s,
    );
  });
});
