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
    await make(root, 'shop', '--pattern', pattern);
    const { status, stdout, stderr } = await synth(root);
    expect([status, stderr]).toEqual([0, '']);
    for (const environment of ['dev', 'prod', 'staging'])
      expect(stdout).toMatch(new RegExp(`^${environment} +shop +\\d+ +\\d+ +0 +0 `, 'm'));
    expect(settings(root, 'shop.yaml').pattern).toBe(pattern);
  });

  const root = project();
  let printed = '';
  beforeAll(async () => {
    printed = await make(root, 'shop');
  });

  test('it has the edge, the region and the addresses of another system, and a role and a repository of its own', () => {
    const [own, other] = [settings(root, 'prod/shop.yaml'), settings(root, 'prod/salient.yaml')];
    expect(own.edge).toEqual(other.edge);
    expect(own.backups.addresses).toEqual(other.backups.addresses);
    expect(own.backups.repository).toBe(other.backups.repository.replace('salient', 'shop'));
    expect(own.secrets.store).toEqual({ ...other.secrets.store, roleArn: expect.stringMatching(/:role\/shop$/) });
    expect(settings(root, 'staging/shop.yaml').secrets.store.roleArn).toMatch(/:role\/shop-staging$/);
  });

  test('each environment has a host of its own', () => {
    const hosts = ['dev', 'staging', 'prod'].map((one) => settings(root, `${one}/shop.yaml`).hosts.app);
    expect(hosts).toEqual(['shop.localhost', 'shop-staging.example.com', 'shop.example.com']);
  });

  test('it prints the files and the next steps, and each setting of an environment says what it is', () => {
    expect(printed).toMatch(
      /^environments\/shop\.yaml\nenvironments\/dev\/shop\.yaml\nenvironments\/prod\/shop\.yaml\nenvironments\/staging\/shop\.yaml\n\nnext:\n1\. .*\n2\. npm run synth .*\n3\. npm run settings .*\n$/,
    );
    for (const line of read(root, 'prod/shop.yaml')
      .split('\n')
      .filter((one) => /^\w/.test(one))) {
      expect(line).toMatch(/ # \w/);
    }
  });

  test('a second one with the same name is refused, and nothing is changed', async () => {
    const before = read(root, 'prod/shop.yaml');
    const { status, stderr } = await runHere(program, root, ['shop', '--pattern', 'api-only']);
    expect(status).toBe(2);
    expect(stderr.match(/exists already/g)).toHaveLength(4);
    expect(read(root, 'prod/shop.yaml')).toBe(before);
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
    await make(root, 'shop', '--pattern', 'ai-3-tier');
    expect((await synth(root)).stderr).toBe('');
    expect(settings(root, 'eu/shop.yaml').hosts.app).toBe('shop.example.com');
    expect(settings(root, 'us/shop.yaml').hosts.app).toBe('shop-us.example.com');
    expect(settings(root, 'us/shop.yaml').secrets).toEqual({ kind: 'manual' });
  });

  test('what environment.yaml gives to all applications is left to it', async () => {
    const common = `applications:
  edge: { kind: traefik, issuer: letsencrypt }
  secrets: { kind: manual }
  backups: { repository: "s3:https://s3.us-east-1.amazonaws.com/all", addresses: [10.9.0.0/24] }
`;
    const root = folderWith({ 'environments/prod/environment.yaml': `${tier('production')}${common}` });
    await make(root, 'shop');
    expect((await synth(root)).stderr).toBe('');
    expect(Object.keys(settings(root, 'prod/shop.yaml'))).toEqual(['hosts', 'services', 'database']);
  });

  test('an edge that serves hosts of one zone alone is not taken', async () => {
    const of = (name: string, edge: string) => `pattern: api-only
hosts: { app: ${name}.example.com }
services: { api: { image: quay.io/acme/${name}, tag: v1 } }
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
    await make(root, 'shop', '--pattern', 'api-only');
    expect(settings(root, 'prod/shop.yaml').edge).toEqual({ kind: 'traefik', issuer: 'letsencrypt' });
    expect((await synth(root)).stderr).toBe('');
  });

  test('a host that another system has is not taken', async () => {
    const root = folderWith({
      'environments/prod/club.yaml': `pattern: api-only
hosts: { app: { host: shop.example.com } }
services: { api: { image: registry.acme.example/club/api, tag: v1 } }
edge: { kind: traefik, issuer: letsencrypt }
`,
    });
    await make(root, 'shop', '--pattern', 'api-only');
    expect(settings(root, 'prod/shop.yaml').hosts.app).toBe('shop-app.example.com');
    expect(settings(root, 'shop.yaml').services.api.image).toBe('registry.acme.example/club/shop-api');
    expect((await synth(root)).stderr).toBe('');
  });
});

describe('what it refuses', () => {
  const root = project();
  const before = distOf(root);

  test.each([
    [[], 'new: expected a name'],
    [['shop', 'club'], 'new: given "club" as well, expected one name'],
    [['Shop'], 'new: given the name "Shop", expected one of at most 30 lower-case letters'],
    [['1shop'], 'new: given the name "1shop", expected one of at most 30'],
    [['shop-'], 'new: given the name "shop-", expected one of at most 30'],
    [['s'.repeat(31)], 'expected one of at most 30'],
    [['../shop'], 'expected one of at most 30'],
    [['salient'], 'new: given the name "salient", which is taken'],
    [['tenants'], 'new: given the name "tenants", which is taken'],
    [['compose'], 'new: given the name "compose", which is a folder of dist/'],
    [['platform'], 'new: given the name "platform", which is the file of an environment\'s platform'],
    [['default'], 'new: given the name "default", which is a namespace that every cluster has'],
    [['kube-shop'], 'new: given the name "kube-shop", expected one without kube-'],
    [['shop-data'], 'new: given the name "shop-data", expected one that does not end in -data'],
    [['shop-admin'], 'new: given the name "shop-admin", expected one that does not end in -admin'],
    [['shop', '--pattern', '4-tier'], '--pattern: given "4-tier", expected one of api-only, 3-tier'],
  ])('%j', async (args, why) => {
    const { status, stdout, stderr } = await runHere(program, root, args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(why);
    expect(existsSync(join(root, 'environments/shop.yaml'))).toBe(false);
    expect(distOf(root)).toBe(before);
  });

  test('a name whose namespace another system has, and nothing is written', async () => {
    const own = (host: string) => `pattern: api-only
hosts: { app: ${host} }
services: { api: { image: quay.io/acme/api, tag: v1 } }
`;
    const both = folderWith({
      'environments/eu/environment.yaml': 'tier: development\n',
      'environments/eu/club.yaml': own('a.example.com'),
      'environments/x-eu/environment.yaml': 'tier: development\n',
      'environments/x-eu/shop.yaml': own('b.example.com'),
    });
    const { status, stderr } = await runHere(program, both, ['shop-x', '--pattern', 'api-only']);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /given "shop-x-eu", expected a namespace that no other system has; .*\nnothing is written; /s,
    );
    expect(existsSync(join(both, 'environments/shop-x.yaml'))).toBe(false);
  });
});
