/** A ConfigMap, as far as its tables are read. */
interface TableObject {
  readonly kind: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/**
 * A column of a table of tab-separated values in a ConfigMap, by the first one; empty where there is no such table.
 *
 * @param column @default 1: the second one
 */
export function tableIn(object: TableObject | undefined, file: string, column = 1): Map<string, string> {
  const table: unknown = object?.kind === 'ConfigMap' ? object.data?.[file] : undefined;
  const lines = typeof table === 'string' ? table.split('\n').map((line) => line.split('\t')) : [];
  return new Map(lines.flatMap(({ 0: key, [column]: value }) => (key && value ? [[key, value] as const] : [])));
}
