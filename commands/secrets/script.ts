import type { Need, RemoteKey, StoreNeeds } from '../../lib/pipeline/store-needs';
import type { Provider } from './provider';
import { type StoreListing, stateOf, stateOfKey } from './store-listing';

/** The start of the script. Values pass through pipes and the shell's builtin printf, so that no process list shows them. */
const HEAD = `#!/usr/bin/env bash
# Random values are generated here. All others are prompted for one by one and not echoed; they can be piped in as lines as
# well. Existing keys of the store are never replaced.
set -euo pipefail
random() {
  openssl rand -hex 32 | tr -d '\\n'
}
fernet() { # a key of Fernet: 32 bytes in Base64 for URLs
  openssl rand -base64 32 | tr '+/' '-_' | tr -d '\\n'
}
prompt() {
  local answer
  IFS= read -rsp "$1: " answer || true
  echo >&2
  [ -n "$answer" ] || { echo "no value was given for $1" >&2; return 1; }
  printf '%s' "$answer"
}
property() { # NAME; the value is on the standard input
  jq -Rs --arg name "$1" '{($name): .}'
}`;

/** The command that prints a value: a generated one, or one that the script prompts for. */
function sourceOf({ key, property, about, random }: Need): string {
  const name = [key, property].filter((part) => part !== undefined).join(': ');
  if (random) return random === 'fernet' ? 'fernet' : 'random';
  return `prompt '${name}${about === '' ? '' : ` (${about.replaceAll("'", "'\\''")})`}'`;
}

/** The commands for a key that holds one plain value. */
function whole(need: Need): string {
  return `value=$(${sourceOf(need)})\nprintf '%s' "$value" | create ${need.key}`;
}

/** The commands for a key that holds a JSON object. */
function object(key: string, needs: readonly Need[], how: 'create' | 'extend'): string {
  const properties = needs.flatMap((need) => [
    `value=$(${sourceOf(need)})`,
    `object+=$(printf '%s' "$value" | property ${need.property})`,
  ]);
  return ["object='{}'", ...properties, `printf '%s' "$object" | jq -cs add | tr -d '\\n' | ${how} ${key}`].join('\n');
}

function commandsFor({ key, needs, isObject }: RemoteKey, listing: StoreListing | undefined): string[] {
  if (listing === undefined || stateOfKey({ key }, listing) === 'missing') {
    return [isObject || needs[0] === undefined ? object(key, needs, 'create') : whole(needs[0])];
  }
  const missing = needs.filter((need) => stateOf(need, listing) === 'missing');
  return missing.length === 0 ? [] : [object(key, missing, 'extend')];
}

/** A bash script that creates the keys that a listing lacks, or all keys without a listing. It contains no values. */
export function scriptFor(
  { keys }: StoreNeeds,
  { functions, title }: Provider,
  listing?: StoreListing,
): string | undefined {
  const commands = keys.flatMap((key) => commandsFor(key, listing));
  return commands.length === 0 ? undefined : [HEAD, `\n# ${title}`, functions, '', commands.join('\n\n')].join('\n');
}
