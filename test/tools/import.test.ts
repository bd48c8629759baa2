import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { folderWith, ROOT } from '../support';

const crd = (group: string) => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.${group} }
spec:
  group: ${group}
  scope: Namespaced
  names: { kind: Widget, plural: widgets }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                size: { type: integer, description: How large }
`;
const sources = `- group: example.com
  version: v1
  url: https://example.com/
  crds: [widgets.yaml]
`;

/** Runs the import of this repository in another folder, which it reads and writes. */
function run(root: string, ...args: string[]) {
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return spawnSync(process.execPath, [join(ROOT, 'tools/run.mjs'), 'tools/import.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
  });
}

test('types are generated from a folder of definitions, without their descriptions', () => {
  const root = folderWith({ 'imports/sources.yaml': sources, 'crds/widgets.yaml': crd('example.com') });
  expect(run(root, '--from', 'crds')).toMatchObject({ status: 0, stdout: 'imports/example.com.ts\n', stderr: '' });
  const types = readFileSync(join(root, 'imports/example.com.ts'), 'utf8');
  expect(types).toMatch(/export class Widget extends ApiObject/);
  expect(types).toMatch(/readonly size\?: number;/);
  expect(types).not.toMatch(/How large/);
});

test.each([
  ['a missing definition', {}, /crds\/widgets\.yaml: is not there; imports\/sources\.yaml names it for example\.com/],
  [
    'a definition of another group',
    { 'crds/widgets.yaml': crd('other.com') },
    /widgets\.yaml: does not serve example\.com\/v1/,
  ],
])('%s is an error, and imports/ stays unchanged', (_, files, message) => {
  const root = folderWith({ 'imports/sources.yaml': sources, 'imports/example.com.ts': 'old', ...files });
  const result = run(root, '--from', 'crds');
  expect(result.status).toBe(2);
  expect(result.stderr).toMatch(message);
  expect(readFileSync(join(root, 'imports/example.com.ts'), 'utf8')).toBe('old');
  expect(existsSync(join(root, 'imports/example.com.ts.new'))).toBe(false);
});

test('without a folder the definitions are downloaded, and a missing one is an error', async () => {
  const found = `/v1.0.0/widgets.yaml`;
  const server = createServer(({ url }, response) => {
    response.statusCode = url === found ? 200 : 404;
    response.end(url === found ? crd('example.com') : '');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const from = async (release: string) => {
    const url = `http://127.0.0.1:${port}/${release}/`;
    const root = folderWith({ 'imports/sources.yaml': sources.replace('https://example.com/', url) });
    symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
    const child = spawn(process.execPath, [join(ROOT, 'tools/run.mjs'), 'tools/import.ts'], { cwd: root });
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const [status] = await once(child, 'close');
    return { status, stderr, written: existsSync(join(root, 'imports/example.com.ts')), url };
  };
  try {
    expect(await from('v1.0.0')).toMatchObject({ status: 0, stderr: '', written: true });
    const missing = await from('v2.0.0');
    expect(missing).toMatchObject({
      status: 3,
      stderr: `${missing.url}widgets.yaml responded with status 404\n`,
      written: false,
    });
  } finally {
    server.close();
  }
});
