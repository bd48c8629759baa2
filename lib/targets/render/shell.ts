/** A word as a shell reads it literally. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A text between double quotes of a shell, where it stands for itself. */
export function literal(text: string): string {
  return text.replace(/[\\"$`]/g, '\\$&');
}

/** Lines of which the first one that fails is the end. */
const careful = (lines: readonly string[]) => (lines.length === 0 ? [] : ['set -e', ...lines]);

/**
 * A command that a shell runs after some lines. Render splits a command into words as a shell does, and starts it without one.
 * Source: render.com/docs, Docker on Render, "Custom start command".
 */
export function afterLines(lines: readonly string[], command: string): string {
  return lines.length === 0 ? command : `/bin/sh -c ${quoted([...careful(lines), `exec ${command}`].join('; '))}`;
}

/** The words of a command after some lines. The script of a shell is joined with the lines. */
export function commandText(words: readonly string[], lines: readonly string[]): string {
  const [shell, option, script, ...more] = words;
  const isScript =
    /^(\/bin\/)?sh$/.test(shell as string) && option === '-c' && script !== undefined && more.length === 0;
  if (isScript) return `/bin/sh -c ${quoted([...careful(lines), script].join('; '))}`;
  return afterLines(lines, words.map(quoted).join(' '));
}
