import { isMapping } from '../../../lib/config/layers';
import type { ComposeFile } from './document';
import { NOT_TAKEN, NOT_TAKEN_OF_DEPLOY, NOT_TAKEN_OF_FILE } from './not-taken';
import type { Notes } from './notes';
import type { Plan, Planned } from './plan';

type Mapping = Readonly<Record<string, unknown>>;

function noteKeys(
  given: Mapping | undefined,
  known: Readonly<Record<string, string>>,
  path: readonly PropertyKey[],
  prefix: string,
  notes: Notes,
): void {
  for (const [key, value] of Object.entries(given ?? {})) {
    const message = Object.hasOwn(known, key) ? known[key] : undefined;
    if (message !== undefined && message !== '' && value !== null && value !== 'false')
      notes.add([...path, key], `${prefix}${key}`, message);
  }
}

function noteService({ given, path }: Planned, notes: Notes): void {
  noteKeys(given, NOT_TAKEN, path, '', notes);
  noteKeys(given.deploy, NOT_TAKEN_OF_DEPLOY, [...path, 'deploy'], 'deploy.', notes);
  if (given.working_dir !== undefined)
    notes.add([...path, 'working_dir'], 'working_dir', 'say it in the image: WORKDIR');
  if (Object.keys(given.depends_on ?? {}).length > 0)
    notes.add(
      [...path, 'depends_on'],
      'order of depends_on',
      'pods start together, and each has to try again until the others answer; only what ends before they start is kept, as runs: before-deploy',
    );
  for (const [name, one] of Object.entries(given.networks ?? {})) {
    const keys = Object.keys(isMapping(one) ? one : {}).filter((key) => key !== 'aliases');
    if (keys.length > 0)
      notes.add([...path, 'networks', name], keys.join(', '), 'pods have addresses that the cluster gives them');
  }
}

/** Notes the settings of a compose file that have no place in an application file. */
export function noteLeftOut({ value }: ComposeFile, plan: Plan, notes: Notes): void {
  noteKeys(value, NOT_TAKEN_OF_FILE, [], '', notes);
  for (const one of plan.services) if (one.role !== 'nothing') noteService(one, notes);
  for (const [name, one] of Object.entries(value.networks ?? {})) {
    const keys = Object.keys(one ?? {}).filter((key) => !key.startsWith('x-'));
    if (keys.length > 0)
      notes.add(
        ['networks', name],
        `network ${name}: ${keys.join(', ')}`,
        'there are no networks: each service reaches what it connects to, and nothing else',
      );
  }
}
