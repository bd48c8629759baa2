import { namedValues } from './environment-variables';
import { healthOf } from './health';
import { missingIn } from './interpolation';
import { tagOfServer } from './parts';
import type { Planned, ServicePort } from './plan';
import { resourcesOf } from './resources';
import { hasPassword, isSecretName } from './secrets';
import { commandOf, duration, type ImageParts, imageOf, secondsOf } from './short-forms';
import { type Context, type Values, valuesOf } from './values';
import type { Paths } from './volumes';

type Setting = Readonly<Record<string, unknown>>;

/**
 * Where the tag of an image is said: once, in the base; in each environment, since promotions change it, also of one that is not built yet;
 * in development alone, since it names no version; nowhere yet.
 */
export type TagPlace = 'base' | 'environments' | 'unbuilt' | 'development' | 'nowhere';

/** The image of a service. */
export interface ImageOf {
  readonly image: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  readonly place: TagPlace;
  /** The images of the containers that run before it. @default - none */
  readonly init?: Readonly<Record<string, ImageOf>>;
}

/** Registries with images of others, whose tag is the same in each environment. */
const PUBLIC = /^(docker\.io|quay\.io|gcr\.io|registry\.k8s\.io|mcr\.microsoft\.com|docker\.elastic\.co)\//;

/** An image with a tag, which a digest needs beside it, for people. */
function withTag({ image, digest, tag = digest?.replace(':', '-').slice(0, 19) }: ImageParts) {
  return { image, tag, digest };
}

/** Where the tag of an image of others is said. */
function placeOf({ image, tag, digest }: ImageParts): TagPlace {
  const isVersion = (tag !== undefined && /\d/.test(tag)) || digest !== undefined;
  if (isVersion) return PUBLIC.test(image) ? 'base' : 'environments';
  return tag === undefined ? 'nowhere' : 'development';
}

/** What the base says of an image. */
function imageSettings({ image, tag, digest, place }: ImageOf): Setting {
  return { image, ...(place === 'base' && { tag, ...(digest !== undefined && { digest }) }) };
}

/**
 * The image of a service. One that compose builds is expected in a registry.
 *
 * @param own the repository of an image that has none
 */
export function imageFor({ given, image, path, name }: Planned, own: string, { notes, server }: Context): ImageOf {
  const isLocal = given.build !== undefined && !/^[^/]*[.:][^/]*\//.test(given.image ?? '');
  if (image === undefined && given.image !== undefined && given.build === undefined) {
    const tag = imageOf(given.image.replace(/^.*(?=:[^/]*$)/, 'image'))?.tag;
    notes.add(
      [...path, 'image'],
      `image of ${name}`,
      `has a variable without a value: expected its repository instead of ${own}`,
    );
    return { image: own, tag, digest: undefined, place: tag === undefined ? 'nowhere' : 'environments' };
  }
  const tag = image?.tag;
  const isVersion = tag !== undefined && /\d/.test(tag);
  if (isLocal || image === undefined) {
    notes.add(
      [...path, given.build === undefined ? 'image' : 'build'],
      'build',
      `images come from a registry: build it, push it as ${own} with a tag, and say that in each environment`,
    );
    return { image: own, tag, digest: undefined, place: isVersion ? 'environments' : 'unbuilt' };
  }
  const shared = tagOfServer(image.image, server);
  if (shared !== undefined) {
    if (tag !== shared)
      notes.add(
        [...path, 'image'],
        `${image.image}:${tag ?? 'latest'}`,
        `is ${shared} here, like the database: an environment has one tag of each image`,
      );
    return { image: image.image, tag: shared, digest: undefined, place: 'base' };
  }
  const place = placeOf(image);
  if (place === 'development' || place === 'nowhere')
    notes.add(
      [...path, 'image'],
      `image of ${name}`,
      `${tag === undefined ? 'has no tag' : `has the tag ${tag}, which may be another image tomorrow`}: say a version in tag of services.${name}`,
    );
  return { ...withTag(image), place };
}

/** A command that may be written: it has all its values, and no password. */
function written(
  given: string | readonly string[] | undefined,
  what: string,
  path: readonly PropertyKey[],
  { notes }: Context,
): string | readonly string[] | undefined {
  const text = given === undefined ? '' : [given].flat().join(' ');
  const missing = missingIn(text);
  if (missing.length > 0) notes.add(path, what, `is left out: ${missing.join(', ')} has no value here`);
  else if (hasPassword(text))
    notes.add(
      path,
      what,
      'is left out, since a password is in it: give that by a variable of secrets, which a shell reads',
    );
  else return commandOf(given);
  return undefined;
}

function userOf({ given, known, path, name }: Planned, { notes }: Context): number | undefined {
  const { user } = given;
  if (user === undefined) return known?.user;
  const [id = ''] = user.split(':');
  if (/^\d+$/.test(id) && Number(id) > 0) return Number(id);
  const why = /^(root|0+)$/.test(id)
    ? 'is root: make the image run as another one, or say user: 0 and allow: { root: why }'
    : `is no number: say that of ${missingIn(user).length > 0 ? 'the user' : id}, or ${name} runs as user 10001`;
  notes.add([...path, 'user'], `user of ${name}`, why);
  return undefined;
}

/** The ports of a service, as its settings. */
function portSettings(ports: readonly ServicePort[]): Setting {
  const [main, ...others] = ports;
  if (main === undefined) return {};
  const one = ({ number, protocol }: ServicePort) => (protocol === 'http' ? number : { container: number, protocol });
  if (others.length > 0) return { ports: Object.fromEntries(ports.map((port) => [port.name, one(port)])) };
  return { port: main.number, ...(main.protocol !== 'http' && { protocol: main.protocol }) };
}

/** The hooks of `pre_start`, each a container that runs before the service: its image, and its settings. */
function initOf(
  { given, path, name }: Planned,
  own: ImageOf,
  context: Context,
): Readonly<Record<string, readonly [ImageOf, Setting]>> {
  return Object.fromEntries(
    (given.pre_start ?? []).map(({ command, image, environment = {} }, index) => {
      const found = image === undefined ? undefined : imageOf(image);
      const theirs: ImageOf = found === undefined ? own : { ...withTag(found), place: placeOf(found) };
      const at = [...path, 'pre_start', index];
      const env = namedValues(environment, at).flatMap((variable) => {
        const { name: key, value = '' } = variable;
        if (value !== '' && missingIn(value).length === 0 && !isSecretName(key, value) && !hasPassword(value))
          return [[key, value]];
        context.notes.add(
          at,
          `${key} of pre_start`,
          'is no text that may be in a file: say { secret: name }, of sharedSecrets',
        );
        return [];
      });
      const settings = filled({
        ...imageSettings(theirs),
        command: written(command, `pre_start of ${name}`, at, context),
        env: Object.fromEntries(env),
      });
      return [`pre-start-${index + 1}`, [theirs, settings]];
    }),
  );
}

const filled = (settings: Setting): Setting =>
  Object.fromEntries(
    Object.entries(settings).filter(
      ([, one]) => one !== undefined && (typeof one !== 'object' || one === null || Object.keys(one).length > 0),
    ),
  );

/** What a service of an application file holds, beside its tag and what connects it without a variable. */
export function serviceOf(
  context: Context,
  one: Planned,
  image: ImageOf,
  paths: Paths,
): { readonly settings: Setting; readonly values: Values; readonly image: ImageOf } {
  const { given, role } = one;
  const isServer = role === 'service';
  const ports = isServer ? (context.ports.get(one.key) ?? []) : [];
  const values = valuesOf(context, one);
  const drain = given.stop_grace_period === undefined ? undefined : secondsOf(given.stop_grace_period);
  const exposed = context.exposed?.one.key === one.key ? context.exposed.port : undefined;
  const init = initOf(one, image, context);
  const settings = filled({
    ...imageSettings(image),
    entrypoint: written(given.entrypoint, `entrypoint of ${one.name}`, [...one.path, 'entrypoint'], context),
    command: written(given.command, `command of ${one.name}`, [...one.path, 'command'], context),
    ...portSettings(ports),
    health: isServer ? healthOf(one, ports, context.notes) : undefined,
    exposed:
      exposed === undefined ? undefined : exposed.name === ports[0]?.name ? '/' : { path: '/', port: exposed.name },
    env: values.env,
    secrets: values.secrets,
    files: paths.files,
    writes: paths.writes,
    storage: isServer ? paths.storage : {},
    user: userOf(one, context),
    ...resourcesOf(one, Object.keys(paths.storage).length > 0, context.notes),
    shutdown: drain === undefined || drain === 20 || !isServer ? undefined : { drain: duration(drain) },
    init: Object.fromEntries(Object.entries(init).map(([key, [, settings]]) => [key, settings])),
  });
  const helpers = Object.fromEntries(Object.entries(init).map(([key, [theirs]]) => [key, theirs]));
  return { settings, values, image: { ...image, ...(Object.keys(helpers).length > 0 && { init: helpers }) } };
}
