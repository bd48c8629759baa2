import { notStated, type Section, word } from '../context';
import { table } from '../markdown';

/** Source: the seed, "Reviewed By" and "Approved By". The history of the file in git has the rest of its last lines. */
export const reviewers: Section = {
  title: 'Reviewers',
  text: (context) =>
    table(
      ['', ''],
      [
        ['Reviewed by', context.model.about?.reviewedBy?.join(', ') ?? notStated(context, 'reviewedBy')],
        ['Approved by', word(context, 'approvedBy')],
        ['Version and dates', '`git log` of this file: it is written anew whenever the system changes'],
      ],
    ),
};
