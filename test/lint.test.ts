import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderWith, ROOT } from './support';

/** Lints a file that imports one module, by the rules of this project. */
function lint(file: string, module: string): string {
  const root = folderWith({});
  cpSync(join(ROOT, 'biome.json'), join(root, 'biome.json'));
  mkdirSync(join(root, file, '..'), { recursive: true });
  writeFileSync(join(root, file), `import { a } from '${module}';\n\nconsole.log(a);\n`);
  const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
  const result = spawnSync(process.execPath, [biome, 'lint', '--vcs-enabled=false', file], {
    cwd: root,
    encoding: 'utf8',
  });
  return result.stdout + result.stderr;
}

test.each([
  ['constructs/x.ts', '../config/problem'],
  ['constructs/x.ts', '../charts/systems'],
  ['constructs/secrets/x.ts', '../../config'],
  ['constructs/x.ts', '../checks'],
  ['config/x.ts', '../charts/systems'],
  ['config/x.ts', '../constructs'],
  ['charts/x.ts', '../checks'],
  ['charts/salient/x.ts', '../../output'],
  ['charts/salient/x.ts', '../../main'],
  ['checks/x.ts', '../constructs'],
  ['checks/x.ts', '../config'],
  ['output/x.ts', '../checks'],
  ['output/x.ts', '../charts/systems'],
  ['checks/x.ts', '../commands/intent'],
  ['checks/x.ts', '../diff'],
  ['diff/x.ts', '../charts/systems'],
  ['diff/format/x.ts', '../../commands/git'],
  ['output/x.ts', '../diff'],
])('%s may not import %s', (file, module) => {
  expect(lint(file, module)).toMatch(/may import .* only: data flows one way/);
});

test.each([
  ['constructs/x.ts', './config-map'],
  ['constructs/secrets/x.ts', '../../imports/external-secrets.io'],
  ['charts/salient/x.ts', '../../config/salient'],
  ['charts/x.ts', '../constructs'],
  ['checks/x.ts', './violation'],
  ['diff/format/x.ts', '../../checks/violation'],
  ['diff/format/x.ts', 'diff'],
  ['main.ts', './checks'],
])('%s may import %s', (file, module) => {
  expect(lint(file, module)).not.toMatch(/data flows one way/);
});
