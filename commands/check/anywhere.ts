// The content of berth-check.mjs, which needs Node only: a program, and a validation of the cdk8s CLI, which imports it.
import { existsSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkProgram } from './program';

export { BerthValidation } from './validation';

const [, started] = process.argv;
// An importer's first argument need not be a file.
if (started !== undefined && existsSync(started) && realpathSync(started) === fileURLToPath(import.meta.url)) {
  void checkProgram('node berth-check.mjs').start();
}
