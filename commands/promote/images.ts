import { registry } from '../../charts';
import { expectedOneOf } from '../../lib/base/nearest';
import { InputError } from '../../lib/base/problem';
import { imagesIn } from '../../lib/config/images';
import { loadEnvironments } from '../../lib/config/load';

export function settingsOf(root: string, system: string, environment: string): unknown {
  return loadEnvironments(root, [environment], registry.in(root).schemas).find((one) => one.system === system)?.values;
}

/** Whether an image is that of a service: a server of PostgreSQL and its clients may be of different versions. */
function isOfService([group]: readonly string[]): boolean {
  return group === 'services';
}

/** The image setting that a component's name means, and the paths of those with the same image, which run one version. */
export function imageOf(
  root: string,
  {
    system,
    component,
    environment,
  }: { readonly system: string; readonly component: string; readonly environment: string },
) {
  const settings = settingsOf(root, system, environment);
  const problem = (message: string) => new InputError([{ file: 'promote', message }]);
  if (settings === undefined) throw problem(`environments/${environment} has no ${system}.yaml`);
  const images = imagesIn(settings).map((one) => ({ ...one, name: one.path.join('.') }));
  const exact = images.filter(({ name }) => name === component);
  const short = images.filter(({ path }) => path.at(-1) === component);
  const [found, another] = exact.length > 0 ? exact : short;
  const names = images.map(({ name }) => name);
  if (found === undefined) throw problem(`given the component "${component}", ${expectedOneOf(names, component)}`);
  if (another !== undefined) {
    throw problem(`given the component "${component}", expected one of ${short.map(({ name }) => name).join(', ')}`);
  }
  const same = images.filter(
    ({ path, image }) => path !== found.path && image === found.image && [path, found.path].every(isOfService),
  );
  return { ...found, same: same.map(({ path }) => path) };
}
