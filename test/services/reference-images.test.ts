import { cpSync, rmSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type Outcome, run } from '../../commands/shared/kubectl';
import { stagesOf } from '../dockerfile';
import { folderWith, ROOT } from '../support';
import { pliersSettings } from '../systems';

const [builder] = stagesOf(join(ROOT, 'charts/pliers/images/node.Dockerfile'));
const build = "node -e \"fs.cpSync('src', 'dist', { recursive: true })\"";

/** A workspace as that of the seed: the API needs a package of the workspace, which has to be built. It needs nothing of a registry. */
const WORKSPACE = {
  'package.json': '{ "name": "pliers", "private": true }',
  'pnpm-workspace.yaml': 'packages: [packages/*, apps/*]\n',
  'pnpm-lock.yaml': `lockfileVersion: '9.0'
settings: { autoInstallPeers: true, excludeLinksFromLockfile: false }
importers:
  .: {}
  apps/api:
    dependencies:
      '@pliers/shared': { specifier: 'workspace:*', version: 'link:../../packages/shared' }
  apps/web: {}
  packages/shared: {}
`,
  'packages/shared/package.json': JSON.stringify({ name: '@pliers/shared', main: 'dist/index.js', scripts: { build } }),
  'packages/shared/src/index.js': "exports.greeting = 'from the shared package';\n",
  'apps/api/package.json': JSON.stringify({
    name: '@pliers/api',
    scripts: { build, 'migrate:up': 'node dist/migrate.js' },
    dependencies: { '@pliers/shared': 'workspace:*' },
  }),
  'apps/api/src/index.js': "console.log(require('@pliers/shared').greeting);\n",
  'apps/api/src/migrate.js': "console.log('migrated', require('@pliers/shared').greeting);\n",
  'apps/web/package.json': '{ "name": "@pliers/web" }',
};

const ofApi = (path: string) => path.replace(/\$\{APP\}/, 'api');

/** Runs what the builder runs, in a folder in place of /app. @returns that folder, and the one in place of /deployed */
async function built(): Promise<{ app: string; deployed: string }> {
  const context = folderWith(WORKSPACE);
  const app = folderWith({});
  const made = folderWith({});
  for (const { paths, to } of builder.copies) {
    for (const path of paths.map(ofApi)) {
      const target = paths.length > 1 ? posix.join(to, path) : ofApi(to);
      cpSync(join(context, path), join(app, posix.relative(builder.folder, target)), { recursive: true });
    }
  }
  const prefix = join(made, 'global');
  const env = { ...process.env, APP: 'api', NPM_CONFIG_PREFIX: prefix, PATH: `${prefix}/bin:${process.env.PATH}` };
  for (const line of builder.runs) {
    const { code, stdout, stderr } = await run('sh', ['-c', line.replace('/deployed', `${made}/deployed`)], {
      cwd: app,
      env,
    });
    if (code !== 0) throw new Error(`${line}: exit ${code}\n${stdout}${stderr}`);
  }
  return { app, deployed: join(made, 'deployed') };
}

const start = (cwd: string): Promise<Outcome> => run('node', ['dist/index.js'], { cwd });

test('the image of Pliers has the packages of the workspace, without the folder in which it was built', async () => {
  const { app, deployed } = await built();
  // As the seed copies it: the links of node_modules lead to packages that are not copied.
  const seed = folderWith({});
  for (const one of ['apps/api/dist', 'node_modules', 'apps/api/package.json'])
    cpSync(join(app, one), join(seed, posix.basename(one)), { recursive: true, verbatimSymlinks: true });
  rmSync(app, { recursive: true });

  expect(await start(deployed)).toMatchObject({ code: 0, stdout: 'from the shared package\n' });
  const migrations = await run('sh', ['-c', pliersSettings('prod').migrations.command], { cwd: deployed });
  expect(migrations).toMatchObject({ code: 0, stdout: expect.stringContaining('migrated from the shared package') });
  expect(await start(seed)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("Cannot find module '@pliers/shared'"),
  });
});
