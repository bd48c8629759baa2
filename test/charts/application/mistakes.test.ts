import { messageOf } from './application';

/** An application in production. */
const shop = (rest: string) => `pattern: microservices
hosts: { app: shop.example.com }
edge: { kind: ingress, issuer: letsencrypt-prod }
secrets: { kind: manual }
backups: { none: it is managed }
defaults: { registry: ghcr.io/yourorg, tag: v1.0.0 }
${rest}`;

const DATABASE = 'host: db.internal.example.com, addresses: [10.0.0.0/24], unverified: a test';
const VOLUME = '{ size: 1Gi, backup: { none: a cache } }';

/** Each mistake of a file `prod/shop.yaml`, and the message. A § stands before the place that the message names. */
const NAMES: readonly (readonly [name: string, text: string, message: string])[] = [
  [
    'the name of a Job beside another service',
    'services:\n  api: { port: 80, beforeDeploy: [warm] }\n  api-before-deploy: §{ port: 81 }\n',
    'services.api-before-deploy: given api-before-deploy, which services.api.beforeDeploy has; expected another name',
  ],
  [
    'the name of the Service of all pods of another one',
    `services:\n  nats: { port: 80, scale: { replicas: 1 }, storage: { /data: { size: 1Gi, access: each, backup: { none: a cache } } } }\n  nats-pods: §{ port: 81 }\n`,
    'services.nats-pods: given nats-pods, which services.nats.storage has; expected another name',
  ],
  [
    'the name of a Job of the database',
    `services:\n  backup: §{ port: 80 }\ndatabase: { kind: external, ${DATABASE} }\n`,
    'services.backup: given backup, which database has; expected another name',
  ],
  [
    'the name of the Job that fills the database',
    'services:\n  seed-data: §{ port: 80 }\nseedData: { service: seed-data, command: seed }\n',
    'services.seed-data: given seed-data, which seedData has; expected another name',
  ],
  [
    'the name of what every namespace has',
    'services:\n  default: §{ port: 80 }\n',
    'services.default: given default, which every namespace has; expected another name',
  ],
  [
    'a sidecar with the name of its service',
    'services:\n  api: { port: 80, sidecars: { api: §{ image: proxy } } }\n',
    'services.api.sidecars.api: given api, which the service itself is called; expected another name: both are in one pod',
  ],
  [
    'a sidecar with the name of a port',
    'services:\n  api: { port: 80, sidecars: { http: §{ port: 81 } } }\n',
    'services.api.sidecars.http: given a port named http, which another port of the pod is called; expected another name',
  ],
  [
    'two paths with one name',
    `services:\n  api: { port: 80, scale: { replicas: 1 }, storage: { /data/a: ${VOLUME}, /data-a: §${VOLUME} } }\n`,
    'services.api.storage./data-a: given /data-a, whose volume is named like that of /data/a, expected another path',
  ],
  [
    'two folders with one name',
    'services:\n  api: { port: 80, files: { /etc/a-b/x: { text: a }, /etc/a/b/x: §{ text: b } } }\n',
    'services.api.files./etc/a/b/x: given /etc/a/b, whose volume is named like that of /etc/a-b, expected another path',
  ],
  [
    'a path of a sidecar with the name of another one',
    'services:\n  api: { port: 80, writes: [/a/b], sidecars: { s: { writes: §[/a-b] } } }\n',
    'services.api.sidecars.s.writes: given /a-b, whose volume is named like that of /a/b, expected another path',
  ],
  [
    'a variable that is no name',
    'services:\n  api: { port: 80, env: { §A-B: x } }\n',
    'services.api.env.A-B: given the key A-B, expected a name of letters, digits and underscores such as LOG_LEVEL',
  ],
  [
    'a secret twice in a folder, of which one file would be missing',
    'sharedSecrets: { k: { remote: k, about: a key } }\nservices:\n  api: { port: 80, files: { /etc/k/a: { secret: k }, /etc/k/b: §{ secret: k } } }\n',
    'services.api.files./etc/k/b: given k, which /etc/k/a is already, expected it once in a folder',
  ],
  [
    'a file at the root',
    'services:\n  api: { port: 80, files: { /x.txt: §{ text: a } } }\n',
    'services.api.files./x.txt: given /, expected a path with 1 to 63 letters and digits below /',
  ],
  [
    'a path without letters',
    `services:\n  api: { port: 80, scale: { replicas: 1 }, storage: { /_: §${VOLUME} } }\n`,
    'services.api.storage./_: given /_, expected a path with 1 to 63 letters and digits below /',
  ],
  [
    'a role that dumps',
    `services:\n  api: { port: 80 }\ndatabase: { kind: external, ${DATABASE}, databases: { shop: §{ user: shop_backup } } }\n`,
    'database.databases.shop: given the owner shop_backup, a role that dumps or restores all databases; expected another one',
  ],
  [
    'no database of a server',
    `services:\n  api: { port: 80 }\ndatabase: { kind: external, ${DATABASE}, databases: §{} }\n`,
    'database.databases: given none, expected at least one, or nothing: then it is named like this file',
  ],
  [
    'a database that two services migrate',
    `services:\n  api: { port: 80, migrations: [a] }\n  web: { port: 80, migrations: §[b] }\ndatabase: { kind: external, ${DATABASE} }\n`,
    'services.web.migrations: given migrations of the database shop, which api migrates already, expected those of one service',
  ],
];

const CONNECTIONS: typeof NAMES = [
  [
    'a text from a part that is not there',
    'services:\n  api: { port: 80, env: { X: §{ text: plain, from: identity } } }\n',
    'services.api.env.X: given a text without a piece of identity, expected one such as {host}, or the text alone',
  ],
  [
    'an external server named like what every object has',
    'services:\n  api: { port: 80, env: { X: §{ external: constructor.url } } }\n',
    'services.api.env.X: given the external server "constructor", and there is none',
  ],
  [
    'an identity provider that is no service',
    'services:\n  api: { port: 80, env: { X: { identity: url } } }\nidentity: { url: §keycloak, realm: a, audience: b }\n',
    'identity.url: given "keycloak", expected an address such as https://login.example.com, or a service of this file that listens',
  ],
  [
    'a password in the URL of an MCP server',
    'services:\n  api: { port: 80, mcp: { crm: { url: §"https://user:pw@crm.example.com" } } }\n',
    'services.api.mcp.crm.url: given "https://user:pw@crm.example.com", expected an address such as https://models.example.com, without a user and password',
  ],
  [
    'a URL that is none',
    'services:\n  api: { port: 80, mcp: { crm: { url: §"https://:99999" } } }\n',
    'services.api.mcp.crm.url: given "https://:99999", expected an address such as https://models.example.com',
  ],
  [
    'Redis that nobody connects to',
    'services:\n  api: { port: 80 }\nredis: §{ kind: statefulset }\n',
    'redis: given a server that no service connects to, expected a variable { redis: url }, or no redis',
  ],
  [
    'a connection to nothing known',
    'services:\n  api: { port: 80, connectsTo: [§"a:b"] }\n',
    'services.api.connectsTo, entry 1: given "a:b", expected a service, an external server, a part, internet, internet:587, host:port, or a mapping such as { addresses, port } or { system, service }',
  ],
  [
    'the address of cloud metadata among public addresses',
    'services:\n  api: { port: 80 }\nexternal: { meta: §{ host: 169.254.169.254, port: 80 } }\n',
    'external.meta: given "169.254.169.254", whose name is a private one, and public addresses leave private ones out; expected addresses',
  ],
  [
    'a private MCP server among public addresses',
    'services:\n  api: { port: 80, mcp: { crm: { url: §"https://crm.internal.example.com" } } }\n',
    'services.api.mcp.crm.url: given "https://crm.internal.example.com", whose name is a private one, and public addresses leave private ones out; expected addresses beside it',
  ],
  [
    'an unknown provider named like what every object has',
    'services:\n  api: { port: 80, llm: { provider: §constructor } }\n',
    'services.api.llm.provider: given "constructor", expected one of anthropic, openai, azure, ollama',
  ],
  [
    'a port that there is not',
    'services:\n  api: { port: 80, connectsTo: [§"smtp.example.com:99999"] }\n',
    'services.api.connectsTo, entry 1: given "smtp.example.com:99999", expected a port from 1 to 65535',
  ],
];

const ROUTES: typeof NAMES = [
  [
    'an exception with a slash at its end: Traefik would let /api/internal/x through',
    'services:\n  api: { port: 80, exposed: §{ path: /api, except: [/api/internal/] } }\n',
    'services.api.exposed: given /api/internal/, expected a path without //, . or .. as parts, and without a slash at its end',
  ],
  [
    'an exception whose objects would be those of a path with clients',
    'services:\n  api: { port: 80, exposed: [{ path: /a/b, allowedFrom: [10.0.0.0/8] }, §{ path: /, except: [/a-b] }] }\n',
    'services.api.exposed, entry 2: given /a-b on app, whose objects are named like those of /a/b, expected another path',
  ],
  [
    'gRPC by an edge of HTTP/1.1',
    'services:\n  api: { port: 80, protocol: grpc, exposed: §/ }\n',
    'services.api.exposed: given a port of the protocol grpc, expected edge.kind gateway: ingress forwards HTTP/1.1',
  ],
  [
    'port and ports',
    'services:\n  api: { port: 80, ports: §{ http: 81 } }\n',
    'services.api.ports: given port and ports, expected one of the two',
  ],
  [
    'one port of a Service twice',
    'services:\n  api: { ports: §{ a: { container: 80, service: 90 }, b: { container: 81, service: 90 } } }\n',
    'services.api.ports: given the port 90 of its Service twice (a, b), expected different ones',
  ],
  [
    'metrics at a port beside one named metrics, which would be lost',
    'monitoring: { enabled: true }\nservices:\n  api: { ports: { http: 80, metrics: 81 }, metrics: §{ path: /m, port: 82 } }\n',
    'services.api.metrics: given port 82 beside a port named metrics, expected the number of that port',
  ],
  [
    'metrics of a worker without a port',
    'monitoring: { enabled: true }\nservices:\n  api: { metrics: §/metrics, health: { command: [ok] } }\n',
    'services.api.metrics: given a path on a service without a port, expected { path: …, port: … }',
  ],
  [
    'a check of a sidecar without a port',
    'services:\n  api: { port: 80, sidecars: { proxy: { health: §/ok } } }\n',
    'services.api.sidecars.proxy.health: given a check of a port, expected port, or health: { command: … }',
  ],
  [
    'a check of a Job, which nothing would ask',
    'services:\n  api: { schedule: "0 3 * * *", health: §{ command: [ok] } }\n',
    'services.api.health: given health beside schedule, expected one of the two',
  ],
];

test.each([...NAMES, ...CONNECTIONS, ...ROUTES])('%s', (_, marked, message) => {
  const [before = '', after = ''] = shop(marked).split('§');
  const lines = before.split('\n');
  const place = `prod/shop.yaml:${lines.length}:${(lines.at(-1) ?? '').length + 1}`;
  const found = messageOf({ 'prod/shop.yaml': before + after }).split('\n');
  expect(found).toContain(`${place}: ${message}`);
});

test('a host named like the objects of another one', () => {
  const text = shop('services:\n  api: { port: 80 }\n').replace(
    'hosts: { app: shop.example.com }',
    'hosts: { app: shop.example.com, app-at-api: api.example.com, app-redirect: old.example.com }',
  );
  expect(messageOf({ 'prod/shop.yaml': text }).split('\n')).toEqual([
    'prod/shop.yaml:2:45: hosts.app-at-api: given app-at-api, which begins like the objects of hosts.app, expected another name',
    'prod/shop.yaml:2:76: hosts.app-redirect: given app-redirect, which begins like the objects of hosts.app, expected another name',
  ]);
});

test('one host with two names', () => {
  const text = shop('services:\n  api: { port: 80 }\n').replace(
    'hosts: { app: shop.example.com }',
    'hosts: { app: shop.example.com, other: shop.example.com }',
  );
  expect(messageOf({ 'prod/shop.yaml': text })).toBe(
    'prod/shop.yaml:2:40: hosts.other: given shop.example.com, which hosts.app is already, expected each host once',
  );
});

test('an application whose database would have a name that PostgreSQL reserves', () => {
  const text = shop(`services:\n  api: { port: 80 }\ndatabase: { kind: external, ${DATABASE} }\n`);
  expect(messageOf({ 'prod/postgres.yaml': text })).toBe(
    'prod/postgres.yaml:9:11: database.databases.postgres: given postgres, which PostgreSQL reserves; expected databases: { …: {} } with another name',
  );
});
