import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../../charts';
import { platformsOf } from '../../../commands/docs/platforms';
import { contextsOf } from '../../../commands/shared/contexts';
import { tenantsOf } from '../../../lib/document/backups';
import type { DocumentContext } from '../../../lib/document/context';
import { platformsPage } from '../../../lib/document/platforms';
import { buildEnvironments } from '../../../lib/pipeline/build';
import { PROJECT, ROOT } from '../../support';

const CONTEXTS = ['staging', 'prod'].flatMap((name) =>
  contextsOf(registry.in(PROJECT), buildEnvironments(registry, PROJECT, [name]), () => []),
);

const contextOf = (folder: string) => CONTEXTS.find((one) => one.folder === folder) as DocumentContext;

const PAGES = platformsOf(PROJECT, CONTEXTS);
const SALIENT = PAGES.get('docs/systems/salient/platforms.md') ?? '';

test('each system with a Blueprint has a page, about its environment in production', () => {
  expect([...PAGES.keys()].sort()).toEqual(['docs/systems/ephitup/platforms.md', 'docs/systems/salient/platforms.md']);
  expect(SALIENT).toContain('the same release: `dist/render/salient/render.yaml` and `dist/prod/salient`');
  expect(
    platformsOf(
      PROJECT,
      CONTEXTS.filter(({ environment }) => environment === 'staging'),
    ).get('docs/systems/salient/platforms.md'),
  ).toContain('`dist/staging/salient`');
});

test("it has the seed's seven steps, with the names of the system", () => {
  const steps = [...SALIENT.matchAll(/^\*\*(\d)\. ([^.]+)\./gm)].map(([, number, title]) => `${number} ${title}`);
  expect(steps).toEqual([
    '1 Containerize',
    '2 Set up the cluster',
    '3 Deploy PostgreSQL',
    '4 Deploy the applications',
    '5 Prepare DNS',
    '6 Test',
    '7 Cutover',
  ]);
  expect(SALIENT).toContain('(`salient_production` on Render is `salient_admin` here)');
  expect(SALIENT).toContain('npm run -s migrate-plan -- --from render --to prod --system salient\n');
  expect(SALIENT).toContain('https://api.salient.ai/health\n');
  expect(SALIENT).toContain("kubectl delete job -n salient-admin -l 'component in (provisioning,migrations)'");
});

test('it says that a number of nodes is that of each zone, and asks for one', () => {
  expect(SALIENT).toContain('`--num-nodes=3` would make nine nodes');
  expect(SALIENT).toMatch(/--num-nodes=1 .*--min-nodes=1/);
});

test('sizes and the number of tenants are those of the objects', () => {
  expect(SALIENT).toContain('`chat-api` 3 to 20, `admin-api` 2');
  expect(SALIENT).toContain(`(now there are ${tenantsOf(contextOf('prod/salient')).length})`);
});

test('a system without PostgreSQL and tenants is told of neither', () => {
  const page = platformsPage(contextOf('prod/ephitup'), {
    blueprint: 'dist/render/ephitup/render.yaml',
    environment: 'dev',
  });
  expect(page).toContain('**3. Deploy the database.** `surrealdb` runs in the cluster');
  expect(page).toContain('The Blueprint is of dev, the objects are of prod.');
  expect(page).not.toContain('the same release');
  expect(page).not.toContain('pg_dump');
  expect(page).toContain('with another `FERNET_SECRET_KEY` data that users stored cannot be read');
  expect(SALIENT).not.toContain('data that users stored');
  expect(page).not.toMatch(/tenant/i);
});

test('before DNS leads there, the new edge is asked, and not Render', () => {
  const [, step = ''] = SALIENT.split('**6. Test.**');
  const commands = step.split('**7. Cutover.**')[0]?.split('```sh\n')[1]?.split('\n') ?? [];
  expect(commands[0]).toMatch(
    /^# ADDRESS api\.salient\.ai admin\.salient\.ai {3}into \/etc\/hosts of this machine first;/,
  );
  expect(commands.find((command) => command.includes('npm run smoke'))).toMatch(/ --context NAME$/);
  expect(commands.find((command) => command.includes('k6 run'))).toContain('--insecure-skip-tls-verify');
});

test('the scripts of npm that it names exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  for (const [, name] of SALIENT.matchAll(/npm run (?:-s )?([a-z]+(?:[:-][a-z]+)?)/g))
    expect(scripts).toHaveProperty([name as string]);
});
