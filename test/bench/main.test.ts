import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import bench from '../../bench/main';
import { folderWith, ROOT, runHere } from '../support';

test('numbers that are none are refused, all at once, before anything is measured', async () => {
  const { status, stderr } = await runHere(bench, ROOT, ['--tenants', '0', '--tenants', '1e3', '--rounds', 'many']);
  expect(status).toBe(2);
  expect(stderr.match(/^--\w+/gm)).toEqual(['--rounds', '--tenants', '--tenants']);
  expect(stderr).toContain('--tenants: given "1e3", expected a number from 1 to 99999');
});

test('the guard is not possible where helm cannot be built, and says why', async () => {
  const tools = folderWith({ go: '#!/bin/sh\necho no network >&2\nexit 1\n' });
  chmodSync(join(tools, 'go'), 0o755);
  const env = { PATH: `${tools}:${process.env.PATH}`, XDG_CACHE_HOME: tools };
  const { status, stderr } = await runHere(bench, ROOT, ['--guard'], { env });
  expect(status).toBe(3);
  expect(stderr).toMatch(/^helm is not measured: renderers: .*helm.* could not be built: no network$/m);
});
