import { registry } from '../../charts';
import { InputError } from '../../lib/base/problem';
import { type BuiltSystem, buildEnvironments, isSystem } from '../../lib/pipeline/build';

/**
 * The systems of an environment, or the one that is asked for.
 *
 * @param system its name. @default - all
 * @throws InputError when an environment file is wrong, or the environment does not have the system
 */
export function systemsOf(root: string, environment: string, system?: string): BuiltSystem[] {
  const found = buildEnvironments(registry, root, [environment])
    .filter(isSystem)
    .filter((one) => system === undefined || one.system === system);
  if (system === undefined || found.length > 0) return found;
  const message = `given ${system}, which ${environment} does not have: environments/${environment}/${system}.yaml`;
  throw new InputError([{ file: '--system', message }]);
}
