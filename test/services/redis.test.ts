import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment } from '../../lib/config/environment';
import { ConfigMap } from '../../lib/constructs/config-map';
import { Job } from '../../lib/constructs/job';
import { Secrets } from '../../lib/constructs/secrets/secrets';
import { Workload } from '../../lib/constructs/workload';
import type { ManifestObject } from '../../lib/manifests/object';
import { Config } from '../../lib/model/config';
import { addresses } from '../../lib/model/connection';
import type { Placement } from '../../lib/model/kubernetes';
import { Secret } from '../../lib/model/secret';
import {
  type RedisBackupProps,
  redisBackup,
  redisBackupScripts,
  redisRestore,
  redisRestoreDrill,
} from '../../lib/parts/redis/backup';
import { maxMemory, redis, redisConfig } from '../../lib/parts/redis/redis';
import { redis as redisSettings } from '../../lib/parts/redis/settings';
import { redisStore } from '../../lib/parts/redis/store';
import { synthesize } from '../construct';
import {
  ExternalSecrets,
  type Lab,
  type Output,
  openLab,
  type Pod,
  type Result,
  type StartOptions,
  serveS3,
  until,
} from './lab';
import { IMAGES } from './lab/images';

const system = 'shop';
const namespace = 'shop-data';
const placement: Placement = { acrossZones: 'ScheduleAnyway', imagePullSecrets: [] };

/** Every printable character with a special meaning in a shell, in Redis or in JSON. */
const HOSTILE = `'"@/:%\\ $(id)\`id\`;--?#&=+é {}[]~`;
const STORE = { RESTIC_PASSWORD: `restic ${HOSTILE}`, AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'store secret' };
const PASSWORDS = { REDIS_PASSWORD: `application ${HOSTILE}`, BACKUP_PASSWORD: `backup ${HOSTILE}` };
/** What an application gives, whatever stands at the end of what is stored. */
const APPLICATION = { REDISCLI_AUTH: PASSWORDS.REDIS_PASSWORD };
const LIMIT = '128Mi';
const DAY = 86_400;

function secret(name: string, values: Readonly<Record<string, string>>): Secret {
  const given = Object.entries(values).map(([key, development]) => [key, { remote: `${name}/${key}`, development }]);
  const source = { kind: 'development', revision: 1 } as const;
  return new Secret({ namespace, name, externalName: name, source, values: Object.fromEntries(given) });
}

/** As `echo` stores them. */
const withLineBreaks = Object.fromEntries(Object.entries(PASSWORDS).map(([key, password]) => [key, `${password}\n`]));
const passwords = secret('redis-passwords', withLineBreaks);
const store = secret('backup-credentials', STORE);
const config = redisConfig({ namespace, memory: LIMIT, maxClients: 50 });
/** A Redis with a slow dump. */
const slowly = new Config(namespace, 'slow-config', {
  ...config.data,
  'settings.conf': `${config.data['settings.conf']}rdb-key-save-delay 100\n`,
});
const small = redisConfig({ namespace, name: 'cache-config', memory: LIMIT, keep: false });
const [server, slow, cache] = (
  [
    ['redis', config, '1Gi'],
    ['slow', slowly, '1Gi'],
    ['cache', small, undefined],
  ] as const
).map(([name, from, size]) =>
  redis({
    system,
    namespace,
    name,
    image: { image: 'docker.io/library/redis', tag: '7-alpine' },
    password: { secret: passwords, key: 'REDIS_PASSWORD' },
    backupPassword: size && { secret: passwords, key: 'BACKUP_PASSWORD' },
    config: from,
    resources: { cpu: { request: '100m', limit: '1' }, memory: { request: '64Mi', limit: LIMIT } },
    size,
  }),
) as [ReturnType<typeof redis>, ReturnType<typeof redis>, ReturnType<typeof redis>];

const BUCKET = 's3:https://s3.example.test:9000/bucket';
const repository = (name: string) => `${BUCKET}/${name}/redis`;

function objects(): ManifestObject[] {
  const scripts = redisBackupScripts(namespace);
  const props = (of: typeof server): RedisBackupProps => ({
    system,
    namespace,
    server: of,
    password: { secret: passwords, key: 'BACKUP_PASSWORD' },
    restic: { image: 'docker.io/restic/restic', tag: '0.18.0' },
    repository: {
      url: `${BUCKET}/shop`,
      env: store.pick('RESTIC_PASSWORD', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'),
      mounts: [],
      connectsTo: [addresses('the store', ['10.0.0.0/8'], 9000)],
      volumes: [],
    },
    host: 'shop-test',
  });
  const nightly = { hour: 2, keep: { daily: 7, weekly: 4, monthly: 12 } };
  const tasks = [
    redisBackup({ ...props(server), ...nightly }),
    redisBackup({ ...props(slow), ...nightly }),
    redisRestoreDrill({ ...props(server), hour: 2, drill: { rpo: DAY, rto: 3600 } }),
    redisRestore(props(server)),
  ];
  return synthesize((chart) => {
    for (const one of [config, slowly, small, scripts]) new ConfigMap(chart, one.name, { system, config: one });
    new Secrets(chart, 'secrets', { system, secrets: [passwords, store] });
    for (const component of [server, slow, cache]) new Workload(chart, component.name, { component, placement });
    for (const task of tasks) new Job(chart, task.name, { task, placement });
  });
}

let lab: Lab;
let pod: Pod;
let person: Pod;
const folder = mkdtempSync(join(tmpdir(), 'berth-redis-'));
const bucket = () => join(lab.folder('s3'), 'bucket');

async function checked(output: Promise<Output>): Promise<string> {
  const { code, stdout, stderr } = await output;
  if (code !== 0) throw new Error(stderr || stdout);
  return stdout.trimEnd();
}

/** redis-cli in the server's pod, as an application. */
const cli = (...argv: string[]) => checked(pod.exec(['redis-cli', '-e', ...argv], { env: APPLICATION }));
/** Several commands, a line each. */
const feed = (lines: string, ...argv: string[]) =>
  checked(pod.exec(['redis-cli', ...argv], { stdin: lines, env: APPLICATION }));
const refused = (...argv: string[]) =>
  cli(...argv).then(
    (said) => `allowed: ${said}`,
    ({ message }) => message as string,
  );
const asBackup = (...argv: string[]) =>
  checked(
    pod.exec(['redis-cli', '-e', '--user', 'backup', ...argv], { env: { REDISCLI_AUTH: PASSWORDS.BACKUP_PASSWORD } }),
  );
async function info(section: string, field: string): Promise<number> {
  const [, value] = new RegExp(`^${field}:(\\d+)`, 'm').exec(await cli('info', section)) ?? [];
  return Number(value);
}

/** All data that an application can read, except the TTLs of keys. */
async function everything(): Promise<string> {
  const script = `
    local all = {}
    local cursor = '0'
    repeat
      local found = redis.call('scan', cursor, 'count', 1000)
      cursor = found[1]
      for _, key in ipairs(found[2]) do
        local value
        if redis.call('type', key).ok == 'set' then
          value = redis.call('smembers', key) -- in no order
          table.sort(value)
          value = table.concat(value, ' ')
        else
          value = redis.call('dump', key)
        end
        all[#all + 1] = redis.sha1hex(key) .. ' ' .. redis.sha1hex(value) .. (redis.call('pttl', key) > 0 and ' ends' or '')
      end
    until cursor == '0'
    table.sort(all)
    return table.concat(all, '\\n')`;
  const databases = [0, 3, 15].map((number) => cli('-n', String(number), 'eval', script, '0'));
  return (await Promise.all(databases)).join('\n--\n');
}

/** restic, as used by hand. */
const restic = (name: string, ...args: string[]) =>
  checked(person.exec(['restic', '--no-cache', '--quiet', ...args], { env: { RESTIC_REPOSITORY: repository(name) } }));
const snapshots = async (name: string) => JSON.parse(await restic(name, 'snapshots', '--json'));

const run = (task: string, env: StartOptions['env'] = {}) => lab.run(namespace, task, { env });
const at = (name: string, more: StartOptions['env'] = {}) => ({ RESTIC_REPOSITORY: repository(name), ...more });
const last = ({ log }: Result) => log.trimEnd().split('\n').at(-1) as string;

function ok(result: Result): Result {
  if (result.code !== 0) throw new Error(result.log);
  return result;
}

/** A separate repository for a test, with the dumps so far. */
function copy(name: string): void {
  cpSync(join(bucket(), 'shop'), join(bucket(), name), { recursive: true });
}

/** A key of each type, with names that could be misread, in three databases. */
async function fill(): Promise<void> {
  const script = `
    for i = 1, 2000 do redis.call('set', 'session:' .. i, string.rep('s', i % 90), 'ex', 5000 + i) end
    for i = 1, 3000 do redis.call('set', 'n:' .. i, i) end
    redis.call('set', 'new\\nline', 'a\\0b\\r\\n')
    redis.call('set', '', 'no name')
    redis.call('set', "it's \\"quoted\\" $(id)", '\\255\\254')
    for i = 1, 400 do
      redis.call('rpush', 'queue', 'job ' .. i)
      redis.call('hset', 'hash', 'f' .. i, i)
      redis.call('sadd', 'set', 'm' .. i)
      redis.call('zadd', 'sorted', i / 7, 'm' .. i)
      redis.call('xadd', 'stream', i .. '-1', 'f', i)
    end
    redis.call('xgroup', 'create', 'stream', 'workers', '0')
    redis.call('pfadd', 'log', 'a', 'b')
    redis.call('geoadd', 'places', 13.4, 52.5, 'Berlin')`;
  await cli('eval', script, '0');
  await feed('set three 3\nset ends soon px 1\nset stays 1 ex 9000\n', '-n', '3');
  await feed('set fifteen 15\n', '-n', '15');
  const library = `#!lua name=shop\nredis.register_function('twice', function(keys, args) return args[1] * 2 end)`;
  await checked(pod.exec(['redis-cli', '-x', 'function', 'load', 'replace'], { stdin: library, env: APPLICATION }));
}

/** An empty one. */
async function destroyed(): Promise<void> {
  await pod.kill();
  rmSync(lab.claim(namespace, 'redis-data'), { recursive: true });
  pod = await lab.start(namespace, 'redis');
}

beforeAll(async () => {
  const certificate = join(folder, 'crt');
  writeFileSync(certificate, '');
  const trusting = {
    ...IMAGES.restic,
    files: { ...IMAGES.restic?.files, '/etc/ssl/certs/ca-certificates.crt': certificate },
  };
  lab = await openLab(objects(), { restic: trusting });
  const tls = lab.folder('tls', 70);
  const maker = await lab.daemon('certificate', {
    image: 'python',
    command: ['sleep', 'infinity'],
    user: 70,
    folders: { '/tls': tls },
  });
  const make = `cd /tls && openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out crt -days 2 -subj /CN=s3 \
    -addext subjectAltName=DNS:s3.example.test 2>/dev/null`;
  await checked(maker.exec(['sh', '-c', make]));
  writeFileSync(certificate, readFileSync(join(tls, 'crt')));
  mkdirSync(bucket());
  const keys = `${STORE.AWS_ACCESS_KEY_ID},${STORE.AWS_SECRET_ACCESS_KEY}`;
  // A short cache time, because tests write files to its folder directly; but not 0, at which rclone only expires its cache.
  const args = '--cert /tls/crt --key /tls/key --dir-cache-time 50ms'.split(' ');
  await serveS3(lab, { keys, args, folders: { '/tls': tls } });
  person = await lab.daemon('person', {
    image: 'restic',
    command: ['sleep', 'infinity'],
    env: { ...STORE, SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt' },
  });
  pod = await lab.start(namespace, 'redis');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the server', () => {
  test('connections without the password are refused, and passwords are not visible', async () => {
    const nobody = await pod.exec(['redis-cli', '-h', pod.address, 'get', 'a'], { env: { REDISCLI_AUTH: '' } });
    expect(nobody.stdout + nobody.stderr).toMatch(/NOAUTH|AUTH failed/);
    const wrong = await pod.exec(['redis-cli', '-e', 'get', 'a'], { env: { REDISCLI_AUTH: 'wrong' } });
    expect(wrong.stdout + wrong.stderr).toMatch(/WRONGPASS[\s\S]*NOAUTH/);
    expect(await cli('-h', 'redis.shop-data.svc.cluster.local', 'set', 'a', '1')).toBe('OK');
    expect(await asBackup('ping')).toBe('PONG');
    const seen = await checked(
      pod.exec([
        'sh',
        '-c',
        'cat /run/redis/* /etc/redis/*; tr "\\0" " " </proc/1/cmdline; tr "\\0" " " </proc/1/environ',
      ]),
    );
    for (const text of [seen, pod.log(), JSON.stringify(config.data)]) {
      expect(text).not.toContain("application '");
      expect(text).not.toContain("backup '");
    }
  });

  test('an application cannot run commands that stop or reveal other clients', async () => {
    for (const command of [
      'ping',
      'info',
      'dbsize',
      'client setname api',
      'client id',
      'hello 3',
      'scan 0',
      'publish a b',
    ]) {
      expect(await refused(...command.split(' '))).toMatch(/^allowed: /);
    }
    const dangerous = `keys *|flushall|flushdb|config get *|config set dir /tmp|debug sleep 0|shutdown nosave|save|bgsave|bgrewriteaof
      |replicaof no one|monitor|acl list|acl setuser x on|client list|client kill type normal|client pause 1|module list|slowlog get|swapdb 0 1
      |restore a 0 b|migrate 127.0.0.1 1 a 0 1|sync|sort a|latency reset|role|failover`;
    for (const command of dangerous.split(/\n? *\|/)) {
      expect([command, await refused(...command.trim().split(' '))]).toEqual([
        command,
        expect.stringMatching(/NOPERM|^ERR DEBUG command not allowed/),
      ]);
    }
    // The backup user can neither read nor write the application's keys.
    for (const command of [
      'get a',
      'set a 1',
      'del a',
      'keys *',
      'scan 0',
      'config get *',
      'shutdown',
      'acl list',
      'publish a b',
    ]) {
      await expect(asBackup(...command.split(' '))).rejects.toThrow('NOPERM');
    }
  });

  test('a killed Redis keeps everything that it had acknowledged; a stopped one ends in time', async () => {
    await cli('set', 'counter', '0');
    let acknowledged = 0;
    let over = false;
    const writing = (async () => {
      while (!over) {
        const said = await cli(
          'eval',
          "for i = 1, 50 do redis.call('incr', 'counter') end return redis.call('get', 'counter')",
          '0',
        ).catch(() => '');
        if (said !== '') acknowledged = Number(said);
      }
    })();
    await until('some writes', 20, () => acknowledged > 500);
    await pod.signal('SIGKILL');
    over = true;
    await writing;
    await pod.kill();
    pod = await lab.start(namespace, 'redis');
    expect(Number(await cli('get', 'counter'))).toBeGreaterThanOrEqual(acknowledged);
    await cli('set', 'last', 'word');
    const { codes, seconds } = await pod.stop();
    expect(codes).toEqual({ redis: 0 });
    expect(seconds).toBeLessThan(5);
    pod = await lab.start(namespace, 'redis');
    expect(await cli('get', 'last')).toBe('word');
    expect(await info('persistence', 'aof_enabled')).toBe(1);
  });

  test('a log with a truncated last write is read up to it', async () => {
    await pod.stop();
    const logs = join(lab.claim(namespace, 'redis-data'), 'appendonlydir');
    const name = readdirSync(logs).find((file) => file.endsWith('.incr.aof')) as string;
    const file = join(logs, name);
    truncateSync(file, statSync(file).size - 5);
    pod = await lab.start(namespace, 'redis');
    expect(Number(await cli('get', 'counter'))).toBeGreaterThan(500);
    expect(await refused('get', 'last')).toBe('allowed: ');
  });

  test('when memory is full, keys with a TTL are evicted first; then writes are refused, and it never exceeds its limit', async () => {
    const other = await lab.start(namespace, 'slow');
    const script = (text: string, ...args: string[]) =>
      checked(other.exec(['redis-cli', '-e', 'eval', text, '0', ...args], { env: APPLICATION }));
    const count = async (field: string) => {
      const { stdout } = await other.exec(['redis-cli', 'info'], { env: APPLICATION });
      return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(stdout)?.[1]);
    };
    expect(await count('maxmemory')).toBe(maxMemory(LIMIT) * 2 ** 20);

    await script("for i = 1, 20000 do redis.call('set', 'cache:' .. i, string.rep('c', 1000), 'ex', 3600) end");
    const queue = `for i = 1, 1000 do redis.call('set', 'queue:' .. ARGV[1] .. ':' .. i, string.rep('q', 1000)) end`;
    let full = 0;
    let said = '';
    for (; said === ''; full++) said = await script(queue, String(full)).catch(({ message }) => message);
    expect(said).toMatch(/OOM command not allowed/);
    expect(await count('evicted_keys')).toBe(20_000);
    expect(await script("return redis.call('strlen', 'queue:0:1')")).toBe('1000');

    // Fill some memory, then overwrite all keys repeatedly while a forked process rewrites the log.
    await script("for part = 1, 4 do for i = 1, 1000 do redis.call('del', 'queue:' .. part .. ':' .. i) end end");
    let most = 0;
    let rewriting = 0;
    const rewrite = `for i = 1, 1000 do redis.call('setrange', 'queue:' .. ARGV[1] .. ':' .. i, 0, string.rep('r', 990)) end`;
    for (let round = 0; round < 3 || (rewriting < 40 && round < 12); round++) {
      for (let part = 5; part < full - 1; part++) {
        await script(rewrite, String(part));
        // Shared pages count once.
        const { stdout } = await other.exec(['sh', '-c', 'cat /proc/[0-9]*/smaps_rollup 2>/dev/null']);
        const now = [...stdout.matchAll(/^Pss: +(\d+) kB/gm)].reduce((sum, [, kb]) => sum + Number(kb) * 1024, 0);
        most = Math.max(most, now);
        rewriting += await count('aof_rewrite_in_progress');
      }
    }
    expect(rewriting).toBeGreaterThan(0);
    expect(most).toBeGreaterThan(1.5 * maxMemory(LIMIT) * 2 ** 20);
    expect(most).toBeLessThan(128 * 2 ** 20);
    await other.kill();
    rmSync(lab.claim(namespace, 'slow-data'), { recursive: true });
  });
});

test('a cache drops old keys when it is full, writes nothing, and is empty after a restart', async () => {
  const started = () => lab.start(namespace, 'cache');
  let own = await started();
  const ask = (...argv: string[]) => checked(own.exec(['redis-cli', '-e', ...argv], { env: APPLICATION }));
  const filled = "for i = 1, 400 do redis.call('set', KEYS[1] .. i, string.rep('x', 262144)) end";
  await ask('eval', filled, '1', 'old:');
  expect(Number(await ask('dbsize'))).toBeLessThan(400);
  expect(await ask('set', 'new', 'a')).toBe('OK');
  expect(await ask('info', 'persistence')).toMatch(/aof_enabled:0/);
  expect(await checked(own.exec(['ls', '/data', '/tmp']))).toBe('/data:\n\n/tmp:');
  await own.stop();
  own = await started();
  expect(await ask('dbsize')).toBe('0');
  await own.stop();
});

describe('passwords from a secret store', () => {
  const remote = (word: string) => ({
    'shop/redis/password': `application ${HOSTILE} ${word}`,
    'shop/redis/backup-password': `backup ${HOSTILE} ${word}`,
  });
  const inStore = remote('first');
  const operator = new ExternalSecrets(inStore);

  /** A Redis, and the Secret of an application, at a revision. */
  function objectsAt(revision: number): ManifestObject[] {
    const store = { kind: 'aws', region: 'us-east-1', roleArn: 'arn:aws:iam::123456789012:role/shop' } as const;
    const own = { storeName: 'store', serviceAccount: 'reader', prefix: 'shop', refresh: '1h' };
    const source = { kind: 'external', store, ...own, revision } as const;
    const settings = redisSettings(false).parse({ kind: 'statefulset', memory: LIMIT });
    const cache = redisStore({ system, environment: environment('prod'), namespace, source, config: settings });
    const values = { PASSWORD: cache.password, URL: cache.url('PASSWORD') };
    const application = new Secret({ namespace, name: 'api', externalName: 'api', source, values });
    const [component] = cache.components as [typeof server];
    const credentials = component.containers.flatMap(({ env }) =>
      Object.values(env).flatMap((value) => (typeof value === 'object' && 'secret' in value ? value.secret : [])),
    );
    return synthesize((chart) => {
      const of = redisConfig({ namespace, memory: LIMIT });
      new ConfigMap(chart, of.name, { system, config: of });
      new Secrets(chart, 'secrets', { system, secrets: [...new Set([...credentials, application])] });
      new Workload(chart, component.name, { component, placement });
    });
  }

  let own: Lab;
  let cache: Pod;

  const apply = (revision: number, hourLater = false) =>
    own.update([...objectsAt(revision), ...operator.secrets(objectsAt(revision), { hourLater })]);

  /** The password of an application that starts now. */
  const given = () =>
    decodeURIComponent(new URL(String(own.objects.values('Secret', namespace, 'api')?.get('URL'))).password);
  const ping = async (password: string) => {
    const { stdout } = await cache.exec(['redis-cli', '-e', 'ping'], { env: { REDISCLI_AUTH: password } });
    return stdout.trim();
  };

  async function restarted(): Promise<void> {
    await cache.stop();
    cache = await own.start(namespace, 'redis');
  }

  beforeAll(async () => {
    own = await openLab([...objectsAt(1), ...operator.secrets(objectsAt(1))]);
    cache = await own.start(namespace, 'redis');
  });

  test('one that is changed in the store alone changes nothing, whatever starts anew', async () => {
    Object.assign(inStore, remote('second'));
    await apply(1, true);
    expect(await ping(given())).toBe('PONG');
    await restarted();
    expect(await ping(given())).toBe('PONG');
    expect(given()).toContain('first');
  });

  test('the next revision gives it to Redis and then to applications; the old one is refused', async () => {
    const old = given();
    await apply(2);
    await restarted();
    expect(given()).toContain('second');
    expect(await ping(given())).toBe('PONG');
    expect(await ping(old)).not.toBe('PONG');
  });
});

describe('backups', () => {
  beforeAll(async () => {
    await destroyed();
    await fill();
  });

  test('two concurrent first runs create one repository; each is a snapshot, and logs no secrets', async () => {
    const results = await Promise.all([run('redis-backup'), run('redis-backup')]);
    for (const result of results) {
      expect(ok(result).log).toMatch(/^dumped: 5\d{3} keys, \d{4,} bytes in \d+ s, snapshot [0-9a-f]{8}$/m);
      expect(last(result)).toBe('kept: 7 daily, 4 weekly, 12 monthly');
      for (const text of [HOSTILE, STORE.AWS_SECRET_ACCESS_KEY]) expect(result.log).not.toContain(text);
    }
    expect(results.filter(({ log }) => log.includes('the repository was empty, and is new'))).toHaveLength(1);
    expect(JSON.parse(await restic('shop', 'key', 'list', '--json'))).toHaveLength(1);
    const [{ paths, hostname, tags }] = await snapshots('shop');
    expect([paths, hostname, tags]).toEqual([['/tmp/redis'], 'shop-test', ['nightly']]);
  });

  test('the drill restores the newest dump in a separate server', async () => {
    const result = ok(await run('redis-restore-drill'));
    expect(result.log).toMatch(/^restored as it was dumped: 5\d{3} keys, \d+ bytes in \d+ s$/m);
    expect(last(result)).toBe('the newest dump is 0 h 00 min old');
  });

  test('a restore recovers from a total loss; keys that have expired meanwhile stay deleted', async () => {
    await feed('set short lived ex 4\n', '-n', '3');
    ok(await run('redis-backup'));
    await until('it has ended', 10, async () => (await cli('-n', '3', 'exists', 'short')) === '0', 0.5);
    const before = await everything();
    await destroyed();
    const result = ok(await run('redis-restore'));
    expect(last(result)).toMatch(/^restored from snapshot latest: 5\d{3} keys, \d+ bytes, dumped at 20/);
    expect(result.log).not.toContain('what is there is kept');
    expect(await everything()).toBe(before);
    expect(await cli('fcall', 'twice', '0', '21')).toBe('42');
    const left = Number(await cli('pttl', 'session:2000'));
    expect(left).toBeGreaterThan(6_800_000);
    expect(left).toBeLessThan(7_000_000);
    await pod.kill(); // the data are in the log
    pod = await lab.start(namespace, 'redis');
    expect(await everything()).toBe(before);
  });

  test('a restore to a snapshot while clients write first stores a snapshot of the current data', async () => {
    const before = await everything();
    const [{ id }] = await snapshots('shop');
    await feed('set later 1\ndel queue\n');
    const states = new Set<string>();
    let over = false;
    const reading = (async () => {
      while (!over)
        states.add(
          await cli(
            'eval',
            "return redis.call('exists', 'queue') .. redis.call('exists', 'later') .. redis.call('exists', 'hash')",
            '0',
          ),
        );
    })();
    const result = ok(await run('redis-restore', { SNAPSHOT: id.slice(0, 12) }));
    over = true;
    await reading;
    expect([...states].every((state) => ['011', '101'].includes(state))).toBe(true);
    expect(await everything()).toBe(before);
    const [, kept] = /what is there is kept: snapshot ([0-9a-f]{8})/.exec(result.log) ?? [];
    // The newest nightly dump is still the default.
    expect(ok(await run('redis-restore-drill')).log).toContain('restored as it was dumped');
    ok(await run('redis-restore', { SNAPSHOT: kept as string }));
    expect([await cli('exists', 'queue'), await cli('get', 'later')]).toEqual(['0', '1']);
    expect((await cli('info', 'keyspace')).match(/^db\d+/gm)).toEqual(['db0', 'db3', 'db15']);
  });

  test('a restore checks its parameters, and changes nothing when it fails', async () => {
    const said = async (env: StartOptions['env']) => {
      const result = await run('redis-restore', env);
      expect(result.code).toBe(1);
      return last(result);
    };
    const before = await everything();
    expect(await said({ SNAPSHOT: 'x; id' })).toContain('expected latest, or the id of a snapshot');
    expect(await said({ SNAPSHOT: 'abcdef12' })).toContain('nothing could be restored');
    expect(await said(at('nowhere'))).toContain('there is no repository');
    await refused('eval', "for i = 1, 60 do redis.call('set', 'big:' .. i, string.rep('b', 1000000)) end", '0');
    expect(await said({})).toMatch(
      /^FAILED: it has no room for both.* Raise its memory limit, or restore with EMPTY_FIRST=yes$/,
    );
    expect(await cli('exists', 'big:1', 'later')).toBe('2');
    ok(await run('redis-restore', { EMPTY_FIRST: 'yes' }));
    expect(await cli('exists', 'big:1', 'later', 'queue')).toBe('1');
    expect(before).not.toBe(await everything());
  });

  test('a dump that is interrupted or refused fails, and stores nothing', async () => {
    const repositoryBefore = (await snapshots('shop')).length;
    const other = await lab.start(namespace, 'slow');
    await checked(
      other.exec(['redis-cli', 'eval', "for i = 1, 40000 do redis.call('set', i, string.rep(i, 50)) end", '0'], {
        env: APPLICATION,
      }),
    );
    const failing = run('slow-backup');
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await other.signal('SIGKILL');
    const result = await failing;
    expect([result.code, last(result)]).toEqual([1, expect.stringMatching(/^FAILED: no dump could be taken: /)]);
    const none = await run('slow-backup');
    expect([none.code, last(none)]).toEqual([1, expect.stringMatching(/^FAILED: Redis does not answer: /)]);
    const wrong = await run('redis-backup', { REDIS_PASSWORD: 'wrong' });
    expect([wrong.code, last(wrong)]).toEqual([
      1,
      expect.stringMatching(/^FAILED: Redis does not answer: .*(WRONGPASS|NOAUTH)/),
    ]);
    expect(await snapshots('shop')).toHaveLength(repositoryBefore);
  });

  test('a run that gets SIGTERM fails, and leaves no lock', async () => {
    const other = await lab.start(namespace, 'slow');
    const job = await lab.start(namespace, 'slow-backup');
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const { codes } = await job.stop();
    expect(codes['slow-backup']).toBe(143);
    expect(await restic('shop', 'list', 'locks')).toBe('');
    await other.kill();

    const before = await everything();
    const restoring = await lab.start(namespace, 'redis-restore');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect((await restoring.stop()).codes['redis-restore']).toBe(143);
    expect(await everything()).toBe(before);
    // Nor its marker of a running dump.
    expect((await cli('info', 'keyspace')).match(/^db\d+/gm)).toEqual(['db0', 'db3', 'db15']);
  });

  test('the drill fails on an old, slow, damaged or missing dump, and when there is none at all', async () => {
    const said = async (env: StartOptions['env']) => {
      const result = await run('redis-restore-drill', env);
      expect(result.code).toBe(1);
      return last(result);
    };
    expect(await said({ RPO_SECONDS: '1' })).toMatch(/^FAILED: the newest dump is 0 h \d\d min old, more than the RPO/);
    expect(await said({ RTO_SECONDS: '-1' })).toMatch(
      /^FAILED: the restore took \d+ s, more than the -1 s of the RTO$/,
    );
    expect(await said(at('nowhere'))).toBe('FAILED: there is no repository: nothing was ever dumped');
    expect(await said({ RESTIC_PASSWORD: 'wrong' })).toMatch(
      /^FAILED: the repository cannot be opened: .*wrong password/,
    );
    expect(await said({ SNAPSHOT_HOST: 'other' })).toMatch(/^FAILED: nothing could be restored: .*no snapshot/);

    copy('damaged');
    const data = join(bucket(), 'damaged/redis/data');
    const packs = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const { parentPath, name } of packs) {
      const file = join(parentPath, name);
      const bytes = readFileSync(file);
      const middle = bytes.length >> 1;
      bytes.writeUInt8(bytes.readUInt8(middle) ^ 0xff, middle);
      writeFileSync(file, bytes);
    }
    expect(await said(at('damaged'))).toMatch(/^FAILED: (the repository: |nothing could be restored: )/);

    copy('gone');
    for (const { parentPath, name } of packs) rmSync(join(parentPath.replace('/damaged/', '/gone/'), name));
    expect(await said(at('gone'))).toMatch(/^FAILED: the repository: /);

    // A complete snapshot of a truncated dump.
    copy('lies');
    const lie = (
      keys: string,
    ) => `mkdir -p /tmp/redis && cd /tmp/redis && restic --no-cache -q dump --tag nightly latest /tmp/redis/dump.rdb >dump.rdb &&
      echo "time $(date +%s)
keys ${keys}
sha256 $(sha256sum dump.rdb | cut -d ' ' -f 1)" >facts && restic --no-cache -q backup --host shop-test --tag nightly /tmp/redis`;
    const env = { RESTIC_REPOSITORY: repository('lies') };
    await checked(person.exec(['sh', '-c', lie('7')], { env }));
    expect(await said(at('lies'))).toMatch(/^FAILED: the dump holds \d+ keys, and 7 were dumped$/);
    const cut =
      'cd /tmp/redis && head -c 1000 dump.rdb >x && mv x dump.rdb && sed -i "s/^sha256.*/sha256 $(sha256sum dump.rdb | cut -d " " -f 1)/" facts && restic --no-cache -q backup --host shop-test --tag nightly /tmp/redis';
    await checked(person.exec(['sh', '-c', cut], { env }));
    expect(await said(at('lies'))).toMatch(/^FAILED: the dump is not whole: /);
  });

  test('7 days, 4 weeks and 12 months are kept', async () => {
    copy('kept');
    // Daily for more than a week, weekly for five weeks, monthly for more than a year.
    const days = [
      ...Array.from({ length: 9 }, (_, n) => n + 1),
      ...Array.from({ length: 5 }, (_, n) => 21 + 7 * n),
      ...Array.from({ length: 13 }, (_, n) => 75 + 30 * n),
    ];
    const now = Date.now();
    const times = days.map((n) => new Date(now - n * DAY * 1000).toISOString().slice(0, 19).replace('T', ' '));
    const make = `mkdir -p /tmp/redis && for time in ${times.map((time) => `'${time}'`).join(' ')}; do
      restic --no-cache -q backup --host shop-test --tag nightly --time "$time" /tmp/redis || exit; done`;
    await checked(person.exec(['sh', '-c', make], { env: { RESTIC_REPOSITORY: repository('kept') } }));
    ok(await run('redis-backup', at('kept')));
    const left = (await snapshots('kept')).filter(({ tags }: { tags: string[] }) => tags.includes('nightly'));
    const by = (length: number) => new Set(left.map(({ time }: { time: string }) => time.slice(0, length)));
    expect(by(7).size).toBe(12);
    expect(left.length).toBeGreaterThanOrEqual(7 + 3 + 9);
    expect(left.length).toBeLessThanOrEqual(7 + 4 + 12);
    const ages = left.map(({ time }: { time: string }) => Math.round((now - Date.parse(time)) / DAY / 1000));
    expect(ages.filter((age: number) => age < 7).length).toBe(7);
  });
});
