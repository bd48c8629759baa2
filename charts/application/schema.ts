import type { Environment } from '../../lib/config/environment';
import { checkConsistency } from './consistency';
import { settingsOf } from './settings';

/** The schema of an application's settings: `environments/<environment>/<name>.yaml`, merged with its base and its presets. */
export function applicationSchema(environment: Environment, name: string) {
  return settingsOf(environment, name).check(({ value, issues }) => {
    checkConsistency(name, value, environment, (path, message) =>
      issues.push({ code: 'custom', path: [...path], message, input: value, params: { whole: true } }),
    );
  });
}
