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
  expect(loadEnvironments(PROJECT, environmentNames(PROJECT), registry.schemas)).toHaveLength(11);
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
  "FILE:4:17: chatApi.scale.min: given 30, expected at most max",
  "FILE:5:8: chatApi.cpu: given "500m..200m", expected a request that is not above its limit",
  "FILE:6:11: chatApi.memory: given "200mb", expected memory as request..limit, such as 256Mi..512Mi (Mi is 2^20 bytes, M is 10^6; at least 4Mi)",
  "FILE:8:22: adminApi.scale.replicas: given "two", expected a whole number from 1 to 500",
  "FILE:9:19: adminUi.image: given "ghcr.io/yourorg/salient-admin-ui:v1", expected a repository such as ghcr.io/yourorg/app; the tag has a field of its own",
  "FILE:9:63: adminUi.tag: given 1.2, expected a tag such as v1.2.3 (one that looks like a number in quotes); as text it is "1.2" in quotes",
  "FILE:10:24: admin.allowedFrom, entry 1: given "0.0.0.0/0", expected a range that excludes most addresses: at least /8 (IPv6: /16)",
  "FILE:10:35: admin.allowedFrom, entry 2: given "203.0.113.7/24", expected a range that starts at its first address; /24 around 203.0.113.7 is another one, a single address is 203.0.113.7/32",
  "FILE:10:51: admin.allowedFrom, entry 3: given "foo", expected an address range such as 203.0.113.0/24 (a single address is 203.0.113.7/32)",
  "FILE:10:56: admin.allowedFrom, entry 4: given "128.0.0.0/1", expected a range that excludes most addresses: at least /8 (IPv6: /16)",
  "FILE:10:69: admin.allowedFrom, entry 5: given "::/0", expected a range that excludes most addresses: at least /8 (IPv6: /16)",
  "FILE:11:7: edge.issuer: given nothing, expected a ClusterIssuer such as letsencrypt-prod (TLS is optional only in dev)",
  "FILE:12:11: database.host: given nothing, expected a host name or address such as db.example.com, without a port",
  "FILE:12:11: database.addresses: given nothing, expected a list of address ranges, at least one",
  "FILE:12:29: database.adresses: given an unknown key, expected one of kind, host, port, addresses, ca, maxConnections, reserved, name, driver; did you mean addresses?",
  "FILE:12:61: database.port: given 99999, expected a whole number from 1 to 65535",
  "FILE:13:18: secrets.kind: given "development", expected external or manual (development secrets are public knowledge)",
  "FILE:14:1: logLevl: given an unknown key, expected one of backend, adminUi, chatApi, adminApi, imagePullSecrets, hosts, admin, edge, database, tenantServers, pgbouncer, monitoring, migrations, backups, postgresClient, secrets, logLevel, auth, tenantPool, logfire, dns; did you mean logLevel?",
]
`);
});

describe('a value that is wrong', () => {
  test.each<[string, string, string, RegExp]>([
    [
      'a missing host',
      'hosts: { api: api.salient.ai, admin: admin.salient.ai }',
      'hosts: { api: api.salient.ai }',
      /^FILE:4:8: hosts\.admin: given nothing, expected a lower-case host name/,
    ],
    [
      'a wrong type',
      'hosts: {',
      'hosts: [] # {',
      /^FILE:4:8: hosts: given an empty list, expected a mapping of settings$/,
    ],
    [
      'a bad range',
      '203.0.113.0/24',
      '203.0.113.0/240',
      /admin\.allowedFrom, entry 1: given "203\.0\.113\.0\/240", expected an address range/,
    ],
    [
      'a bad quantity',
      'memory: 256Mi..512Mi',
      'memory: 200mb',
      /^FILE:9:11: chatApi\.memory: given "200mb", expected memory as request\.\.limit/,
    ],
    ['no quantity at all', 'memory: 256Mi..512Mi', 'memory: 0', /chatApi\.memory: given 0, expected memory/],
    ['a zero quantity', 'memory: 256Mi..512Mi', 'memory: 0Mi', /given "0Mi", expected memory/],
    ['the tag latest', 'tag: v1.2.3', 'tag: latest', /backend\.tag: given "latest", expected an immutable tag/],
    ['no tag', 'tag: v1.2.3', 'tag:', /backend\.tag: given an empty value, expected a tag/],
    [
      'a short digest',
      'tag: v1.2.3',
      'tag: v1.2.3, digest: "sha256:abc"',
      /backend\.digest: given "sha256:abc", expected a digest/,
    ],
    ['min above max', 'min: 3', 'min: 21', /^FILE:7:17: chatApi\.scale\.min: given 21, expected at most max/],
    ['min without max', 'min: 3, max: 20', 'min: 3', /chatApi\.scale\.max: given nothing/],
    [
      'replicas beside min',
      'min: 3',
      'replicas: 3, min: 3',
      /chatApi\.scale\.replicas: given 3, expected either this, or min and max/,
    ],
    ['half a replica', 'replicas: 2', 'replicas: 1.5', /given 1\.5, expected a whole number/],
    [
      'an allowlist of nobody',
      '[203.0.113.0/24]',
      '[]',
      /admin\.allowedFrom: given an empty list, expected a list of address ranges, at least one/,
    ],
    [
      'an allowlist of everyone',
      '[203.0.113.0/24]',
      '[0.0.0.0/0]',
      /given "0\.0\.0\.0\/0", expected a range that excludes most addresses/,
    ],
    [
      'an allowlist of everyone in halves',
      '[203.0.113.0/24]',
      '[0.0.0.0/1, 128.0.0.0/1]',
      /allowedFrom, entry 2: given "128\.0\.0\.0\/1", expected a range that excludes/,
    ],
    [
      'no certificates in prod',
      ', issuer: letsencrypt-prod',
      '',
      /edge\.issuer: given nothing, expected a ClusterIssuer/,
    ],
    [
      'well-known secrets in prod',
      'kind: external\n  store',
      'kind: development\n  store',
      /secrets\.kind: given "development", expected external or manual/,
    ],
    [
      'an unknown kind',
      'kind: external, host',
      'kind: extern, host',
      /database\.kind: given "extern", expected one of external, statefulset/,
    ],
  ])('%s', (_, from, to, expected) => {
    expect(problemsOf(changed(from, to)).filter((line) => expected.test(line))).toHaveLength(1);
  });

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
    ['empty', '', /^FILE:1:1: is empty, expected settings, or \[\] where the file is a list$/],
    ['only a comment', '# later\n', /^FILE:1:1: is empty/],
    ['null', '~\n', /^FILE:1:1: is empty/],
    ['a list', '- a\n', /^FILE:1:1: given a list of 1, expected a mapping of settings$/],
    ['text', 'hello\n', /^FILE:1:1: given "hello", expected a mapping of settings$/],
    ['a tab', 'hosts:\n\tapi: a.example.com\n', /^FILE:2:1: is not valid YAML: Tabs are not allowed as indentation$/],
    ['an open bracket', 'hosts: [a,\n', /^FILE:2:1: is not valid YAML: /],
    [
      'a key twice',
      'logLevel: info\nlogLevel: debug\n',
      /^FILE:2:1: given the key logLevel a second time in one mapping, expected each key once$/,
    ],
    ['two documents', `${good}---\n${good}`, /^FILE:32:1: given a second document/],
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
    ['no text', Buffer.from([0xff, 0xfe, 0x00, 0x41]), /^FILE: given bytes that are not text, expected YAML in UTF-8$/],
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

  test('without a list of tenants, all of them would be disabled', () => {
    const root = folderWith({ 'environments/prod/salient.yaml': good });
    expect(() => loadEnvironments(root, ['prod'], registry.schemas)).toThrow(
      'environments/prod/tenants.yaml: does not exist, expected a list; [] states that there are none',
    );
  });

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

describe('hints of messages', () => {
  test.each([
    ['api: api.salient.ai', 'api: bücher.example', 'hosts.api', 'in ASCII it is xn--bcher-kva.example'],
    ['api: api.salient.ai', 'api: Api.Salient.ai', 'hosts.api', 'in lower case it is api.salient.ai'],
    [
      'api: api.salient.ai',
      `api: ${'a'.repeat(64)}.example.com`,
      'hosts.api',
      'a part of it has 64 characters, at most 63 are allowed',
    ],
    [
      'api: api.salient.ai',
      `api: ${'a.'.repeat(126)}com`,
      'hosts.api',
      'it has 255 characters, at most 253 are allowed',
    ],
    ['api: api.salient.ai', 'api: 1', 'hosts.api', 'as text it is "1" in quotes'],
    ['tag: v1.2.3 }', 'tag: $TAG }', 'backend.tag', 'variables are not replaced here, so write the value itself'],
    [
      'image: ghcr.io/yourorg/salient-backend',
      'image: ghcr.io/YourOrg/Backend',
      'backend.image',
      'in lower case it is ghcr.io/yourorg/backend',
    ],
  ])('%s → %s', (from, to, path, hint) => {
    const [line, ...others] = problemsOf(changed(from, to));
    expect(others).toEqual([]);
    expect(line).toContain(`${path}: given`);
    expect(line?.endsWith(`; ${hint}`)).toBe(true);
  });

  test('merge keys, keys that JavaScript treats specially, and text where a mapping is expected', () => {
    expect(problemsOf(`${good}<<: { logLevel: info }\n`)).toEqual([
      expect.stringMatching(/given a merge key \(<<\), which is not supported, expected the settings themselves$/),
    ]);
    expect(problemsOf(`${good}tenantServers: { __proto__: { kind: external } }\n`)).toEqual([
      expect.stringMatching(/given a key that is no setting name/),
    ]);
    expect(problemsOf(good, { 'environments/prod/tenants.yaml': '- contoso\n' })).toEqual([
      'environments/prod/tenants.yaml:1:3: entry 1: given "contoso", expected "- slug: contoso"',
    ]);
  });
});
