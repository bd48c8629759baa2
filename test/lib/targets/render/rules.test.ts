import { parse } from 'yaml';
import { immutableChanges } from '../../../../lib/targets/render/immutable';
import { refusalsOf } from '../../../../lib/targets/render/rules';

const WEB = 'type: web, name: api, runtime: docker, plan: starter';

/** What is said of a Blueprint with one service. */
const ofService = (fields: string) => refusalsOf(parse(`services: [{ ${fields} }]`));

test.each([
  ['a service without a runtime', 'type: web, name: api', 'api: runtime: expected one, such as docker'],
  ['an unknown field', `${WEB}, ports: [80]`, 'api: Unrecognized key: "ports"'],
  [
    'an unknown plan',
    'type: web, name: api, runtime: docker, plan: tiny',
    'api: plan: expected one of free, starter, 0.5c-512mb, standard, 1c-2g, pro, 2c-4g, pro plus, pro max, pro ultra',
  ],
  [
    'an image that is not named',
    'type: web, name: api, runtime: image',
    'api: image: expected image.url with runtime image',
  ],
  [
    'a static site without its files',
    'type: web, name: api, runtime: static',
    'api: runtime: static is for type web, with staticPublishPath',
  ],
  [
    'a cron job without a schedule',
    'type: cron, name: api, runtime: docker',
    'api: schedule: expected one with type cron',
  ],
  [
    'a health check of what is not public',
    'type: pserv, name: api, runtime: docker, healthCheckPath: /health',
    'api: healthCheckPath: a pserv has none, type web does',
  ],
  [
    'a domain of what is not public',
    'type: worker, name: api, runtime: docker, domains: [a.example.com]',
    'api: domains: a worker has none, type web does',
  ],
  [
    'a store that is open to everyone',
    'type: keyvalue, name: api',
    'api: ipAllowList: expected a list; [] is the private network alone',
  ],
  [
    'both kinds of scaling',
    `${WEB}, numInstances: 2, scaling: { minInstances: 1, maxInstances: 2, targetCPUPercent: 70 }`,
    'api: scaling: given with numInstances, expected one of both',
  ],
  [
    'scaling by nothing',
    `${WEB}, scaling: { minInstances: 1, maxInstances: 2 }`,
    'api: scaling: expected targetCPUPercent, targetMemoryPercent, or both',
  ],
  [
    'a shutdown that takes too long',
    `${WEB}, maxShutdownDelaySeconds: 301`,
    'api: maxShutdownDelaySeconds: expected 1 to 300',
  ],
  [
    'a free private service',
    'type: pserv, name: api, runtime: docker, plan: free',
    'api: plan: free has not type pserv, expected starter or a larger plan',
  ],
  [
    'a free service with several instances',
    'type: web, name: api, runtime: docker, plan: free, numInstances: 2',
    'api: plan: free has not more than one instance, expected starter or a larger plan',
  ],
  [
    'a free service with a disk',
    'type: web, name: api, runtime: docker, plan: free, disk: { name: data, mountPath: /data }',
    'api: plan: free has not a disk, expected starter or a larger plan',
  ],
  [
    'a free service with a command before its deploy',
    'type: web, name: api, runtime: docker, plan: free, preDeployCommand: ./migrate',
    'api: plan: free has not preDeployCommand, expected starter or a larger plan',
  ],
  [
    'a disk of several instances',
    `${WEB}, numInstances: 2, disk: { name: data, mountPath: /data }`,
    'api: disk: only one instance can have it, expected numInstances 1 and no scaling',
  ],
  [
    'a disk of a scaled service',
    `${WEB}, scaling: { minInstances: 1, maxInstances: 2, targetCPUPercent: 70 }, disk: { name: data, mountPath: /data }`,
    'api: disk: only one instance can have it, expected numInstances 1 and no scaling',
  ],
  [
    'a disk in the place of system files',
    `${WEB}, disk: { name: data, mountPath: /etc }`,
    'api: disk.mountPath: /etc is not allowed, expected an absolute path such as /data',
  ],
  [
    'data beside the disk',
    `${WEB}, disk: { name: data, mountPath: /data }, envVars: [{ key: DATA_PATH, value: /database }]`,
    'api: envVars.DATA_PATH: /database is below no disk, and lost with each deploy; expected a folder below disk.mountPath',
  ],
  [
    'a reserved port',
    `${WEB}, envVars: [{ key: PORT, value: 18012 }]`,
    'api: envVars.PORT: 18012 is reserved, expected another port',
  ],
  [
    'a private service at the port of public traffic',
    'type: pserv, name: api, runtime: docker, envVars: [{ key: PORT, value: 10000 }]',
    'api: envVars.PORT: other services cannot reach 10000, expected another port',
  ],
  [
    'migrations in the start command',
    `${WEB}, dockerCommand: sh -c 'alembic upgrade head && uvicorn main:app'`,
    'api: dockerCommand: every instance would migrate, expected migrations in preDeployCommand',
  ],
  [
    'migrations with a configuration of their own in the start command',
    `${WEB}, dockerCommand: sh -c 'alembic -c backend/alembic.ini upgrade head && uvicorn main:app'`,
    'api: dockerCommand: every instance would migrate, expected migrations in preDeployCommand',
  ],
  [
    'the value of a secret',
    `${WEB}, envVars: [{ key: JWT_SECRET, value: abc }]`,
    'api: envVars.JWT_SECRET: given a value, expected generateValue or sync: false',
  ],
  [
    'a password in a URL',
    `${WEB}, envVars: [{ key: CACHE, value: "redis://:abc@cache:6379" }]`,
    'api: envVars.CACHE: given a password in a URL, expected fromDatabase or fromService',
  ],
  [
    'a variable with two origins',
    `${WEB}, envVars: [{ key: A, value: b, sync: false }]`,
    'api: envVars.0: expected a key with one of value, generateValue, sync, fromDatabase, fromService, or fromGroup alone',
  ],
  [
    'a database that there is not',
    `${WEB}, envVars: [{ key: A, fromDatabase: { name: db, property: host } }]`,
    'api: envVars.A: no database is named db',
  ],
  [
    'a service that there is not',
    `${WEB}, envVars: [{ key: A, fromService: { name: b, type: web, property: host } }]`,
    'api: envVars.A: no service is named b',
  ],
  [
    'a group that there is not',
    `${WEB}, envVars: [{ fromGroup: shared }]`,
    'api: envVars.shared: no group is named shared',
  ],
])('%s is refused', (_, fields, expected) => {
  expect(ofService(fields)).toEqual([expected]);
});

test.each([
  [
    'a database that is open to everyone',
    'databases: [{ name: db, plan: basic-256mb }]',
    'db: ipAllowList: expected a list: without it every address may connect; [] is the private network alone',
  ],
  [
    'a plan of older databases',
    'databases: [{ name: db, plan: starter, ipAllowList: [] }]',
    'db: plan: expected a plan of new databases such as basic-256mb; those of older ones cannot be chosen any more',
  ],
  [
    'a size that there is not',
    'databases: [{ name: db, plan: basic-256mb, diskSizeGB: 7, ipAllowList: [] }]',
    'db: diskSizeGB: expected 1, or a multiple of 5',
  ],
  [
    'a pool of a free database',
    'databases: [{ name: db, plan: free, connectionPool: pgbouncer, ipAllowList: [] }]',
    'db: connectionPool: the plan free has none',
  ],
  [
    'the pool of a database without one',
    `services: [{ ${WEB}, envVars: [{ key: A, fromDatabase: { name: db, property: connectionPoolString } }] }]\ndatabases: [{ name: db, ipAllowList: [] }]`,
    'api: envVars.A: db has no connectionPool',
  ],
  [
    'a secret of a group that a person would enter',
    'envVarGroups: [{ name: shared, envVars: [{ key: A, sync: false }] }]',
    'shared: envVars.A: a group takes value and generateValue alone',
  ],
  [
    'a private address for browsers',
    `services: [{ ${WEB}, envVars: [{ key: VITE_API, fromService: { name: api, type: web, property: hostport } }] }]`,
    'api: envVars.VITE_API: browsers cannot reach the private name of api, expected its public address, or a path of the same site',
  ],
  [
    'private traffic to a free service',
    `services: [{ ${WEB}, envVars: [{ key: A, fromService: { name: b, type: web, property: host } }] }, { type: web, name: b, runtime: docker, plan: free }]`,
    'b: plan: a free service receives no private traffic, expected starter or a larger plan',
  ],
  [
    'a reference to another type',
    `services: [{ ${WEB}, envVars: [{ key: A, fromService: { name: api, type: pserv, property: host } }] }]`,
    'api: envVars.A: api is of type web, given pserv',
  ],
  [
    'a variable that the other service has not',
    `services: [{ ${WEB}, envVars: [{ key: A, fromService: { name: api, type: web, envVarKey: B } }] }]`,
    'api: envVars.A: api has no variable B',
  ],
  ['two of one name', `services: [{ ${WEB} }, { ${WEB} }]`, 'api: given twice'],
  [
    'two regions',
    `services: [{ ${WEB}, region: ohio }]\ndatabases: [{ name: db, region: oregon, ipAllowList: [] }]`,
    'region: given ohio and oregon, expected one, since private names are of one region',
  ],
])('%s is refused', (_, text, expected) => {
  expect(refusalsOf(parse(text))).toEqual([expected]);
});

test('every mistake is told at once', () => {
  expect(ofService('type: pserv, name: api, plan: free, envVars: [{ key: API_KEY, value: abc }]')).toHaveLength(3);
});

test.each([
  ['nothing', undefined],
  ['a text', 'services'],
  ['a list', []],
  ['services that are no list', { services: {} }],
  ['a service that is none', { services: [null] }],
  ['a number for a path', { services: [{ type: 'web', name: 'api', rootDir: 'a', dockerContext: 5 }] }],
])('%s is no Blueprint', (_, value) => {
  expect(refusalsOf(value)).not.toEqual([]);
});

describe('what the seeds draw', () => {
  /** Salient as its seed has it: a folder for each service, the whole repository as context, and the UI with the host of the API. */
  const salient = `
    services:
      - &api
        type: web
        name: chat
        runtime: docker
        rootDir: services/chat
        dockerfilePath: ./Dockerfile
        dockerContext: ../../
        plan: starter
        healthCheckPath: /health
        envVars:
          - { key: DATABASE_URL, fromDatabase: { name: main, property: connectionString } }
          - { key: PYTHON_ENV, value: production }
      - <<: *api
        name: admin
        rootDir: services/admin
        envVars:
          - { key: DATABASE_URL, fromDatabase: { name: main, property: connectionString } }
          - { key: JWT_SECRET, generateValue: true }
          - { key: ACCESS_TOKEN_EXPIRE_MINUTES, value: 15 }
      - type: web
        name: ui
        runtime: docker
        rootDir: services/ui
        dockerfilePath: ./Dockerfile
        plan: starter
        envVars: [{ key: PUBLIC_ADMIN_API_URL, fromService: { name: admin, type: web, property: host } }]
    databases: [{ name: main, databaseName: production, plan: starter, ipAllowList: [] }]`;

  test('Salient: builds miss files, browsers get a private name, and the plan of the database is an old one', () => {
    expect(refusalsOf(parse(salient, { merge: true }))).toEqual([
      'main: plan: expected a plan of new databases such as basic-256mb; those of older ones cannot be chosen any more',
      'chat: rootDir: files outside services/chat are missing in the build, and dockerContext ../../ needs them; expected no rootDir',
      'admin: rootDir: files outside services/admin are missing in the build, and dockerContext ../../ needs them; expected no rootDir',
      'ui: envVars.PUBLIC_ADMIN_API_URL: browsers cannot reach the private name of admin, expected its public address, or a path of the same site',
    ]);
  });

  test('Salient, the first sketch: its database is open to the Internet, too', () => {
    const sketch = parse(salient, { merge: true });
    delete sketch.databases[0].ipAllowList;
    expect(refusalsOf(sketch)).toContain(
      'main: ipAllowList: expected a list: without it every address may connect; [] is the private network alone',
    );
  });

  test('Salient: private addresses at 10000 are of nobody', () => {
    const blueprint = `
      services:
        - { type: pserv, name: pooler, runtime: docker, plan: starter, envVars: [{ key: PORT, value: 10000 }] }
        - { ${WEB}, envVars: [{ key: POOLER, fromService: { name: pooler, type: pserv, property: hostport } }] }`;
    expect(refusalsOf(parse(blueprint))).toEqual([
      'pooler: envVars.PORT: other services cannot reach 10000, expected another port',
    ]);
  });

  test('Ephitup: no runtime, data on no disk, and the password of the database in the file', () => {
    const ephitup = `
      services:
        - type: web
          name: notebook
          envVars: [{ key: DATA_PATH, value: /mydata }, { key: SURREAL_PASSWORD, value: root }]`;
    expect(refusalsOf(parse(ephitup))).toEqual([
      'notebook: runtime: expected one, such as docker',
      'notebook: envVars.DATA_PATH: /mydata is below no disk, and lost with each deploy; expected a folder below disk.mountPath',
      'notebook: envVars.SURREAL_PASSWORD: given a value, expected generateValue or sync: false',
    ]);
  });
});

describe('what Render never changes', () => {
  const before = parse(`
    services: [{ ${WEB} }]
    databases: [{ name: db, databaseName: one, user: me, region: ohio, postgresMajorVersion: "16" }]`);

  test.each([
    [
      'the type of a service',
      (one: typeof before) => Object.assign(one.services[0], { type: 'pserv' }),
      'api: type: given pserv, and Render has web',
    ],
    [
      'the runtime of a service',
      (one: typeof before) => Object.assign(one.services[0], { runtime: 'image' }),
      'api: runtime: given image, and Render has docker',
    ],
    [
      'the name of a database in the server',
      (one: typeof before) => Object.assign(one.databases[0], { databaseName: 'two' }),
      'db: databaseName: given two, and Render has one',
    ],
    [
      'the user of a database',
      (one: typeof before) => Object.assign(one.databases[0], { user: 'you' }),
      'db: user: given you, and Render has me',
    ],
    [
      'the region of a database',
      (one: typeof before) => Object.assign(one.databases[0], { region: 'oregon' }),
      'db: region: given oregon, and Render has ohio',
    ],
    [
      'the major of a database',
      (one: typeof before) => Object.assign(one.databases[0], { postgresMajorVersion: '17' }),
      'db: postgresMajorVersion: given 17, and Render has 16',
    ],
    [
      'the name of a database',
      (one: typeof before) => Object.assign(one.databases[0], { name: 'other' }),
      'db: the database has another name now, and Render would make a new, empty one',
    ],
  ])('%s is told', (_, change, expected) => {
    const after = structuredClone(before);
    change(after);
    expect(immutableChanges(before, after)).toEqual([expect.stringContaining(expected)]);
  });

  test('the rest may change, and so may what is new or gone', () => {
    const after = structuredClone(before);
    Object.assign(after.services[0], { plan: 'pro', name: 'web' });
    after.databases = [];
    expect(immutableChanges(before, after)).toEqual([]);
    expect(immutableChanges({}, before)).toEqual([]);
  });
});
