/** A text as a cell of a table: in one line, without what would end the cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, '<br>');
}

/** A table. Empty cells have a dash. @returns undefined without rows */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string | undefined {
  if (rows.length === 0) return undefined;
  const line = (cells: readonly string[], empty: string) =>
    `| ${cells.map((text) => cell(text) || empty).join(' | ')} |`;
  return [line(head, ' '), `|${head.map(() => '---').join('|')}|`, ...rows.map((row) => line(row, '–'))].join('\n');
}

/** A text in the letters of code. */
export function code(text: string): string {
  return `\`${text}\``;
}

/** Texts in the letters of code, with commas between them. */
export function codes(texts: Iterable<string>): string {
  return [...new Set(texts)].map(code).join(', ');
}

/** Lines of code. */
export function fence(language: string, ...lines: readonly string[]): string {
  return `\`\`\`${language}\n${lines.join('\n')}\n\`\`\``;
}

/** A list. @returns undefined without items */
export function list(items: readonly string[]): string | undefined {
  return items.length === 0 ? undefined : items.map((item) => `- ${item.replace(/\s*\n\s*/g, ' ')}`).join('\n');
}

/** Paragraphs, of which undefined ones are left out. @returns undefined without any */
export function paragraphs(...parts: readonly (string | undefined)[]): string | undefined {
  const there = parts.filter((part) => part !== undefined && part !== '');
  return there.length === 0 ? undefined : there.join('\n\n');
}

/** Texts as part of a sentence: `a`, `a and b`, `a, b and c`. */
export function enumerate(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}

/** A number of seconds in the largest unit that divides it: `90 s`, `5 min`, `1 h`, `30 days`. */
export function duration(seconds: number): string {
  const units = [
    [86_400, 'days'],
    [3600, 'h'],
    [60, 'min'],
  ] as const;
  for (const [length, unit] of units) {
    if (seconds >= length && seconds % length === 0 && (unit !== 'days' || seconds > length)) {
      return `${seconds / length} ${unit}`;
    }
  }
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds} s`;
}
