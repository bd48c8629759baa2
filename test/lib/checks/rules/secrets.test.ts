import { stringify } from 'yaml';
import { secrets as rule } from '../../../../lib/checks/rules/secrets';
import type { ManifestObject } from '../../../../lib/manifests/object';
import { DEVELOPMENT, describeRule, findings, PRODUCTION, parse } from '../manifests';

const metadata = { name: 'api', namespace: 'shop' };

const workload = (container: object, annotations?: object): ManifestObject =>
  ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { template: { metadata: { annotations }, spec: { containers: [{ name: 'api', ...container }] } } },
  }) as ManifestObject;

const env = (name: string, value: unknown) => workload({ env: [{ name, value }] });
const config = (key: string, value: unknown): ManifestObject => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata },
  data: { [key]: value },
});
const external = (data: object): ManifestObject => ({
  ...{ apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', metadata },
  spec: { target: { template: { data } } },
});
const annotated = (key: string, value: string): ManifestObject => ({
  ...{ apiVersion: 'v1', kind: 'Service' },
  metadata: { ...metadata, annotations: { [key]: value } },
});

const judge = (...objects: ManifestObject[]) => findings(rule, objects, PRODUCTION);

describeRule(rule, [
  stringify(workload({ env: [{ name: 'A', value: 'b' }], command: ['a'], args: ['--a', 'b'] }, { a: 'b' })),
  stringify(external({ A: 'b' })),
  stringify(config('A', 'b')),
]);

/** Concatenated here, so that scanners for credentials do not report this file. */
const LONG = 'Ab1'.repeat(20);
const JWT = `${'eyJ'}hbGciOiJIUzI1NiJ9.${'eyJ'}zdWIiOiIxMjM0In0.c2lnbmF0dXJl`;
const PEM = `-----BEGIN ${'RSA PRIVATE'} KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----`;

const FOUND: [name: string, value: string][] = [
  ['DB_PASS', 'hunter2hunter2'],
  ['PGPASS', 'hunter2hunter2'],
  ['dbPass', 'hunter2'],
  ['POSTGRES_PASSWORD', '$uperS3cret!'],
  ['POSTGRES_PASSWORD', 'hunter2$(SUFFIX)'],
  ['POSTGRES_PASSWORD', '%hunter2'],
  ['POSTGRES_PASSWORD', '<hunter2'],
  ['POSTGRES_PASSWORD', '12345678'],
  ['POSTGRES_PASSWORD', 'correct-horse'],
  ['PGPASSWORD', 'postgres'],
  ['MYSQL_PWD', 'mysql'],
  ['JWT_SECRET', 'known-to-everyone'],
  ['AUTH_SECRET', 'known-to-everyone'],
  ['ACCESS_KEY_SECRET', 'abc-def'],
  ['SECRET_KEY_BASE', 'abcdef'],
  ['VAULT_SECRET_ID', 'abc-def'],
  ['AUTH_TOKEN', 'abc'],
  ['OPENROUTER_API_KEY', 'changeme'],
  ['API_KEY_OPENROUTER', 'changeme'],
  ['APIKEY', 'changeme'],
  ['clientSecret', 'changeme'],
  ['SIGNING_PRIVATE_KEY', 'abc'],
  ['ENCRYPTION_KEY', 'abc'],
  ['GOOGLE_CREDENTIALS', '{"type":"service_account"}'],
  ['KEY_PASSPHRASE', 'correct horse battery'],
  ['DATABASE_URL', 'postgres://user:pass@host:5432/shop'],
  ['DATABASE_URL', 'postgresql+asyncpg://postgres:hunter2@db/shop'],
  ['DATABASE_URL', 'postgres://{{ .USER }}:hunter2@db/shop'],
  ['CACHE', 'redis://:hunter2@cache:6379/0'],
  ['BROKER', 'amqp://guest:12345@queue'],
  ['TLS', PEM],
  ['AWS', `AKIA${'ABCD'.repeat(4)}`],
  ['GITHUB', `ghp_${LONG.slice(0, 36)}`],
  ['GITHUB', `github_pat_${LONG}`],
  ['OPENAI', `sk-${LONG.slice(0, 48)}`],
  ['OPENAI', `sk-proj-${LONG}`],
  ['ANTHROPIC', `sk-ant-api03-${LONG}`],
  ['SLACK', `xoxb-${'123456789012-'.repeat(2)}abc`],
  ['GOOGLE', `AIza${LONG.slice(0, 35)}`],
  ['SESSION', JWT],
  ['HEADERS', `Authorization: Bearer ${LONG}`],
  ['HEADERS', 'Authorization: Basic dXNlcjpwYXNzd29yZA=='],
  ['DSN', 'host=db user=shop password=hunter2'],
  ['JAVA_OPTS', '-Xmx1g -Djavax.net.ssl.trustStorePassword=changeit'],
  ['ENDPOINT', 'https://example.com/api?access_token=abcdef'],
  ['SETTINGS', '{"user": "shop", "password": "hunter2"}'],
];

/** No message shows any part of a value that would help. */
const PARTS = /hunter2|correct|changeme|changeit|known-to|Ab1Ab1|ABCDABCD|MIIE|eyJ|dXNl|abcdef|12345/;

test.each(FOUND)('%s is found in the environment, a ConfigMap and a template (%#)', (name, value) => {
  const told = [...judge(env(name, value)), ...judge(config(name, value)), ...judge(external({ [name]: value }))];
  expect(told).toEqual([
    expect.stringMatching(
      /^Deployment shop\/api: spec\.template\.spec\.containers\[0]\.env\[0]\.value: given a literal/,
    ),
    expect.stringContaining(`ConfigMap shop/api: data.${name}: given a literal that looks like `),
    expect.stringContaining(`ExternalSecret shop/api: spec.target.template.data.${name}: given a literal`),
  ]);
  for (const message of told) expect(message).not.toMatch(PARTS);
});

const HARMLESS: [name: string, value: unknown][] = [
  ['POSTGRES_PASSWORD', '$ADMIN_PASSWORD'],
  ['POSTGRES_PASSWORD', '%ADMIN_PASSWORD%'],
  ['POSTGRES_PASSWORD', '<put it here>'],
  ['AUTH_TOKEN', 'Bearer $(TOKEN)'],
  ['PASSWORD_EXPIRE', '12345678'],
  ['PASSWORD_RESET_MINUTES', '14400'],
  ['PASSWORD_TTL', '864000'],
  ['PASSWORD_LENGTH', '1024'],
  ['PASSWORD_SIZE', '1024'],
  ['MIN_PASSWORD', '1024'],
  ['PROXY_PASS', 'backend'],
  ['FIRST_PASS', 'fast'],
  ['BYPASS', 'localhost'],
  ['ACCESS_TOKEN_EXPIRE_MINUTES', '15'],
  ['TOKEN_EXPIRE', 'never'],
  ['REFRESH_TOKEN_EXPIRE_DAYS', 7],
  ['REFRESH_TOKEN_TTL', '7d'],
  ['JWT_ALGORITHM', 'HS256'],
  ['PASSWORD_FILE', 'password.txt'],
  ['PASSWORD_ENCODER', 'bcrypt'],
  ['PASSWORD_SECRET', 'shop-db'],
  ['IMAGE_PULL_SECRET', 'regcred'],
  ['SSH_KEY_SECRET', 'git-ssh'],
  ['PASSWORD_KEY', 'db-password'],
  ['POSTGRES_PASSWORD', '/run/secrets/password'],
  ['TLS_PRIVATE_KEY_PATH', 'tls.key'],
  ['SECRET_NAME', 'tenant-db-credentials'],
  ['TOKEN_URL', 'https://login.example.com/token'],
  ['API_KEY_ID', 'abc'],
  ['API_KEY_HEADER', 'X-Api-Key'],
  ['REQUIRE_PASSWORD', 'true'],
  ['USE_TOKEN', true],
  ['MAX_TOKENS', '4096'],
  ['POSTGRES_PASSWORD', '$(ADMIN_PASSWORD)'],
  ['POSTGRES_PASSWORD', `\${ADMIN_PASSWORD}`],
  ['POSTGRES_PASSWORD', '{{ .PASSWORD | urlquery }}'],
  ['POSTGRES_PASSWORD', ''],
  ['POSTGRES_PASSWORD', undefined],
  ['POSTGRES_PASSWORD', 'vault:secret/data/shop#password'],
  ['PASSWORD_ENCRYPTION', 'scram-sha-256'],
  ['TOKENIZER', 'cl100k_base'],
  ['SECRETARY', 'Ada'],
  ['MONKEY', 'Coco'],
  ['POSTGRES_INITDB_ARGS', '--auth-host=scram-sha-256 --data-checksums'],
  ['DATABASE_URL', 'postgres://db.example.com:5432/shop?sslmode=require'],
  ['DATABASE_URL', 'postgres://shop@db.example.com/shop'],
  ['DATABASE_URL', 'postgres://shop:$(PASSWORD)@db/shop'],
  [
    'DATABASE_URL',
    'postgres://{{ .USER | urlquery | replace "+" "%20" }}:{{ .PASSWORD | urlquery }}@db/shop?ssl=require',
  ],
  ['CORS_ORIGINS', 'https://a.example.com,https://b.example.com:8443'],
  ['BRANCH', 'task-abcdefghijklmnopqrstuvwxyz'],
  ['HEADERS', 'WWW-Authenticate: Bearer realm=example'],
  ['SCRIPT', 'export PGPASSWORD="$(cat /run/secrets/password)"\nif [ "$TOKEN" == "" ]; then exit 1; fi\n'],
  ['PYTHON', 'token = os.environ["TOKEN"]\nconnect(password=args.password, token=token)\n'],
  ['CONFIG', `# password: hunter2 was here once upon a time\npassword: \${PASSWORD}\ntoken: the token that is used\n`],
  ['CONFIG', 'secretName: shop-tls\ntokenTtl: 15m\nautomountServiceAccountToken: false\n'],
  ['CERTIFICATE', '-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----'],
];

test.each(HARMLESS)('%s is nothing (%#)', (name, value) => {
  expect(judge(env(name, value), config(name, value), external({ [name]: value }))).toEqual([]);
});

test('no credential of the tables is reported in development', () => {
  const objects = FOUND.flatMap(([name, value]) => [
    env(name, value),
    config(name, value),
    external({ [name]: value }),
  ]);
  expect(findings(rule, objects, DEVELOPMENT)).toEqual([]);
  expect(findings(rule, objects).length).toBe(objects.length);
});

test.each([
  ['a flag', ['--password=hunter2'], 0],
  ['a flag and its value', ['serve', '--api-key', 'changeme'], 2],
  ['a variable', ['env', 'PGPASSWORD=hunter2', 'psql'], 1],
  ['a literal for a Secret', ['kubectl', 'create', 'secret', 'generic', 'a', '--from-literal=password=hunter2'], 5],
  ['a setting of a chart', ['--set', 'auth.password=hunter2'], 1],
  ['a script', ['sh', '-c', 'export TOKEN="abcdef"; curl -sf https://example.com'], 2],
  ['a flag in a script', ['sh', '-c', 'redis-server --requirepass hunter2 --port 6379'], 2],
  ['a URL', ['psql', 'postgres://shop:hunter2@db/shop'], 1],
  ['a header', ['curl', '-H', `Authorization: Bearer ${LONG}`], 2],
])('%s in a command is found', (_, command, index) => {
  for (const [field, container] of [
    ['command', { command }],
    ['args', { args: command }],
    ['lifecycle.preStop.exec.command', { lifecycle: { preStop: { exec: { command } } } }],
    ['livenessProbe.exec.command', { livenessProbe: { exec: { command } } }],
  ] as const) {
    const told = judge(workload(container));
    expect(told).toEqual([
      expect.stringContaining(
        `Deployment shop/api: spec.template.spec.containers[0].${field}[${index}]: given a literal`,
      ),
    ]);
    expect(told[0]).not.toMatch(PARTS);
  }
});

test.each([
  [['--password=$(PASSWORD)', '--token-ttl=15m', '--secret-name', 'shop', '--api-key-file=/run/key']],
  [['--tls-secret=shop-tls', '--secret=shop/tls', '--password', '--verbose', '--image-pull-secret', 'pull']],
  [['sh', '-c', 'PGPASSWORD="$PASSWORD" psql; TOKEN=$(curl -sf http://metadata/token) sleep 5; grep password file']],
  [['python', '-c', "token = os.environ['TOKEN']; connect(password=os.environ['PASSWORD'])"]],
  [['pg_isready', '-q', '-h', '127.0.0.1']],
])('nothing is in the command %j', (args) => {
  expect(judge(workload({ args }))).toEqual([]);
});

test.each([
  ['example.com/api-key', 'changeme'],
  ['example.com/webhook', 'https://user:hunter2@example.com'],
  ['kubectl.kubernetes.io/last-applied-configuration', '{"stringData":{"password":"hunter2"}}'],
])('the annotation %s is found, on an object and on a template', (key, value) => {
  const told = [...judge(annotated(key, value)), ...judge(workload({}, { [key]: value }))];
  expect(told).toEqual([
    expect.stringContaining(`Service shop/api: metadata.annotations.${key}: given a literal`),
    expect.stringContaining(`Deployment shop/api: spec.template.metadata.annotations.${key}: given a literal`),
  ]);
  for (const message of told) expect(message).not.toMatch(PARTS);
});

test.each([
  ['nginx.ingress.kubernetes.io/auth-secret', 'shop/users'],
  ['nginx.ingress.kubernetes.io/auth-tls-secret', 'shop/tls'],
  ['vault.hashicorp.com/agent-inject-secret-db', 'database/creds/shop'],
  ['checksum/secret', '0123456789abcdef'.repeat(4)],
  ['berth.dev/secret-revision', '1'],
  ['cert-manager.io/cluster-issuer', 'letsencrypt-prod'],
])('the annotation %s is nothing', (key, value) => {
  expect(judge(annotated(key, value), workload({}, { [key]: value }))).toEqual([]);
});

test('a number is found as a number', () => {
  expect(judge(env('DB_PASSWORD', 12345678), config('PORT', 12345678))).toEqual([
    expect.stringContaining('a password, by its name'),
  ]);
});

test('the headers of probes are read', () => {
  const probe = (name: unknown, value: unknown) =>
    judge(workload({ livenessProbe: { httpGet: { port: 80, httpHeaders: [{ name, value }] } } }));
  for (const [name, value] of [
    ['Authorization', 'Basic dXNlcjpwYXNzd29yZA=='],
    ['Authorization', 'Token hunter2'],
    ['X-Api-Key', 'changeme'],
  ]) {
    const told = probe(name, value);
    expect(told).toEqual([expect.stringContaining('livenessProbe.httpGet.httpHeaders[0].value: given a literal')]);
    expect(told[0]).not.toMatch(PARTS);
  }
  expect([...probe('Accept', 'application/json'), ...probe('Host', 'a.example.com'), ...probe(7, [])]).toEqual([]);
});

test('the bytes of a ConfigMap are read', () => {
  const bytes = (text: string): ManifestObject => ({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata },
    binaryData: { 'tls.bin': Buffer.from(text).toString('base64') },
  });
  expect(judge(bytes(PEM))).toEqual([
    expect.stringContaining('binaryData.tls.bin: given a literal that looks like a private key'),
  ]);
  expect(judge(bytes('nothing'))).toEqual([]);
});

test('a shell takes no value after a space', () => {
  const script = 'local x\n  password= problem=\n[[ ! -f $1 ]] || password=$(<"$1")\n';
  expect(judge(config('run.sh', script))).toEqual([]);
  expect(judge(config('run.sh', `${script}password=hunter2-and-more\n`))).toHaveLength(1);
  expect(judge(config('app.ini', 'password= hunter2-and-more\n'))).toHaveLength(1);
});

test('texts of a user interface in a .properties file are no credentials', () => {
  const file = 'login.title=Welcome\nlogin.password=Your password\nlogin.token = A token: yours\n';
  expect(judge(config('messages.properties', file.replace(': yours', '')))).toEqual([]);
  expect(judge(config('messages.properties', `${file}db.password=hunter2\n`))).toHaveLength(1);
});

test('a Secret has no values', () => {
  expect(
    findings(
      rule,
      parse(`
apiVersion: v1
kind: Secret
metadata: { name: one, namespace: shop }
data: { PASSWORD: aHVudGVyMg==, TOKEN: "" }
---
apiVersion: v1
kind: Secret
metadata: { name: two, namespace: shop }
stringData: { USER: hunter2 }
---
apiVersion: v1
kind: Secret
metadata: { name: three, namespace: shop, annotations: { kubernetes.io/service-account.name: api } }
type: kubernetes.io/service-account-token
---
apiVersion: v1
kind: Secret
metadata: { name: four, namespace: shop }
data: {}
`),
    ),
  ).toEqual([
    'Secret shop/one: data: given values for PASSWORD, expected an ExternalSecret that fetches them from a secret store',
    'Secret shop/two: stringData: given values for USER, expected an ExternalSecret that fetches them from a secret store',
  ]);
});

test.each([
  [
    'ClusterExternalSecret',
    { externalSecretSpec: { target: { template: { data: { PASSWORD: 'hunter2' } } } } },
    'spec.externalSecretSpec.target.template.data.PASSWORD',
  ],
  ['SealedSecret', { template: { stringData: { PASSWORD: 'hunter2' } } }, 'spec.template.stringData.PASSWORD'],
  [
    'ExternalSecret',
    { target: { template: { templateFrom: [{ literal: 'password: hunter2' }] } } },
    'spec.target.template.templateFrom[0].literal',
  ],
  [
    'ExternalSecret',
    { target: { template: { metadata: { annotations: { password: 'hunter2' } } } } },
    'spec.target.template.metadata.annotations.password',
  ],
])('the template of a %s has no literal', (kind, spec, path) => {
  expect(judge({ apiVersion: 'example.com/v1', kind, metadata, spec })).toEqual([
    expect.stringContaining(`${kind} shop/api: ${path}: given a literal that looks like a password`),
  ]);
});

test('a file in a ConfigMap is read line by line', () => {
  const file = 'server:\n  host: db\n  password: "hunter2" # for now\n';
  expect(judge(config('settings.yaml', file))).toEqual([
    expect.stringContaining(
      'ConfigMap shop/api: data.settings.yaml: given a literal that looks like a password, by its name (password)',
    ),
  ]);
  expect(judge(config('settings.ini', '[server]\nadmin_password = hunter2\n'))).toHaveLength(1);
  expect(judge(config('password.tpl', 'one\ntwo\n'))).toEqual([]);
});

test.each(
  [
    [
      'a.',
      'eyJ-',
      '{{',
      '$(',
      '${',
      'a="',
      "a='",
      '"password":"',
      'password',
      '://a:',
      'sk-a-',
      '"',
      "'",
      'bearer ',
      ' : ',
      'token=',
      '-----BEGIN A ',
    ],
  ].flat(),
)(
  'a long value of %j does not hold it up',
  (part) => {
    const value = part.repeat(400_000 / part.length);
    const start = performance.now();
    judge(env('PASSWORD_TEXT', value), config('a', `password ${value}`), workload({ args: [value, `x ${value}`] }));
    // A second on an idle machine; what is quadratic takes minutes.
    expect(performance.now() - start).toBeLessThan(30_000);
  },
  60_000,
);
