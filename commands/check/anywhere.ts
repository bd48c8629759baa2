// The content of berth-check.mjs, which needs Node only: a program, and a validation of the cdk8s CLI, which imports it.
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkProgram } from './program';

export { BerthValidation } from './validation';

const [, started] = process.argv;
if (started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url)) {
  void checkProgram('node berth-check.mjs').start();
}
