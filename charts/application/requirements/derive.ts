import { isDeepStrictEqual } from 'node:util';
import type { Environment } from '../../../lib/config/environment';
import type { LayerSchema } from '../../../lib/config/layered-file';
import { type Layer, type Merged, type MergeRules, mergeLayers } from '../../../lib/config/layers';
import { valueAt } from '../../../lib/config/parse';
import { type ApplicationConfig, settingsOf } from '../settings';
import { loadOf } from './load';
import { inWords, joined, type Part, settingText } from './part';
import { podsOf, type ScaleOf } from './pods';
import { poolsOf } from './pools';
import { recoveryOf } from './recovery';
import { serviceLevelOf } from './service-level';

const NOTHING: Part = { rows: [], settings: [], problems: [], notices: [] };

/** Everything that follows from the requirements of an application. @param scaleOf the scale that its files say of a service */
function derive(settings: ApplicationConfig, { tier, development }: Environment, scaleOf: ScaleOf): Part {
  const { requirements: given } = settings;
  if (given === undefined) return NOTHING;
  const load = loadOf(settings, given);
  const pods = podsOf(settings, given, load, tier, scaleOf);
  return joined([
    load,
    pods,
    poolsOf(settings, given, load, pods, tier),
    serviceLevelOf(settings, given, load, development),
    recoveryOf(settings, given, development),
  ]);
}

/** The name of an application whose own one makes no difference. */
const ANY = 'app';

/**
 * The settings that follow from requirements, each as a layer of its own that is named by its arithmetic, so that what a file says wins.
 * None while the settings have mistakes.
 *
 * @param usual the layers that are weaker
 */
export function requirementLayers(
  environment: Environment,
  written: Merged,
  usual: readonly Layer[],
  schema: Pick<LayerSchema, 'remove' | keyof MergeRules>,
): Layer[] {
  if (valueAt(written.value, ['requirements']) === undefined) return [];
  const own: Layer = { name: written.file, value: written.value, yaml: written };
  const { value: merged } = schema.remove(mergeLayers(written.file, [...usual, own], schema));
  const parsed = settingsOf(environment, ANY).safeParse(merged);
  if (!parsed.success) return [];
  const { services } = parsed.data;
  const isSaid = (name: string) => valueAt(written.value, ['services', name, 'scale']) !== undefined;
  const { settings } = derive(parsed.data, environment, (name) => (isSaid(name) ? services[name]?.scale : undefined));
  return settings.map(({ path, value, why, from }) => ({
    name: why === undefined ? `requirements.${from}` : `requirements.${from}: ${why}`,
    value: path.reduceRight((inner, key) => ({ [key]: inner }), value),
  }));
}

/**
 * What follows from the requirements of an application with checked settings. Advice tells where its files say other values than those that
 * follow.
 */
export function requirementsOf(settings: ApplicationConfig, environment: Environment): Part {
  const ofService = (name: string) => settings.services[name]?.scale;
  const usual = derive(settings, environment, () => undefined);
  const isSaid = (name: string) =>
    usual.settings.some(
      ({ path, value }) => path[1] === name && path[2] === 'scale' && !isSame(ofService(name), value),
    );
  const all = derive(settings, environment, (name) => (isSaid(name) ? ofService(name) : undefined));
  const others = all.settings
    .map((one) => ({ ...one, own: valueAt(settings, one.path) }))
    .filter(({ path, value, checked = value, own }) => path[0] !== 'monitoring' && !isSame(own, checked));
  return {
    ...all,
    notices: [
      ...all.notices,
      ...others.map(({ path, value, checked, own, why, from }) => {
        const said = checked === undefined ? settingText(own) : inWords(own as number);
        return `${path.join('.')} is ${said}; requirements.${from} would give ${settingText(value)}${why === undefined ? '' : ` (${why})`}`;
      }),
    ],
  };
}

/** Whether two settings are the same, however their fields are ordered. */
function isSame(one: unknown, other: unknown): boolean {
  const plain = (value: unknown) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
  return isDeepStrictEqual(plain(one), plain(other));
}
