import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queue } from '../../../lib/parts/rabbitmq/settings';
import { ROOT } from '../../support';

test('a container that starts again in its pod writes its files anew', () => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-rabbitmq-'));
  // root may write any file.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(folder, 999, 999);
  const server = join(folder, 'rabbitmq-server');
  writeFileSync(server, '#!/bin/sh\n');
  chmodSync(server, 0o755);
  for (const name of ['start.sh', 'definitions.sh'])
    copyFileSync(join(ROOT, 'lib/parts/rabbitmq', name), join(folder, name));
  const env = {
    ...{ PATH: `${folder}:${process.env.PATH}`, HOME: folder, QUEUE_USER: 'shop', QUEUE_VHOST: '/' },
    QUEUE_PASSWORD: 'application',
  };
  const start = () => {
    const { status, stderr } = spawnSync('/bin/sh', [join(folder, 'start.sh')], {
      env,
      encoding: 'utf8',
      ...(isRoot && { uid: 999, gid: 999 }),
    });
    return [status, stderr];
  };
  try {
    expect([start(), start()]).toEqual([
      [0, ''],
      [0, ''],
    ]);
    expect(statSync(join(folder, '.erlang.cookie')).mode & 0o777).toBe(0o400);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  ['shop', 'shop'],
  ['backup', 'backup-app'],
])('the user of the application %s is %s', (application, user) => {
  expect(queue(false, application).parse({ kind: 'statefulset' }).user).toBe(user);
});
