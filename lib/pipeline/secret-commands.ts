import { renderText } from '../constructs/addresses';
import { isText } from '../model/address';
import type { Secret, TemplatePart } from '../model/secret';

/** The shell variable that a key is read from. */
function variable(key: string): string {
  return key.replace(/\W/g, '_');
}

/** A shell word; what is in the variables is encoded by jq. */
function shellTemplate(parts: readonly TemplatePart[]): string {
  return parts
    .map((part) => (isText(part) ? renderText(part) : `$(printf %s "$${variable(part.urlEncoded)}" | jq -Rrs @uri)`))
    .join('');
}

/**
 * The command that makes a Secret whose source is `manual`, or changes it. It holds no value: it reads shell variables with the
 * names of the keys, in which what a variable cannot have is an underscore, and ends where one is not set. Values go through
 * pipes of bash or zsh, and are on no program's command line, where others of the machine see them.
 */
export function commandFor(secret: Secret): string {
  const entries = Object.entries(secret.values);
  const read = entries.flatMap(([key, value]) =>
    'template' in value
      ? value.template.flatMap((part) => (isText(part) ? [] : [variable(part.urlEncoded)]))
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
