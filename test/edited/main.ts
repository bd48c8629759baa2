// Checks that tests and verify pass in an edited copy of this repository: `npm run test:edited`.
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../lib/base/errors';
import { type Io, Program } from '../../lib/pipeline/program';

/** The placeholders that docs/make-it-yours.md names, and replacements for them. */
const PLACEHOLDERS: readonly [string, string][] = [
  ['yourorg', 'acmecorp'],
  ['salient.ai', 'salient.acme.example'],
  ['pliers.example.com', 'pliers.acme.example'],
  ['203.0.113.0/24', '198.51.100.0/25'],
  ['internal.example.com', 'internal.acme.example'],
  ['10.20.', '10.77.'],
  ['123456789012', '210987654321'],
  ['ops@example.com', 'ops@acme.example'],
];

/** A copy of the repository that is edited. */
class Copy {
  readonly root = mkdtempSync(join(tmpdir(), 'berth-edited-'));

  constructor(
    readonly source: string,
    private readonly io: Io,
  ) {
    const files = spawnSync('git', ['ls-files', '-zco', '--exclude-standard'], { cwd: source, encoding: 'utf8' });
    for (const file of files.stdout.split('\0').filter(Boolean)) cpSync(join(source, file), join(this.root, file));
    symlinkSync(join(source, 'node_modules'), join(this.root, 'node_modules'));
    this.git('init', '-q', '-b', 'main');
    this.commit('as it comes');
  }

  run(program: string, ...args: readonly string[]): SpawnSyncReturns<string> {
    const { CDK8S_OUTDIR: _, ...env } = process.env;
    return spawnSync(program, args, {
      cwd: this.root,
      encoding: 'utf8',
      env: { ...env, GIT_CONFIG_GLOBAL: '/dev/null' },
    });
  }

  /** Runs a command that has to succeed. */
  step(program: string, ...args: readonly string[]) {
    this.io.say(`$ ${program} ${args.join(' ')}`);
    const { status, stdout, stderr } = this.run(program, ...args);
    if (status !== 0) throw new Failure(`${stdout}${stderr}\n${program} ${args.join(' ')}: exit ${status}`);
  }

  git(...args: readonly string[]) {
    const { status, stderr } = this.run('git', '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args);
    if (status !== 0) throw new Failure(`git ${args.join(' ')}: ${stderr}`);
  }

  commit(message: string) {
    this.git('add', '-A');
    this.git('commit', '-qm', message);
  }

  /** Edits a file; the edit has to change it. */
  edit(file: string, change: (text: string) => string) {
    const path = join(this.root, file);
    const text = readFileSync(path, 'utf8');
    const changed = change(text);
    if (changed === text) throw new Failure(`${file} has nothing to edit`);
    writeFileSync(path, changed);
  }
}

function promote(copy: Copy) {
  for (const environment of ['staging', 'prod']) {
    copy.step('npm', 'run', 'promote', '--', 'salient', 'backend', 'v1.2.4', '--to', environment);
    copy.commit(`${environment}: v1.2.4`);
  }
}

function addTenant(copy: Copy) {
  copy.edit('environments/prod/tenants.yaml', (text) => `${text}- slug: umbrella\n`);
}

function addEnvironment(copy: Copy) {
  const folder = join(copy.root, 'environments/qa');
  cpSync(join(copy.root, 'environments/staging'), folder, { recursive: true });
  rmSync(join(folder, 'platform.yaml'));
  writeFileSync(join(folder, 'environment.yaml'), 'tier: staging\n');
  for (const file of readdirSync(folder).filter((name) => name !== 'environment.yaml')) {
    const path = join(folder, file);
    const text = readFileSync(path, 'utf8')
      .replaceAll('staging', 'qa')
      .replaceAll('letsencrypt-qa', 'letsencrypt-staging');
    writeFileSync(path, text);
  }
}

function replacePlaceholders(copy: Copy) {
  const folder = join(copy.root, 'environments');
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const text = PLACEHOLDERS.reduce((all, [from, to]) => all.replaceAll(from, to), readFileSync(path, 'utf8'));
    writeFileSync(path, text);
  }
}

function addSystem(copy: Copy) {
  const own = join(copy.source, 'test/edited');
  cpSync(join(own, 'charts/shop'), join(copy.root, 'charts/shop'), { recursive: true });
  cpSync(join(own, 'environments'), join(copy.root, 'environments'), { recursive: true });
  for (const file of ['settings.ts', 'system.ts']) {
    copy.edit(`charts/shop/${file}`, (text) => text.replaceAll('../../../../lib/', '../../lib/'));
  }
  copy.edit('charts/index.ts', (text) =>
    text
      .replace('import { salient }', "import { shop } from './shop/system';\nimport { salient }")
      .replace(/systems: \[(.*)\]/, 'systems: [$1, shop]'),
  );
  copy.step('npm', 'run', 'schemas');
}

/** Merges a newer Berth into the edited copy, as docs/upgrade.md describes: only dist/ and the documents may have conflicts. */
function takeNewer(copy: Copy) {
  copy.git('checkout', '-q', '-b', 'newer', 'HEAD~3');
  copy.edit('lib/constructs/labels.ts', (text) =>
    text.replace(
      "'app.kubernetes.io/managed-by': 'berth'",
      "'app.kubernetes.io/managed-by': 'berth', 'berth.dev/release': 'next'",
    ),
  );
  copy.step('npm', 'run', 'synth');
  copy.commit('a newer release');
  copy.git('checkout', '-q', 'main');
  copy.run('git', '-c', 'user.name=t', '-c', 'user.email=t@example.com', 'merge', '--no-edit', 'newer');
  const { stdout } = copy.run('git', 'diff', '--name-only', '--diff-filter=U');
  const conflicts = stdout.split('\n').filter((file) => file !== '' && !/^(dist|docs\/systems)\//.test(file));
  if (conflicts.length > 0) throw new Failure(`the merge has conflicts in ${conflicts.join(', ')}`);
  copy.step('npm', 'run', 'synth');
  copy.step('npm', 'run', 'docs');
  copy.commit('merged');
  copy.step('npm', 'run', 'verify');
}

export default new Program({
  name: 'test:edited',
  help: `Edits a copy of this repository: promotes and commits, adds a tenant, an environment and a small system, and replaces all
placeholders, as docs/make-it-yours.md describes. Then npm run verify and npm test have to pass in it, and a newer Berth has to merge into it.

  npm run test:edited`,
  options: {},
  run: (_, io) => {
    const copy = new Copy(io.root, io);
    try {
      promote(copy);
      addTenant(copy);
      addEnvironment(copy);
      replacePlaceholders(copy);
      addSystem(copy);
      copy.step('npm', 'run', 'synth');
      copy.step('npm', 'run', 'docs');
      copy.commit('ours');
      copy.step('npm', 'run', 'verify');
      copy.step('npm', 'test');
      takeNewer(copy);
      io.say('npm run verify and npm test pass in the edited copy, and a newer Berth merges into it');
      return 0;
    } finally {
      rmSync(copy.root, { recursive: true, force: true });
    }
  },
});
