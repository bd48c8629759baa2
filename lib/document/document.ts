import type { DocumentContext, Section } from './context';
import { architecture } from './sections/architecture';
import { backup } from './sections/backup';
import { checklist } from './sections/checklist';
import { cost } from './sections/cost';
import { decision } from './sections/decision';
import { dependencies } from './sections/dependencies';
import { disasters } from './sections/disasters';
import { future } from './sections/future';
import { inspection } from './sections/inspection';
import { monitoring } from './sections/monitoring';
import { network } from './sections/network';
import { procedures } from './sections/procedures';
import { requirements } from './sections/requirements';
import { reviewers } from './sections/reviewers';
import { services } from './sections/services';
import { targets } from './sections/targets';
import { troubleshooting } from './sections/troubleshooting';
import { updates } from './sections/updates';
import { variables } from './sections/variables';
import { verification } from './sections/verification';

/** The sections of a document, in their order. Source: the seed of the template, "Deployment Architecture". */
export const SECTIONS: readonly Section[] = [
  architecture,
  inspection,
  services,
  dependencies,
  network,
  variables,
  targets,
  requirements,
  monitoring,
  backup,
  disasters,
  procedures,
  updates,
  verification,
  troubleshooting,
  cost,
  decision,
  future,
  checklist,
  reviewers,
];

/** The title of a section as GitHub links to it. */
const anchorOf = (title: string) =>
  title
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-');

/** The document of a system in one environment, in Markdown. */
export function documentOf(context: DocumentContext): string {
  const { model, environment, file, words, folder, others } = context;
  const sections = SECTIONS.flatMap(({ title, text }) => {
    const body = text(context);
    return body === undefined ? [] : [{ title, body }];
  });
  const links = others.map((name) => `[${name}](${name}.md)`).join(', ');
  return `${[
    `<!-- Written by npm run docs: words are in ${words}, numbers are those of dist/${folder}. -->`,
    `# Deployment architecture: ${model.name} in ${environment}`,
    `From ${[...new Set([file, words])].map((one) => `[${one}](../../../${one})`).join(' and ')}, as [dist/${folder}](../../../dist/${folder}) has it.${links === '' ? '' : ` Other environments: ${links}.`}`,
    `${sections.map(({ title }) => `[${title}](#${anchorOf(title)})`).join(' · ')}`,
    ...sections.map(({ title, body }) => `## ${title}\n\n${body}`),
  ].join('\n\n')}\n`;
}
