// Runs the tests that need a browser: `npm run test:browser -- [JEST OPTION…]`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { NotPossible } from '../../lib/base/errors';
import { Program } from '../../lib/pipeline/program';
import { CHROMIUM, chromiumPath } from './chromium';

const HELP = `Opens what people look at in a real Chromium without a window, and tests it.

  npm run test:browser                  with the Chromium of ${CHROMIUM}, else with that of the path
  npm run test:browser -- -t PATTERN    only tests whose name matches`;

const args = process.argv.slice(2);

const program = new Program({
  name: 'test:browser',
  help: HELP,
  options: {},
  run: () => {
    if (chromiumPath() === undefined)
      throw new NotPossible(`no Chromium: install it (Debian's package chromium), or set ${CHROMIUM} to its path`);
    const jest = join(process.cwd(), 'node_modules/jest/bin/jest.js');
    const options = ['--config', 'jest.browser.config.mjs', ...args];
    return spawnSync(process.execPath, [jest, ...options], { stdio: 'inherit' }).status ?? 1;
  },
});

export default { start: () => program.start(args.includes('--help') ? ['--help'] : []) };
