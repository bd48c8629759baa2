import { expectedOneOf } from '../base/nearest';
import type { Problem } from '../base/problem';
import type { PlatformConfig } from './platform';
import type { YamlFile } from './yaml-file';

/** Finds edges that name an issuer which the platform does not create. */
export function issuerProblems(files: readonly YamlFile[], platform: Partial<PlatformConfig>): Problem[] {
  if (platform.issuers === undefined) return []; // they are invalid themselves
  const made = Object.keys(platform.issuers);
  return files.flatMap((yaml) => {
    const issuer = (yaml.value as { edge?: { issuer?: unknown } } | null)?.edge?.issuer;
    if (typeof issuer !== 'string' || made.includes(issuer)) return [];
    const path = ['edge', 'issuer'];
    const expected = made.length === 0 ? 'expected none, since it defines none' : expectedOneOf(made, issuer);
    const message = `given "${issuer}", which platform.yaml does not define, ${expected}`;
    return [{ ...yaml.locate(path), path: path.join('.'), message }];
  });
}
