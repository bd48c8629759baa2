import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EphitupConfig } from '../../charts/ephitup/settings';
import { storeBackups } from '../../lib/parts/backup/settings';
import { ROOT } from '../support';
import { NOT_POSSIBLE, SURREAL } from '../surrealdb-server';
import { ephitupSettings, ephitupSystem, objectsOf } from '../systems';
import { type Image, type Lab, openLab, type Pod, type Result, until } from './lab';
import { IMAGES } from './lab/images';

const namespace = 'ephitup-dev';
const STAND_INS = join(ROOT, 'charts/ephitup/stand-ins');
const REPOSITORY = {
  repository: 's3:http://s3.example.test:9000/bucket/ephitup',
  addresses: ['10.0.0.0/8'],
  port: 9000,
};

/** A SurrealDB of an older version with RocksDB, which npm has as a library. */
const OLDER = ['@surrealdb/node@3.0.3', 'surrealdb@2.0.8'];

const WRITE_NOTES = `
import { createNodeEngines } from '@surrealdb/node';
import { Surreal } from 'surrealdb';
const db = new Surreal({ engines: createNodeEngines() });
await db.connect('rocksdb://' + process.argv[1]);
await db.use({ namespace: 'open_notebook', database: 'production' });
await db.query("FOR $number IN 0..500 { CREATE note SET text = 'older ' + <string> $number }");
await db.close();
`;

/** Has it write 500 notes into a folder. */
function writeByOlder(folder: string) {
  const root = mkdtempSync(join(tmpdir(), 'berth-older-'));
  try {
    execFileSync('npm', ['install', '--silent', '--prefix', root, ...OLDER]);
    execFileSync(process.execPath, ['--input-type=module', '-e', WRITE_NOTES, folder], { cwd: root });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The objects of dev in a shape, with backups and a volume that several pods share. */
function objectsIn(shape: EphitupConfig['shape'], copyFrom?: EphitupConfig['shape']) {
  const settings = ephitupSettings('dev');
  const files = { ...settings.files, shared: { storageClass: 'shared' }, copyFrom };
  const changed = { shape, files, finish: 20, backups: storeBackups(true).parse(REPOSITORY) };
  return objectsOf(ephitupSystem('dev', changed));
}

/** The official image with a shell. */
function surrealImage(program: string): Image {
  return { ...IMAGES.restic, entrypoint: ['/surreal'], files: { ...IMAGES.restic?.files, '/surreal': program } };
}

/** The image of the stand-ins: supervisord, the four programs, and the modules that they read. */
function ephitupImage(surreal: string, packages: string): Image {
  const programs = readdirSync(join(STAND_INS, 'bin')).map((name) => [
    `/usr/local/bin/${name}`,
    join(STAND_INS, 'bin', name),
  ]);
  return {
    env: { PATH: '/packages:/usr/local/bin:/usr/bin:/bin', PYTHONPATH: '/packages:/app', PYTHONDONTWRITEBYTECODE: '1' },
    files: {
      '/packages': packages,
      '/app/database.py': join(STAND_INS, 'database.py'),
      '/app/open_notebook': join(STAND_INS, 'open_notebook'),
      ...Object.fromEntries(programs),
      '/usr/local/bin/surreal': surreal,
    },
    workdir: '/app',
  };
}

(SURREAL === undefined ? test.skip : describe)(
  SURREAL === undefined ? NOT_POSSIBLE : 'Ephitup on a real SurrealDB',
  () => {
    let lab: Lab;
    let pod: Pod;
    const packages = mkdtempSync(join(tmpdir(), 'berth-packages-'));

    /** A request to a pod; the answer as JSON. */
    async function ask(to: Pod, path: string, body?: object, port = 8502) {
      const url = `http://${to.address}:${port}/api${path}`;
      const init = body && { method: 'POST', body: JSON.stringify(body) };
      const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
      return JSON.parse(text);
    }
    const single = () => lab.start(namespace, 'ephitup');
    const run = (task: string, env: Record<string, string> = {}) => lab.run(namespace, task, { env });
    const last = ({ log }: Result) => log.trimEnd().split('\n').at(-1);
    function ok(result: Result): Result {
      if (result.code !== 0) throw new Error(result.log);
      return result;
    }

    /** Writes notes until it is told to end; how many were acknowledged. */
    function writing(to: Pod, prefix: string) {
      const state = { acknowledged: 0, over: false };
      const done = (async () => {
        for (let number = 0; !state.over; number++) {
          const written = await ask(to, '/notes', { text: `${prefix} ${number}` }).catch(() => undefined);
          if (written === undefined) return;
          state.acknowledged = number + 1;
        }
      })();
      return { state, done };
    }
    async function notesWith(from: Pod, prefix: string, port?: number): Promise<number> {
      const notes: string[] = await ask(from, '/notes', undefined, port);
      return notes.filter((text) => text.startsWith(prefix)).length;
    }

    beforeAll(async () => {
      const surreal = SURREAL as string;
      const requirements = join(STAND_INS, 'requirements.txt');
      execFileSync('python3', [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--root-user-action=ignore',
        '--target',
        packages,
        '-r',
        requirements,
      ]);
      // pip's own script names the Python of this machine.
      writeFileSync(join(packages, 'supervisord'), '#!/bin/sh\nexec python3 -m supervisor.supervisord "$@"\n', {
        mode: 0o755,
      });
      execFileSync('chmod', ['-R', 'a+rX', packages]);
      lab = await openLab(objectsIn('single'), {
        ephitup: ephitupImage(surreal, packages),
        surrealdb: surrealImage(surreal),
      });
      mkdirSync(join(lab.folder('s3'), 'bucket'));
      await lab.daemon('s3', {
        image: 'rclone',
        args: 'serve s3 --addr :9000 --dir-cache-time 50ms --auth-key development,development /data'.split(' '),
        folders: { '/data': lab.folder('s3') },
        port: 9000,
        hosts: ['s3.example.test'],
      });
      pod = await single();
    });

    afterAll(() => rmSync(packages, { recursive: true, force: true }));

    describe('the shape single', () => {
      test('four processes in one pod answer through the frontend; migrations have run once', async () => {
        await ask(pod, '/notes', { text: 'first' });
        await ask(pod, '/files/a.txt', { text: 'a file' });
        expect(await ask(pod, '/notes')).toEqual(['first']);
        expect(pod.log().match(/^migrated$/gm)).toHaveLength(1);
        expect(pod.log()).toContain('the fingerprint of FERNET_SECRET_KEY is kept');
      });

      test('the worker does a job', async () => {
        await ask(pod, '/podcasts', { seconds: 0 });
        await until('the job is done', 20, async () => (await ask(pod, '/podcasts')).includes('done'));
      });

      test('a second server on the same volume ends, and the first one goes on', async () => {
        const second = await lab.daemon('second', {
          image: 'surrealdb',
          args: ['start', '--bind', '127.0.0.1:8000', 'rocksdb:/mydata/mydatabase.db'],
          user: 10001,
          folders: { '/mydata': lab.claim(namespace, 'ephitup-database') },
        });
        expect((await second.finished).code).not.toBe(0);
        expect(await ask(pod, '/notes')).toEqual(['first']);
      });

      test('a pod that is killed while it writes has lost nothing that it had acknowledged', async () => {
        const { state, done } = writing(pod, 'killed');
        await until('some writes', 60, () => state.acknowledged > 50);
        await pod.signal('SIGKILL');
        await done;
        await pod.kill();
        pod = await single();
        expect(await notesWith(pod, 'killed')).toBeGreaterThanOrEqual(state.acknowledged);
      });

      test('a pod that is stopped while it writes ends in time, and has lost nothing', async () => {
        const { state, done } = writing(pod, 'stopped');
        await until('some writes', 60, () => state.acknowledged > 50);
        const { codes, seconds } = await pod.stop();
        await done;
        expect(codes).toEqual({ ephitup: 0 });
        expect(seconds).toBeLessThan(20);
        pod = await single();
        expect(await notesWith(pod, 'stopped')).toBeGreaterThanOrEqual(state.acknowledged);
      });

      test('a program that is given up ends the pod', async () => {
        await pod.stop();
        const broken = lab.start(namespace, 'ephitup', { env: { MIGRATION: 'exit 7' } });
        await expect(broken).rejects.toThrow(
          /container ephitup ended with 0[\s\S]*a program was given up, so the container ends/,
        );
        pod = await single();
      });

      test('with another FERNET_SECRET_KEY the API does not start', async () => {
        await pod.stop();
        const other = lab.start(namespace, 'ephitup', { env: { FERNET_SECRET_KEY: 'another' } });
        await expect(other).rejects.toThrow(/FAILED: given another FERNET_SECRET_KEY than before/);
        pod = await single();
      });
    });

    describe('backups', () => {
      test('a backup is a snapshot of every database and of the files, and a drill restores it', async () => {
        const result = ok(await run('surrealdb-backup'));
        expect(result.log).toMatch(
          /^dumped: \d databases, \d+ bytes, with the files of the application, in \d+ s, snapshot [0-9a-f]{8}$/m,
        );
        expect(last(result)).toBe('kept: 7 daily, 4 weekly, 12 monthly');
        expect(result.log).not.toContain('development');
        const drill = ok(await run('surrealdb-restore-drill'));
        expect(drill.log).toMatch(/^restored as it was dumped: \d databases, \d+ records in \d+ s$/m);
        expect(last(drill)).toMatch(/^the newest dump is 0 h 0\d min old$/);
      });

      test('a backup while notes are written passes the drill', async () => {
        const { state, done } = writing(pod, 'meanwhile');
        const result = await run('surrealdb-backup');
        state.over = true;
        await done;
        ok(result);
        expect(state.acknowledged).toBeGreaterThan(0);
        ok(await run('surrealdb-restore-drill'));
      });

      test('a drill fails when the newest dump is older than the RPO', async () => {
        await sleep(1500);
        const { code, log } = await run('surrealdb-restore-drill', { RPO_SECONDS: '0' });
        expect([code, log]).toEqual([
          1,
          expect.stringMatching(/^FAILED: the newest dump is .* old, more than the RPO of/m),
        ]);
      });

      test('users of a database are restored, and those that SurrealDB does not export are told', async () => {
        const sql = (statement: string) => {
          const options =
            '--endpoint http://localhost:8000 --namespace open_notebook --database production --hide-welcome';
          return pod.exec(['sh', '-c', `printf '%s\\n' "$1" | surreal sql ${options}`, 'sh', `${statement};`]);
        };
        for (const level of ['DATABASE', 'NAMESPACE', 'ROOT'])
          await sql(`DEFINE USER of_${level.toLowerCase()} ON ${level} PASSWORD 'p' ROLES VIEWER`);
        ok(await run('surrealdb-backup'));
        for (const level of ['NAMESPACE', 'ROOT']) await sql(`REMOVE USER of_${level.toLowerCase()} ON ${level}`);
        const { log } = ok(await run('surrealdb-restore', { WHAT: 'databases' }));
        expect(log).toMatch(
          /by hand, since SurrealDB exports no passwords: the users of open_notebook: of_namespace$/m,
        );
        expect(log).toMatch(/by hand, since SurrealDB exports no passwords: the users of the root: of_root$/m);
        expect((await sql('INFO FOR DB')).stdout).toContain('of_database');
      });

      test('a restore brings databases and files back, and keeps what was there', async () => {
        await ask(pod, '/notes', { text: 'saved' });
        ok(await run('surrealdb-backup'));
        await ask(pod, '/notes', { text: 'too late' });
        await ask(pod, '/files/a.txt', { text: 'overwritten' });
        const result = ok(await run('surrealdb-restore'));
        expect(result.log).toMatch(/^restored: open_notebook\/production, \d+ records$/m);
        expect(result.log).toContain('restored: the files of the application');
        const notes = await ask(pod, '/notes');
        expect([notes.includes('saved'), notes.includes('too late')]).toEqual([true, false]);
        expect(await ask(pod, '/files/a.txt')).toBe('a file');
        const { log } = await run('surrealdb-restore', { WHAT: 'everything' });
        expect(log).toContain('FAILED: WHAT is everything: expected all, databases or files');
      });
    });

    describe('a switch of shapes', () => {
      let pods: Record<string, Pod> = {};
      const inSplit = async () => {
        pods.surrealdb = await lab.start(namespace, 'surrealdb');
        ok(await run('migrations'));
        for (const name of ['api', 'worker', 'frontend']) pods[name] = await lab.start(namespace, name);
      };

      test('from single to split: stopped, the files copied once, started; nothing is lost', async () => {
        const before = (await ask(pod, '/notes')).length;
        await pod.stop();
        await lab.update(objectsIn('split', 'single'));
        expect(last(ok(await run('copy-files')))).toBe('copied: 1 files');
        await inSplit();
        expect((await ask(pods.api as Pod, '/notes', undefined, 5055)).length).toBe(before);
        expect(await ask(pods.frontend as Pod, '/files/a.txt')).toBe('a file');
        await ask(pods.api as Pod, '/files/b.txt', { text: 'new' }, 5055);
        expect(last(ok(await run('copy-files')))).toBe('the files were copied before: nothing changes');
        await ask(pods.api as Pod, '/notes', { text: 'in split' }, 5055);
      });

      test('a backup and a drill of the database of its own', async () => {
        ok(await run('surrealdb-backup'));
        ok(await run('surrealdb-restore-drill'));
      });

      test('another FERNET_SECRET_KEY stops the migrations', async () => {
        const { code, log } = await run('migrations', { FERNET_SECRET_KEY: 'another' });
        expect([code, log]).toEqual([
          1,
          expect.stringContaining('FAILED: given another FERNET_SECRET_KEY than before'),
        ]);
      });

      test('a worker that is stopped finishes its job', async () => {
        const { api, worker } = pods as Record<'api' | 'worker', Pod>;
        await ask(api, '/podcasts', { seconds: 3 }, 5055);
        await until('it runs', 20, async () => (await ask(api, '/podcasts', undefined, 5055)).includes('running'));
        expect(await worker.stop()).toMatchObject({ codes: { worker: 0 } });
        expect(await ask(api, '/podcasts', undefined, 5055)).not.toContain('running');
      });

      test('and back: what was written in split is there', async () => {
        for (const name of ['frontend', 'api', 'surrealdb']) await pods[name]?.stop();
        pods = {};
        await lab.update(objectsIn('single', 'split'));
        expect(last(ok(await run('copy-files')))).toBe('copied: 2 files');
        pod = await single();
        expect(await ask(pod, '/notes')).toContain('in split');
        expect(await ask(pod, '/files/b.txt')).toBe('new');
      });
    });

    test('what an older version wrote is read and written by this one, in the same folder', async () => {
      await pod.stop();
      const database = join(lab.claim(namespace, 'ephitup-database'), 'mydatabase.db');
      rmSync(database, { recursive: true });
      writeByOlder(database);
      execFileSync('chown', ['-R', '10001:10001', database]);
      pod = await single();
      expect(await notesWith(pod, 'older')).toBe(500);
      expect(await ask(pod, '/notes', { text: 'newer' })).toHaveLength(501);
    });
  },
);
