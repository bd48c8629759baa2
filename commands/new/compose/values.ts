import type { Variable } from './environment-variables';
import { isMissing, missingIn, shown } from './interpolation';
import type { Notes } from './notes';
import { isManagement, type PartOf, prefixesOf, siblingOf, type Value, valueOfPart } from './part-values';
import type { ServerImage } from './parts';
import { type Plan, type Planned, type ServicePort, shareNetwork } from './plan';
import type { Ports, TextsOf } from './ports';
import { partsIn, type Reference, referenceOf } from './references';
import { hasPassword, isSecretName, looksRandom, type SecretSetting, type Secrets, withKnownPassword } from './secrets';

/** What the variables of services are read with. */
export interface Context {
  readonly plan: Plan;
  readonly ports: Ports;
  readonly textsOf: TextsOf;
  readonly parts: ReadonlyMap<string, PartOf>;
  /** The image of the database's server. */
  readonly server: ServerImage | undefined;
  readonly secrets: Secrets;
  readonly notes: Notes;
  /** The service that the edge exposes. */
  readonly exposed: { readonly one: Planned; readonly port: ServicePort } | undefined;
}

/** The variables of a service in the words of an application file. */
export interface Values {
  readonly env: Readonly<Record<string, Value>>;
  readonly secrets: Readonly<Record<string, SecretSetting>>;
  /** The keys of the services that a reference connects to, and of those that are named by text or a secret. */
  readonly connected: ReadonlySet<string>;
  readonly named: ReadonlySet<string>;
}

const LOCAL = /^(https?|wss?):\/\/(?:localhost|127\.0\.0\.1)(?::(\d+))?(\/[\w./~-]*)?$/;

/** A URL of this machine: that of the edge, where it is the port of what the edge exposes. */
function publicOf({ exposed, plan, notes }: Context, { name, value = '', path }: Variable): Value | undefined {
  const [, scheme = 'http', number = scheme.endsWith('s') ? '443' : '80', rest] = LOCAL.exec(value) ?? [];
  if (!LOCAL.test(value)) return undefined;
  const owner = plan.services.find(({ ports }) => ports.some(({ published }) => published === Number(number)));
  if (owner !== undefined && owner.key === exposed?.one.key)
    return {
      public: 'app',
      ...(rest !== undefined && { path: rest }),
      ...(scheme.startsWith('ws') && { scheme: 'ws' }),
    };
  const who = owner === undefined ? 'a service' : owner.name;
  notes.add(
    path,
    name,
    `names this machine, which is the pod itself in a cluster: say { url: ${who} } for a connection, or expose ${who} and say { public: app }`,
  );
  return value;
}

/** Another service as a reference. @default - it cannot be one */
function referenceTo({ ports }: Context, one: Planned, found: Reference): Value | undefined {
  const { target, form, scheme = 'http', port, rest } = found;
  const all = ports.get(target.key) ?? [];
  const own = all.find(({ number }) => number === port) ?? all[0];
  if (own === undefined || target.key === one.key) return undefined;
  const at = own === all[0] ? {} : { port: own.name };
  const silent = shareNetwork(one, target) ? {} : { connect: false };
  if (form === 'host') return { address: target.name, ...at, take: 'host', ...silent };
  if (form === 'address') return { address: target.name, ...at, ...silent };
  if (form !== 'url' || !/^(\/[\w./~-]*(\?[\w./~=&%:,+-]*)?)?$/.test(rest) || !/^[a-z][a-z0-9+.-]*$/.test(scheme))
    return undefined;
  const isUsual = scheme === own.protocol;
  return { url: target.name, ...(rest !== '' && { path: rest }), ...at, ...(isUsual ? {} : { scheme }), ...silent };
}

/** A text with the names that services have in the application. */
function renamed({ plan }: Context, text: string): string {
  return partsIn(plan, text).reduce(
    (all, { target: { key, name } }) =>
      key === name ? all : all.replace(new RegExp(`(?<![\\w.-])${key}(?![\\w.-])`, 'g'), name),
    text,
  );
}

const OUTSIDE = /^(?:[a-z][\w+.-]*:\/\/)(?:[^@/]*@)?((?:[\w-]+\.)+[a-z]{2,})(?::(\d+))?(?:[/?].*)?$/i;

function noteOutside({ plan, notes }: Context, { name, value = '', path }: Variable): void {
  const [, host, port = value.startsWith('http:') ? '80' : '443'] = OUTSIDE.exec(value) ?? [];
  if (host === undefined || plan.hosts.has(host) || /ORIGIN|CORS|ALLOWED|PUBLIC|DOMAIN/i.test(name)) return;
  notes.add(
    path,
    name,
    `names ${host}, and nothing outside is reached unless it is said: connectsTo: ["${host}:${port}"], or an entry of external`,
  );
}

/** Reads the variables of one service. */
class Reader {
  readonly env: Record<string, Value> = {};
  readonly secrets: Record<string, SecretSetting> = {};
  readonly connected = new Set<string>();
  readonly named = new Set<string>();

  constructor(
    private readonly context: Context,
    private readonly one: Planned,
    private readonly prefixes: ReadonlyMap<string, PartOf>,
  ) {}

  read(variable: Variable): void {
    const { name, value, path } = variable;
    const found = referenceOf(this.context.plan, this.one, variable);
    const sibling = siblingOf(this.prefixes, name, value);
    if (found !== undefined && found.target.key !== this.one.key) this.refer(variable, found);
    else if (typeof sibling === 'object' && 'problem' in sibling) {
      this.context.notes.add(path, name, String(sibling.problem));
      this.env[name] = value as string;
    } else if (sibling !== undefined) this.env[name] = sibling;
    else this.plain(variable);
  }

  private refer(variable: Variable, found: Reference): void {
    const { name, value = '' } = variable;
    const part = this.context.parts.get(found.target.key);
    const given = part === undefined ? undefined : valueOfPart(part, found);
    if (given !== undefined) {
      this.connected.add(found.target.key);
      this.env[name] = given;
      return;
    }
    if (part !== undefined) {
      this.named.add(found.target.key);
      this.noteForm(variable, found, part);
      return;
    }
    for (const one of [found, ...partsIn(this.context.plan, value)]) {
      this.named.add(one.target.key);
      const other = this.context.parts.get(one.target.key);
      if (other !== undefined) this.noteForm(variable, one, other);
    }
    if (found.hasPassword || hasPassword(value)) {
      this.secret(variable, withKnownPassword(renamed(this.context, value)));
      return;
    }
    const reference = referenceTo(this.context, this.one, found);
    if (reference === undefined) this.plain({ ...variable, value: renamed(this.context, value) });
    else {
      this.connected.add(found.target.key);
      this.env[name] = reference;
    }
  }

  private noteForm({ name, path }: Variable, one: Pick<Reference, 'target' | 'port'>, part: PartOf): void {
    const { kind, from } = part;
    const { key } = one.target;
    const message = isManagement(part, one)
      ? `names the HTTP API of ${key} at port 15672, which no service reaches here: people do by kubectl port-forward`
      : `names ${key}, which becomes the part ${kind}, in a form that has no reference: write it with { text: …, from: ${from} }`;
    this.context.notes.add(path, name, message);
  }

  private secret({ name, value }: Variable, known?: string): void {
    const development = known === undefined || missingIn(known).length > 0 ? undefined : known;
    this.secrets[name] = this.context.secrets.of(this.one.name, name, value, development);
  }

  private plain(variable: Variable): void {
    const { name, value, path } = variable;
    const { notes } = this.context;
    if (isSecretName(name, value)) this.secret(variable);
    else if (value !== undefined && hasPassword(value)) this.secret(variable, withKnownPassword(value));
    else if (value === undefined || missingIn(value).length > 0) {
      const what =
        value === undefined || isMissing(value)
          ? 'has no value here'
          : `is ${shown(value)}, of which a variable has no value here`;
      notes.add(path, name, `${what}: add it to env of ${this.one.name}`);
    } else if (looksRandom(value)) {
      this.secret(variable);
      notes.add(
        path,
        name,
        'looks like a secret, and is among secrets, without its value: move it to env if it is none',
      );
    } else {
      noteOutside(this.context, variable);
      this.env[name] = publicOf(this.context, variable) ?? value;
    }
  }
}

/** The variables of a service: text, references to other services and parts, and secrets without their values. */
export function valuesOf(context: Context, one: Planned): Values {
  const reader = new Reader(context, one, prefixesOf(context.plan, one, context.parts));
  for (const variable of one.variables) reader.read(variable);
  const texts = context.textsOf(one).flatMap((text) => partsIn(context.plan, text));
  for (const { target } of texts) {
    reader.named.add(target.key);
    const isOther = context.parts.has(target.key) || target.name !== target.key;
    if (isOther)
      context.notes.add(
        one.path,
        `files of ${one.name}`,
        `name ${target.key}, which has another host here: change it in files`,
      );
  }
  return reader;
}
