import { hostOf, portOf, type Text, textOf, urlOf } from '../../lib/model/address';
import type { ContainerProps } from '../../lib/model/container';
import { Secret, type SecretValue } from '../../lib/model/secret';
import { type Application, targetNamed } from './context';
import { portsOf } from './names';
import type { Composed } from './part-pieces';
import { partIn } from './piece-names';
import {
  composedText,
  ofDatabaseReference,
  ofExternalReference,
  ofObjectReference,
  ofPart,
  type Resolved as PieceValue,
  secretValue,
} from './pieces';
import type { ServiceConfig } from './settings';
import type { Reference, SecretSetting, Value } from './values';

type Env = NonNullable<ContainerProps['env']>;
type Resolved = Env[string] | PieceValue;

/** The key of a shared secret that is read as a file. */
export function fileKey(secret: string): string {
  return `shared.file.${secret}`;
}

/** What is known of an application before anything of it is described. */
type Known = Pick<Application, 'name' | 'environment' | 'settings'>;

/** A value that needs nothing else than what is known of the application. @default - it refers to something */
export function knownText(app: Known, service: ServiceConfig, value: Value): string | undefined {
  if (typeof value === 'string') return value;
  if (value.app !== undefined) return fact(app, service, value);
  if (value.config !== undefined) return app.settings.config[value.config];
  if (value.public === undefined) return undefined;
  return publicUrl(app, value.public, value.path, value.scheme?.startsWith('ws') ? 'ws' : 'http');
}

/** The URL of a host as browsers see it. */
export function publicUrl(
  { settings }: Pick<Application, 'settings'>,
  host: string,
  path = '',
  scheme: 'http' | 'ws' = 'http',
): string {
  const secure = settings.edge?.issuer === undefined ? '' : 's';
  return `${scheme}${secure}://${settings.hosts[host]?.host}${path}`;
}

function fact(
  { name, environment, settings }: Known,
  service: ServiceConfig,
  { app, case: letters }: Reference,
): string {
  const facts = {
    name,
    environment: environment.name,
    tier: environment.tier,
    logLevel: settings.logLevel,
    tag: service.tag,
  };
  const text = facts[app as keyof typeof facts];
  if (letters === 'upper') return text.toUpperCase();
  return letters === 'title' ? `${text.charAt(0).toUpperCase()}${text.slice(1)}` : text;
}

function urlOfService(app: Application, { url, system, port, path, scheme }: Reference): Text {
  const target = targetNamed(app, url as string, system);
  const { protocol } = target.ports.find((one) => port === undefined || one.name === port) ?? { protocol: 'http' };
  return urlOf(target, {
    scheme: scheme ?? (protocol === 'grpc' || protocol === 'tcp' || protocol === 'udp' ? protocol : 'http'),
    ...(port !== undefined && { port }),
    ...(path !== undefined && { path }),
  });
}

function addressOf(app: Application, { address, system, port, take }: Reference): Text {
  const target = targetNamed(app, address as string, system);
  if (take === 'host') return hostOf(target);
  return take === 'port' ? portOf(target, port) : textOf(hostOf(target), ':', portOf(target, port));
}

/** What a variable's reference stands for; undefined leaves the variable out. */
function resolve(app: Application, service: ServiceConfig, one: Value): Resolved {
  if (typeof one === 'string') return one;
  if (one.unset) return undefined;
  if (one.url !== undefined) return urlOfService(app, one);
  if (one.address !== undefined) return addressOf(app, one);
  if (one.public !== undefined)
    return publicUrl(app, one.public, one.path, one.scheme?.startsWith('ws') ? 'ws' : 'http');
  const named = partIn(one);
  if (named !== undefined) return ofPart(app, named.part, named.piece);
  if (one.text !== undefined) return composedText(app, one.text, one.from as string);
  if (one.config !== undefined) return { config: app.config, key: one.config };
  if (one.secret !== undefined) return { secret: secretValue(app.settings.sharedSecrets[one.secret] as SecretSetting) };
  if (one.app !== undefined) return fact(app, service, one);
  if (one.own !== undefined)
    return portsOf(service)[0] === undefined ? undefined : String(portsOf(service)[0]?.container);
  if (one.pod !== undefined) return { pod: one.pod };
  if (one.limit !== undefined) return { limit: one.limit };
  if (one.database !== undefined) return ofDatabaseReference(app, one.database);
  if (one.objectStorage !== undefined) return ofObjectReference(app, one.objectStorage);
  return ofExternalReference(app, one.external as string);
}

const isComposed = (value: Resolved): value is Composed =>
  typeof value === 'object' && 'secret' in value && !('key' in value);

/** The addresses of a model's tools, as JSON. */
function toolAddresses(app: Application, { mcp }: ServiceConfig): Env {
  const entries = Object.entries(mcp);
  if (entries.length === 0) return {};
  const parts = entries.flatMap(([name, one], index): Text[] => [
    `${index === 0 ? '{' : ','}"${name}":"`,
    'service' in one ? urlOf(targetNamed(app, one.service), { path: one.path }) : one.url,
    '"',
  ]);
  return { MCP_SERVERS: textOf(...parts, '}') };
}

/** The variables of one container. */
interface Group {
  readonly env: ServiceConfig['env'];
  /** Before the keys of its values in the Secret, so that two containers may have different values of one variable. */
  readonly prefix: string;
  readonly resolved: Readonly<Record<string, Resolved>>;
}

/** The variables of a service and of its helpers, and the Secret with those that are secret. */
export class Variables {
  private readonly groups: readonly Group[];
  /** @default - none is secret */
  readonly secret: Secret | undefined;

  constructor(
    private readonly app: Application,
    name: string,
    private readonly service: ServiceConfig,
  ) {
    const group = (env: ServiceConfig['env'], prefix: string): Group => ({
      env,
      prefix,
      resolved: Object.fromEntries(Object.entries(env).map(([key, value]) => [key, resolve(app, service, value)])),
    });
    const helpers = [...Object.entries(service.init), ...Object.entries(service.sidecars)];
    this.groups = [group(service.env, ''), ...helpers.map(([helper, { env }]) => group(env, `${helper}.`))];
    const values = this.secretValues();
    if (Object.keys(values).length === 0) return;
    this.secret = new Secret({
      namespace: app.namespace,
      source: app.source,
      name: `${name}-credentials`,
      externalName: `${name}-external-secret`,
      values,
    });
  }

  private secretValues(): Record<string, SecretValue> {
    const { sharedSecrets } = this.app.settings;
    const values: Record<string, SecretValue> = {};
    for (const { prefix, resolved } of this.groups) {
      for (const [key, value] of Object.entries(resolved)) {
        if (isComposed(value)) Object.assign(values, value.keys, { [`${prefix}${key}`]: value.secret });
      }
    }
    for (const [key, one] of Object.entries(this.service.secrets)) values[key] = secretValue(one);
    for (const { secret } of Object.values(this.service.files)) {
      if (secret !== undefined) values[fileKey(secret)] = secretValue(sharedSecrets[secret] as SecretSetting);
    }
    return values;
  }

  /** The variables of the service itself. */
  own(): Env {
    const { secret } = this;
    const secrets = secret === undefined ? [] : Object.keys(this.service.secrets).map((key) => [key, { secret, key }]);
    return { ...toolAddresses(this.app, this.service), ...this.of(this.service.env), ...Object.fromEntries(secrets) };
  }

  /** The variables that `env` of the service, or of one of its helpers, stands for. */
  of(env: ServiceConfig['env']): Env {
    const group = this.groups.find((one) => one.env === env);
    if (group === undefined) return {};
    const { prefix, resolved } = group;
    return Object.fromEntries(
      Object.entries(resolved).flatMap(([key, value]): [string, Env[string]][] => {
        if (value === undefined) return [];
        return [[key, isComposed(value) ? { secret: this.secret as Secret, key: `${prefix}${key}` } : value]];
      }),
    );
  }
}
