import { expectedOneOf } from '../../lib/base/nearest';
import { queueAuthority } from './context';
import {
  databasePiece,
  helpersIn,
  isPrivate,
  isServer,
  NO_PRIVATE,
  objectPiece,
  portsOf,
  serviceOfPart,
} from './names';
import { EXTERNAL_PIECES, isPart, isPartName, PART_NAMES, PART_PIECES, type PartName, partIn } from './piece-names';
import type { ApplicationConfig, ServiceConfig } from './settings';
import type { Reference, Value } from './values';

/** Reports a problem at a path: what was given and what was expected. */
export type Report = (path: readonly PropertyKey[], message: string) => void;

/** A service, and what a check of it needs. */
export interface Subject {
  readonly settings: ApplicationConfig;
  readonly name: string;
  readonly service: ServiceConfig;
  readonly report: Report;
}

type Path = readonly PropertyKey[];

/**
 * Checks that a service is one that others can connect to.
 *
 * @param what is asked of it, such as `url`
 * @param port the name of its port. @default - the main one
 */
export function checkService(
  { settings, name, report }: Subject,
  target: string,
  path: Path,
  what: string,
  port?: string,
): void {
  const { services, external } = settings;
  const found = Object.hasOwn(services, target) ? services[target] : undefined;
  if (found === undefined) {
    const other = Object.hasOwn(external, target)
      ? `; ${target} is an external server: { external: ${target}.url }`
      : settings.without.includes(target)
        ? `; this environment goes without ${target}`
        : '';
    report(path, `given ${what} of "${target}", ${expectedOneOf(Object.keys(services), target)}${other}`);
  } else if (target === name) {
    report(path, `given a connection of ${name} to itself, expected another service; inside a pod use localhost`);
  } else if (!isServer(found) || portsOf(found).length === 0) {
    report(
      path,
      `given ${what} of "${target}", which has no port, expected a service that listens; a worker cannot be called`,
    );
  } else if (port !== undefined) checkPort(found, port, path, report, ` of ${target}`);
}

/** Checks that a service has a port of a name. */
export function checkPort(service: ServiceConfig, port: string, path: Path, report: Report, of = ''): void {
  const names = portsOf(service).map(({ name }) => name);
  if (!names.includes(port)) report(path, `given the port "${port}"${of}, ${expectedOneOf(names, port)}`);
}

/** Checks that a text names a piece of a database. */
export function checkDatabase({ settings, report }: Subject, path: Path, text: string): void {
  const found = databasePiece(settings, text);
  if ('problem' in found) report(path, `given { database: ${text} }, expected ${found.problem}`);
}

/** Checks that a text names a piece of a bucket. */
function checkObject({ settings, report }: Subject, path: Path, text: string): void {
  const found = objectPiece(settings, text);
  if ('problem' in found) report(path, `given { objectStorage: ${text} }, expected ${found.problem}`);
}

const CREDENTIALS = /^([a-z][a-z0-9+.-]*:\/\/[^/\s:@]*):[^/\s@]+@/i;
const ADDRESS = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([a-z][-a-z0-9]*):\d{1,5}(?:\/|$)/;

/** The host of a URL or an address. */
function hostIn(text: string): string {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^/:\s]+)(?::\d{1,5})?(?:\/.*)?$/.exec(text)?.[1] ?? '';
}

function checkText({ settings, name, service: { connectsTo }, report }: Subject, path: Path, text: string): void {
  const short = text.slice(0, 80);
  if (CREDENTIALS.test(text)) {
    const shown = short.replace(CREDENTIALS, '$1:…@');
    report(
      path,
      `given ${shown} as text, expected no password in a file; write { database: url }, or put the value into secrets`,
    );
    return;
  }
  const outside = Object.entries(settings.external).find(([, { host }]) => hostIn(text) === host);
  if (outside !== undefined && !connectsTo.includes(outside[0])) {
    const piece = text.includes('://') ? 'url' : text === outside[1].host ? 'host' : 'address';
    report(
      path,
      `given "${short}" as text, and ${outside[0]} is an external server of this file: text opens no connection; write { external: ${outside[0]}.${piece} }`,
    );
    return;
  }
  const target = ADDRESS.exec(text)?.[1] ?? '';
  const found = target !== name && Object.hasOwn(settings.services, target) ? settings.services[target] : undefined;
  if (found === undefined || portsOf(found).length === 0) return;
  const form = text.includes('://') ? `{ url: ${target} }` : `{ address: ${target} }`;
  report(
    path,
    `given "${short}" as text, and ${target} is a service of this file: text opens no connection; write ${form}`,
  );
}

function checkExternal({ settings, report }: Subject, path: Path, text: string): void {
  const [target = '', ...rest] = text.split('.');
  const piece = rest.join('.');
  const one = Object.hasOwn(settings.external, target) ? settings.external[target] : undefined;
  const known: readonly string[] = EXTERNAL_PIECES;
  if (one === undefined) {
    checkName(report, path, 'external server', target, settings.external);
  } else if (!known.includes(piece)) {
    report(
      path,
      `given { external: ${text} }, ${expectedOneOf(
        known.map((name) => `${target}.${name}`),
        text,
      )}`,
    );
  } else if (
    ['user', 'name', 'password', 'ca'].includes(piece) &&
    one[piece as 'user' | 'name' | 'password' | 'ca'] === undefined
  ) {
    report(path, `given { external: ${text} }, and ${target} has no ${piece}; expected external.${target}.${piece}`);
  }
}

function checkPart(subject: Subject, path: Path, part: PartName, piece: string): void {
  const { settings, name, report } = subject;
  const known: readonly string[] = PART_PIECES[part];
  if (settings[part] === undefined)
    report(path, `given ${part}, a part that this file does not have; expected ${part}: { … }`);
  else if (!known.includes(piece))
    report(path, `given the piece "${piece}" of ${part}, ${expectedOneOf(known, piece)}`);
  else if (part === 'queue' && piece === 'ca' && queueAuthority(settings) === undefined)
    report(path, 'given { queue: ca }, and queue has no ca; expected queue.ca of a kind external');
  else if (serviceOfPart(settings, part) === name) checkService(subject, name, path, part);
}

/** The pieces in a composed text are those of its part, and none that is composed itself. */
function checkComposed(subject: Subject, path: Path, { text = '', from }: Reference): void {
  const pieces = [...text.matchAll(/\{([a-zA-Z]+)(?::url)?\}/g)].map(([, piece = '']) => piece);
  const { report } = subject;
  if (from === undefined) {
    report(
      path,
      `given text without from, expected from: database, objectStorage, ${PART_NAMES.join(', ')} or a name of external`,
    );
    return;
  }
  if (pieces.length === 0) {
    report(path, `given a text without a piece of ${from}, expected one such as {host}, or the text alone`);
    return;
  }
  for (const piece of pieces) {
    if (['url', 'asyncpg', 'npgsql', 'jdbc'].includes(piece) && from !== 'identity')
      report(
        path,
        `given {${piece}} in a text, expected single pieces such as {host}; a whole URL is { database: url } or the like`,
      );
    else if (isPartName(from)) checkPart(subject, path, from, piece);
    else if (isPart(from)) {
      const text = [...from.split('.').slice(1), piece].join('.');
      if (from.split('.')[0] === 'database') checkDatabase(subject, path, text);
      else checkObject(subject, path, text);
    } else checkExternal(subject, path, `${from}.${piece}`);
  }
}

function checkName(report: Report, path: Path, what: string, name: string | undefined, known: object): void {
  if (name === undefined || Object.hasOwn(known, name)) return;
  const names = Object.keys(known);
  report(path, `given the ${what} "${name}", ${names.length === 0 ? 'and there is none' : expectedOneOf(names, name)}`);
}

function checkReference(subject: Subject, path: Path, one: Reference): void {
  const { settings, report } = subject;
  // What other systems have is known when all of them are read.
  if (one.url !== undefined && one.system === undefined) checkService(subject, one.url, path, 'url', one.port);
  if (one.address !== undefined && one.system === undefined)
    checkService(subject, one.address, path, 'address', one.port);
  if (one.database !== undefined) checkDatabase(subject, path, one.database);
  if (one.objectStorage !== undefined) checkObject(subject, path, one.objectStorage);
  const named = partIn(one);
  if (named !== undefined) checkPart(subject, path, named.part, named.piece);
  if (one.external !== undefined) checkExternal(subject, path, one.external);
  if (one.text !== undefined) checkComposed(subject, path, one);
  checkName(report, path, 'host', one.public, settings.hosts);
  checkName(report, path, 'key of config', one.config, settings.config);
  checkName(report, path, 'shared secret', one.secret, settings.sharedSecrets);
}

function checkVariables(subject: Subject, env: Readonly<Record<string, Value>>, path: Path): void {
  for (const [variable, value] of Object.entries(env)) {
    if (typeof value === 'string') checkText(subject, [...path, variable], value);
    else checkReference(subject, [...path, variable], value);
  }
}

/** Checks that whatever the variables and files of a service refer to is there. */
export function checkReferences(subject: Subject): void {
  const { name, service, report } = subject;
  const path = ['services', name];
  checkVariables(subject, service.env, [...path, 'env']);
  for (const helper of helpersIn(service)) checkVariables(subject, helper.one.env, [...path, ...helper.path, 'env']);
  for (const variable of Object.keys(service.secrets)) {
    const value = service.env[variable];
    if (value !== undefined && (typeof value === 'string' || !value.unset))
      report([...path, 'secrets', variable], `given ${variable} in env and in secrets, expected it once`);
  }
  for (const [file, { config, secret }] of Object.entries(service.files)) {
    checkName(report, [...path, 'files', file], 'key of config', config, subject.settings.config);
    checkName(report, [...path, 'files', file], 'shared secret', secret, subject.settings.sharedSecrets);
  }
  checkModels(subject, path);
}

/** Language models and their tools are services, or servers that can be reached. */
function checkModels(subject: Subject, path: Path): void {
  const { service, report } = subject;
  for (const [key, one] of Object.entries(service.mcp)) {
    if ('service' in one) checkService(subject, one.service, [...path, 'mcp', key, 'service'], 'url');
    else checkReachable(one.url, one.addresses, [...path, 'mcp', key, 'url'], report);
  }
  const { endpoint, addresses } = service.llm ?? {};
  if (endpoint === undefined) return;
  if (endpoint.includes('://')) checkReachable(endpoint, addresses, [...path, 'llm', 'endpoint'], report);
  else checkService(subject, endpoint, [...path, 'llm', 'endpoint'], 'url');
}

/** Checks that a URL's host is among public addresses, or has addresses of its own. */
export function checkReachable(url: string, addresses: object | undefined, path: Path, report: Report): void {
  if (addresses === undefined && isPrivate(new URL(url).hostname))
    report(path, `given "${url}", whose name is a private one, ${NO_PRIVATE} addresses beside it`);
}
