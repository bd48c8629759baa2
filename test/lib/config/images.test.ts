import { movingTagProblems } from '../../../lib/config/images';

const locate = (path: readonly PropertyKey[]) => ({ file: 'f', position: { line: path.length, column: 1 } });
const of = (value: unknown, written = value) =>
  movingTagProblems(value, { locate, value: written }).map(({ path, message }) => `${path}: ${message}`);

test('a tag that may move is a problem at its setting, with a full one as an example', () => {
  expect(of({ database: { image: 'docker.io/library/postgres', tag: '16-alpine' } })).toEqual([
    expect.stringMatching(
      /^database\.tag: given "16-alpine", expected a full version such as 16\.\d+-alpine, or a digest beside it: 16-alpine may move to another image \(allowed only in dev\)$/,
    ),
  ]);
  expect(of({ services: { api: { image: 'ghcr.io/acme/api', tag: 'v1' } } })).toEqual([
    expect.stringMatching(/^services\.api\.tag: given "v1", expected a full version such as v1\.2\.3, or a digest/),
  ]);
});

test('a setting that follows another one has the problem of that one alone, and its own where nothing is written', () => {
  const image = { image: 'docker.io/library/postgres', tag: '16-alpine' };
  expect(of({ database: image, client: image }, { database: image })).toEqual([
    expect.stringMatching(/^database\.tag: /),
  ]);
  expect(of({ client: image }, {})).toEqual([expect.stringMatching(/^client\.tag: /)]);
});

test('a digest fixes the image of any tag', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  expect(of({ api: { image: 'ghcr.io/acme/api', tag: 'v1', digest } })).toEqual([]);
});

test('full versions, and mappings that are no images, have no problem', () => {
  expect(of({ api: { image: 'ghcr.io/acme/api', tag: 'v1.2.3' }, meta: { tag: 'v1' }, list: [{ tag: '1' }] })).toEqual(
    [],
  );
});
