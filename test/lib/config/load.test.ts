import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../../charts';
import { InputError } from '../../../lib/base/problem';
import { environmentNames } from '../../../lib/config/environment-folders';
import { loadEnvironments, type Schemas } from '../../../lib/config/load';
import { folderWith, PROJECT } from '../../support';

const good = readFileSync(join(PROJECT, 'environments/prod/salient.yaml'), 'utf8');

/** The problems of a prod environment with one file of Salient, as lines. */
function problemsOf(
  text: string | Buffer,
  files: Record<string, string> = {},
  known: Schemas = registry.schemas,
): string[] {
  const root = folderWith({
    'environments/prod/salient.yaml': text,
    'environments/prod/tenants.yaml': '[]\n',
    ...files,
  });
  try {
    loadEnvironments(root, environmentNames(root), known);
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.message.split('\n').map((line) => line.replace('environments/prod/salient.yaml', 'FILE'));
  }
}

/** The good file with a piece exchanged, which must be there. */
function changed(from: string, to: string): string {
  expect(good).toContain(from);
  return good.replace(from, to);
}

test('the files of the fixtures are right', () => {
  expect(environmentNames(PROJECT)).toEqual(['dev', 'prod', 'staging']);
  expect(loadEnvironments(PROJECT, environmentNames(PROJECT), registry.in(PROJECT).schemas)).toHaveLength(14);
});

test('defaults are those of the seed', () => {
  const text = good.replace(/chatApi:[\s\S]*?adminUi:/, 'adminUi:').replace(/^tenantPool.*$/m, '');
  const root = folderWith({ 'environments/prod/salient.yaml': text, 'environments/prod/tenants.yaml': '[]\n' });
  const [settings] = loadEnvironments(root, ['prod'], registry.schemas);
  expect(settings?.values).toMatchObject({
    chatApi: {
      scale: { min: 3, max: 20, cpu: 70, memory: 80 },
      cpu: { request: '200m', limit: '500m' },
      memory: { request: '256Mi', limit: '512Mi' },
    },
    adminApi: { scale: { replicas: 2 }, cpu: { request: '100m', limit: '300m' } },
    tenantPool: { size: 10, overflow: 5, idle: 900 },
    auth: { accessTokenMinutes: 15, refreshTokenDays: 7 },
    logLevel: 'info',
  });
});

test('all problems are reported at once, in the order of the file, with what was given and expected', () => {
  expect(
    problemsOf(`backend: { imag: ghcr.io/yourorg/salient-backend, tag: latest }
hosts: { api: https://api.salient.ai, admin: Admin.salient.ai }
chatApi:
  scale: { min: 30, max: 20, cpu: 70 }
  cpu: 500m..200m
  memory: 200mb
adminApi:
  scale: { replicas: two, min: 3, max: 4, cpu: 70 }
adminUi: { image: "ghcr.io/yourorg/salient-admin-ui:v1", tag: 1.2 }
admin: { allowedFrom: [0.0.0.0/0, 203.0.113.7/24, foo, 128.0.0.0/1, "::/0"] }
edge: { kind: traefik }
database: { kind: external, adresses: [10.20.0.0/24], port: 99999 }
secrets: { kind: development }
logLevl: info
`),
  ).toMatchInlineSnapshot(`
[
  "FILE:1:1: backups: given nothing, expected a mapping of settings",
  "FILE:1:10: backend.image: given nothing, expected a repository such as ghcr.io/yourorg/app; the tag has a field of its own",
  "FILE:1:12: backend.imag: given an unknown key, expected one of image, tag, digest; did you mean image?",
  "FILE:1:56: backend.tag: given "latest", expected an immutable tag such as v1.2.3 (mutable tags such as latest only in dev)",
  "FILE:2:15: hosts.api: given "https://api.salient.ai", expected a lower-case host name such as api.example.com, without https:// or a port",
  "FILE:2:46: hosts.admin: given "Admin.salient.ai", expected a lower-case host name such as api.example.com, without https:// or a port; in lower case it is admin.salient.ai",
  "FILE:4:17: chatApi.scale.min: given 30, expected a min that is not above max",
  "FILE:5:8: chatApi.cpu: given "500m..200m", expected a request that is not above its limit",
  "FILE:6:11: chatApi.memory: given "200mb", expected memory as request..limit, such as 256Mi..512Mi (Mi is 2^20 bytes, M is 10^6; at least 4Mi)",
  "FILE:8:22: adminApi.scale.replicas: given "two", expected a whole number from 1 to 500",
  "FILE:9:19: adminUi.image: given "ghcr.io/yourorg/salient-admin-ui:v1", expected a repository such as ghcr.io/yourorg/app; the tag has a field of its own; put v1 into tag",
  "FILE:9:63: adminUi.tag: given 1.2, expected a tag such as v1.2.3 (one that looks like a number in quotes); as text it is "1.2" in quotes",
  "FILE:10:24: admin.allowedFrom, entry 1: given "0.0.0.0/0", expected a range that excludes most addresses: at least /8 (IPv6: /16)",
  "FILE:10:35: admin.allowedFrom, entry 2: given "203.0.113.7/24", expected a range that starts at its first address; /24 around 203.0.113.7 is another one, a single address is 203.0.113.7/32",
  "FILE:10:51: admin.allowedFrom, entry 3: given "foo", expected an address range such as 203.0.113.0/24 (a single address is 203.0.113.7/32)",
  "FILE:10:56: admin.allowedFrom, entry 4: given "128.0.0.0/1", expected a range that excludes most addresses: at least /8 (IPv6: /16)",
  "FILE:10:69: admin.allowedFrom, entry 5: given "::/0", expected a range that excludes most addresses: at least /8 (IPv6: /16)",
  "FILE:11:7: edge.issuer: given nothing, expected a ClusterIssuer such as letsencrypt-prod (TLS is optional only in dev)",
  "FILE:12:11: database.host: given nothing, expected a host name or address such as db.example.com, without a port",
  "FILE:12:11: database.addresses: given nothing, expected a list of address ranges, at least one",
  "FILE:12:11: database.ca: given nothing, expected the CA certificate by which clients verify the server (docs/databases.md says where providers publish theirs), or unverified: the reason why it isn't verified",
  "FILE:12:29: database.adresses: given an unknown key, expected one of kind, host, port, addresses, ca, unverified, maxConnections, reserved, name, driver; did you mean addresses?",
  "FILE:12:61: database.port: given 99999, expected a whole number from 1 to 65535",
  "FILE:13:18: secrets.kind: given "development", expected external or manual (development secrets are public knowledge)",
  "FILE:14:1: logLevl: given an unknown key, expected one of document, backend, adminUi, chatApi, adminApi, imagePullSecrets, routers, hosts, admin, edge, database, tenantServers, pgbouncer, monitoring, migrations, backups, postgresClient, secrets, logLevel, auth, tenantPool, logfire, dns; did you mean logLevel?",
]
`);
});

describe('a value', () => {
  test('CPU may be a plain number', () => {
    expect(problemsOf(changed('cpu: 200m..500m', 'cpu: 1'))).toEqual([]);
  });

  test('an unknown key is reported with the nearest known one', () => {
    expect(problemsOf(`${good}\nlogLevl: info\n`)).toEqual([
      expect.stringMatching(/^FILE:33:1: logLevl: given an unknown key, expected one of .*; did you mean logLevel\?$/),
    ]);
  });
});

describe('a file that cannot be read', () => {
  test.each<[string, string | Buffer, RegExp]>([
    ['only a comment', '# later\n', /^FILE:1:1: is empty/],
    ['null', '~\n', /^FILE:1:1: is empty/],
    ['text', 'hello\n', /^FILE:1:1: given "hello", expected a mapping of settings$/],
    ['a tab', 'hosts:\n\tapi: a.example.com\n', /^FILE:2:1: is not valid YAML: Tabs are not allowed as indentation$/],
    ['an open bracket', 'hosts: [a,\n', /^FILE:2:1: is not valid YAML: /],
    ['an alias of nothing', 'hosts: *none\n', /^FILE:1:8: given \*none, expected an alias of an anchor/],
    [
      'aliases that multiply',
      `a: &a [${'x,'.repeat(20)}]\nb: &b [${'*a,'.repeat(20)}]\nc: [${'*b,'.repeat(20)}]\n`,
      /^FILE: cannot be read: Excessive alias count/,
    ],
    [
      'too large',
      Buffer.alloc(10_000_000, 'a'),
      /^FILE: given 10000000 bytes, expected an environment file of at most 262144$/,
    ],
    ['a key that is a list', 'hosts:\n  ? [a, b]\n  : c\n', /^FILE:2:5: given a key that is no setting name/],
    ['a key that is null', '~: c\n', /^FILE:1:1: given a key that is no setting name/],
    ['a key of two lines', '"a\\nb": c\n', /^FILE:1:1: given a key that is no setting name/],
    ['200,000 brackets', '['.repeat(200_000), /^FILE:1:\d+: is not valid YAML: /],
    [
      '1,000 levels',
      Array.from({ length: 500 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
      /a: given an unknown key/,
    ],
  ])('%s', (_, text, expected) => {
    const problems = problemsOf(text);
    expect(problems.filter((line) => expected.test(line))).toHaveLength(1);
    expect(problems.length).toBeLessThanOrEqual(21);
  });

  test('a missing folder is reported without a stack trace', () => {
    const root = folderWith({ 'environments/prod/salient.yaml/x': '', 'environments/dev/salient.yaml': '' });
    rmSync(join(root, 'environments/dev/salient.yaml'));
    symlinkSync('nowhere', join(root, 'environments/dev/salient.yaml'));
    symlinkSync('nowhere', join(root, 'environments/qa'));
    expect(environmentNames(root)).toEqual(['dev', 'prod']);
    expect(() => loadEnvironments(root, ['dev', 'prod'], registry.schemas)).toThrow(
      'environments/dev/salient.yaml: cannot be read: ENOENT\nenvironments/prod/salient.yaml: cannot be read: EISDIR',
    );
    expect(() => environmentNames(folderWith({ environments: 'a file' }))).toThrow('environments: does not exist');
  });

  test('the replacement character is valid text', () => {
    expect(problemsOf(`${good}# \uFFFD\n`)).toEqual([]);
  });

  test('a file of no system is reported with the nearest name', () => {
    expect(problemsOf(good, { 'environments/prod/salinet.yaml': good })).toContainEqual(
      expect.stringMatching(
        /^environments\/prod\/salinet\.yaml: is not the file of a system, expected one of platform\.yaml, salient\.yaml, tenants\.yaml, pliers\.yaml.*; did you mean salient\.yaml\?$/,
      ),
    );
    expect(problemsOf(good, { 'environments/prod/salient.yml': good })).toHaveLength(1);
  });

  test.each(['argocd', 'Prod', 'a_b', 'x'.repeat(21), 'production', 'development'])(
    'an environment called %s is refused',
    (name) => {
      expect(problemsOf(good, { [`environments/${name}/salient.yaml`]: good })[0]).toMatch(`environments/${name}: `);
    },
  );

  test('an environment without a file is refused', () => {
    expect(problemsOf(good, { 'environments/qa/notes.txt': '' })).toEqual([
      'environments/qa: contains no environment file',
    ]);
  });

  test('no environment at all is refused, or an empty folder would empty dist/', () => {
    const root = folderWith({ 'environments/README.md': '' });
    expect(() => environmentNames(root)).toThrow('environments: contains no environment');
    expect(() => environmentNames(folderWith({}))).toThrow('environments: does not exist');
  });
});

describe('anchors and aliases', () => {
  test('are understood', () => {
    const text = changed('adminApi:\n  scale: { replicas: 2 }', 'adminApi:\n  scale: &two { replicas: 2 }').replace(
      'scale: { replicas: 2 } }',
      'scale: *two }',
    );
    expect(text).toContain('*two');
    expect(problemsOf(text)).toEqual([]);
  });

  test('a problem in an aliased value has the position of the anchor', () => {
    const text = `common: &c { image: a/b, tag: latest }\nbackend: *c\n${good.replace(/^backend.*$/m, '')}`;
    expect(problemsOf(text)).toEqual([
      expect.stringMatching(/^FILE:1:1: common: given an unknown key/),
      expect.stringMatching(/^FILE:1:31: backend\.tag: given "latest"/),
    ]);
  });
});

describe('the tier of an environment', () => {
  const tierOf = (files: Record<string, string>, name: string) => {
    const own = Object.entries(files).map(([file, text]) => [`environments/${name}/${file}`, text]);
    const root = folderWith({
      ...Object.fromEntries(own),
      [`environments/${name}/platform.yaml`]: 'priorityClasses: true\n',
    });
    return loadEnvironments(root, [name], registry.schemas)[0]?.environment;
  };

  test.each([
    ['dev', 'development'],
    ['staging', 'staging'],
    ['prod', 'production'],
  ])('%s is of the tier %s by its name', (name, tier) => {
    expect(tierOf({}, name)).toMatchObject({ tier, development: name === 'dev', production: name === 'prod' });
  });

  test('any other name states it', () => {
    expect(() => tierOf({}, 'qa')).toThrow(
      'environments/qa/environment.yaml: does not exist, expected one with "tier: development | staging | production": only dev, staging and prod have a tier by their names',
    );
    expect(tierOf({ 'environment.yaml': 'tier: production\n' }, 'eu')).toMatchObject({
      production: true,
      longName: 'eu',
    });
    expect(() => tierOf({ 'environment.yaml': 'tier: prod\n' }, 'eu')).toThrow(
      'environments/eu/environment.yaml:1:7: tier: given "prod", expected one of development, staging, production',
    );
  });
});

describe('keys', () => {
  test('that JavaScript treats specially are refused', () => {
    expect(problemsOf(`${good}tenantServers: { __proto__: { kind: external } }\n`)).toEqual([
      expect.stringMatching(/given a key that is no setting name/),
    ]);
  });
});
