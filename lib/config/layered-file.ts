import { formatLocation, type Problem } from '../base/problem';
import { ENVIRONMENT, type Environment } from './environment';
import { PATTERN } from './environment-folders';
import { isMapping, type Layer, type Merged, type MergeRules, mergeLayers } from './layers';
import { valueAt } from './parse';
import { type ReadingRules, readValues } from './source-files';
import type { YamlDocument } from './yaml-file';

/** How the settings of a system come from several files and built-in defaults. */
export interface LayerSchema extends MergeRules, ReadingRules {
  /**
   * The built-in layers, the weakest one first.
   *
   * @param written what the files say
   */
  readonly defaults: (environment: Environment, written: Merged) => readonly Layer[];
  /** What `applications` of `environment.yaml` says for the system with a name. */
  readonly common: (applications: unknown, name: string) => unknown;
  /** Takes away what an environment does not have. */
  readonly remove: (merged: Merged) => { readonly value: unknown; readonly problems: readonly Problem[] };
}

/** The files with the settings of a system, of which the first is the strongest. */
export interface LayerFiles {
  /** `environments/<environment>/<system>.yaml` */
  readonly own: YamlDocument;
  /** `environments/<system>.yaml`. @default - none */
  readonly base?: YamlDocument | undefined;
  /** `environments/<environment>/environment.yaml`. @default - none */
  readonly environment?: YamlDocument | undefined;
}

/** The key of `environment.yaml` with what all applications of an environment have in common. */
const APPLICATIONS = 'applications';

/** The layer of `environment.yaml`. */
function commonLayer({ common }: LayerSchema, name: string, yaml: YamlDocument | undefined): Layer[] {
  const applications = (yaml?.value as Record<string, unknown> | null | undefined)?.[APPLICATIONS];
  if (yaml === undefined || applications === undefined) return [];
  return [
    {
      name: `${ENVIRONMENT}.yaml`,
      value: common(applications, name),
      yaml: {
        locate: (path) => yaml.locate([APPLICATIONS, ...path]),
        locateKey: (path, key) => yaml.locateKey([APPLICATIONS, ...path], key),
      },
    },
  ];
}

/** The problem of two files that say different patterns: the settings of both are for one of them only. */
function patternProblems({ own, base }: LayerFiles): Problem[] {
  const [mine, theirs] = [own, base].map((yaml) => valueAt(yaml?.value, [PATTERN]));
  if (base === undefined || mine === undefined || theirs === undefined || mine === theirs) return [];
  const place = formatLocation(base.locate([PATTERN]));
  const message = `given ${mine}, expected ${theirs}, as ${place} says, or no ${PATTERN} here`;
  return [{ ...own.locate([PATTERN]), path: PATTERN, message }];
}

/**
 * Merges the settings of a system in an environment: built-in defaults, then what the environment gives to all applications, then the
 * base, then its own file.
 */
export function layeredFile(
  root: string,
  environment: Environment,
  name: string,
  schema: LayerSchema,
  files: LayerFiles,
): { merged: Merged; problems: readonly Problem[] } {
  const { own, base } = files;
  const wrong: Problem[] =
    base === undefined || isMapping(base.value)
      ? []
      : [{ ...base.locate([]), message: 'given no mapping, expected settings by their names' }];
  const read = [...(base === undefined ? [] : [base]), own].map((yaml) => ({
    yaml,
    ...readValues(root, yaml, schema),
  }));
  const written = [
    ...commonLayer(schema, name, files.environment),
    ...read.map(({ yaml, value }): Layer => ({ name: yaml.file, value, yaml })),
  ];
  const defaults = schema.defaults(environment, mergeLayers(own.file, written, schema));
  const merged = mergeLayers(own.file, [...defaults, ...written], schema);
  const { value, problems } = schema.remove(merged);
  return {
    merged: { ...merged, value },
    problems: [...wrong, ...patternProblems(files), ...read.flatMap((one) => one.problems), ...problems],
  };
}
