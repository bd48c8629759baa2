import { ARGOCD } from './argocd';
import { ENVIRONMENT, RESERVED } from './environment';
import { PLATFORM } from './platform';

/** The longest name of an application. Its namespaces, such as `<name>-<environment>-data`, have at most 63 characters then. */
const LONGEST = 30;

/** Names that mean something else, with what they are. */
const MEANINGS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(RESERVED.map((name) => [name, 'a folder of dist/'])),
  [PLATFORM]: "the file of an environment's platform",
  [ENVIRONMENT]: 'the file of an environment itself',
  [ARGOCD]: 'the file of Argo CD',
  default: 'a namespace that every cluster has',
};

/** What namespaces end in, beside that of an application itself. */
const ENDINGS = ['-data', '-admin'];

/** Names that no service, Job or external server can have, since connections name parts by them. */
export const RESERVED_FOR_PARTS: readonly string[] = [
  'internet',
  'everyone',
  'database',
  'redis',
  'queue',
  'workflow',
  'identity',
  'objectstorage',
  'postgres',
];

/** Names of what every namespace has, or of pods that cert-manager starts in it. */
export const OF_NAMESPACES: readonly string[] = ['default', 'acme-solver'];

/** What each part runs beside itself. */
export const TASKS_OF_PARTS = {
  database: ['provisioning', 'migrations', 'backup', 'restore', 'restore-drill', 'postgres-archive-restore-drill'],
  redis: ['redis-backup', 'redis-restore', 'redis-restore-drill'],
  queue: ['rabbitmq-backup', 'rabbitmq-restore-drill'],
};

/**
 * The problem with an application's name, or undefined.
 *
 * @param taken the names of other systems, and of their lists. @default - none
 */
export function applicationNameProblem(name: string, taken: readonly string[] = []): string | undefined {
  const own = 'expected a name of its own for the application';
  if (!/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name) || name.length > LONGEST)
    return `given the name "${name}", expected one of at most ${LONGEST} lower-case letters, digits and dashes that begins with a letter, such as shop`;
  if (taken.includes(name)) return `given the name "${name}", which is taken, ${own}`;
  const meaning = Object.hasOwn(MEANINGS, name) ? MEANINGS[name] : undefined;
  if (meaning !== undefined) return `given the name "${name}", which is ${meaning}, ${own}`;
  if (name.startsWith('kube-'))
    return `given the name "${name}", expected one without kube-, as the namespaces of Kubernetes have`;
  const ending = ENDINGS.find((one) => name.endsWith(one));
  if (ending !== undefined)
    return `given the name "${name}", expected one that does not end in ${ending}, as namespaces of other systems do`;
  return undefined;
}
