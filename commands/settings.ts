// Prints all settings with the place each comes from: `npm run settings -- --env NAME --system NAME`.
import { registry } from '../charts';
import { InputError } from '../lib/base/problem';
import { environmentNames, FOLDER, readFile } from '../lib/config/environment-folders';
import { type Merged, originOf } from '../lib/config/layers';
import { type FileSchema, loadEnvironments, type Settings } from '../lib/config/load';
import { valueAt } from '../lib/config/parse';
import { withDefaults } from '../lib/config/written-defaults';
import type { YamlFile } from '../lib/config/yaml-file';
import { describe } from '../lib/pipeline/describe';
import { linksIn } from '../lib/pipeline/links';
import { Program } from '../lib/pipeline/program';
import { type OriginOf, printDerived, printSettings } from './settings/print';

const HELP = `Prints all settings of a system in an environment, defaults included, with the place each comes from.

  npm run settings -- --env prod --system salient

Behind each line: a file and its line, "preset …" or "llm …" for what a service is by its pattern, "tier …" for what the tier of the
environment decides, "requirements.users: …" with the arithmetic, "built in", or "default". The lines are those of an environment file: copy one there to change its value.`;

/** Settings as files and layers give them, with the place of each. */
interface Written {
  readonly value: unknown;
  readonly originOf: OriginOf;
}

/** Of a value that only the schema says. */
const DEFAULT = 'default';

/** What `defaults` gives to images that do not say their own. */
const SHARED: Readonly<Record<string, string>> = { tag: 'tag', image: 'registry' };

/** The settings of an application: of presets, tier, base and own file. */
function ofLayers(merged: Merged): Written {
  const has = (path: readonly PropertyKey[]) => valueAt(merged.value, path) !== undefined;
  return {
    value: merged.value,
    originOf: (path) => {
      const shared = ['defaults', SHARED[String(path.at(-1))] ?? ''];
      const from = path[0] === 'services' && !has(path) && has(shared) ? shared : path;
      return has(from) ? originOf(merged, from) : DEFAULT;
    },
  };
}

/** The settings of a system in TypeScript: of its file, and of its lists in files of their own. */
function ofFiles(root: string, { environment, system }: Settings, { collections = {} }: FileSchema): Written {
  const read = (name: string) => readFile(root, `${FOLDER}/${environment.name}/${name}.yaml`) as YamlFile;
  const own = read(system);
  const lists = Object.fromEntries(Object.keys(collections).map((name) => [name, read(name)]));
  const place = ({ file, value, locate }: YamlFile, path: readonly PropertyKey[]) =>
    valueAt(value, path) === undefined ? DEFAULT : `${file}:${locate(path).position?.line ?? 1}`;
  return {
    value: { ...(own.value as object), ...Object.fromEntries(Object.entries(lists).map(([k, one]) => [k, one.value])) },
    originOf: ([first = '', ...rest]) => {
      const list = lists[String(first)];
      return list === undefined ? place(own, [first, ...rest]) : place(list, rest);
    },
  };
}

export default new Program({
  name: 'settings',
  help: HELP,
  options: { env: { type: 'string' }, system: { type: 'string' } },
  required: ['env', 'system'],
  choices: { env: environmentNames, system: (root) => Object.keys(registry.in(root).schemas) },
  run: ({ env, system }, io) => {
    const all = registry.in(io.root);
    const definition = all.schemas[system] as FileSchema;
    const loaded = loadEnvironments(io.root, [env], all.schemas);
    const found = loaded.find((one) => one.system === system);
    if (found === undefined)
      throw new InputError([{ file: '--system', message: `${FOLDER}/${env} has no ${system}.yaml` }]);
    const written = found.merged === undefined ? ofFiles(io.root, found, definition) : ofLayers(found.merged);
    const complete = withDefaults(definition.settings(found.environment), written.value, found.values) as object;
    io.say(printSettings(complete, written.originOf));
    const { model } = describe(all, found, linksIn(all, loaded).get(env));
    if (model?.requirements !== undefined) io.say(printDerived(model.requirements));
    return 0;
  },
});
