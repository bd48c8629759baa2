import { messageOf } from './application';

/** An application in production. */
const shop = (rest: string) => `pattern: microservices
hosts: { app: shop.example.com }
edge: { kind: ingress, issuer: letsencrypt-prod }
secrets: { kind: manual }
${rest}`;

const API = '  api: { image: ghcr.io/yourorg/api, tag: v1.0.0, port: 8080, health: /health';

/** Each mistake of a file `prod/shop.yaml`, and the message. A § stands before the place that the message names. */
const MISTAKES: readonly (readonly [name: string, text: string, message: string])[] = [
  [
    'a pattern without its services',
    'pattern: 3-tier\nservices:\n  §api: { image: ghcr.io/yourorg/api, tag: v1.0.0, exposed: [] }\ndatabase: { kind: external, host: db.internal.example.com, addresses: [10.0.0.0/24], unverified: tests use no certificate }\nbackups: { none: it is managed }\nsecrets: { kind: manual }\n',
    'services: given pattern 3-tier without a service that has the preset web, expected services.web, or preset: web on another one',
  ],
  [
    'an unknown pattern',
    'pattern: §2-tier\nservices: {}\n',
    'pattern: given "2-tier", expected one of api-only, 3-tier, ai-3-tier, microservices',
  ],
  [
    'a description that is no text',
    shop(`document: { description: §[portal] }\nservices:\n${API} }\n`),
    'document.description: given a list of 1, expected text',
  ],
  [
    'an alternative without a reason',
    shop(`document: { alternatives: { queue: §"" } }\nservices:\n${API} }\n`),
    'document.alternatives.queue: given "", expected one line of text',
  ],
  [
    'an unknown key',
    shop(`services:\n  api: { image: ghcr.io/yourorg/api, tag: v1.0.0, §prot: 8080 }\n`),
    'services.api.prot: given an unknown key, expected one of preset, image, tag, digest, entrypoint, command, env, cpu, memory, writes, port, ports, protocol, health, secrets, files, storage, user, allow, gpu, nodes, scale, replace, shutdown, init, sidecars, connectsTo, allows, exposed, schedule, runs, after, timeout, retries, beforeDeploy, migrations, metrics, llm, mcp; did you mean port?',
  ],
  [
    'a tag in the image',
    shop(`services:\n  api: { image: §"ghcr.io/yourorg/api:v1" }\n`),
    'services.api.image: given "ghcr.io/yourorg/api:v1", expected a repository such as ghcr.io/yourorg/app; the tag has a field of its own; put v1 into tag',
  ],
  [
    'no tag',
    shop('services:\n  api: §{ image: ghcr.io/yourorg/api }\n'),
    'services.api.tag: given nothing, expected a tag such as v1.2.3, or defaults.tag',
  ],
  [
    'a moving tag in production',
    shop('services:\n  api: { image: ghcr.io/yourorg/api, tag: §latest }\n'),
    'services.api.tag: given "latest", expected an immutable tag such as v1.2.3 (mutable tags such as latest only in dev)',
  ],
  [
    'a moving tag for all services',
    shop('defaults: { tag: §latest }\nservices:\n  api: { image: ghcr.io/yourorg/api }\n'),
    'defaults.tag: given "latest", expected an immutable tag such as v1.2.3 (mutable tags such as latest only in dev)',
  ],
  [
    'a header of a health check with two lines',
    shop(
      `services:\n  api: { image: ghcr.io/yourorg/api, tag: v1.0.0, port: 8080, health: { http: /up, headers: { X-A: §"a\\tb" } } }\n`,
    ),
    'services.api.health.headers.X-A: given "a\\tb", expected one line of text, of at most 1000 characters',
  ],
  [
    'a URL of a service that there is not',
    shop(`services:\n${API} }\n  web: { image: ghcr.io/yourorg/web, tag: v1.0.0, env: { API: §{ url: apii } } }\n`),
    'services.web.env.API: given url of "apii", expected one of api, web; did you mean api?',
  ],
  [
    'a URL of a worker',
    shop(
      `services:\n${API}, env: { R: §{ url: renderer } } }\n  renderer: { image: ghcr.io/yourorg/r, tag: v1.0.0 }\n`,
    ),
    'services.api.env.R: given url of "renderer", which has no port, expected a service that listens; a worker cannot be called',
  ],
  [
    'a connection to itself',
    shop(`services:\n${API}, env: { ME: §{ url: api } } }\n`),
    'services.api.env.ME: given a connection of api to itself, expected another service; inside a pod use localhost',
  ],
  [
    'an address as text',
    shop(
      `services:\n${API}, env: { CART: §"redis-cart:6379" } }\n  redis-cart: { image: docker.io/library/redis, tag: 7.4.2-alpine, port: 6379, protocol: tcp }\n`,
    ),
    'services.api.env.CART: given "redis-cart:6379" as text, and redis-cart is a service of this file: text opens no connection; write { address: redis-cart }',
  ],
  [
    'a password in a variable',
    shop(`services:\n${API}, env: { DB: §"postgres://app:hunter2@db.example.com/app" } }\n`),
    'services.api.env.DB: given postgres://app:…@db.example.com/app as text, expected no password in a file; write { database: url }, or put the value into secrets',
  ],
  [
    'a secret without its key',
    shop(`services:\n${API}, secrets: { SMTP_PASSWORD: §{ about: mail } } }\n`),
    'services.api.secrets.SMTP_PASSWORD.remote: given nothing, expected its key in the store, such as smtp/password',
  ],
  [
    'one database of three',
    shop(
      `services:\n${API}, env: { DB: §{ database: url } } }\ndatabase: { kind: external, host: db.internal.example.com, addresses: [10.0.0.0/24], unverified: tests use no certificate, databases: { invoices: {}, ledger: {}, audit: {} } }\nbackups: { none: managed }\n`,
    ),
    'services.api.env.DB: given { database: url }, expected one of invoices.url, ledger.url, audit.url, since there are 3 databases',
  ],
  [
    'one port twice',
    shop('services:\n  api: { image: ghcr.io/yourorg/api, tag: v1.0.0, ports: §{ http: 8080, admin: 8080 } }\n'),
    'services.api.ports: given port 8080 twice (http, admin), expected a number of its own for each port',
  ],
  [
    'an unknown host',
    shop(`services:\n${API}, exposed: §{ host: admin, path: / } }\n`),
    'services.api.exposed: given the host "admin", expected host: app',
  ],
  [
    'a health check of a port that there is not',
    shop('services:\n  api: { image: ghcr.io/yourorg/api, tag: v1.0.0, health: §/health }\n'),
    'services.api.health: given a check of a port on a service without one, expected port, or health: { command: … }',
  ],
  [
    'no health check of an exposed service',
    shop('services:\n  api: { image: ghcr.io/yourorg/api, tag: v1.0.0, port: 80, exposed: /, health: §none }\n'),
    'services.api.health: given none on an exposed service, expected a check, or no exposed',
  ],
  [
    'a piece of an external server that it does not have',
    shop(
      `external: { mail: { host: mail.example.com, port: 587 } }\nservices:\n${API}, env: { USER: §{ external: mail.user } } }\n`,
    ),
    'services.api.env.USER: given { external: mail.user }, and mail has no user; expected external.mail.user',
  ],
  [
    'a key of config that there is not',
    shop(`config: { CURRENCY: EUR }\nservices:\n${API}, env: { C: §{ config: CURENCY } } }\n`),
    'services.api.env.C: given the key of config "CURENCY", expected CURRENCY; did you mean CURRENCY?',
  ],
  [
    'migrations without a database',
    shop(`services:\n${API}, migrations: §[migrate] }\n`),
    'services.api.migrations: given { database: url }, expected a database: this file has none; say database: { kind: … }',
  ],
  [
    'a database without backups in production',
    shop(
      `services:\n${API} }\ndatabase: { kind: external, host: db.internal.example.com, addresses: [10.0.0.0/24], unverified: tests use no certificate }\n`,
    ).replace('pattern', '§pattern'),
    'backups: given nothing in production, expected repository and addresses, or backups: { none: why }',
  ],
  [
    'a circle of what runs before a deployment',
    shop(
      'defaults: { registry: ghcr.io/yourorg, tag: v1.0.0 }\nservices:\n  a: { runs: before-deploy, after: §[b] }\n  b: { runs: before-deploy, after: [c] }\n  c: { runs: before-deploy, after: [a] }\n',
    ),
    'services.a.after: given a after b after c after a, expected no circle among services that run before a deployment',
  ],
  [
    'an order of services that run all the time',
    shop(`services:\n${API} }\n  web: { image: ghcr.io/yourorg/web, tag: v1.0.0, port: 80, after: [§api] }\n`),
    'services.web.after, entry 1: given after on a service that runs all the time, expected runs: before-deploy',
  ],
  [
    'an autoscaler that begins at none',
    shop(`services:\n${API}, scale: { min: §0, max: 3, cpu: 70 } }\n`),
    'services.api.scale.min: given 0, expected queue beside it (KEDA can start the first pod), or at least 1',
  ],
  [
    'files of two kinds in one folder',
    shop(
      `sharedSecrets: { key: { remote: key, about: a key } }\nservices:\n${API}, files: { /etc/api/a.txt: { text: a }, /etc/api/b.key: §{ secret: key } } }\n`,
    ),
    'services.api.files./etc/api/b.key: given texts and secrets in /etc/api, expected a folder of its own for each of the two',
  ],
  [
    'a backup to no store',
    shop(`services:\n${API} }\nbackups: { repository: §"ftp://backups", addresses: [10.20.8.0/24] }\n`),
    'backups.repository: given "ftp://backups", expected a repository as restic names it: s3:https://s3.us-east-1.amazonaws.com/salient-backups, azure:salient-backups:/, gs:salient-backups:/, rest:https://backups.example.com/salient/ (its user and password are secrets), or /backups or another path below /backups, /mnt or /srv, where the volume of claim is mounted',
  ],
  [
    'the host of an external server as text',
    shop(
      `external: { mail: { host: smtp.example.net, port: 587 } }\nservices:\n${API}, env: { SMTP: §"smtp.example.net:587" } }\n`,
    ),
    'services.api.env.SMTP: given "smtp.example.net:587" as text, and mail is an external server of this file: text opens no connection; write { external: mail.address }',
  ],
  [
    'metrics of all services at once',
    shop(`services:\n${API} }\nmonitoring: §{ enabled: true, path: /metrics }\n`),
    'monitoring: given a path or a port for all services, expected metrics: /metrics at each service that has some',
  ],
  [
    'one path twice',
    shop(
      `services:\n  web: { image: ghcr.io/yourorg/web, tag: v1.0.0, port: 80, health: /, exposed: / }\n${API}, exposed: §/ }\n`,
    ),
    'services.api.exposed: given / on app, which web has already, expected another path, or another host',
  ],
  [
    'a route to no port',
    shop('services:\n  api: { image: ghcr.io/yourorg/api, tag: v1.0.0, exposed: §/ }\n'),
    'services.api.exposed: given exposed on a service without a port, expected port, or no exposed',
  ],
  [
    'a private host among public addresses',
    shop(`services:\n${API}, connectsTo: [§"db.internal.example.com:3306"] }\n`),
    'services.api.connectsTo, entry 1: given "db.internal.example.com:3306", whose name is a private one, and public addresses leave private ones out; expected an entry of external with addresses',
  ],
  [
    'a part that is not there',
    shop(`services:\n${API}, connectsTo: [§redis] }\n`),
    'services.api.connectsTo, entry 1: given redis, a part that this file does not have; expected redis: { … }',
  ],
  [
    'replicas that share one volume',
    shop(
      `services:\n${API}, scale: §{ replicas: 3 }, storage: { /data: { size: 1Gi, backup: { none: a cache } } } }\n`,
    ),
    'services.api.scale: given replicas 3 with storage that one pod has (/data), expected replicas: 1, access: each (a volume for each replica), or access: many',
  ],
  [
    'storage without a backup',
    shop(`services:\n${API}, storage: { /data: §1Gi } }\n`),
    'services.api.storage./data: given storage without a backup in production, expected backup: { dump: command } that prints its content, or backup: { none: why }',
  ],
  [
    'a command that needs a shell',
    shop('services:\n  api: { image: ghcr.io/yourorg/api, tag: v1.0.0, command: §npm run build && npm start }\n'),
    'services.api.command: given "npm run build && npm start", expected a list such as [sh, -c, "npm run build && npm start"], since this needs a shell',
  ],
  [
    'a variable in env and in secrets',
    shop(`services:\n${API}, env: { KEY: a }, secrets: { KEY: §{ remote: key, about: a key } } }\n`),
    'services.api.secrets.KEY: given KEY in env and in secrets, expected it once',
  ],
  [
    'a schedule beside a port',
    shop('services:\n  api: { image: ghcr.io/yourorg/api, tag: v1.0.0, port: §8080, schedule: "0 3 * * *" }\n'),
    'services.api.port: given port beside schedule, expected one of the two',
  ],
  [
    'root without a reason',
    shop(`services:\n${API}, user: §0 }\n`),
    'services.api.user: given 0, expected another user, or allow: { root: why }',
  ],
  [
    'a port of UDP on the edge',
    shop(`services:\n${API.replace('health: /health', 'protocol: udp')}, exposed: §/ }\n`),
    'services.api.exposed: given a port of the protocol udp, expected http or grpc: the edge forwards requests',
  ],
  [
    'a check of a port of UDP',
    shop(`services:\n${API.replace('health: /health', 'protocol: udp')}, health: §tcp }\n`),
    'services.api.health: given a check of udp, a port of the protocol udp, expected health: { command: … }',
  ],
  [
    'metrics at a port of UDP',
    shop(
      `monitoring: { enabled: true }\nservices:\n${API.replace('health: /health', 'protocol: udp')}, metrics: §/metrics }\n`,
    ),
    'services.api.metrics: given a path on a port of the protocol udp, expected { path: …, port: … }',
  ],
  [
    'the certificate of a server that has none',
    shop(
      `external: { mail: { host: mail.example.com, port: 587 } }\nservices:\n${API}, env: { CA: §{ external: mail.ca } } }\n`,
    ),
    'services.api.env.CA: given { external: mail.ca }, and mail has no ca; expected external.mail.ca',
  ],
  [
    'a certificate that is none',
    shop(
      `external: { mail: { host: mail.example.com, port: 587, ca: §mail.crt } }\nservices:\n${API}, connectsTo: [mail] }\n`,
    ),
    'external.mail.ca: given "mail.crt", expected one or more certificates in PEM: -----BEGIN CERTIFICATE----- …',
  ],
  [
    'a file where the certificates are',
    shop(`services:\n${API}, files: { /etc/berth/ca/mail/x: §{ text: a } } }\n`),
    'services.api.files./etc/berth/ca/mail/x: given /etc/berth/ca/mail, where certificates of external servers are, expected another path',
  ],
  [
    'a user without its group',
    shop(`services:\n${API}, user: §{ id: 1000 } }\n`),
    'services.api.user.group: given nothing, expected a whole number from 0 to 4294967294',
  ],
  [
    'two groups in one pod',
    shop(
      'defaults: { registry: ghcr.io/yourorg, tag: v1.0.0 }\nservices:\n  a: { runs: before-deploy, user: 1000 }\n  b: { runs: before-deploy, after: [§a], user: { id: 1000, group: 2000 } }\n',
    ),
    'services.b.after, entry 1: given a with user 1000, expected user 1000 of the group 2000: both run in one pod',
  ],
  [
    'an exposed service without an edge',
    `pattern: microservices\nhosts: { app: shop.example.com }\nservices:\n${API}, exposed: §/ }\n`,
    'services.api.exposed: given exposed without edge, expected edge: { kind: ingress, traefik or gateway, issuer: … }',
  ],
  [
    'a reference of two kinds',
    shop(`services:\n${API}, env: { X: §{ url: web, public: app } } }\n`),
    'services.api.env.X: given a mapping, expected one reference, not url and public at once',
  ],
  [
    'a key that is no reference',
    shop(`services:\n${API}, env: { X: { §uri: web } } }\n`),
    'services.api.env.X.uri: given an unknown key, expected one of url, address, public, database, redis, queue, objectStorage, identity, workflow, external, text, config, secret, app, own, pod, limit, unset, system, path, port, scheme, take, from, case, connect; did you mean url?',
  ],
];

/** An API of which these things are asked. */
const asked = (requirements: string, rest = '') =>
  shop(`monitoring: { enabled: true }\nrequirements: { ${requirements} }\nservices:\n${API}, exposed: / }\n${rest}`);
const STATEFULSET =
  'database: { kind: statefulset, image: docker.io/library/postgres, tag: 16.15-alpine }\nbackups: { repository: "s3:https://s3.example.com/shop", addresses: [10.20.8.0/24] }\n';

const REQUIREMENTS: typeof MISTAKES = [
  [
    'users that cannot send so many requests',
    asked('users: §100, requestsPerSecond: 5000, p95: { api: 200ms }'),
    'requirements.users: given users 100 and requestsPerSecond 5000: each would send 50 a second with an answer taking 0.2 s; expected more users, or at most 500 requests',
  ],
  [
    'one user that cannot send a request a second',
    asked('users: §1, requestsPerSecond: 1, p95: { api: 5s }'),
    'requirements.users: given users 1 and requestsPerSecond 1: each would send 1 a second with an answer taking 5 s; expected more users, or at most 0.2 requests',
  ],
  [
    'a think time that has no effect',
    asked('users: 100, thinkTime: §5s, requestsPerSecond: 5'),
    'requirements.thinkTime: given thinkTime 5s beside requestsPerSecond, expected one of the two: the think time follows from users and requests',
  ],
  [
    'data that may not be lost, and dumps',
    asked('rpo: §15m', STATEFULSET),
    'requirements.rpo: given rpo 15m with dumps (at best hourly), expected database.kind cloudnative-pg with archive, or external whose provider restores to a moment',
  ],
  [
    'less data than an archive may lose',
    asked(
      'rpo: §2m',
      `${STATEFULSET.replace(/^.*\n/, '')}database: { kind: cloudnative-pg, image: ghcr.io/cloudnative-pg/postgresql, tag: 16.10-system-trixie, apiServer: { addresses: [10.40.0.1/32] }, archive: { destination: "s3://shop-archive/postgres", addresses: [10.20.8.0/24] } }\n`,
    ),
    'requirements.rpo: given rpo 2m, expected at least 5m: within that time the archive gets what was written',
  ],
  [
    'a limit below what each user sends',
    asked('users: 1000, requestsPerSecond: 3000, rateLimit: §100/min'),
    'requirements.rateLimit: given 100 a minute, and each user sends 180 (60 × 3000 / 1000), expected at least that many, or no rateLimit',
  ],
  [
    'requests of a service that there is not',
    asked('requestsPerSecond: { apii: §5 }'),
    'requirements.requestsPerSecond.apii: given "apii", expected api; did you mean api?',
  ],
  [
    'requests without the service that they are of',
    shop(
      `requirements: { requestsPerSecond: §5 }\nservices:\n${API} }\n  web: { image: ghcr.io/yourorg/web, tag: v1.0.0, port: 80 }\n`,
    ),
    'requirements.requestsPerSecond: given 5 without the service that it is of, expected requestsPerSecond by service, such as { api: 5 }',
  ],
  [
    'more pods than an autoscaler may have',
    asked('requestsPerSecond: §5000'),
    'requirements.requestsPerSecond: given a load of api that 1073 pods carry, expected at most 500: more cpu for each pod, or what was measured of one',
  ],
  [
    'more pods for streams than a service may have',
    asked('requestsPerSecond: 5, streams: { api: §50000 }'),
    'requirements.streams.api: given a load of api that 1500 pods carry, expected at most 500: more cpu for each pod, or what was measured of one',
  ],
  [
    'what a pod works on at the same time, without response times',
    asked('requestsPerSecond: 5, measured: { api: { concurrency: §20 } }'),
    'requirements.measured.api.concurrency: given concurrency without p95 of api, expected requirements.p95.api: requests in flight are requests × p95',
  ],
  [
    'an availability that monitoring says otherwise',
    asked('availability: 99.9').replace('enabled: true', 'enabled: true, availability: §99.5'),
    'monitoring.availability: given 99.5 beside requirements.availability 99.9, expected one of the two',
  ],
  [
    "response times beyond Traefik's histogram",
    asked('p95: { api: §6s }').replace('kind: ingress', 'kind: traefik'),
    "requirements.p95.api: given 6s, expected at most 5s, the last bucket of Traefik's histogram, or monitoring.metrics.requests and metrics of api",
  ],
  [
    "response times beyond ingress-nginx's histogram",
    asked('p95: { api: §11s }'),
    "requirements.p95.api: given 11s, expected at most 10s, the last bucket of ingress-nginx's histogram, or monitoring.metrics.requests and metrics of api",
  ],
  [
    'an availability of none',
    asked('availability: §100'),
    'requirements.availability: given 100, expected a percentage such as 99.9, from 95 to 99.999',
  ],
  [
    'a time of maintenance without its day',
    asked('maintenance: §02:00-04:00'),
    'requirements.maintenance: given "02:00-04:00", expected a day and two different times in UTC such as Sun 02:00-04:00',
  ],
  [
    'a time of maintenance that has no end',
    asked('maintenance: §Sun 02:00-02:00'),
    'requirements.maintenance: given "Sun 02:00-02:00", expected a day and two different times in UTC such as Sun 02:00-04:00',
  ],
];

test('logs that have to be kept for longer than the platform keeps them', () => {
  const platform =
    'issuers: { letsencrypt-prod: { kind: self-signed } }\nmonitoring: { loki: { retentionDays: 14 } }\n';
  const files = (days: number) => ({
    'prod/platform.yaml': platform,
    'prod/shop.yaml': asked(`logRetention: ${days}d`),
  });
  expect(messageOf(files(30))).toBe(
    'prod/shop.yaml:6:31: requirements.logRetention: given 30d, and platform.yaml keeps logs for 14d, expected at most 14d, or a larger monitoring.loki.retentionDays there',
  );
  expect(messageOf(files(14))).toBe('');
});

test.each([...MISTAKES, ...REQUIREMENTS])('%s', (_, marked, message) => {
  const [before = '', after = ''] = marked.split('§');
  const lines = before.split('\n');
  const place = `prod/shop.yaml:${lines.length}:${(lines.at(-1) ?? '').length + 1}`;
  expect(messageOf({ 'prod/shop.yaml': before + after }).split('\n')).toContain(`${place}: ${message}`);
});

test('a file that describes no application says how one begins', () => {
  expect(messageOf({ 'prod/shop.yaml': 'services: {}\n' })).toMatch(
    /^prod\/shop\.yaml: is not the file of a system, expected one of .*; if it describes an application, it begins with pattern: …$/m,
  );
});

test('a mistake that environments have in common is told once', () => {
  const base = 'pattern: microservices\nservices:\n  api: { image: ghcr.io/yourorg/api, tag: v1.0.0, port: 99999 }\n';
  const files = { 'shop.yaml': base, 'staging/shop.yaml': 'logLevel: info\n', 'prod/shop.yaml': 'logLevel: info\n' };
  expect(messageOf(files, ['staging', 'prod']).split('\n')).toEqual([
    expect.stringMatching(/^shop\.yaml:3:57: .*65535$/),
  ]);
  const inProd = {
    ...files,
    'shop.yaml': base.replace(', port: 99999', ', storage: { /data: 1Gi }'),
    'dev/shop.yaml': 'logLevel: info\n',
  };
  expect(messageOf(inProd, ['dev', 'prod']).split('\n')).toEqual([
    expect.stringMatching(/^shop\.yaml:3:\d+: .* \(in prod\)$/),
  ]);
});

test('an issuer of the base that the platform does not make is a mistake there', () => {
  const platform = 'issuers: { ours: { kind: self-signed } }\n';
  const base = `pattern: microservices
hosts: { app: shop.example.com }
services: { api: { image: ghcr.io/yourorg/api, tag: v1.0.0, port: 80, exposed: / } }
edge: { kind: traefik, issuer: theirs }
`;
  expect(messageOf({ 'prod/platform.yaml': platform, 'shop.yaml': base, 'prod/shop.yaml': 'logLevel: info\n' })).toBe(
    'shop.yaml:4:32: edge.issuer: given "theirs", which platform.yaml does not define, expected ours',
  );
});

test('what a base lacks is placed in the own file, and what it says wrongly in the base', () => {
  const base = 'pattern: microservices\nservices:\n  api: { image: ghcr.io/yourorg/api, port: 99999 }\n';
  const own = 'services:\n  api: { cpu: 1 }\n';
  expect(messageOf({ 'shop.yaml': base, 'prod/shop.yaml': own }).split('\n')).toEqual([
    expect.stringMatching(/^shop\.yaml:3:44: services\.api\.port: given 99999, /),
  ]);
  expect(messageOf({ 'shop.yaml': base.replace('99999', '80'), 'prod/shop.yaml': own })).toBe(
    'prod/shop.yaml:2:8: services.api.tag: given nothing, expected a tag such as v1.2.3, or defaults.tag',
  );
});
