import { z } from 'zod';
import { text } from './fields';
import { isMapping } from './layers';

const line = text(/^[^\p{Cc}]+$/u, 'one line of text', 200);
const lines = text(/^[^\p{Cc}]+(\n+[^\p{Cc}]+)*\n*$/u, 'text', 2000).transform((given) => given.trimEnd());
const named = z.record(z.string(), line);

const codeFacts = z.strictObject({
  language: line.optional().describe('With its version, such as Python 3.11'),
  framework: line.optional().describe('Such as FastAPI'),
  build: line.optional().describe('What builds it, such as Vite'),
  dependencies: z.array(line).optional().describe('The most important packages'),
  files: z.array(line).optional().describe('Its configuration files'),
});

/** The words of a system: `document` in its environment file. */
const words = z.strictObject({
  description: lines.optional().describe('What it does, and for whom'),
  rationale: lines.optional().describe('Why it is built as it is'),
  owner: line.optional().describe('The team or person who answers for it'),
  alternatives: named.optional().describe('What was not chosen, and why: reasons by names'),
  services: z.record(z.string(), codeFacts).optional().describe('What the code of each service shows'),
  context: lines.optional().describe('What the decision had to consider: the team, the time, what was there before'),
  benefits: z.array(line).optional().describe('What is good about the decision'),
  drawbacks: z.array(line).optional().describe('What is not good about it'),
  authentication: line.optional().describe('How its users log in'),
  maintenance: line.optional().describe('When it may be down for maintenance'),
  targets: named.optional().describe('Targets that no setting has, such as concurrent users: texts by names'),
  costs: named.optional().describe('What it costs a month: amounts with their currency, by names'),
  declined: named.optional().describe('What it does without on purpose, and why: reasons by names'),
  reviewedBy: z.array(line).optional().describe('The persons who read its document'),
  approvedBy: line.optional().describe('The person who approved it'),
});

/** The words of a system, as its environment file has them. */
export type Words = z.output<typeof words>;

/** Words over others. Of mappings, such as alternatives, both count. */
function over(given: Words, usual: Words): Words {
  const all = Object.entries(given).map(([key, value]) => {
    const other = usual[key as keyof Words];
    return [key, isMapping(value) && isMapping(other) ? { ...other, ...value } : value];
  });
  return { ...usual, ...Object.fromEntries(all) };
}

/**
 * What a system is, in words for those who operate it: they are in its document (`npm run docs`), and the first four in annotations of
 * its namespaces.
 *
 * @param usual what the environment file need not say. @default - nothing
 */
export function document(usual: Words = {}) {
  return words
    .prefault({})
    .transform((given) => over(given, usual))
    .describe('What it is, in words: its document, and annotations of its namespaces');
}
