import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import main from '../../main';
import { type Repository, smallRepository } from '../repository';
import { folderWith, type Outcome, PROJECT, ROOT, runHere } from '../support';
import { block, blocksOf, OTHERS, PAGES } from './pages';

/** A program of this project, by the name of its script. */
type Runnable = Parameters<typeof runHere>[0] & { readonly name?: string };

/** The programs of commands/, and synth. */
const PROGRAMS: ReadonlyMap<string, Runnable> = new Map<string, Runnable>([
  ['synth', main],
  ...readdirSync(join(ROOT, 'commands'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [file.replace('.ts', ''), require(join(ROOT, 'commands', file)).default] as [string, Runnable]),
]);

interface Command {
  readonly file: string;
  readonly script: string;
  readonly args: readonly string[];
}

/** The `npm run` commands in a text: in blocks each to the end of its line, in prose each to the end of its code. */
function commandsIn(file: string, text: string): Command[] {
  return [...text.matchAll(/npm run (?:-s )?([a-z]+(?:[-:][a-z]+)*)(?: -- ([^`\n#>|&]*))?/g)].map(
    ([, script = '', args = '']) => ({ file, script, args: args.trim().split(/\s+/).filter(Boolean) }),
  );
}

const COMMANDS = [...PAGES, ...OTHERS].flatMap(({ file, text }) => commandsIn(file, text));

test('each script exists in package.json', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(COMMANDS.length).toBeGreaterThan(60);
  expect(COMMANDS.filter(({ script }) => !(script in scripts))).toEqual([]);
});

test('each option is in the help of its program', async () => {
  const helps = new Map<string, string>();
  for (const [name, program] of PROGRAMS) helps.set(name, (await runHere(program, PROJECT, ['--help'])).stdout);
  const unknown = COMMANDS.flatMap(({ file, script, args }) => {
    const help = helps.get(script);
    if (help === undefined) return [];
    const options = args.filter((arg) => arg.startsWith('--')).map((arg) => arg.replace(/=.*/, ''));
    return options.filter((option) => !help.includes(option)).map((option) => `${file}: ${script} ${option}`);
  });
  expect(unknown).toEqual([]);
});

test('each file of the project that a page names exists', () => {
  const named = [...PAGES, ...OTHERS].flatMap(({ file, text }) =>
    [...text.matchAll(/`((?:lib|commands|test|tools|charts)\/[\w./-]+\.\w+)`/g)].map(([, path]) => [
      file,
      path as string,
    ]),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter(([, path]) => !existsSync(join(ROOT, path as string)))).toEqual([]);
});

test('each folder of dist/ that a command applies exists', () => {
  const applied = blocksOf(PAGES)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ file, text }) => [...text.matchAll(/dist\/[\w./-]+/g)].map(([path]) => [file, path]));
  expect(applied.length).toBeGreaterThan(10);
  // The platform of dev is one that the page tells to add.
  const missing = applied.filter(
    ([, path]) => !existsSync(join(PROJECT, path as string)) && path !== 'dist/dev/platform',
  );
  expect(missing).toEqual([]);
});

/** Commands that need a cluster or a registry, and the worked pull request, which has a test of its own. */
const ELSEWHERE =
  /npm run (-s )?(up|down|doctor|smoke|pin) ?|--against cluster|promote -- salient backend v1.2.4 --to prod/;

/** A repository in which the commands of pages can run: with what they name. */
function prepared(): Repository {
  const repo = smallRepository();
  for (const file of ['three-tier.yaml', 'prod/three-tier.yaml'])
    cpSync(join(PROJECT, 'environments', file), join(repo.root, 'environments', file));
  cpSync(join(ROOT, 'test/fixtures/prices.yaml'), join(repo.root, 'environments/prices.yaml'));
  writeFileSync(
    join(repo.root, 'compose.yaml'),
    'services: { web: { image: "ghcr.io/yourorg/web:v1.0.0", ports: ["80:8080"] } }\n',
  );
  repo.commit();
  for (const ref of ['refs/tags/v1.0', 'refs/remotes/origin/main', 'ORIG_HEAD']) repo.git('update-ref', ref, 'HEAD');
  return repo;
}

test('the commands of blocks run, each once, in the order of the pages', async () => {
  const lines = blocksOf(PAGES)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ file, text }) =>
      text.split('\n').flatMap((line) => commandsIn(file, line).map((one) => ({ ...one, line }))),
    )
    .filter(({ script, line }) => PROGRAMS.has(script) && !ELSEWHERE.test(line));
  // Any revision stands for all.
  const keyOf = ({ script, args }: Command) => `${script} ${args.join(' ')}`.replace(/--against \S+/, '--against REV');
  const once = [...new Map(lines.map((one) => [keyOf(one), one])).values()];
  expect(once.length).toBeGreaterThan(15);
  const repo = prepared();
  const chart = folderWith({
    'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, namespace: default }\n',
  });
  const failed: string[] = [];
  for (const { script, args, line } of once) {
    const given = args.map((arg) =>
      // The copy that this runs in may have a system of that name.
      arg
        .replace('../rendered-chart', chart)
        .replace(/^shop$/, 'tickets')
        .replace(/^(dist\/.*|compose\.yaml)$/, `${repo.root}/$1`),
    );
    const input = line.startsWith('aws ') ? '{"SecretList":[]}' : '';
    const { status, stderr } = await runHere(PROGRAMS.get(script) as Runnable, repo.root, given, { input });
    // A listing that lacks keys, and a change with a mark, are what these commands are for.
    if (status !== 0 && !(status === 1 && /--listing|--fail-on|--check/.test(line))) failed.push(`${line}\n${stderr}`);
  }
  expect(failed).toEqual([]);
}, 120_000);

test('the worked pull request prints what its page shows', async () => {
  const repo = smallRepository();
  const promote = PROGRAMS.get('promote') as Runnable;
  const promoted = (environment: string): Promise<Outcome> =>
    runHere(promote, repo.root, ['salient', 'backend', 'v1.2.4', '--to', environment]);
  expect((await promoted('staging')).status).toBe(0);
  repo.commit();
  const [, shown] =
    /```sh\ngit switch[^`]*```\n\n```\n([\s\S]*?)```/.exec(
      PAGES.find(({ file }) => file === 'docs/releases.md')?.text ?? '',
    ) ?? [];
  expect((await promoted('prod')).stdout).toBe(shown);
});

test('a rule that is broken on purpose prints what the page shows', async () => {
  const root = folderWith({});
  const file = 'environments/prod/salient.yaml';
  for (const one of [file, 'environments/prod/tenants.yaml', 'environments/prod/platform.yaml']) {
    mkdirSync(dirname(join(root, one)), { recursive: true });
    writeFileSync(join(root, one), readFileSync(join(PROJECT, one), 'utf8').replace('max: 20', 'max: 60'));
  }
  const { status, stderr } = await runHere(main, root, ['--env', 'prod', '--system', 'salient']);
  expect([status, stderr]).toEqual([1, block('docs/get-started.md', 'prod: connections:')]);
});
