import type { Section } from '../context';
import { paragraphs, table } from '../markdown';

/** What follows from requirements, each number with its formula. */
export const requirements: Section = {
  title: 'Requirements and their arithmetic',
  text: ({ model: { requirements: rows = [] } }) =>
    rows.length === 0
      ? undefined
      : paragraphs(
          'What is required of the system, and what follows from it. A setting that is given itself wins over a number here.',
          table(
            ['What', 'Value', 'Formula', 'Source'],
            rows.map(({ name, value, formula, source }) => [name, value, formula, source]),
          ),
        ),
};
