import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { namesFullVersion } from '../../../lib/base/image';
import { postgresTag, VERSIONS, versionOf } from '../../../lib/base/versions';
import { ROOT } from '../../support';

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const filesIn = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`);

const FIELDS = ['what', 'version', 'image', 'tag', 'group', 'definitions', 'endOfLife', 'date', 'source'];

test.each(VERSIONS.map((one) => [one.what, one] as const))('%s has a version, its day and its source', (_, one) => {
  expect(FIELDS).toEqual(expect.arrayContaining(Object.keys(one)));
  expect(one.version).toMatch(/^\d+\.\d+(\.\d+)?$/);
  for (const day of [one.date, ...(one.endOfLife === undefined ? [] : [one.endOfLife])]) {
    expect(day).toMatch(/^20\d\d-\d\d-\d\d$/);
  }
  expect(one.source).toMatch(/^(https:\/\/)?[\w.-]+\.\w+\/\S+$/);
  if (one.image === undefined) return;
  expect(namesFullVersion(one.image, one.tag ?? one.version)).toBe(true);
  expect(one.tag ?? one.version).toContain(one.version);
});

test('each name is there once', () => {
  const names = VERSIONS.map(({ what }) => what);
  expect(names).toHaveLength(new Set(names).size);
  expect(() => versionOf('nothing')).toThrow('versions.yaml has no nothing');
});

test('PostgreSQL has a tag for each major that is known', () => {
  expect(postgresTag(17)).toMatch(/^17\.\d+-alpine$/);
  expect(postgresTag(9)).toBeUndefined();
});

test.each(
  // Definitions that are only judged may be of another project of the group.
  (parse(read('imports/sources.yaml')) as { group: string; url: string; crds?: string[] }[]).flatMap(
    ({ group, url, crds = [] }) => (crds.length > 0 ? [[group, url]] : []),
  ),
)('the definitions of %s are of the release in versions.yaml', (group, url) => {
  const { version = '', definitions = version } = VERSIONS.find((one) => one.group === group) ?? {};
  expect(url).toContain(`/v${definitions}/`);
});

test("the schemas are of versions.yaml's newest Kubernetes, and the oldest supported one is in it", () => {
  const text = read('tools/kubernetes.ts');
  const [, newest = ''] = /NEWEST = '(.*)'/.exec(text) ?? [];
  const [, oldest] = /OLDEST = '(.*)'/.exec(text) ?? [];
  const { version, definitions = version } = versionOf(`Kubernetes ${newest.replace(/\.\d+$/, '')}`);
  expect(newest).toBe(definitions);
  expect(VERSIONS[0]?.what).toBe(`Kubernetes ${oldest}`);
});

/** `docker.io/library/nginx` of `nginx`, as docker reads it. */
const fullName = (image: string) =>
  /^[^/]+[.:]/.test(image) ? image : `docker.io/${image.includes('/') ? '' : 'library/'}${image}`;

test('Dockerfiles begin with images of versions.yaml', () => {
  const bases = filesIn('charts')
    .filter((file) => /Dockerfile$/.test(file))
    .flatMap((file) => [...read(file).matchAll(/^FROM (\S+):(\S+)/gm)].map(([, image, tag]) => ({ file, image, tag })));
  expect(bases.length).toBeGreaterThan(10);
  const unknown = bases.filter(({ image = '', tag = '' }) =>
    VERSIONS.every((one) => one.image !== fullName(image) || !tag.replace(/^v/, '').startsWith(one.version)),
  );
  expect(unknown).toEqual([]);
});

test('no source names an image and a tag of versions.yaml by itself', () => {
  const sources = ['lib', 'charts', 'commands', 'tools'].flatMap(filesIn).filter((file) => file.endsWith('.ts'));
  const named = sources.flatMap((file) =>
    [...read(file).matchAll(/tag: '(?!v1\.0\.0)(v?\d[\w.-]*)'|default\('(v?\d+\.\d+\.\d+[\w.-]*)'\)/g)].map(
      ([text]) => `${file}: ${text}`,
    ),
  );
  expect(named).toEqual([]);
});
