import type { Secret } from '../../lib/model/secret';
import { remoteName } from '../../lib/pipeline/store-needs';
import type { Requirements } from './requirements';
import { type Row, unknown } from './row';

/** Where a person finds each value of a Secret without which data cannot be read. */
function permanentIn(secret: Secret): string[] {
  if (secret.source.kind === 'development') return [];
  return Object.entries(secret.values).flatMap(([key, value]) => {
    if (!('remote' in value) || !value.permanent) return [];
    return secret.source.kind === 'external'
      ? [remoteName(secret.source, value.remote, value.property)]
      : [`${key} of Secret ${secret.namespace}/${secret.name}`];
  });
}

/** Values without which data cannot be read any more: the cluster does not tell whether there is a copy of them. */
export async function permanentValueRows({ systems }: Requirements): Promise<Row[]> {
  const names = new Set(systems.flatMap(({ model }) => model.secrets.flatMap(permanentIn)));
  return [...names].map((name) =>
    unknown(
      { what: name, needed: 'a copy elsewhere', found: 'cannot be read' },
      'data cannot be read any more without it: keep a copy elsewhere, and never replace it',
    ),
  );
}
