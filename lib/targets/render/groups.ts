import { groupBy } from '../../base/group';
import type { Blueprint, Service, Variable } from './blueprint';

type Group = NonNullable<Blueprint['envVarGroups']>[number];

const keyOf = ({ key, value }: Variable) => `${key}=${String(value)}`;

/**
 * Groups of the variables that several services have with one value: a group for each set of services. PORT is of each service alone, and
 * a static site reads its variables when it is built.
 */
export function groupsOf(
  instance: string,
  services: readonly Service[],
): { readonly groups: readonly Group[]; variablesOf(service: Service): readonly Variable[] } {
  const all = services
    .filter(({ runtime }) => runtime !== 'static')
    .flatMap(({ name, envVars = [] }) =>
      envVars.filter(({ key, value }) => value !== undefined && key !== 'PORT').map((variable) => ({ name, variable })),
    );
  const readers = new Map(
    [...groupBy(all, ({ variable }) => keyOf(variable))].map(([key, found]) => [key, found.map(({ name }) => name)]),
  );
  const shared = [...readers].filter(([, names]) => names.length > 1);
  const sets = [...groupBy(shared, ([, names]) => names.join(' ')).values()].map((entries, index) => ({
    names: entries[0]?.[1] as readonly string[],
    keys: entries.map(([key]) => key),
    name: `${instance}-shared${index === 0 ? '' : `-${index + 1}`}`,
  }));
  const variableOf = (key: string) => all.find(({ variable }) => keyOf(variable) === key)?.variable as Variable;
  return {
    groups: sets.map(({ name, keys }) => ({ name, envVars: keys.map(variableOf) })),
    variablesOf: (service) => {
      const own = service.runtime === 'static' ? [] : sets.filter(({ names }) => names.includes(service.name));
      const grouped = own.flatMap(({ keys }) => keys);
      return [
        ...own.map(({ name }) => ({ fromGroup: name })),
        ...(service.envVars ?? []).filter((one) => !grouped.includes(keyOf(one))),
      ];
    },
  };
}
