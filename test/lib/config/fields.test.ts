import { cpu, duration, host, image, memory, seconds, storage } from '../../../lib/config/fields';
import { scale } from '../../../lib/config/scale';

const imageOf = (tag: string, mutable = false) => image(mutable).tag.safeParse(tag).success;

test.each(['v1.2.3', '2026-11-01', 'sha-abc123', '16.15-alpine'])('%s is a tag that stays', (tag) => {
  expect(imageOf(tag)).toBe(true);
});

test.each(['latest', 'Latest', 'main', 'stable-alpine', '', '-v1', 'v 1', 'a'.repeat(129)])('%p is none', (tag) => {
  expect(imageOf(tag)).toBe(false);
});

test('a tag may move where that is allowed', () => {
  expect(imageOf('latest', true)).toBe(true);
});

test.each([
  'nginx',
  'docker.io/library/postgres',
  'localhost:5000/app',
  'ghcr.io/yourorg/salient-backend',
  'a/b_c/d__e',
])('%s is a repository', (repository) => expect(image(false).image.safeParse(repository).success).toBe(true));

test.each([
  '',
  'App',
  'app:v1',
  'app@sha256:0',
  'https://ghcr.io/app',
  '/app',
  'app/',
  '..:99999/x',
  'ghcr.io//x',
  'a-._/b...c',
])('%p is none', (repository) => {
  expect(image(false).image.safeParse(repository).success).toBe(false);
});

test.each([
  ['200m..500m', { request: '200m', limit: '500m' }],
  ['1', { request: '1', limit: '1' }],
  ['0.5..2', { request: '0.5', limit: '2' }],
])('%s is CPU', (text, range) => {
  expect(cpu.parse(text)).toEqual(range);
});

test.each(['', '0', '-1', '1..', '..1', '1..2..3', '500m..200m', '1Gi', '1e3', '0.0001', '257'])(
  '%p is no CPU',
  (text) => {
    expect(cpu.safeParse(text).success).toBe(false);
  },
);

test.each([
  ['256Mi..512Mi', { request: '256Mi', limit: '512Mi' }],
  ['1Gi..1024Mi', { request: '1Gi', limit: '1024Mi' }],
  ['512M', { request: '512M', limit: '512M' }],
])('%s is memory', (text, range) => {
  expect(memory.parse(text)).toEqual(range);
});

test.each(['200mb', '1gi', '512m', '0Mi', '1Gi..1023Mi', '1 Gi', '512', '0.5', '9999Ti'])('%p is no memory', (text) => {
  expect(memory.safeParse(text).success).toBe(false);
});

test.each(['0Gi', '5', 'Gi', '5GiB'])('%p is no size of a volume', (text) => {
  expect(storage.safeParse(text).success).toBe(false);
});

test('a length of time is text for Kubernetes and seconds for applications', () => {
  expect(duration.parse('1h')).toBe('1h');
  expect([seconds.parse('90s'), seconds.parse('15m'), seconds.parse('2h')]).toEqual([90, 900, 7200]);
});

test.each(['', '0m', '1', '1d', 'm', '1.5h', '99999h'])('%p is no length of time', (text) => {
  expect(seconds.safeParse(text).success).toBe(false);
});

test.each(['a.b', 'api.salient.ai', `${'a'.repeat(63)}.example.com`])('%s is a host', (text) => {
  expect(host.safeParse(text).success).toBe(true);
});

test.each([
  'localhost',
  '*.example.com',
  'a..b',
  '-a.b',
  'a.b:80',
  'a.b/',
  `${'a'.repeat(64)}.example.com`,
  `${'a.'.repeat(127)}ab`,
])('%p is none', (text) => expect(host.safeParse(text).success).toBe(false));

test.each([
  [{ replicas: 2 }, true],
  [{ min: 1, max: 1, cpu: 70 }, true],
  [{ min: 2, max: 1, cpu: 70 }, false],
  [{ min: 1, max: 2 }, false],
  [{ max: 2, cpu: 70 }, false],
  [{ replicas: 2, cpu: 70 }, false],
  [{}, false],
  [{ replicas: 0 }, false],
])('scale %j', (value, valid) => {
  expect(scale.safeParse(value).success).toBe(valid);
});
