import { dirname, join } from 'node:path';
import type { ComposeFile } from './document';
import { missingIn } from './interpolation';
import type { Notes } from './notes';
import type { Planned } from './plan';
import { hasPassword, type SecretSetting } from './secrets';
import { smallText } from './volumes';

const asName = (name: string) =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40) || 'secret';

/** The secrets and configs of a compose file that its services get as files. */
export interface Granted {
  readonly sharedSecrets: Readonly<Record<string, SecretSetting>>;
  /** The files of a service, by their paths. */
  filesOf(
    one: Planned,
  ): Readonly<Record<string, { readonly text?: string; readonly secret?: string; readonly beside?: true }>>;
}

/** The text of a config. @default - there is none, which is noted */
function configText(compose: ComposeFile, name: string, notes: Notes): string | undefined {
  const given = compose.value.configs?.[name];
  const path = ['configs', name];
  const problem = (message: string) => {
    notes.add(path, `config ${name}`, message);
    return undefined;
  };
  if (given?.content !== undefined)
    return missingIn(given.content).length > 0
      ? problem('has a variable without a value: add it to files')
      : hasPassword(given.content)
        ? problem('may have secrets: put those into sharedSecrets, and say files: { path: { secret: … } }')
        : given.content;
  if (given?.environment !== undefined)
    return (
      compose.variables[given.environment] ??
      problem(`is the variable ${given.environment} of the shell: add its text to files`)
    );
  if (given?.file === undefined) return problem('is kept elsewhere: add its text to files');
  const found = smallText(join(dirname(compose.file), given.file));
  return 'problem' in found ? problem(found.problem) : found.text;
}

/** Reads which services get which secrets and configs. */
export function grantedIn(compose: ComposeFile, notes: Notes): Granted {
  const { secrets = {} } = compose.value;
  const used = new Map<string, SecretSetting>();
  const secretFile = (source: string) => {
    const name = asName(source);
    if (!used.has(name)) {
      const isExternal = ![undefined, 'false'].includes(secrets[source]?.external as string | undefined);
      if (isExternal)
        notes.add(
          ['secrets', source],
          `secret ${source}`,
          `is kept elsewhere: say its key in your store in sharedSecrets.${name}.remote`,
        );
      used.set(name, { remote: name, about: `the secret ${source}` });
    }
    return { secret: name };
  };
  return {
    get sharedSecrets() {
      return Object.fromEntries(used);
    },
    filesOf: ({ given, path }) => {
      const files: Record<string, { text?: string; secret?: string; beside?: true }> = {};
      for (const { source, target = source } of given.secrets ?? [])
        files[target.startsWith('/') ? target : `/run/secrets/${target}`] = secretFile(source);
      for (const [index, { source, target = `/${source}` }] of (given.configs ?? []).entries()) {
        if (target.lastIndexOf('/') === 0)
          notes.add(
            [...path, 'configs', index],
            `config ${source}`,
            `is at ${target}: a file needs a folder here, such as /etc${target}`,
          );
        else {
          const text = configText(compose, source, notes);
          if (text !== undefined) files[target] = { text, beside: true };
        }
      }
      return files;
    },
  };
}
