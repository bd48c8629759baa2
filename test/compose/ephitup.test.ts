import { sendRequest } from '../../commands/shared/exposed-paths';
import { eventually } from '../cluster/cluster';
import { CANNOT_WRITE } from '../cluster/node/images';
import { NOT_POSSIBLE, SURREAL } from '../surrealdb-server';
import { type Reached, testEngine } from './engine';
import { ComposeProject, serviceOf } from './project';

/** The services of each shape, and the one that publishes a port. */
const SHAPES = {
  single: { services: ['ephitup'], port: 'ephitup' },
  split: { services: ['frontend', 'api', 'worker', 'surrealdb'], port: 'frontend' },
};

/** A kit's image has the program that the kit has built; a user's engine pulls it. */
const possible = testEngine().kit === undefined || SURREAL !== undefined;

(possible ? describe : describe.skip)(possible ? 'Ephitup' : NOT_POSSIBLE, () => {
  let project: ComposeProject;
  let way: Reached;

  async function ask(path: string, body?: object) {
    const answer = await sendRequest(way, 'localhost', `/api${path}`, body);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body);
  }

  describe.each(Object.entries(SHAPES))('in the shape %s', (shape, { services, port }) => {
    beforeAll(async () => {
      project = await ComposeProject.of('ephitup', { ports: { [port]: 18300 } }, (document) => {
        document.set('shape', shape);
        document.setIn(['files', 'shared'], document.createNode({ storageClass: 'any' }));
      });
    });

    afterAll(() => project?.down());

    test('the four processes answer', async () => {
      await project.up();
      way = await project.at(18300);
      expect((await project.containers()).map(serviceOf)).toEqual(expect.arrayContaining(services));
      expect(await ask('/notes', { text: 'kept' })).toEqual(['kept']);
      expect(await ask('/files/a.txt', { text: 'a file' })).toBe('a file');
      await ask('/podcasts', { seconds: 0 });
      await eventually(30, async () => expect(await ask('/podcasts')).toEqual(['done']));
    });

    test('after down, up finds the data again', async () => {
      await project.compose('down', '--timeout', '20');
      await project.up();
      expect(await ask('/notes')).toEqual(['kept']);
      expect(await ask('/files/a.txt')).toBe('a file');
    });

    test('no log has a refused write', async () => {
      expect((await project.compose('logs', '--no-color')).match(CANNOT_WRITE)?.[0]).toBeUndefined();
    });
  });
});
