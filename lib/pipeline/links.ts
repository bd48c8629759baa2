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

/** The system that a link names, or what is wrong with the names. */
function namedBy({ other }: Link, own: Linked, all: readonly Linked[]): Linked | string {
  if (other.system === own.name)
    return `given ${own.name}, this system itself, expected another one; a service of this file is named alone`;
  const found = all.find(({ name }) => name === other.system);
  if (found === undefined) {
    const others = all.map(({ name }) => name).filter((name) => name !== own.name);
    const expected = others.length === 0 ? 'and this environment has no other' : expectedOneOf(others, other.system);
    return `given the application "${other.system}", ${expected}`;
  }
  const services = Object.keys(found.links.services);
  if (services.includes(other.service)) return found;
  return `given "${other.service}" of ${other.system}, ${expectedOneOf(services, other.service)}`;
}

/** Whether a system states the other end of a link. */
function isStated(links: readonly Link[], { service, other }: Link, own: Linked): boolean {
  return links.some(
    (one) => one.service === other.service && one.other.system === own.name && one.other.service === service,
  );
}

/** What is wrong with a connection. @default - nothing */
function connectProblem(link: Link, own: Linked, all: readonly Linked[]): string | undefined {
  const found = namedBy(link, own, all);
  if (typeof found === 'string') return found;
  const { service, other } = link;
  const ports = (found.links.services[other.service]?.ports ?? []).map(({ name }) => name);
  if (ports.length === 0)
    return `given ${other.service} of ${other.system}, which has no port, expected one that listens`;
  if (other.port !== undefined && !ports.includes(other.port))
    return `given the port "${other.port}" of ${other.service}, ${expectedOneOf(ports, other.port)}`;
  if (isStated(found.links.allows, link, own)) return undefined;
  const place = formatLocation(found.locate(['services', other.service]));
  return `given a connection to ${other.service} of ${other.system}, which does not allow it, expected allows: [{ system: ${own.name}, service: ${service} }] at ${place}`;
}

/** What is wrong with what a service allows. @default - nothing */
function allowProblem(link: Link, own: Linked, all: readonly Linked[]): string | undefined {
  const found = namedBy(link, own, all);
  if (typeof found === 'string') return found;
  if (isStated(found.links.connects, link, own)) return undefined;
  const { service, other } = link;
  const place = formatLocation(found.locate(['services', other.service]));
  return `given ${other.service} of ${other.system}, which does not connect to ${service}, expected { system: ${own.name}, service: ${service} } in connectsTo, or a variable { url: ${service}, system: ${own.name} }, at ${place}`;
}

function problemsOf(own: Linked, all: readonly Linked[]): Problem[] {
  const { connects, allows } = own.links;
  const found = [
    ...connects.map((link) => ({ link, message: connectProblem(link, own, all) })),
    ...allows.map((link) => ({ link, message: allowProblem(link, own, all) })),
  ];
  return found.flatMap(({ link, message }) => (message === undefined ? [] : [{ ...own.locate(link.path), message }]));
}

/**
 * The links of all systems by environment: what each offers to others, connects to, and allows.
 *
 * @throws InputError when a link names what is not there, or only one of its two ends states it
 */
export function linksIn(
  { systems }: Pick<Registry, 'systems'>,
  settings: readonly Settings[],
): ReadonlyMap<string, Readonly<Record<string, Links>>> {
  const environments = [...groupBy(settings, ({ environment }) => environment.name)].map(([name, own]) => {
    const all = own.flatMap(({ system, environment, values, locate }): Linked[] => {
      const links = systems[system]?.links?.(environment, values);
      return links === undefined ? [] : [{ name: system, links, locate }];
    });
    return { name, all };
  });
  const problems = environments.flatMap(({ all }) => all.flatMap((own) => problemsOf(own, all)));
  if (problems.length > 0) throw new InputError(problems);
  return new Map(
    environments.map(({ name, all }) => [name, Object.fromEntries(all.map((one) => [one.name, one.links]))]),
  );
}
