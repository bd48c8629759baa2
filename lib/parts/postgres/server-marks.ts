/** A ConfigMap before and after a change. */
interface ChangedObject {
  readonly before?: { readonly kind: string; readonly data?: Readonly<Record<string, unknown>> } | undefined;
  readonly after?: { readonly kind: string; readonly data?: Readonly<Record<string, unknown>> } | undefined;
}

/** The hosts in a table of servers, by the names of the servers. */
function hostsIn(object: ChangedObject['after']): Map<string, string> {
  const table: unknown = object?.kind === 'ConfigMap' ? object.data?.['servers.tsv'] : undefined;
  const lines = typeof table === 'string' ? table.split('\n').map((line) => line.split('\t')) : [];
  return new Map(lines.flatMap(([name, host]) => (name && host ? [[name, host] as const] : [])));
}

/** The marks of database servers that move to another host: the new server is empty unless the data was moved before. */
export function serverMarks({ before, after }: ChangedObject): { readonly risk: 'data'; readonly message: string }[] {
  const now = hostsIn(after);
  return [...hostsIn(before)].flatMap(([name, host]) => {
    const next = now.get(name);
    if (after === undefined || next === host) return [];
    const message =
      next === undefined
        ? `the database server ${name} at ${host} is no longer used, and its data is not moved`
        : `the database server ${name} moves from ${host} to ${next}, which has none of its data: restore a backup there before`;
    return [{ risk: 'data', message }];
  });
}
