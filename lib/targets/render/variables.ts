import { quantityOf } from '../../base/quantity';
import { type Address, isText, type Text } from '../../model/address';
import type { Container } from '../../model/container';
import { keyIn, type Secret, type SecretValue } from '../../model/secret';
import type { Variable } from './blueprint';
import type { DatabaseOptions } from './options';
import { Collected, isAddress, type Origin, type Part, partsOf } from './origins';
import { literal } from './shell';

/** A service of a Blueprint, as others refer to it. */
export interface ServiceRef {
  readonly name: string;
  readonly type: 'web' | 'pserv' | 'worker';
}

/** Where an address of the model leads to on Render: to a service with its main port, to the database, or nowhere. */
export type Place = { readonly service: ServiceRef; readonly port: number | undefined } | 'database' | undefined;

/** The variables of a service. */
export interface Environment {
  readonly variables: readonly Variable[];
  /** The lines of a shell that put other variables together. */
  readonly lines: readonly string[];
  /** The lines before a command that uses the database without the pool. */
  readonly direct: readonly string[];
  /** What a person has to know: variables that Render cannot know, and how their values look. */
  readonly notes: readonly string[];
}

/** The variables with the URLs of the database, from which others are put together. */
const DIRECT = 'DATABASE_DIRECT_URL';
const POOL = 'DATABASE_POOL_URL';

/** Splits the URL of the pool into host and port: the platform gives it as a whole. */
const POOL_ADDRESS = [
  `pool="\${${POOL}#*@}"`,
  `pool="\${pool%%[/?]*}"`,
  'case "$pool" in *:*) ;; *) pool="$pool:5432" ;; esac',
];

/** The query of a URL, without TLS: the private network has none, and the certificates of another server do not fit. */
function queryOf(part: Part | undefined): string {
  const query = typeof part === 'string' ? (part.split('?')[1] ?? '') : '';
  const kept = query.split('&').filter((one) => one !== '' && !/^ssl/.test(one));
  return kept.length === 0 ? '' : `?${kept.join('&')}`;
}

const FERNET = "32 random bytes: openssl rand -base64 32 | tr '+/' '-_'";

/** How a service uses the variables of its container. */
interface Use {
  /** @default - no other service may read its variables */
  readonly own?: ServiceRef | undefined;
  /** The values of variables that render.yaml gives. @default - none */
  readonly replaced?: Readonly<Record<string, string>>;
  /** Changes a text, such as the paths in it. @default - it stays */
  readonly change?: (text: string) => string;
  /** Whether a command before the deploy uses the database. @default false */
  readonly migrates?: boolean;
}

/** Writes the variables of all services of a system; they share secrets, which one of them has and the others read. */
export class Variables {
  private readonly givers = new Map<string, { readonly service: ServiceRef; readonly key: string }>();

  /**
   * @param placeOf where an address leads to
   * @param database the database of the system, by its name in the Blueprint
   */
  constructor(
    private readonly placeOf: (address: Address) => Place,
    private readonly database: (DatabaseOptions & { readonly id: string }) | undefined,
  ) {}

  /**
   * The variables of a container.
   *
   * @param use how its service uses them
   */
  of(container: Container, { own, replaced = {}, change = (text) => text, migrates = false }: Use = {}): Environment {
    const found = new Collected(migrates);
    for (const [key, value] of Object.entries(container.env)) {
      if (replaced[key] === undefined) found.put(key, this.originOf(found, key, value, own, container, change));
    }
    for (const [key, value] of Object.entries(replaced)) found.put(key, { value });
    const { scheme } = found;
    if (scheme !== undefined && !('DATABASE_URL' in container.env))
      found.put('DATABASE_URL', this.url(found, scheme, ''));
    return {
      variables: [...found.variables.values()],
      lines: [...(found.needsPool ? POOL_ADDRESS : []), ...found.exports],
      direct: scheme === undefined ? [] : [`export DATABASE_URL="${scheme}://\${${DIRECT}#*://}"`],
      notes: found.notes,
    };
  }

  private originOf(
    found: Collected,
    key: string,
    value: Container['env'][string],
    own: ServiceRef | undefined,
    { resources }: Container,
    change: (text: string) => string,
  ): Origin {
    if (isText(value)) return this.text(found, key, value, change);
    if ('config' in value) return this.text(found, key, value.config.data[value.key] as Text, change);
    if ('secret' in value) return this.secret(found, key, value.secret, value.key, own);
    if ('limit' in value) return { value: String(quantityOf(resources[value.limit].limit)) };
    found.notes.push(`${key}: the ${value.pod} of its pod`);
    return undefined;
  }

  /** A text, with the addresses in it. */
  private text(found: Collected, key: string, value: Text, change: (text: string) => string): Origin {
    const parts = partsOf(value);
    const addresses = parts.filter(isAddress);
    const [first, colon, second] = parts;
    if (addresses.length === 0) return { value: change(parts.join('')) };
    if (parts.length === 1) return this.address(found, key, addresses[0] as Address);
    const place = this.placeOf(addresses[0] as Address);
    const isWhole = parts.length === 3 && colon === ':' && isAddress(first as Part) && isAddress(second as Part);
    if (isWhole && typeof place === 'object' && (second as { port?: { port: number } }).port?.port === place.port)
      return { fromService: { ...place.service, property: 'hostport' } };
    const expression = parts.map((part) =>
      isAddress(part) ? this.inText(found, key, part) : literal(change(String(part))),
    );
    return { expression: expression.join('') };
  }

  /** A variable that is nothing but a host or a port. */
  private address(found: Collected, key: string, address: Address): Origin {
    const place = this.placeOf(address);
    if (place === 'database' && this.database?.pool) {
      this.helper(found, POOL);
      found.needsPool = true;
      return { expression: address.part === 'host' ? `\${pool%%:*}` : `\${pool##*:}` };
    }
    if (place === 'database') return this.ofDatabase(address.part);
    if (address.part === 'port') return { value: String(address.port.port) };
    if (place !== undefined) return { fromService: { ...place.service, property: 'host' } };
    found.notes.push(`${key}: the address of ${address.of.service}, which Render does not have`);
    return undefined;
  }

  /** An address within a text: a port as it is, a host by a variable of its own. */
  private inText(found: Collected, key: string, address: Address): string {
    if (address.part === 'port' && this.placeOf(address) !== 'database') return String(address.port.port);
    const helper = `${key}_${address.part.toUpperCase()}`;
    found.put(helper, this.address(found, helper, address));
    return `\${${helper}}`;
  }

  private secret(found: Collected, key: string, { values }: Secret, name: string, own: ServiceRef | undefined): Origin {
    const value = (values as Readonly<Record<string, SecretValue>>)[name] as SecretValue;
    const parts = partsOf(value);
    if (this.isUrlOfDatabase(parts)) {
      const [first] = parts;
      const scheme = /^([\w+.-]+):\/\//.exec(String(first))?.[1] ?? 'postgresql';
      return this.url(found, scheme, queryOf(parts.at(-1)));
    }
    if ('template' in value) {
      const whole = value.template.every((part) => !isText(part) && 'plain' in part) ? value.template[0] : undefined;
      if (whole !== undefined && value.template.length === 1)
        return this.secret(found, key, { values } as Secret, keyIn(whole as { plain: string }), own);
      found.notes.push(
        `${key}: ${parts.map((part) => (typeof part === 'string' ? part : isAddress(part) ? `<${part.part} of ${part.of.service}>` : '<secret>')).join('')}`,
      );
      return { sync: false };
    }
    if (this.isOfDatabase(values, name)) {
      this.scheme(found, 'postgresql');
      return this.ofDatabase('password');
    }
    return this.stored(found, key, value, own);
  }

  private ofDatabase(property: NonNullable<Variable['fromDatabase']>['property']): Origin {
    return { fromDatabase: { name: this.database?.id as string, property } };
  }

  /** Whether a text is the URL of the database: of a component whose place it takes, or of a server outside the cluster. */
  private isUrlOfDatabase(parts: readonly Part[]): boolean {
    const leads = parts.some((part) => isAddress(part) && this.placeOf(part) === 'database');
    return leads || (this.database !== undefined && /^postgres(ql)?(\+\w+)?:\/\//.test(String(parts[0])));
  }

  /** Whether a key is the password in a URL of the database. */
  private isOfDatabase(values: Readonly<Record<string, SecretValue>>, name: string): boolean {
    return Object.values(values).some(
      (one) =>
        'template' in one &&
        one.template.some((part) => !isText(part) && keyIn(part) === name) &&
        this.isUrlOfDatabase(partsOf(one)),
    );
  }

  private stored(
    found: Collected,
    key: string,
    value: Extract<SecretValue, { remote: string }>,
    own: ServiceRef | undefined,
  ): Origin {
    const id = `${value.remote} ${value.property ?? ''}`;
    const same = found.secrets.get(id);
    if (same !== undefined) return { expression: `\${${same}}` };
    found.secrets.set(id, key);
    const giver = this.givers.get(id);
    if (giver !== undefined) return { fromService: { ...giver.service, envVarKey: giver.key } };
    if (own !== undefined) this.givers.set(id, { service: own, key });
    if (value.random === true) return { generateValue: true };
    found.notes.push(`${key}: ${value.random === 'fernet' ? FERNET : (value.about ?? value.remote)}`);
    return { sync: false };
  }

  private scheme(found: Collected, scheme: string) {
    if (found.scheme === undefined || scheme.includes('+')) found.scheme = scheme;
    if (found.needsDirect) this.helper(found, DIRECT);
  }

  private helper(found: Collected, key: typeof DIRECT | typeof POOL) {
    found.put(key, this.ofDatabase(key === POOL ? 'connectionPoolString' : 'connectionString'));
  }

  /** The URL of the database, with the scheme of the application's driver. Render's begins with `postgresql://`. */
  private url(found: Collected, scheme: string, query: string): Origin {
    this.scheme(found, scheme);
    const pool = this.database?.pool ?? false;
    if (/^postgres(ql)?$/.test(scheme) && query === '') {
      return this.ofDatabase(pool ? 'connectionPoolString' : 'connectionString');
    }
    const helper = pool ? POOL : DIRECT;
    this.helper(found, helper);
    return { expression: `${scheme}://\${${helper}#*://}${literal(query)}` };
  }
}
