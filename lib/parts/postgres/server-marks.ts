import { tableIn } from '../tables';
import { DRILL } from './servers';

/** The file with a line for each server. */
const SERVER_TABLE = 'servers.tsv';

/** The marks of database servers that move to another host: the new server is empty unless the data was moved before. */
export function serverMarks({
  before,
  after,
}: {
  readonly before?: Parameters<typeof tableIn>[0];
  readonly after?: Parameters<typeof tableIn>[0];
}): { readonly risk: 'data'; readonly message: string }[] {
  const now = tableIn(after, SERVER_TABLE);
  return [...tableIn(before, SERVER_TABLE)].flatMap(([name, host]) => {
    const next = now.get(name);
    // The server of drills has copies only.
    if (after === undefined || next === host || name === DRILL) return [];
    const message =
      next === undefined
        ? `the database server ${name} at ${host} is no longer used, and its data is not moved`
        : `the database server ${name} moves from ${host} to ${next}, which has none of its data: restore a backup there before`;
    return [{ risk: 'data', message }];
  });
}
