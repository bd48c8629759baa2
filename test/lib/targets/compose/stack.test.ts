import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { registry } from '../../../../charts';
import { describeEnvironments } from '../../../../lib/pipeline/environments';
import { composeOf } from '../../../../lib/targets/compose/compose';
import type { ComposeDocument } from '../../../../lib/targets/compose/document';
import { stackOf } from '../../../../lib/targets/compose/stack';
import { type Any, folderWith, PROJECT } from '../../../support';

const RESOURCES = {
  limits: { memory: '128M' },
  reservations: { cpus: '0.1', memory: '64M' },
};
const service = (more: object = {}) => ({
  image: 'example.com/app:v1.0.0',
  user: '10001:10001',
  restart: 'unless-stopped',
  networks: ['a_b'],
  cpu_quota: 50_000,
  deploy: { resources: RESOURCES },
  ...more,
});

/** The stack of a compose file with these services. */
function stacked(
  services: Record<string, object>,
  more: { volumes?: Any; files?: Any; secrets?: Any; data?: string[] } = {},
) {
  const { volumes = {}, files = {}, secrets = {}, data = [] } = more;
  const document = { name: 'kiosk-prod', services, networks: { a_b: { internal: true } }, volumes } as ComposeDocument;
  const made = stackOf(document, {
    files: new Map(Object.entries(files)),
    secrets: new Map(Object.entries(secrets)),
    data: new Set(data),
  });
  return { ...(made.stack as Any), contents: made.secrets };
}

describe('the stacks of the fixtures', () => {
  const systems = [
    ['prod', 'pliers'],
    ['staging', 'three-tier'],
  ] as const;
  const described = describeEnvironments(registry, PROJECT, ['prod', 'staging']);
  const proxy = { http: 80, https: 443, image: 'docker.io/library/traefik', tag: 'v3.7.13', email: 'ops@example.com' };

  describe.each(systems)('%s/%s', (environment, system) => {
    const model = described.find((one) => one.environment === environment && one.system === system)?.model as Any;
    const options = { ports: {}, env: {}, build: {}, proxy };
    const files = composeOf(model, { ...options, stack: true });
    const compose = parse(files.get('compose.yaml') as string) as Any;
    const stack = parse(files.get('stack.yaml') as string) as Any;
    const both = Object.entries<Any>(stack.services).map(([name, own]) => [name, own, compose.services[name]] as const);

    test('the compose file is the same with and without it', () => {
      expect(composeOf(model, options).get('compose.yaml')).toBe(files.get('compose.yaml'));
    });

    test('all services but those that monitor are in it', () => {
      const kept = Object.entries<Any>(compose.services).filter(
        ([, { profiles }]) => !profiles?.includes('monitoring'),
      );
      expect(Object.keys(stack.services)).toEqual(kept.map(([name]) => name));
    });

    test.each(['image', 'environment', 'read_only', 'cap_drop', 'cap_add', 'stop_grace_period'])(
      '%s is the same',
      (key) => {
        for (const [name, own, other] of both.filter(([one]) => one !== 'prepare'))
          expect([name, own[key]]).toEqual([name, other[key]]);
      },
    );

    test('ports are the same, of the node itself', () => {
      const short = (ports: Any[] = []) => ports.map(({ published, target }) => `${published}:${target}`);
      for (const [name, own, other] of both) expect([name, short(own.ports)]).toEqual([name, other.ports ?? []]);
      expect(stack.services.proxy.ports.map(({ mode }: Any) => mode)).toEqual(['host', 'host']);
    });

    test('two services share a network exactly where they do in the compose file', () => {
      for (const [name, own, { networks, network_mode: mode = '' }] of both) {
        const shared = compose.services[mode.replace('service:', '')]?.networks;
        expect([name, own.networks]).toEqual([name, networks ?? shared ?? [`${name}_alone`]]);
        for (const network of own.networks)
          expect([network, stack.networks[network]]).toEqual([
            network,
            compose.networks[network] ?? { internal: true },
          ]);
      }
    });

    test('resources and replicas are the same', () => {
      for (const [name, { deploy }, other] of both.filter(([one]) => one !== 'prepare')) {
        const { cpus = String(other.cpu_quota / 100_000), memory } = other.deploy.resources.limits;
        expect([name, deploy.resources.limits]).toEqual([name, { cpus, memory }]);
        const { devices, ...reserved } = other.deploy.resources.reservations;
        expect([name, deploy.resources.reservations]).toEqual([name, expect.objectContaining(reserved)]);
        expect([name, 'generic_resources' in deploy.resources.reservations]).toEqual([name, devices !== undefined]);
        expect([name, deploy.replicas]).toEqual([name, other.deploy.replicas]);
      }
    });

    test('every config is a file that is written, and every file of the compose file is mounted', () => {
      const paths = Object.values<Any>(stack.configs).map(({ file }) => file.slice(2));
      expect(paths.filter((path) => !files.has(path))).toEqual([]);
      const left = [...files.keys()].filter((path) => path.startsWith('files/') && !paths.includes(path));
      expect(left.filter((path) => !/^files\/(proxy|prometheus|grafana)\//.test(path))).toEqual([]);
    });

    test('names of configs and secrets have 64 characters at most', () => {
      const names = [stack.configs, stack.secrets, stack.volumes].flatMap((all) => Object.values<Any>(all ?? {}));
      const long = names.flatMap(({ name }) => (name ? [name.replace(`\${SECRETS:-1}`, '999')] : []));
      expect(long.filter((name) => !/^[a-zA-Z0-9][\w.{}-]{0,80}$/.test(name))).toEqual([]);
      expect(long.filter((name) => name.replace('{{.Task.Slot}}', '99').length > 64)).toEqual([]);
    });

    test('the proxy asks services by their names, without checks of its own', () => {
      const routes = parse(files.get('files/stack/routes.yaml') as string) as Any;
      const servers = Object.values<Any>(routes.http.services).map(({ loadBalancer }) => loadBalancer);
      expect(servers).toContainEqual({ servers: [{ url: expect.stringMatching(/^http:\/\/api:\d+$/) }] });
      expect(servers.filter(({ healthCheck }) => healthCheck)).toEqual([]);
      const { configs } = stack.services.proxy;
      expect(stack.configs[configs[0].source].file).toBe('./files/stack/routes.yaml');
    });

    test('deploy.sh makes the secrets that are missing, with the values of .env, and deploys', () => {
      const folder = folderWith({
        'deploy.sh': files.get('deploy.sh') as string,
        '.env': (files.get('.env.example') as string).replace(/=$/gm, "='a $b\"`c'"),
        'bin/docker': `#!/bin/sh
case "$*" in
  'secret inspect '*_BACKUP_*) ;;
  'secret inspect '*) exit 1 ;;
  'secret create '*) echo "$3 $(cat)" >>made ;;
  *) echo "$*" ;;
esac
`,
      });
      const env = { ...process.env, PATH: `${folder}/bin:${process.env.PATH}` };
      chmodSync(join(folder, 'bin/docker'), 0o755);
      const { status, stdout } = spawnSync('sh', [join(folder, 'deploy.sh'), '--prune'], { env, encoding: 'utf8' });
      const project = `${system}-${environment}`;
      expect([status, stdout]).toEqual([0, `stack deploy --detach --compose-file stack.yaml --prune ${project}\n`]);
      const secrets = Object.values<Any>(stack.secrets).map(({ name }) => name.replace(`\${SECRETS:-1}`, '1'));
      const made = readFileSync(join(folder, 'made'), 'utf8').trim().split('\n');
      expect(made).toEqual(
        secrets
          .filter((name) => !name.includes('_BACKUP_'))
          .map((name) =>
            name.includes('_revision_') ? expect.stringMatching(/^\S+ 1-[0-9a-f]{8}$/) : `${name} a $b"\`c`,
          ),
      );
    });

    test('the head names the tasks that cron starts, with the containers before them', () => {
      expect(files.get('stack.yaml')).toMatch(/^# {3}\d+ \d+ \* \* \* UTC {2}backup-restic, then backup$/m);
    });
  });
});

describe('where a service runs', () => {
  const data = ['db-data'];
  const volumes = { 'db-data': {}, shared: {}, 'api-cache': {}, tools: {} };
  const { services } = stacked(
    {
      db: service({ volumes: ['db-data:/data:nocopy', 'tools:/berth/tools:ro,nocopy'] }),
      api: service({ volumes: ['api-cache:/cache:nocopy', 'tools:/berth/tools:ro,nocopy'] }),
      one: service({ volumes: ['shared:/a:nocopy'] }),
      other: service({ volumes: ['shared:/b:nocopy'] }),
      prepare: service({
        restart: 'no',
        network_mode: 'none',
        networks: undefined,
        volumes: ['db-data:/volumes/db-data'],
      }),
    },
    { volumes, data },
  );

  test('what has data or shares files is on the node with the label of the stack', () => {
    const place = { constraints: ['node.labels.kiosk-prod==data'] };
    expect(services.db.deploy.placement).toEqual(place);
    expect(services.one.deploy.placement).toEqual(place);
    expect(services.other.deploy.placement).toEqual(place);
  });

  test('what has scratch space alone is anywhere', () => {
    expect(services.api.deploy.placement).toBeUndefined();
  });

  test('volumes are prepared on every node, by a task that reaches nothing', () => {
    expect(services.prepare.deploy.mode).toBe('global-job');
    expect(services.prepare.networks).toEqual(['prepare_alone']);
  });

  test('a new task starts before the old one ends, except where both would have the same data', () => {
    expect(services.api.deploy.update_config.order).toBe('start-first');
    expect(services.db.deploy.update_config.order).toBe('stop-first');
  });
});

test('the proxy waits until it may write its certificates, in an image without a shell', () => {
  const { services } = stacked({
    proxy: service({ command: ['--ping=true'], volumes: ['certificates:/certificates'] }),
  });
  const { entrypoint, command, volumes } = services.proxy;
  expect(entrypoint.slice(0, 3)).toEqual(['/berth/tools/busybox', 'sh', '-c']);
  expect(entrypoint[3]).toContain('until [ -w /certificates ]');
  expect(command).toEqual(['--ping=true']);
  expect(volumes).toEqual(['certificates:/certificates', 'tools:/berth/tools:ro,nocopy']);
  expect(stacked({ proxy: service() }).services.proxy.entrypoint).toBeUndefined();
});

describe('tasks', () => {
  const { services } = stacked({
    single: service({ restart: 'no' }),
    lock: service({ restart: 'no' }),
    'lock-migrate': service({ restart: 'no', networks: undefined, network_mode: 'service:lock' }),
    backup: service({ restart: 'no', profiles: ['jobs'] }),
  });
  const restartOf = (name: string) => services[name].deploy.restart_policy.condition;

  test('one is tried again until it succeeds', () => {
    expect(services.single.deploy).toMatchObject({
      mode: 'replicated-job',
      restart_policy: { condition: 'on-failure' },
    });
    expect(services.single.deploy.update_config).toBeUndefined();
  });

  test('containers that meet at their start are tried once, in the same networks', () => {
    expect(['lock', 'lock-migrate'].map(restartOf)).toEqual(['none', 'none']);
    expect(services['lock-migrate'].networks).toEqual(['a_b']);
  });

  test('one with a schedule waits until a command takes its constraint away', () => {
    expect(services.backup.deploy.placement.constraints).toEqual(['node.labels.kiosk-prod==on-demand']);
    expect(restartOf('backup')).toBe('none');
  });
});

describe('files', () => {
  const token = { TOKEN: `\${BANK_TOKEN:?see .env.example}`, URL: `https://x:\${BANK_TOKEN:?see .env.example}@bank` };
  const made = (text: string) =>
    stacked(
      {
        api: service({
          volumes: [
            './files/settings:/etc/berth/settings:ro',
            './files/nginx:/etc/nginx/conf.d:ro',
            './files/one/a.txt:/srv/a.txt:ro',
            'secret-bank:/etc/bank:ro,nocopy',
            { type: 'volume', source: 'secret-bank', target: '/srv/token', volume: { nocopy: true, subpath: 'TOKEN' } },
          ],
        }),
      },
      {
        files: {
          'files/settings/a.conf': text,
          'files/nginx/x.conf': 'x',
          'files/one/a.txt': 'a',
          'files/onetwo/b': 'b',
        },
        secrets: { 'secret-bank': token },
      },
    );
  const { services, configs, secrets, contents, volumes } = made('a');
  const { api } = services;

  test('each file is a config, whose name changes with its content', () => {
    const targets = api.configs.map(({ target }: Any) => target);
    expect(targets).toEqual(['/etc/berth/settings/a.conf', '/etc/nginx/conf.d/x.conf', '/srv/a.txt']);
    expect(Object.values<Any>(configs).map(({ file }) => file)).toEqual([
      './files/settings/a.conf',
      './files/nginx/x.conf',
      './files/one/a.txt',
    ]);
    const [first, ...others] = Object.keys(configs);
    const [changed, ...same] = Object.keys(made('b').configs);
    expect([changed === first, same]).toEqual([false, others]);
  });

  test('a folder that an image may have is hidden, as in the compose file', () => {
    expect(api.volumes).toEqual([
      { type: 'volume', source: 'api-etc-nginx-conf-d', target: '/etc/nginx/conf.d', volume: { nocopy: true } },
    ]);
    expect(volumes['api-etc-nginx-conf-d'].driver_opts.o).toBe('size=1m,mode=0755');
  });

  test('a file of a Secret is a secret that exists outside of the stack, and no file has its value', () => {
    expect(api.secrets.map(({ target, mode }: Any) => [target, mode])).toEqual([
      ['/etc/bank/TOKEN', 0o444],
      ['/etc/bank/URL', 0o444],
      ['/srv/token', 0o444],
    ]);
    const names = Object.keys(secrets);
    expect(names).toEqual([
      expect.stringMatching(/^kiosk-prod_BANK_TOKEN_/),
      expect.stringMatching(/^kiosk-prod_URL_/),
    ]);
    expect(secrets[names[0] as string]).toEqual({ external: true, name: `${names[0]}_\${SECRETS:-1}` });
    expect([...contents.values()]).toEqual(Object.values(token));
  });
});

describe('a service', () => {
  test('scratch space that everyone may write to is of Swarm, other space a volume for each slot', () => {
    const { services, volumes } = stacked({
      web: service({ tmpfs: ['/tmp:size=64m,uid=101,gid=101,mode=1777', '/run:size=1m,uid=101,gid=101,mode=0755'] }),
    });
    expect(services.web.volumes).toEqual([
      { type: 'tmpfs', target: '/tmp', tmpfs: { size: 64 * 2 ** 20 } },
      { type: 'volume', source: 'web-run', target: '/run', volume: { nocopy: true } },
    ]);
    expect(volumes['web-run'].name).toMatch(/^kiosk-prod_web-run_[0-9a-f]{8}_\{\{\.Task\.Slot\}\}$/);
    expect(services.web.deploy.update_config.order).toBe('stop-first');
  });

  test('what has to run after the start runs before the first health check succeeds', () => {
    const { services } = stacked({
      db: service({
        healthcheck: { test: ['CMD', 'pg_isready', '-h', "it's"], interval: '5s' },
        post_start: [{ command: ['/bin/sh', '/start.sh'] }],
      }),
    });
    const [kind, text] = services.db.healthcheck.test;
    expect([kind, services.db.healthcheck.interval]).toEqual(['CMD-SHELL', '5s']);
    const folder = folderWith({ 'start.sh': 'echo started >>log\n' });
    const local = text
      .replaceAll('/dev/shm/started', join(folder, 'marker'))
      .replace('/start.sh', join(folder, 'start.sh'));
    const check = local.replace("'pg_isready'", 'echo');
    const run = () => spawnSync('/bin/sh', ['-c', check], { cwd: folder, encoding: 'utf8' });
    expect([run(), run()].map(({ status, stdout }) => [status, stdout])).toEqual([
      [0, "-h it's\n"],
      [0, "-h it's\n"],
    ]);
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('started\n');
    writeFileSync(join(folder, 'start.sh'), 'exit 1\n');
    spawnSync('rm', [join(folder, 'marker')]);
    expect(run().status).toBe(1);
  });

  test('a group of its volumes is its group, since a stack adds none', () => {
    expect(stacked({ task: service({ group_add: ['2000'] }) }).services.task.user).toBe('10001:2000');
  });
});
