import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import program from '../../commands/new';
import { distOf, folderWith, project, runHere } from '../support';
import { synth } from '../synth';

const read = (root: string, file: string) => readFileSync(join(root, 'environments', file), 'utf8');
const settings = (root: string, file: string) => parse(read(root, file));

async function make(root: string, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await runHere(program, root, args);
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}

describe('beside other systems', () => {
  test.each(['api-only', '3-tier', 'ai-3-tier', 'microservices'])('%s passes every check at once', async (pattern) => {
    const root = project();
    await make(root, 'kiosk', '--pattern', pattern);
    const { status, stdout, stderr } = await synth(root);
    expect([status, stderr]).toEqual([0, '']);
    for (const environment of ['dev', 'prod', 'staging'])
      expect(stdout).toMatch(new RegExp(`^${environment} +kiosk +\\d+ +\\d+ +0 +0 `, 'm'));
    expect(settings(root, 'kiosk.yaml').pattern).toBe(pattern);
  });

  const root = project();
  let printed = '';
  beforeAll(async () => {
    printed = await make(root, 'kiosk');
  });

  test('it has the edge, the region and the addresses of another system, and a role and a repository of its own', () => {
    const [own, other] = [settings(root, 'prod/kiosk.yaml'), settings(root, 'prod/salient.yaml')];
    expect(own.edge).toEqual(other.edge);
    expect(own.backups.addresses).toEqual(other.backups.addresses);
    expect(own.backups.repository).toBe(other.backups.repository.replace('salient', 'kiosk'));
    expect(own.secrets.store).toEqual({ ...other.secrets.store, roleArn: expect.stringMatching(/:role\/kiosk$/) });
    expect(settings(root, 'staging/kiosk.yaml').secrets.store.roleArn).toMatch(/:role\/kiosk-staging$/);
  });

  test('each environment has a host of its own', () => {
    const hosts = ['dev', 'staging', 'prod'].map((one) => settings(root, `${one}/kiosk.yaml`).hosts.app);
    expect(hosts).toEqual(['kiosk.localhost', 'kiosk-staging.example.com', 'kiosk.example.com']);
  });

  test('it prints the files and the next steps, and each setting of an environment says what it is', () => {
    expect(printed).toMatch(
      /^environments\/kiosk\.yaml\nenvironments\/dev\/kiosk\.yaml\nenvironments\/prod\/kiosk\.yaml\nenvironments\/staging\/kiosk\.yaml\n\nnext:\n1\. .*\n2\. npm run synth .*\n3\. npm run settings .*\n$/,
    );
    for (const line of read(root, 'prod/kiosk.yaml')
      .split('\n')
      .filter((one) => /^\w/.test(one))) {
      expect(line).toMatch(/ # \w/);
    }
  });

  test('a second one with the same name is refused, and nothing is changed', async () => {
    const before = read(root, 'prod/kiosk.yaml');
    const { status, stderr } = await runHere(program, root, ['kiosk', '--pattern', 'api-only']);
    expect(status).toBe(2);
    expect(stderr.match(/exists already/g)).toHaveLength(4);
    expect(read(root, 'prod/kiosk.yaml')).toBe(before);
  });
});

describe('what it takes over', () => {
  const tier = (name: string) => `tier: ${name}\n`;

  test('nothing where there is no other system', async () => {
    const root = folderWith({
      'environments/dev/environment.yaml': tier('development'),
      'environments/eu/environment.yaml': tier('production'),
      'environments/us/environment.yaml': tier('production'),
    });
    await make(root, 'kiosk', '--pattern', 'ai-3-tier');
    expect((await synth(root)).stderr).toBe('');
    expect(settings(root, 'eu/kiosk.yaml').hosts.app).toBe('kiosk.example.com');
    expect(settings(root, 'us/kiosk.yaml').hosts.app).toBe('kiosk-us.example.com');
    expect(settings(root, 'us/kiosk.yaml').secrets).toEqual({ kind: 'manual' });
  });

  test('what environment.yaml gives to all applications is left to it', async () => {
    const common = `applications:
  edge: { kind: traefik, issuer: letsencrypt }
  secrets: { kind: manual }
  backups: { repository: "s3:https://s3.us-east-1.amazonaws.com/all", addresses: [10.9.0.0/24] }
`;
    const root = folderWith({ 'environments/prod/environment.yaml': `${tier('production')}${common}` });
    await make(root, 'kiosk');
    expect((await synth(root)).stderr).toBe('');
    expect(Object.keys(settings(root, 'prod/kiosk.yaml'))).toEqual(['hosts', 'services', 'database']);
  });

  test('an edge that serves hosts of one zone alone is not taken', async () => {
    const of = (name: string, edge: string) => `pattern: api-only
hosts: { app: ${name}.example.com }
services: { api: { image: quay.io/acme/${name}, tag: v1.0.0 } }
edge: ${edge}
`;
    const root = folderWith({
      'environments/prod/platform.yaml': `issuers:
  letsencrypt:
    kind: acme
    email: ops@example.com
    server: staging
    solvers: [{ kind: gateway, zones: [club.example.com] }, { kind: ingress, class: traefik }]
`,
      'environments/prod/club.yaml': of('club', '{ kind: gateway, implementation: envoy, issuer: letsencrypt }'),
      'environments/prod/dock.yaml': of('dock', '{ kind: traefik, issuer: letsencrypt }'),
    });
    await make(root, 'kiosk', '--pattern', 'api-only');
    expect(settings(root, 'prod/kiosk.yaml').edge).toEqual({ kind: 'traefik', issuer: 'letsencrypt' });
    expect((await synth(root)).stderr).toBe('');
  });

  test('a host that another system has is not taken', async () => {
    const root = folderWith({
      'environments/prod/club.yaml': `pattern: api-only
hosts: { app: { host: kiosk.example.com } }
services: { api: { image: registry.acme.example/club/api, tag: v1.0.0 } }
edge: { kind: traefik, issuer: letsencrypt }
`,
    });
    await make(root, 'kiosk', '--pattern', 'api-only');
    expect(settings(root, 'prod/kiosk.yaml').hosts.app).toBe('kiosk-app.example.com');
    expect(settings(root, 'kiosk.yaml').services.api.image).toBe('registry.acme.example/club/kiosk-api');
    expect((await synth(root)).stderr).toBe('');
  });
});

describe('what it refuses', () => {
  const root = project();
  const before = distOf(root);

  test.each([
    [[], 'new: expected a name'],
    [['kiosk', 'club'], 'new: given "club" as well, expected one name'],
    [['Kiosk'], 'new: given the name "Kiosk", expected one of at most 30 lower-case letters'],
    [['1kiosk'], 'new: given the name "1kiosk", expected one of at most 30'],
    [['kiosk-'], 'new: given the name "kiosk-", expected one of at most 30'],
    [['s'.repeat(31)], 'expected one of at most 30'],
    [['../kiosk'], 'expected one of at most 30'],
    [['salient'], 'new: given the name "salient", which is taken'],
    [['tenants'], 'new: given the name "tenants", which is taken'],
    [['compose'], 'new: given the name "compose", which is a folder of dist/'],
    [['platform'], 'new: given the name "platform", which is the file of an environment\'s platform'],
    [['default'], 'new: given the name "default", which is a namespace that every cluster has'],
    [['kube-kiosk'], 'new: given the name "kube-kiosk", expected one without kube-'],
    [['kiosk-data'], 'new: given the name "kiosk-data", expected one that does not end in -data'],
    [['kiosk-admin'], 'new: given the name "kiosk-admin", expected one that does not end in -admin'],
    [['kiosk', '--pattern', '4-tier'], '--pattern: given "4-tier", expected one of api-only, 3-tier'],
  ])('%j', async (args, why) => {
    const { status, stdout, stderr } = await runHere(program, root, args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(why);
    expect(existsSync(join(root, 'environments/kiosk.yaml'))).toBe(false);
    expect(distOf(root)).toBe(before);
  });

  test('a name whose namespace another system has, and nothing is written', async () => {
    const own = (host: string) => `pattern: api-only
hosts: { app: ${host} }
services: { api: { image: quay.io/acme/api, tag: v1.0.0 } }
`;
    const both = folderWith({
      'environments/eu/environment.yaml': 'tier: development\n',
      'environments/eu/club.yaml': own('a.example.com'),
      'environments/x-eu/environment.yaml': 'tier: development\n',
      'environments/x-eu/kiosk.yaml': own('b.example.com'),
    });
    const { status, stderr } = await runHere(program, both, ['kiosk-x', '--pattern', 'api-only']);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /given "kiosk-x-eu", expected a namespace that no other system has; .*\nnothing is written; /s,
    );
    expect(existsSync(join(both, 'environments/kiosk-x.yaml'))).toBe(false);
  });
});
