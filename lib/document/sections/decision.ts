import { type DocumentContext, notStated, type Section, word } from '../context';
import { list, paragraphs } from '../markdown';

/** The items of a word, or what says that they were not given. */
function items(context: DocumentContext, key: 'benefits' | 'drawbacks'): string {
  return list(context.model.about?.[key] ?? [notStated(context, key)]) as string;
}

function text(context: DocumentContext): string | undefined {
  const { about } = context.model;
  const alternatives = Object.entries(about?.alternatives ?? {}).map(([name, why]) => `${name}: ${why}`);
  return paragraphs(
    `**Status:** ${about?.approvedBy === undefined ? 'proposed' : `accepted, by ${about.approvedBy}`}`,
    `**Context:** ${word(context, 'context')}`,
    `**Decision:** Kubernetes, from descriptions in git${about?.pattern === undefined ? '' : `: ${about.pattern}`}. ${word(context, 'rationale')}`,
    '**Good about it:**',
    items(context, 'benefits'),
    '**Not good about it:**',
    items(context, 'drawbacks'),
    '**Alternatives:**',
    list(alternatives.length > 0 ? alternatives : [notStated(context, 'alternatives')]),
  );
}

/** Source: the seed, "Architecture Decision Record". */
export const decision: Section = { title: 'Decision record', text };
