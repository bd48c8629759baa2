import type { Blueprint, Refusal, Service } from './blueprint';

/** References to what the file does not have, or has otherwise. */
export function ofReferences({ services = [], databases = [], envVarGroups = [] }: Blueprint, one: Service): Refusal[] {
  const variables = one.envVars ?? [];
  return variables.flatMap(({ key, fromDatabase, fromService, fromGroup }) => {
    const at = `envVars.${key ?? fromGroup}`;
    const database = databases.find(({ name }) => name === fromDatabase?.name);
    const service = services.find(({ name }) => name === fromService?.name);
    return [
      ...(fromDatabase && !database ? [`${at}: no database is named ${fromDatabase.name}`] : []),
      ...(fromDatabase?.property === 'connectionPoolString' && database?.connectionPool === undefined
        ? [`${at}: ${fromDatabase.name} has no connectionPool`]
        : []),
      ...(fromService && !service ? [`${at}: no service is named ${fromService.name}`] : []),
      ...(fromService && service && service.type !== fromService.type
        ? [`${at}: ${service.name} is of type ${service.type}, given ${fromService.type}`]
        : []),
      ...(fromService?.envVarKey !== undefined &&
      service &&
      !service.envVars?.some((other) => other.key === fromService.envVarKey)
        ? [`${at}: ${service.name} has no variable ${fromService.envVarKey}`]
        : []),
      ...(fromGroup !== undefined && !envVarGroups.some(({ name }) => name === fromGroup)
        ? [`${at}: no group is named ${fromGroup}`]
        : []),
    ];
  });
}

/** Names that several resources have. */
export function twice(names: readonly string[]): Refusal[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) < index))].map((name) => `${name}: given twice`);
}

/** Services and databases of one Blueprint reach each other in one region alone. Source: render.com/docs, Private Network. */
export function ofRegions({ services = [], databases = [] }: Blueprint): Refusal[] {
  const regions = new Set(
    [...services.filter(({ runtime }) => runtime !== 'static'), ...databases].map(({ region = 'oregon' }) => region),
  );
  return regions.size > 1
    ? [`region: given ${[...regions].join(' and ')}, expected one, since private names are of one region`]
    : [];
}
