import { dirname, join } from 'node:path';
import { exposedPathsOf, portForward, sendRequest } from '../../../commands/shared/exposed-paths';
import { run } from '../../../commands/shared/kubectl';
import { standInsOf, withStandIns } from '../../../commands/up/stand-ins';
import { writeVariant } from '../../../commands/up/variant';
import { imageReference } from '../../../lib/base/image';
import { folderWith, PROJECT, projectWithSources, ROOT } from '../../support';
import { SURREAL } from '../../surrealdb-server';
import { kubectlFor, testCluster } from '../cluster';
import { objectsIn } from '../dist';
import { namespacesOf, podsOf } from '../rollout';
import { CANNOT_WRITE, publishPublicImages } from './images';

const cluster = testCluster();
const kubectl = kubectlFor(cluster);

const env = { ...kubectl.env, PATH: `${dirname(cluster.kubectl)}:${process.env.PATH}` };
const root = projectWithSources();
const command = (program: string, ...args: string[]) =>
  run(process.execPath, [join(ROOT, 'tools/run.mjs'), `commands/${program}.ts`, ...args], { cwd: root, env });

/** Runs `up`, and then the printed curl commands; returns their responses. */
async function up(system: string): Promise<string[]> {
  const { code, stdout, stderr } = await command('up', '--stand-ins', '--system', system);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(`${system} is up.`);
  expect(stdout).toMatch(/^ok +unknown host at .* answers 404$/m); // every exposed path is asked through the edge
  const answers: string[] = [];
  for (const [line] of stdout.matchAll(/^ {2}curl .*$/gm)) {
    const answer = await run('bash', ['-c', line.replace('curl', 'curl -fsS')]);
    expect({ line, ...answer }).toMatchObject({ line, code: 0 });
    answers.push(answer.stdout);
  }
  return answers;
}

/** The responses: each request runs once by `up`, and once by its printed command. */
const ANSWERS: Readonly<Record<string, (answers: readonly string[], time: number) => void>> = {
  salient: ([ui, health, ...messages], time) => {
    expect(ui).toContain('nginx');
    expect(JSON.parse(health as string)).toEqual({ status: 'healthy', routers: ['chat'] });
    expect(messages.map((text) => JSON.parse(text))).toMatchObject([
      { id: 2 * time, database: 'tenant_acme' },
      { id: 2 * time, database: 'tenant_globex' },
    ]);
  },
  pliers: ([page, config, note, asked], time) => {
    expect(page).toContain('nginx');
    expect(config).toContain('"wsUrl": "ws://pliers.localhost/api"');
    expect(JSON.parse(note as string)).toEqual({ id: 2 * time, cached: 2 * time });
    expect(JSON.parse(asked as string)).toEqual({ asked: 2 * time, api: 'api' });
  },
  'three-tier': ([page, config, note, asked], time) => {
    expect(page).toContain('nginx');
    expect(config).toContain('"CHAT_URL": "ws://three-tier.localhost/chat/stream"');
    expect(JSON.parse(note as string)).toEqual({ id: 2 * time });
    expect(JSON.parse(asked as string)).toEqual({ text: 'hello', notes: 2 * time });
  },
  ...(SURREAL !== undefined && {
    ephitup: ([health, page, notes], time) => {
      expect(health).toBe('"well"');
      expect(page).toContain('Ephitup');
      expect(JSON.parse(notes as string)).toEqual(Array.from({ length: 2 * time }, () => 'hello'));
    },
  }),
};

describe('dev', () => {
  describe.each(Object.entries(ANSWERS))('%s', (system, expectAnswers) => {
    const objects = objectsIn(join(PROJECT, 'dist/dev', system));

    test('up deploys it, also repeatedly, and its curl commands work', async () => {
      if (cluster.kit) {
        const { objects: withThem } = writeVariant(root, 'dev', system, withStandIns(root, system), folderWith({}));
        const built = Object.values(standInsOf(root, system)).map(imageReference);
        await publishPublicImages(
          cluster.kit,
          withThem,
          built.filter((image) => image.includes('stand-in')),
        );
      }
      for (const time of [1, 2]) expectAnswers(await up(system), time);
    });

    test('its pods are restricted, and their logs have no refused write', async () => {
      for (const namespace of namespacesOf(objects)) {
        for (const { metadata, spec } of await podsOf(kubectl, namespace, {})) {
          for (const { securityContext } of spec.containers) {
            expect(securityContext).toMatchObject({ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false });
          }
          const log = await kubectl.run('logs', '-n', namespace, metadata.name, '--all-containers', '--tail=-1');
          expect([metadata.name, log.match(CANNOT_WRITE)?.[0]]).toEqual([metadata.name, undefined]);
        }
      }
    });

    test('without an edge it is reachable by a port-forward', async () => {
      const [first] = exposedPathsOf(objects);
      if (first === undefined) throw new Error('no path is exposed');
      const way = await portForward(kubectl, first);
      const answer = await sendRequest(way, 'localhost', first.health).finally(way.close);
      expect(answer.status).toBe(200);
    });

    test('down deletes it', async () => {
      expect((await command('down', '--system', system)).stdout).toContain(`${system} is deleted`);
      const left = (await kubectl.get('namespaces')).map(({ metadata }) => metadata.name);
      expect(left.filter((name) => name.startsWith(system))).toEqual([]);
      expect((await command('down', '--system', system)).stdout).toBe(`${system} is not deployed\n`);
    });
  });
});
