import { renderText } from '../constructs/addresses';
import { isText } from '../model/address';
import { keyIn, type Secret, type TemplatePart } from '../model/secret';

/** The shell variable with the value of a key. */
function variable(key: string): string {
  return key.replace(/\W/g, '_');
}

/** A template as a shell word. jq URL-encodes the variables, and sed doubles their quotes. */
function shellTemplate(parts: readonly TemplatePart[]): string {
  return parts
    .map((part) => {
      if (isText(part)) return renderText(part);
      const value = `printf %s "$${variable(keyIn(part))}"`;
      if ('plain' in part) return `$(${value})`;
      return 'quoted' in part ? `\\"$(${value} | sed 's/"/""/g')\\"` : `$(${value} | jq -Rrs @uri)`;
    })
    .join('');
}

/**
 * The shell command that creates or updates a Secret whose source is `manual`. It contains no values: it reads shell variables named
 * after the keys, with underscores for other characters, and fails if one is not set. Values are passed by process substitution (bash
 * or zsh), so that they do not appear in process lists.
 */
export function commandFor(secret: Secret): string {
  const entries = Object.entries(secret.values);
  const read = entries.flatMap(([key, value]) =>
    'template' in value
      ? value.template.flatMap((part) => (isText(part) ? [] : [variable(keyIn(part))]))
      : [variable(key)],
  );
  const files = entries.map(([key, value]) => {
    const text = 'template' in value ? shellTemplate(value.template) : `$${variable(key)}`;
    return `--from-file=${key}=<(printf %s "${text}")`;
  });
  const type = secret.type === 'Opaque' ? '' : ` --type ${secret.type}`;
  const labels = Object.entries(secret.labels).map(([key, value]) => `${key}=${value}`);
  const given = [...new Set(read)].map((name) => `"\${${name}:?}"`);
  return [
    ...(given.length > 0 ? [`: ${given.join(' ')} &&`] : []),
    [
      `kubectl create secret generic ${secret.name} --namespace ${secret.namespace}${type}`,
      ...files,
      `--dry-run=client -o yaml ${labels.length > 0 ? `| kubectl label --local -f - ${labels.join(' ')} -o yaml ` : ''}| kubectl apply --server-side -f -`,
    ].join(' \\\n  '),
  ].join('\n');
}
