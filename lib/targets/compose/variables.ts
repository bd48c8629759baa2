import { isText, type Text } from '../../model/address';
import { encodedAs, keyIn, type Secret, type SecretValue, type TemplatePart } from '../../model/secret';
import { escaped, type Print } from './text';

type Stored = Extract<SecretValue, { remote: string }>;

/** A variable of `.env`: the value of one key of the store. */
interface Variable {
  readonly remote: string;
  readonly about: string | undefined;
  readonly random: Stored['random'];
  /** Whether it is a part of URLs or of connection strings as it stands, since compose encodes nothing. */
  composed: boolean;
  /** The public value on machines of developers. @default - it has to be set */
  readonly development: string | undefined;
}

/** The name of the variable for a key of the store. */
function nameOf({ remote, property }: Stored): string {
  return [remote, ...(property === undefined ? [] : [property])]
    .join('_')
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^(?=\d)/, '_');
}

const HOW: Readonly<Record<string, string>> = {
  true: 'any value: openssl rand -hex 32',
  fernet: "openssl rand -base64 32 | tr '+/' '-_'",
};

/** The variables of a compose file that hold secrets. None of their values is in a file, except the public ones of development. */
export class Variables {
  private readonly found = new Map<string, Variable>();

  constructor(private readonly print: Print) {}

  /** A text of the compose file that stands for the value of a key. */
  valueOf(secret: Secret, key: string): string {
    const value = (secret.values as Readonly<Record<string, SecretValue>>)[key];
    if (value === undefined) throw new Error(`${secret.name} has no key ${key}`);
    if ('remote' in value) return this.reference(secret, key, value, undefined);
    return value.template.map((part) => this.part(secret, part)).join('');
  }

  private part(secret: Secret, part: TemplatePart): string {
    if (isText(part)) return escaped(this.print(part));
    const key = keyIn(part);
    const value = (secret.values as Readonly<Record<string, SecretValue>>)[key];
    const text =
      value !== undefined && 'remote' in value ? this.reference(secret, key, value, part) : this.valueOf(secret, key);
    return 'quoted' in part ? `"${text}"` : text;
  }

  private reference(
    { source, name: owner }: Secret,
    key: string,
    value: Stored,
    part: Exclude<TemplatePart, Text> | undefined,
  ): string {
    const name = nameOf(value);
    const { remote, about, random, development } = value;
    const where = value.property === undefined ? remote : `${remote}, ${value.property}`;
    const known = this.found.get(name);
    if (known !== undefined && known.remote !== where)
      throw new Error(`${owner}, ${key}: the variable ${name} is of ${known.remote} and of ${where}`);
    const isKnown = source.kind === 'development' && !/[${}]/.test(development);
    const variable = known ?? {
      remote: where,
      about,
      random,
      composed: false,
      development: isKnown ? development : undefined,
    };
    variable.composed ||= part !== undefined && !('plain' in part);
    this.found.set(name, variable);
    if (!isKnown) return `\${${name}:?see .env.example}`;
    const given = part === undefined || 'quoted' in part ? development : encodedAs(part, development);
    return `\${${name}:-${given}}`;
  }

  /** The text of `.env.example`: each variable with what it is, and no value. */
  example(): string {
    const all = [...this.found];
    const isPublic = all.every(([, { development }]) => development !== undefined);
    const lines = all.flatMap(([name, { remote, about, random, composed }]) => {
      const notes = [
        ...(random === undefined || random === false ? [] : [HOW[String(random)]]),
        ...(composed ? ['letters, digits, - and _ only, since it is part of an address'] : []),
      ];
      return [`# ${about ?? remote}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`, `${name}=`, ''];
    });
    const head = isPublic
      ? [
          '# Nothing has to be set: a variable that is missing has a value that is known to everyone, for this machine alone.',
        ]
      : ['# Copy this file to .env, which git must not know, and fill it in.'];
    return [...head, '', ...lines].join('\n');
  }

  get isEmpty(): boolean {
    return this.found.size === 0;
  }
}
