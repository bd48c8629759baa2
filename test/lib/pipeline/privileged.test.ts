import { privilegedImages, unpinnedNotes } from '../../../lib/pipeline/privileged';
import { salientSystem } from '../../systems';

const noted = (environment: string) => unpinnedNotes([{ environment, model: salientSystem(environment) }]);

test('a note for each environment outside development lists the images of administrators and of backups', () => {
  expect(noted('dev')).toEqual([]);
  const system = { environment: 'prod', model: salientSystem('prod') };
  expect(unpinnedNotes([system, system])).toEqual([
    expect.stringMatching(
      /^prod: note: images that administer databases or backups have no digest: \S+\/postgres:[\w.-]+, \S+\/restic:[\d.]+; npm run pin -- --env prod adds them$/,
    ),
  ]);
});

test('instances of CloudNativePG are such images, and programs of the system are none', () => {
  const images = privilegedImages(salientSystem('staging')).map(({ image }) => image);
  expect(images).toContain('ghcr.io/cloudnative-pg/postgresql');
  expect(images.filter((image) => image.includes('yourorg'))).toEqual([]);
});

test('with digests there is nothing to note', () => {
  const model = salientSystem('prod');
  const pinned = JSON.parse(JSON.stringify(model.tasks), (key, value) =>
    key === 'image' && typeof value === 'object' ? { ...value, digest: 'sha256:0' } : value,
  );
  const tasks = model.tasks.map((task, index) => ({
    ...task,
    init: task.init.map((one, at) => ({ ...one, image: pinned[index].init[at].image })),
    containers: task.containers.map((one, at) => ({ ...one, image: pinned[index].containers[at].image })),
  }));
  expect(unpinnedNotes([{ environment: 'prod', model: { ...model, tasks } as typeof model }])).toEqual([]);
});
