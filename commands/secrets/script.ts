import type { Need, RemoteKey, StoreNeeds } from '../../lib/pipeline/store-needs';
import { type Listing, stateOf, stateOfKey } from './listing';
import type { Provider } from './provider';

/** Values go from program to program, and from the shell's own printf: none is on a command line, where others see it. */
const HEAD = `#!/usr/bin/env bash
# Random values are made up here. All others are asked for, one after the other, and not shown; they may come from a file of
# lines as well. What is in the store already is never replaced.
set -euo pipefail
random() {
  openssl rand -hex 32 | tr -d '\\n'
}
ask() {
  local answer
  IFS= read -rsp "$1: " answer || true
  echo >&2
  [ -n "$answer" ] || { echo "nothing was said for $1" >&2; return 1; }
  printf '%s' "$answer"
}
property() { # its name; its value is on the standard input
  jq -Rs --arg name "$1" '{($name): .}'
}`;

/** Where a value comes from. What is asked for is asked by the shell, before the value goes anywhere. */
function sourceOf({ key, property, about, random }: Need): string {
  const name = [key, property].filter((part) => part !== undefined).join(': ');
  return random ? 'random' : `ask '${name}${about === '' ? '' : ` (${about.replaceAll("'", "'\\''")})`}'`;
}

/** A value of its own. */
function whole(need: Need): string {
  return `value=$(${sourceOf(need)})\nprintf '%s' "$value" | create ${need.key}`;
}

/** Properties of one JSON object. */
function object(key: string, needs: readonly Need[], how: 'create' | 'extend'): string {
  const properties = needs.flatMap((need) => [
    `value=$(${sourceOf(need)})`,
    `object+=$(printf '%s' "$value" | property ${need.property})`,
  ]);
  return ["object='{}'", ...properties, `printf '%s' "$object" | jq -cs add | tr -d '\\n' | ${how} ${key}`].join('\n');
}

function commandsFor({ key, needs, isObject }: RemoteKey, listing: Listing | undefined): string[] {
  if (listing === undefined || stateOfKey({ key }, listing) === 'missing') {
    return [isObject || needs[0] === undefined ? object(key, needs, 'create') : whole(needs[0])];
  }
  const missing = needs.filter((need) => stateOf(need, listing) === 'missing');
  return missing.length === 0 ? [] : [object(key, missing, 'extend')];
}

/** A bash script that makes what a store lacks, or all where no listing says what it has. It holds no value. */
export function scriptFor({ keys }: StoreNeeds, { functions, title }: Provider, listing?: Listing): string | undefined {
  const commands = keys.flatMap((key) => commandsFor(key, listing));
  return commands.length === 0 ? undefined : [HEAD, `\n# ${title}`, functions, '', commands.join('\n\n')].join('\n');
}
