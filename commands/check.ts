// Checks manifests: `npm run check -- [--env NAME [--system NAME]] [--format text|json|sarif|github] PATH…`.
import { registry } from '../charts';
import { environmentNames } from '../lib/config/environment-folders';
import { PLATFORM } from '../lib/config/platform';
import { buildEnvironments } from '../lib/pipeline/build';
import { judgeAs, withSettings } from '../lib/pipeline/judge';
import { checkProgram } from './check/program';

export default checkProgram('npm run check --', {
  environments: environmentNames,
  systems: (root) => Object.keys(registry.in(root).schemas),
  /** A system is checked together with its environment's platform, which it may refer to. */
  violationsOf: (objects, { env, system, prerequisites, rules, root }) => {
    const built = buildEnvironments(registry, root, [env]).filter(
      (one) => system === undefined || one.system === system || one.system === PLATFORM,
    );
    const beside = built.flatMap((one) => (system === undefined || one.system === system ? [] : one.objects));
    const all = judgeAs(built, [...beside, ...objects], prerequisites, rules);
    return all.filter(({ object }) => !beside.includes(object)).map((violation) => withSettings(violation, built));
  },
});
