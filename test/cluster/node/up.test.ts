import { dirname, join } from 'node:path';
import { ask, entrancesOf, forward } from '../../../commands/entrances';
import { run } from '../../../commands/kubectl';
import { standInsOf, withStandIns } from '../../../commands/stand-ins';
import { writeVariant } from '../../../commands/variant';
import { type Image, imageReference } from '../../../constructs';
import { folderWith, ROOT } from '../../support';
import { kubectlFor, testCluster } from '../cluster';
import { objectsIn } from '../dist';
import { publishPublicImages } from './images';

const cluster = testCluster();
const kubectl = kubectlFor(cluster);

describe('dev', () => {
  describe('salient', () => {
    const objects = objectsIn(join(ROOT, 'dist/dev/salient'));
    const env = { ...kubectl.env, PATH: `${dirname(cluster.kubectl)}:${process.env.PATH}` };
    const command = (program: string, ...args: string[]) =>
      run(process.execPath, [join(ROOT, 'tools/run.mjs'), `commands/${program}.ts`, ...args], { cwd: ROOT, env });

    /** Brings it up, and does what it says next. */
    const up = async () => {
      const { code, stdout, stderr } = await command('up', '--stand-ins');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain('salient is up.');
      const answers: string[] = [];
      for (const [line] of stdout.matchAll(/^ {2}curl .*$/gm)) {
        const answer = await run('bash', ['-c', line.replace('curl', 'curl -fsS')]);
        expect({ line, ...answer }).toMatchObject({ line, code: 0 });
        answers.push(answer.stdout);
      }
      return answers;
    };

    test('up brings it up, as often as one likes, and its curl lines work', async () => {
      if (cluster.kit) {
        const built = writeVariant(ROOT, 'dev', 'salient', withStandIns(ROOT, 'salient'), folderWith({}));
        const { backend } = standInsOf(ROOT, 'salient');
        await publishPublicImages(cluster.kit, built.objects, [imageReference(backend as Image)]);
      }
      for (const message of [2, 4]) {
        const [ui, health, ...messages] = await up();
        expect(ui).toContain('nginx');
        expect(JSON.parse(health as string)).toEqual({ status: 'healthy', routers: ['chat'] });
        expect(messages.map((text) => JSON.parse(text))).toMatchObject([
          { id: message, database: 'tenant_acme' },
          { id: message, database: 'tenant_globex' },
        ]);
      }
    });

    test('without an edge a port of this machine leads to it', async () => {
      const chat = entrancesOf(objects).find(({ service }) => service === 'chat-api-svc');
      if (chat === undefined) throw new Error('nothing offers chat');
      const way = await forward(kubectl, chat);
      const answer = await ask(way, 'localhost', chat.health).finally(way.close);
      expect(answer.status).toBe(200);
    });

    test('down takes it away', async () => {
      expect((await command('down')).stdout).toContain('salient is gone');
      const left = (await kubectl.get('namespaces')).map(({ metadata }) => metadata.name);
      expect(left.filter((name) => name.startsWith('salient'))).toEqual([]);
      expect((await command('down')).stdout).toBe('salient is not there\n');
    });
  });
});
