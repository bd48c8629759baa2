import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, parseDocument } from 'yaml';
import { registry } from '../../charts';
import { Failure } from '../../lib/base/errors';
import { FOLDER } from '../../lib/config/environment-folders';
import { toFiles } from '../../lib/output/files';
import { writeTree } from '../../lib/output/tree';
import { type Built, buildEnvironments } from '../../lib/pipeline/build';
import { withCopy } from '../shared/project-copy';

/** What is done to a file of an environment, and to that of all environments, by its name without its ending. */
export type Edits = Readonly<Record<string, (document: Document) => void>>;

/**
 * What a system would be with other content in its environment's files, written like its folder in dist/.
 *
 * @param folder where it is written, in place of what is there
 * @throws InputError when the changed files are wrong
 */
export function writeVariant(root: string, environment: string, system: string, edits: Edits, folder: string): Built {
  return withCopy(root, (changed) => {
    for (const [name, edit] of Object.entries(edits)) {
      for (const place of [FOLDER, join(FOLDER, environment)]) {
        const file = join(changed, place, `${name}.yaml`);
        if (!existsSync(file)) continue;
        const document = parseDocument(readFileSync(file, 'utf8'));
        edit(document);
        writeFileSync(file, String(document));
      }
    }
    const built = buildEnvironments(registry, changed, [environment]).find((one) => one.system === system);
    if (built === undefined) throw new Failure(`${FOLDER}/${environment} has no ${system}.yaml`);
    rmSync(folder, { recursive: true, force: true });
    writeTree(folder, toFiles('.', built.objects));
    return built;
  });
}
