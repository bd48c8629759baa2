import { groupBy } from '../base/group';
import { expectedOneOf } from '../base/nearest';
import { formatLocation, InputError, type Problem } from '../base/problem';
import type { Settings } from '../config/load';
import type { Link, Links, Registry } from './definition';

/** The links of one system, with the places of its settings. */
interface Linked {
  readonly name: string;
  readonly links: Links;
  readonly locate: Settings['locate'];
}

/** What a link names, if it is there; otherwise what is wrong with it. */
function problemOf({ service, other, path }: Link, own: Linked, all: readonly Linked[]): string | undefined {
  const found = all.find(({ name }) => name === other.system);
  const others = all.map(({ name }) => name).filter((name) => name !== own.name);
  if (other.system === own.name)
    return `given ${own.name}, this system itself, expected another one; a service of this file is named alone`;
  if (found === undefined) {
    const expected = others.length === 0 ? 'and this environment has no other' : expectedOneOf(others, other.system);
    return `given the application "${other.system}", ${expected}`;
  }
  const target = found.links.services[other.service];
  if (target === undefined)
    return `given "${other.service}" of ${other.system}, ${expectedOneOf(Object.keys(found.links.services), other.service)}`;
  if (!own.links.connects.some((one) => one.path === path)) {
    const connects = found.links.connects.some(
      (one) => one.service === other.service && one.other.system === own.name && one.other.service === service,
    );
    if (connects) return undefined;
    const place = formatLocation(found.locate(['services', other.service]));
    return `given ${other.service} of ${other.system}, which does not connect to ${service}, expected { system: ${own.name}, service: ${service} } in connectsTo, or a variable { url: ${service}, system: ${own.name} }, at ${place}`;
  }
  const ports = target.ports.map(({ name }) => name);
  if (ports.length === 0)
    return `given ${other.service} of ${other.system}, which has no port, expected one that listens`;
  if (other.port !== undefined && !ports.includes(other.port))
    return `given the port "${other.port}" of ${other.service}, ${expectedOneOf(ports, other.port)}`;
  const allowed = found.links.allows.some(
    (one) => one.service === other.service && one.other.system === own.name && one.other.service === service,
  );
  if (allowed) return undefined;
  const place = formatLocation(found.locate(['services', other.service]));
  return `given a connection to ${other.service} of ${other.system}, which does not allow it, expected allows: [{ system: ${own.name}, service: ${service} }] at ${place}`;
}

/**
 * The links of all systems of each environment: what each offers to others, connects to, and allows.
 *
 * @throws InputError when a link names what is not there, or only one of its two ends states it
 */
export function linksIn(
  registry: Pick<Registry, 'systems'>,
  settings: readonly Settings[],
): ReadonlyMap<string, Readonly<Record<string, Links>>> {
  const problems: Problem[] = [];
  const environments = [...groupBy(settings, ({ environment }) => environment.name)].map(([name, own]) => {
    const all = own.flatMap(({ system, environment, values, locate }): Linked[] => {
      const links = registry.systems[system]?.links?.(environment, values);
      return links === undefined ? [] : [{ name: system, links, locate }];
    });
    for (const one of all) {
      for (const link of [...one.links.connects, ...one.links.allows]) {
        const message = problemOf(link, one, all);
        if (message !== undefined) problems.push({ ...one.locate(link.path), message });
      }
    }
    return [name, Object.fromEntries(all.map((one) => [one.name, one.links]))] as const;
  });
  if (problems.length > 0) throw new InputError(problems);
  return new Map(environments);
}
