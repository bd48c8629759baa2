import { groupBy } from '../../base/group';
import { code, codes, paragraphs, table } from '../markdown';
import { rowsOf, type SettingRow } from './rows';
import type { JsonSchema } from './takes';

/** The settings of a file, as they are in one tier. */
export interface TierSchema {
  readonly tier: string;
  readonly schema: JsonSchema;
}

/** A file with settings. */
export interface SettingsFile {
  /** What it is the file of: `Salient`. */
  readonly title: string;
  /** Its path: `environments/<environment>/salient.yaml`. */
  readonly file: string;
  /** The schema of each tier, the first one of all that it may have; one where all tiers have the same. */
  readonly tiers: readonly TierSchema[];
}

/** A column of a setting in all tiers: once where all tiers agree. */
function byTier(files: readonly { readonly tier: string; readonly rows: ReadonlyMap<string, SettingRow> }[]) {
  return (key: string, column: 'usual' | 'takes'): string => {
    const known = files.flatMap(({ tier, rows }) => {
      const row = rows.get(key);
      return row === undefined ? [] : [{ tier, text: row[column] }];
    });
    const texts = [...groupBy(known, ({ text }) => text)];
    if (texts.length < 2) return texts[0]?.[0] ?? '';
    return texts.map(([text, same]) => `${same.map(({ tier }) => tier).join(', ')}: ${text || '–'}`).join('<br>');
  };
}

const keyOf = ({ path, kinds = [] }: SettingRow) => [path, ...kinds].join(' ');

/** The rows of the table, with the columns that differ between tiers. */
function rowsIn({ tiers }: SettingsFile): SettingRow[] {
  const all = tiers.map(({ tier, schema }) => ({
    tier,
    rows: new Map(rowsOf(schema).map((row) => [keyOf(row), row] as const)),
  }));
  const column = byTier(all);
  return [...(all[0]?.rows ?? [])].map(([key, row]) => ({
    ...row,
    usual: column(key, 'usual'),
    takes: column(key, 'takes'),
  }));
}

const cells = ({ path, takes, usual, example, meaning, kinds }: SettingRow) => [
  code(path),
  takes,
  usual,
  example,
  kinds === undefined ? meaning : `${codes(kinds)}: ${meaning}`,
];

/** The first key of a path. */
const topOf = ({ path }: SettingRow) => path.replace(/^<name>\.(<name>\.)?/, '').split(/[.[]/)[0] as string;

/** The page of all settings of a file: what each takes, its default and its meaning. */
export function settingsPage(given: SettingsFile): string {
  const sections = [...groupBy(rowsIn(given), topOf)];
  const single = sections.flatMap(([, rows]) => (rows.length === 1 ? rows : []));
  const head = ['Setting', 'Takes', 'Default', 'Example', 'Meaning'];
  const section = (title: string, rows: readonly SettingRow[]) =>
    rows.length === 0 ? undefined : paragraphs(`## ${title}`, table(head, rows.map(cells)));
  return `${paragraphs(
    `# Settings of ${given.title}`,
    `All settings of ${code(given.file)}. ${code('needed')} means that the file has to say it; a dash means that nothing is assumed. Words before a colon in the last column are the kinds that have the setting.`,
    section('Single settings', single),
    ...sections.filter(([, rows]) => rows.length > 1).map(([top, rows]) => section(top, rows)),
  )}\n`;
}
