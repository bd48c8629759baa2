import type { ManifestObject } from '../../manifests/object';
import { containersOf, type Fields, listOf, type Pod } from './pods';
import type { FieldFinding, Level } from './violation';

/** A form of names, with its description for messages. */
interface NameForm {
  readonly allows: (name: string) => boolean;
  readonly expected: string;
}

const LABEL: NameForm = {
  allows: (name) => name.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name),
  expected: 'at most 63 lower-case letters, digits and dashes',
};
/** Source: RFC 6335, Service Name Syntax. */
const PORT: NameForm = {
  allows: (name) =>
    name === '' ||
    (name.length <= 15 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) && /[a-z]/.test(name) && !name.includes('--')),
  expected: 'at most 15 lower-case letters, digits and single dashes, with at least one letter',
};
const VARIABLE: NameForm = {
  allows: (name) => name !== '' && !name.includes('='),
  expected: 'the name of a variable, without =',
};

interface Named {
  readonly path: string;
  readonly name: unknown;
}

const namedIn = (list: Fields, path: string): Named[] =>
  listOf(list).map(({ name }, index) => ({ name, path: `${path}[${index}].name` }));

/** Invalid and duplicate names. Values that are not text are reported by the rule "schema". */
function judgeNames(named: readonly Named[], { allows, expected }: NameForm, again?: Level): FieldFinding[] {
  const first = new Map<string, string>();
  return named.flatMap(({ name, path }) => {
    if (typeof name !== 'string') return [];
    if (!allows(name)) return [{ path, message: `given "${name.slice(0, 80)}", expected ${expected}` }];
    if (name === '') return [];
    const owner = first.get(name);
    if (owner === undefined) first.set(name, path);
    return owner === undefined
      ? []
      : [{ path, message: `given "${name}", which ${owner} has already; rename one`, level: again }];
  });
}

/** Each name once. */
const firstOfName = (named: readonly Named[]): Named[] =>
  named.filter(({ name }, index) => named.findIndex((one) => one.name === name) === index);

/** Invalid and duplicate names of containers, volumes, ports and variables. Source: kubernetes.io, Pod v1 core. */
export function podNameFindings(pod: Pod): FieldFinding[] {
  const containers = containersOf(pod);
  return [
    ...judgeNames(
      containers.map(({ fields, path }) => ({ name: fields.name, path: `${path}.name` })),
      LABEL,
    ),
    ...judgeNames(namedIn(pod.spec.volumes, `${pod.path}.volumes`), LABEL),
    ...containers.flatMap(({ fields, path }) => judgeNames(namedIn(fields.ports, `${path}.ports`), PORT)),
    ...judgeNames(
      containers.flatMap(({ fields, path }) => firstOfName(namedIn(fields.ports, `${path}.ports`))),
      { ...PORT, allows: () => true },
      'risk', // The API server only warns about one name in two containers: Services and probes use the first.
    ),
    ...containers.flatMap(
      (
        { fields, path }, // Of two variables with one name the last counts.
      ) => judgeNames(namedIn(fields.env, `${path}.env`), VARIABLE, 'risk'),
    ),
  ];
}

/** Invalid and duplicate names of a Service's ports. Source: kubernetes.io, Service, Port definitions. */
export const portNameFindings = ({ spec }: ManifestObject): FieldFinding[] =>
  // One port needs no name; of several each does, which the rule "api-server" tells.
  judgeNames(
    namedIn(spec?.ports, 'spec.ports').filter(({ name }) => name !== ''),
    LABEL,
  );
