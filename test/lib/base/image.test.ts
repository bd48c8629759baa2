import { namesFullVersion } from '../../../lib/base/image';

test.each([
  ['example.com/api', 'v1.2.3'],
  ['example.com/api', '2026.11.0'],
  ['docker.io/edoburu/pgbouncer', 'v1.25.2-p0'],
  ['docker.io/library/redis', '7.4.11-alpine'],
  ['docker.io/bitnami/postgresql', '17.2.0-debian-12-r1'],
  ['docker.io/clickhouse/clickhouse-server', '24.8.4.13'],
  ['example.com/jre', 'jre-21.0.4'],
  ['docker.io/library/postgres', '16.15'],
  ['postgres', '17.2-bookworm'],
  ['ghcr.io/cloudnative-pg/postgresql', '16.15-system-trixie'],
  ['docker.io/library/debian', 'bookworm-20261130-slim'],
  ['docker.io/minio/minio', 'RELEASE.2026-11-30T16-13-09Z'],
  ['example.com/api', '20261130161309'],
  ['example.com/api', '3f2a9c1'],
  ['example.com/api', 'main-3f2a9c1d'],
  ['example.com/api', 'sha-3f2a9c'],
  ['example.com/api', 'v1.2-14-g3f2a9c1'],
  ['example.com/api', 'build20261130'],
  ['example.com/api', 'nightly-20261130'],
])('%s:%s names one version', (image, tag) => {
  expect(namesFullVersion(image, tag)).toBe(true);
});

test.each([
  ['docker.io/library/postgres', '16-alpine'],
  ['docker.io/library/postgres', '9.6'],
  ['docker.io/postgis/postgis', '16-3.4'],
  ['example.com/api', 'v1'],
  ['docker.io/library/node', 'node-20'],
  ['docker.io/library/nginx', '1.27'],
  ['docker.io/library/nginx', '1.27-alpine3.20.3'],
  ['docker.io/library/ubuntu', '24.04'],
  ['docker.io/library/redis', '7.4-alpine'],
  ['example.com/api', 'latest'],
  ['example.com/api', 'build-123'],
  ['example.com/api', '2026-13-01'],
  ['example.com/api', '1.2.x'],
  ['example.com/api', '1.2.3-SNAPSHOT'],
  ['example.com/api', 'latest-1.2.3'],
  ['example.com/api', 'defaced'],
])('%s:%s may move', (image, tag) => {
  expect(namesFullVersion(image, tag)).toBe(false);
});
