import { RULES } from '../../lib/checks/check';
import type { Rule } from '../../lib/checks/rule';
import { code, fence, paragraphs, table } from '../../lib/document/markdown';
import { WRITTEN } from './mark';

const LEVELS = {
  broken: 'It will not work.',
  risk: 'It works, and will hurt.',
  policy: 'The style of this project.',
} as const;

function section({ name, level, rationale, wrong, right, needsIntent }: Rule): string | undefined {
  const example = (title: string, text: string) => `${title}:\n\n${fence('yaml', ...text.trimEnd().split('\n'))}`;
  return paragraphs(
    `## ${name}`,
    `Level: ${code(level)}, where a finding says no other.${needsIntent === true ? ' It compares objects with the settings of an environment, so it needs `--env`.' : ''}`,
    rationale,
    example('Wrong', wrong),
    example('Right', right),
  );
}

/** The page of all rules. */
export function checksPage(): string {
  return `${WRITTEN}\n\n${paragraphs(
    '# Rules',
    'By these rules `npm run synth` judges everything before it writes, and `npm run check` any manifests. `npm run check -- --explain RULE` prints a section of this page.',
    table(
      ['Level', 'Meaning'],
      Object.entries(LEVELS).map(([level, meaning]) => [code(level), meaning]),
    ),
    table(
      ['Rule', 'Level'],
      RULES.map(({ name, level }) => [`[${name}](#${name})`, code(level)]),
    ),
    ...RULES.map(section),
  )}\n`;
}
