import { postgresTag } from '../../../../lib/base/versions';
import type { Any } from '../../../support';
import { imported } from './support';

/** What a service `app` beside others gets of its variables. */
function appWith(environment: Readonly<Record<string, string | null>>, more: Any = {}) {
  const lines = Object.entries(environment).map(([name, value]) => `      ${name}: ${JSON.stringify(value)}`);
  const result = imported(`services:
  app:
    image: x.io/app:1
    environment:
${lines.join('\n')}
    depends_on: ${JSON.stringify(more.needs ?? [])}
  api: { image: "x.io/api:1", ports: ["80:8080"], expose: [9000] }
  db: { image: "postgres:16-alpine", environment: { POSTGRES_DB: orders, POSTGRES_USER: shopkeeper, POSTGRES_PASSWORD: hunter2 } }
  cache: { image: "redis:7-alpine" }
  mongo: { image: "mongo:7.0" }
  rabbit: { image: "bitnami/rabbitmq:4.0" }
  mq: { image: "rabbitmq:4.0", environment: { RABBITMQ_DEFAULT_USER: mover, RABBITMQ_DEFAULT_PASS: hunter2, RABBITMQ_DEFAULT_VHOST: moves } }
`);
  return {
    env: result.services.app.env,
    secrets: result.services.app.secrets,
    connectsTo: result.services.app.connectsTo,
    notes: result.notes,
  };
}

const env = (value: string, name = 'VALUE') => appWith({ [name]: value }).env?.[name];

describe('another service', () => {
  test.each([
    ['http://api:8080', { url: 'api' }],
    ['http://api:8080/v1/?x=1&y=2', { url: 'api', path: '/v1/?x=1&y=2' }],
    ['http://api:9000', { url: 'api', port: 'port-9000' }],
    ['https://api:8080', { url: 'api', scheme: 'https' }],
    ['ws://api:8080/socket', { url: 'api', path: '/socket', scheme: 'ws' }],
    ['api:8080', { address: 'api' }],
    ['mongodb://mongo:27017/orders', { url: 'mongo', path: '/orders', scheme: 'mongodb' }],
    ['mongodb://mongo/orders', { url: 'mongo', path: '/orders', scheme: 'mongodb' }],
    ['api', 'api'],
  ])('%s', (value, expected) => {
    expect(env(value)).toEqual(expected);
  });

  test('a host alone, where the name of the variable says that it is one', () => {
    expect(env('api', 'API_HOST')).toEqual({ address: 'api', take: 'host' });
    expect(appWith({ API_HOST: 'api', API_PORT: '9000' }).env).toEqual({
      API_HOST: { address: 'api', port: 'port-9000', take: 'host' },
      API_PORT: '9000',
    });
  });

  test('several in one text are connections beside it', () => {
    const { env: variables, connectsTo } = appWith({ BROKERS: 'rabbit:5672,mongo:27017' });
    expect([variables.BROKERS, connectsTo]).toEqual(['rabbit:5672,mongo:27017', ['rabbit', 'mongo']]);
  });

  test('with a password it is a secret, which in development has the password that all secrets have there', () => {
    const { secrets, connectsTo } = appWith({ AMQP_URL: 'amqp://api:hunter2@rabbit:5672/vh' });
    expect(secrets.AMQP_URL).toEqual({
      remote: 'app/amqp-url',
      about: 'AMQP_URL of app',
      development: 'amqp://api:development@rabbit:5672/vh',
    });
    expect(connectsTo).toEqual(['rabbit']);
  });
});

describe('a database', () => {
  test.each([
    ['postgres://shopkeeper:hunter2@db:5432/orders?sslmode=disable', { database: 'url' }],
    ['postgresql://shopkeeper:hunter2@db/orders', { database: 'url' }],
    ['postgresql+asyncpg://shopkeeper:hunter2@db/orders', { database: 'asyncpg' }],
    ['jdbc:postgresql://db:5432/orders', { database: 'jdbc' }],
    ['Host=db;Port=5432;Database=orders;Username=shopkeeper;Password=hunter2', { database: 'npgsql' }],
    ['db:5432', { text: '{host}:{port}', from: 'database' }],
    [
      'postgresql+psycopg://shopkeeper:hunter2@db/orders?connect_timeout=5',
      { text: 'postgresql+psycopg://{user}:{password:url}@{host}:{port}/{name}?connect_timeout=5', from: 'database' },
    ],
  ])('%s', (value, expected) => {
    expect(env(value)).toEqual(expected);
  });

  test('its pieces, beside the variable with its host', () => {
    expect(
      appWith({
        DB_HOST: 'db',
        DB_PORT: '5432',
        DB_USER: 'shopkeeper',
        DB_PASSWORD: 'hunter2',
        DB_NAME: 'orders',
        DB_POOL: '5',
      }).env,
    ).toEqual({
      DB_HOST: { database: 'host' },
      DB_PORT: { database: 'port' },
      DB_USER: { database: 'user' },
      DB_PASSWORD: { database: 'password' },
      DB_NAME: { database: 'name' },
      DB_POOL: '5',
    });
  });

  test('its pieces by their usual names, where a service depends on it', () => {
    expect(appWith({ POSTGRES_PASSWORD: 'hunter2', PGUSER: 'shopkeeper' }, { needs: ['db'] }).env).toEqual({
      POSTGRES_PASSWORD: { database: 'password' },
      PGUSER: { database: 'user' },
    });
  });

  test('another name than that of the server is noted', () => {
    const { env: variables, notes } = appWith({ DB_HOST: 'db', DB_NAME: 'reports' });
    expect(variables.DB_NAME).toBe('reports');
    expect(notes.join()).toContain(
      'DB_NAME: names another database than orders, that of the server: add it to database.databases',
    );
  });

  test('its databases and owners come from its variables; several servers are several databases of one', () => {
    const { base, services, notes } = imported(`services:
  a-db: { image: "postgres:15", environment: { POSTGRES_DB: a, POSTGRES_USER: a } }
  b-db: { image: "pgvector/pgvector:pg15", environment: { POSTGRES_DB: b, POSTGRES_USER: owner } }
  c-db: { image: "postgres:15" }
  app: { image: "x.io/app:1", environment: { A: "postgres://a:x@a-db/a", B_HOST: b-db, B_PASSWORD: x, C: "postgres://postgres:x@c-db" } }
`);
    expect(base.database).toEqual({ databases: { a: {}, b: { user: 'owner', extensions: ['vector'] }, c_db: {} } });
    expect(services.app.env).toEqual({
      A: { database: 'a.url' },
      B_HOST: { database: 'b.host' },
      B_PASSWORD: { database: 'b.password' },
      C: { database: 'c_db.url' },
    });
    expect(notes.join('\n')).toContain(
      ':3: b-db: becomes the database b on the server of a-db: one server has all databases',
    );
  });

  test('its version is that of the server in the cluster', () => {
    const server = (image: string) =>
      imported(`services: { db: { image: "${image}" }, app: { image: "x.io/a:1", depends_on: [db] } }`);
    expect(server('postgres:15.4-bookworm').database).toEqual({ tag: postgresTag(15) });
    expect(server('pgvector/pgvector:pg17')).toMatchObject({
      database: { image: 'docker.io/pgvector/pgvector', tag: 'pg17' },
      base: { postgresClient: { tag: postgresTag(17) } },
    });
  });
});

describe('Redis', () => {
  test.each([
    ['redis://cache:6379', { redis: 'url' }],
    ['redis://cache:6379/0', { redis: 'url' }],
    ['redis://:hunter2@cache:6379/2', { text: 'redis://:{password:url}@{host}:{port}/2', from: 'redis' }],
    ['cache:6379', { redis: 'address' }],
  ])('%s', (value, expected) => {
    expect(env(value)).toEqual(expected);
  });

  test('a service that is not told its password is noted', () => {
    const { env: variables, notes } = appWith({ REDIS_HOST: 'cache', REDIS_PORT: '6379' });
    expect(variables).toEqual({ REDIS_HOST: { redis: 'host' }, REDIS_PORT: { redis: 'port' } });
    expect(notes.join()).toContain('password of Redis for app: Redis asks for one here');
    expect(appWith({ REDIS_HOST: 'cache', REDIS_PASSWORD: 'x' }).notes.join()).not.toContain('password of Redis');
  });

  test('without a service that connects to it there is none; a second one is a service', () => {
    const { base, services } = imported(
      'services:\n  one: { image: "redis:7" }\n  two: { image: "redis:7", volumes: ["data:/data"] }\n  app: { image: "x.io/a:1" }\n',
    );
    expect(base.redis).toBeUndefined();
    expect(services.two).toMatchObject({ port: 6379, protocol: 'tcp', storage: { '/data': '5Gi' } });
  });
});

describe('RabbitMQ', () => {
  test.each([
    ['amqp://mq', { queue: 'url' }],
    ['amqp://mover:hunter2@mq:5672/moves', { queue: 'url' }],
    [
      'amqp://mover:hunter2@mq:5672/moves?heartbeat=30',
      { text: 'amqp://{user}:{password:url}@{host}:{port}/{vhost:url}?heartbeat=30', from: 'queue' },
    ],
    ['mq:5672', { queue: 'address' }],
  ])('%s', (value, expected) => {
    expect(env(value)).toEqual(expected);
  });

  test.each(['amqp://mover:hunter2@mq:5672/other', 'amqp://mover:hunter2@mq:5672/%2Fmoves', 'stomp://mq:61613'])(
    '%s is another virtual host or protocol, and is noted',
    (value) => {
      const { env: variables, notes } = appWith({ VALUE: value });
      expect(variables).toBeUndefined();
      expect(notes.join()).toContain('VALUE: names mq, which becomes the part queue, in a form that has no reference');
    },
  );

  test.each(['http://mq:15672', 'mq:15672'])('%s is its HTTP API, which no service reaches', (value) => {
    const { env: variables, notes } = appWith({ VALUE: value });
    expect(variables).toBeUndefined();
    expect(notes.join()).toContain('VALUE: names the HTTP API of mq at port 15672, which no service reaches here');
  });

  test('a user and a virtual host that cannot be here are noted, and clients have those that there are', () => {
    const { base, services, notes } = imported(
      `services:
  mq: { image: "rabbitmq:4.0", environment: { RABBITMQ_DEFAULT_USER: guest, RABBITMQ_DEFAULT_VHOST: /moves } }
  app: { image: "x.io/a:1", environment: { URL: "amqp://guest:guest@mq:5672/%2fmoves" } }
`,
    );
    expect([base.queue, services.app.env]).toEqual([{}, { URL: { queue: 'url' } }]);
    expect(notes.join('\n')).toContain(':2: RABBITMQ_DEFAULT_USER guest: is kiosk here');
    expect(notes.join('\n')).toContain(':2: RABBITMQ_DEFAULT_VHOST /moves: is / here');
  });

  test('what it was told is told to its clients, and its password is none of theirs', () => {
    const { env: variables, notes } = appWith({
      RABBITMQ_HOST: 'mq',
      RABBITMQ_PORT: '5672',
      RABBITMQ_USER: 'mover',
      RABBITMQ_PASSWORD: 'hunter2',
      RABBITMQ_VHOST: 'moves',
    });
    expect(variables).toEqual({
      RABBITMQ_HOST: { queue: 'host' },
      RABBITMQ_PORT: { queue: 'port' },
      RABBITMQ_USER: { queue: 'user' },
      RABBITMQ_PASSWORD: { queue: 'password' },
      RABBITMQ_VHOST: { queue: 'vhost' },
    });
    expect(notes.join()).not.toContain('password of RabbitMQ');
    expect(appWith({ RABBITMQ_HOST: 'mq' }).notes.join()).toContain('password of RabbitMQ for app: RabbitMQ asks for');
  });

  test('its user and its virtual host are settings of the part; a second one is a service', () => {
    const server =
      '{ image: "rabbitmq:3-management", environment: { RABBITMQ_DEFAULT_USER: mover, RABBITMQ_DEFAULT_VHOST: / } }';
    const { base, services, notes } = imported(
      `services:\n  one: ${server}\n  two: ${server}\n  app: { image: "x.io/a:1", environment: { URL: "amqp://one" } }\n`,
    );
    expect(base.queue).toEqual({ user: 'mover' });
    expect(services.two).toMatchObject({ port: 5672, protocol: 'tcp' });
    expect(notes.join()).toContain('the part queue runs RabbitMQ 4.3, unless queue says image and tag');
  });
});

describe('secrets', () => {
  test.each([
    'PASSWORD',
    'API_KEY',
    'apiKey',
    'JWT_SECRET',
    'Jwt__SecretKey',
    'ACCESS_TOKEN',
    'SECRET_KEY_BASE',
    'AWS_SECRET_ACCESS_KEY',
  ])('%s', (name) => {
    const { env: variables, secrets } = appWith({ [name]: 'hunter2' });
    expect(variables).toBeUndefined();
    expect(secrets[name]).toEqual({ remote: expect.stringMatching(/^app\/[a-z-]+$/), about: `${name} of app` });
  });

  test.each([
    ['KEYCLOAK_URL', 'abc'],
    ['TOKEN_URL', 'abc'],
    ['ACCESS_TOKEN_EXPIRE_MINUTES', '30'],
    ['JWT_PUBLIC_KEY', 'abc'],
    ['MYSQL_ALLOW_EMPTY_PASSWORD', 'yes'],
    ['PASSWORD_MIN_LENGTH', '12345'],
    ['KEYBOARD', 'abc'],
  ])('%s is none', (name, value) => {
    expect(appWith({ [name]: value }).env).toEqual({ [name]: value });
  });

  test.each([
    'https://user:hunter2@example.com/',
    'Server=example.com;Database=x;Password=hunter2',
    '{"password": "hunter2"}',
    '--requirepass hunter2',
    '-Dspring.password=hunter2',
    'sk9f8Zk2LmQ7xR4tVb1Nc6Yp3W',
  ])('%s is one by its value, which is nowhere', (value) => {
    const { env: variables, secrets, notes } = appWith({ SETTING: value });
    expect([variables, Object.keys(secrets)]).toEqual([undefined, ['SETTING']]);
    expect(JSON.stringify([secrets, notes])).not.toMatch(/hunter2|sk9f8/);
  });

  test.each([
    '2024-01-15T10:00:00Z',
    'en-us-x-very-long-language-tag',
    '/usr/local/lib/python3/site',
    'docs.example.com',
  ])('%s is none', (value) => {
    expect(env(value)).toBe(value);
  });

  test('what has one value is one secret', () => {
    const { services } = imported(`services:
  server: { image: "mysql:8.0", environment: { MYSQL_PASSWORD: hunter2, MYSQL_ROOT_PASSWORD: "\${ROOT}" } }
  client: { image: "x.io/a:1", environment: { DB_PASSWORD: hunter2, ROOT_PASSWORD: "\${ROOT}", OTHER_PASSWORD: different } }
`);
    const remotes = Object.entries(services.client.secrets).map(([name, one]: Any) => [name, one.remote]);
    expect(remotes).toEqual([
      ['DB_PASSWORD', 'server/mysql-password'],
      ['ROOT_PASSWORD', 'server/mysql-root-password'],
      ['OTHER_PASSWORD', 'client/other-password'],
    ]);
  });
});

describe('texts', () => {
  test('numbers and words stay as they are written', () => {
    const { services } = imported(
      'services: { app: { image: "x.io/a:1", environment: { A: 1.50, B: 0755, C: yes, D: 1e3, E: "" } } }',
    );
    expect(services.app.env).toEqual({ A: '1.50', B: '0755', C: 'yes', D: '1e3', E: '' });
  });

  test('variables without a value are noted', () => {
    const { env: variables, notes } = appWith({ A: null, B: `\${B}`, C: `x-\${C}-y`, D: `\${D:-d}` });
    expect(variables).toEqual({ D: 'd' });
    expect(notes.filter((line: string) => line.includes('add it to env'))).toEqual([
      'compose.yaml:5: A: has no value here: add it to env of app',
      'compose.yaml:6: B: has no value here: add it to env of app',
      `compose.yaml:7: C: is x-\${C}-y, of which a variable has no value here: add it to env of app`,
    ]);
  });

  test('a URL of this machine is that of the edge, where it is the published port', () => {
    const { env: variables, notes } = appWith({ SITE: 'http://localhost/app', OTHER: 'http://localhost:3000' });
    expect(variables).toEqual({ SITE: { public: 'app', path: '/app' }, OTHER: 'http://localhost:3000' });
    expect(notes.join()).toContain('OTHER: names this machine, which is the pod itself in a cluster');
  });

  test('a server outside is noted, since nothing outside is reached unless it is said', () => {
    const { env: variables, notes } = appWith({
      PAYMENTS: 'https://api.example.net/v1',
      CORS_ORIGIN: 'https://example.com',
    });
    expect(variables.PAYMENTS).toBe('https://api.example.net/v1');
    expect(notes.filter((line: string) => line.includes('names'))).toEqual([
      'compose.yaml:5: PAYMENTS: names api.example.net, and nothing outside is reached unless it is said: connectsTo: ["api.example.net:443"], or an entry of external',
    ]);
  });

  test('the file of env_file is read below environment; a missing one is noted', () => {
    const { services, notes } = imported(
      'services: { app: { image: "x.io/a:1", env_file: [a.env, { path: none.env }, { path: other.env, required: false }], environment: { A: own } } }',
      {
        'a.env': `# comment\nexport A=file\nB="two words" # why\nC='$x'\nD=\${B} and more\n\nE=1 # one\n`,
        '.env': 'X=1\n',
      },
    );
    expect(services.app.env).toEqual({ A: 'own', B: 'two words', C: '$x', D: 'two words and more', E: '1' });
    expect(notes).toEqual([
      'compose.yaml:1: env_file none.env: does not exist here, so its variables are missing: add them to env and secrets',
    ]);
  });

  test('a service that connects to nothing does not name itself', () => {
    const { services, notes } = imported(
      'services: { kafka: { image: "apache/kafka:3.9.0", environment: { LISTENERS: "PLAINTEXT://kafka:9092", ID: 1 } } }',
    );
    expect(services.kafka.env).toEqual({ ID: '1' });
    expect(notes.join()).toContain('LISTENERS: names kafka itself');
  });
});
