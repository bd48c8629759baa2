import type { Secret, TemplatePart } from './secret';

/** The shell variable that a key is read from; the command ends where it is not set. */
function variable(key: string): string {
  return `\${${key.replace(/\W/g, '_')}:?}`;
}

/** A shell word; what is in the variables is encoded by jq. */
function shellTemplate(parts: readonly TemplatePart[]): string {
  return parts
    .map((part) =>
      typeof part === 'string' ? part : `$(jq -rn --arg value "${variable(part.urlEncoded)}" '$value | @uri')`,
    )
    .join('');
}

/**
 * The command that makes a Secret whose source is `manual`, or changes it. It holds no value: it reads shell variables with the
 * names of the keys, in which what a variable cannot have is an underscore.
 */
export function commandFor(secret: Secret): string {
  const literals = Object.entries(secret.values).map(
    ([key, value]) => `--from-literal=${key}="${'template' in value ? shellTemplate(value.template) : variable(key)}"`,
  );
  const type = secret.type === 'Opaque' ? '' : ` --type ${secret.type}`;
  const labels = Object.entries(secret.labels).map(([key, value]) => `${key}=${value}`);
  return [
    `kubectl create secret generic ${secret.name} --namespace ${secret.namespace}${type}`,
    ...literals,
    `--dry-run=client -o yaml ${labels.length > 0 ? `| kubectl label --local -f - ${labels.join(' ')} -o yaml ` : ''}| kubectl apply --server-side -f -`,
  ].join(' \\\n  ');
}
