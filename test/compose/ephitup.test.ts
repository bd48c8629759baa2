import { sendRequest } from '../../commands/shared/exposed-paths';
import { eventually } from '../cluster/cluster';
import { CANNOT_WRITE } from '../cluster/node/images';
import { NOT_POSSIBLE, SURREAL } from '../surrealdb-server';
import { type Reached, testEngine } from './engine';
import { ComposeProject } from './project';

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

  beforeAll(async () => {
    project = await ComposeProject.of('ephitup', { ports: { ephitup: 18300 } });
  });

  afterAll(() => project?.down());

  test('in the shape single, four processes in one container answer', async () => {
    await project.up();
    way = await project.at(18300);
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
