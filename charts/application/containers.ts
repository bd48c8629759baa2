import type { Image } from '../../lib/base/image';
import type { ComponentProps } from '../../lib/model/component';
import { Config } from '../../lib/model/config';
import type { ContainerProps, Mount } from '../../lib/model/container';
import type { Secret } from '../../lib/model/secret';
import { volumeName } from '../../lib/model/storage';
import { type Application, authorityFile } from './context';
import { probesOf } from './health';
import { externalIn, folderOf, helperPort, isDatabase, isQueue, usesObjects } from './names';
import { MEANINGS } from './presets';
import type { Helper } from './service';
import type { ServiceConfig } from './settings';
import { fileKey, type Variables } from './variables';

const baseOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

/** The mounts of a service's files: a ConfigMap for each folder of texts, and its Secret for each folder of secrets. */
function mountsOf(app: Application, name: string, { files }: ServiceConfig, secret: Secret | undefined): Mount[] {
  const folders = [...new Set(Object.keys(files).map(folderOf))];
  return folders.flatMap((path): Mount[] => {
    const here = Object.entries(files).filter(([file]) => folderOf(file) === path);
    const texts = here.flatMap(([file, { text, config }]) => {
      const content = text ?? (config === undefined ? undefined : app.settings.config[config]);
      return content === undefined ? [] : [[baseOf(file), content] as const];
    });
    const secrets = Object.fromEntries(
      here.flatMap(([file, one]) => (one.secret === undefined ? [] : [[fileKey(one.secret), baseOf(file)]])),
    );
    const config = new Config<string>(app.namespace, `${name}-files-${volumeName(path)}`, Object.fromEntries(texts));
    const keys = Object.keys(secrets);
    const beside = here.some(([, one]) => one.beside);
    return [
      ...(texts.length === 0 ? [] : [{ path, from: config, beside }]),
      ...(keys.length === 0 || secret === undefined ? [] : [{ path, from: secret, keys, files: secrets, beside }]),
    ];
  });
}

/** As whom the containers of a service run, in the cluster and in the cloud. */
export function userOf(
  { settings: { objectStorage } }: Application,
  service: ServiceConfig,
): Pick<ComponentProps, 'user' | 'group' | 'root' | 'awsRole'> {
  const { user, allow } = service;
  const auth = objectStorage?.auth ?? 'keys';
  return {
    user: user.id,
    group: user.group,
    root: user.id === 0 ? allow.root : undefined,
    awsRole: auth !== 'keys' && usesObjects(service) ? auth.role : undefined,
  };
}

function usesDatabase(env: ServiceConfig['env'], more: ServiceConfig['connectsTo']): boolean {
  return (
    Object.values(env).some(isDatabase) ||
    more.some((one) => one === 'database' || (typeof one === 'object' && 'database' in one))
  );
}

/**
 * The variable by which clients find the certificate of the database's authority. Those that don't read it are told the path by
 * `{ database: ca }`. Source: postgresql.org, libpq, Environment Variables; asyncpg and Npgsql read it, too.
 */
function authorityVariables(
  { authorities }: Application,
  env: ServiceConfig['env'],
  more: ServiceConfig['connectsTo'] = [],
): { readonly PGSSLROOTCERT?: string } {
  const known = Object.hasOwn(authorities.data, 'database') && usesDatabase(env, more);
  return known ? { PGSSLROOTCERT: authorityFile('database') } : {};
}

/**
 * The mounts of external servers' own authorities: those that the variables of a container refer to.
 *
 * @param more the entries of `connectsTo`
 */
function authorityMounts(
  { authorities }: Application,
  env: ServiceConfig['env'],
  more: ServiceConfig['connectsTo'] = [],
): Mount[] {
  const named = [
    ...Object.values(env).flatMap((one) => [externalIn(one), ...(isQueue(one) ? ['queue'] : [])]),
    ...(usesDatabase(env, more) ? ['database'] : []),
    ...more,
  ];
  return Object.keys(authorities.data)
    .filter((name) => named.includes(name))
    .map((name) => ({
      path: folderOf(authorityFile(name)),
      from: authorities,
      keys: [name],
      files: { [name]: 'ca.crt' },
    }));
}

export function imageOf({ image, tag, digest }: { image: string; tag: string; digest?: string | undefined }): Image {
  return { image, tag, ...(digest !== undefined && { digest }) };
}

/** Docker's ENTRYPOINT and CMD are Kubernetes' command and args. */
function commandOf({
  entrypoint,
  command,
}: Pick<Helper, 'entrypoint' | 'command'>): Pick<ContainerProps, 'command' | 'args'> {
  return { ...(entrypoint && { command: entrypoint }), ...(command && { args: command }) };
}

function resourcesOf(
  { cpu, memory }: Pick<Helper, 'cpu' | 'memory'>,
  gpu?: ServiceConfig['gpu'],
): ContainerProps['resources'] {
  if (cpu === undefined || memory === undefined)
    throw new Error('a container without resources, expected those that are built in');
  return { cpu, memory, ...(gpu && { devices: { [gpu.resource]: gpu.count } }) };
}

/** The containers beside a service in its pod. */
export function helpersOf(
  app: Application,
  all: ServiceConfig['init'],
  variables: Variables,
  runs: 'once' | 'always',
): ContainerProps[] {
  return Object.entries(all).map(([name, one]): ContainerProps => {
    const ports = one.port === undefined ? {} : { [helperPort(name)]: one.port };
    return {
      name,
      image: imageOf(one),
      ...commandOf(one),
      env: { ...authorityVariables(app, one.env), ...variables.of(one.env) },
      mounts: authorityMounts(app, one.env),
      resources: resourcesOf(one),
      scratch: one.writes,
      ports,
      ...(runs === 'always' && { probes: probesOf(one.health, one.port !== undefined) }),
    };
  });
}

/**
 * The container that runs a service, or one of its Jobs.
 *
 * @param words the command of the Job. @default - that of the service
 */
export function containerOf(
  app: Application,
  name: string,
  service: ServiceConfig,
  variables: Variables,
  words?: readonly string[],
): Omit<ContainerProps, 'ports' | 'probes'> {
  return {
    name,
    image: imageOf(service),
    ...commandOf(words === undefined ? service : { entrypoint: service.entrypoint, command: [...words] }),
    env: { ...authorityVariables(app, service.env, service.connectsTo), ...variables.own() },
    meanings: MEANINGS,
    mounts: [
      ...mountsOf(app, name, service, variables.secret),
      ...authorityMounts(app, service.env, service.connectsTo),
    ],
    scratch: service.writes,
    writableRoot: service.allow.writableRoot !== undefined,
    // A Job beside it runs on any node.
    resources: resourcesOf(service, words === undefined ? service.gpu : undefined),
  };
}
