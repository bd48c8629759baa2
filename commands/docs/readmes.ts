import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { groupBy } from '../../lib/base/group';
import { InputError } from '../../lib/base/problem';
import type { BuiltSystem } from '../../lib/pipeline/build';
import { mermaidOf } from '../../lib/targets/mermaid';
import { FOLDER } from './platforms';

/** The markers before and after the diagram. */
const [BEGIN, END] = ['<!-- picture: written by npm run docs -->', '<!-- end of picture -->'];

/** The text of a README with the current diagram, in production or in the first environment, and links to the documents. */
function withDiagram(file: string, text: string, all: readonly BuiltSystem[]): string {
  const [start, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (start < 0 || end < start)
    throw new InputError([
      { file, message: `has no place for the diagram, expected a line ${BEGIN} and a line ${END}` },
    ]);
  const shown = (all.find(({ model }) => model.tier === 'production') ?? all[0]) as BuiltSystem;
  const links = all.map(({ system, environment }) => `[${environment}](../../${FOLDER}/${system}/${environment}.md)`);
  const documents = `Its documents: ${links.join(', ')}.`;
  const diagram = `In ${shown.environment}:\n\n\`\`\`mermaid\n${mermaidOf(shown.model)}\n\`\`\``;
  return `${text.slice(0, start)}${BEGIN}\n\n${documents} ${diagram}\n\n${text.slice(end)}`;
}

/** The READMEs of systems with the current diagrams, by file. A system without one has none. */
export function readmesOf(root: string, systems: readonly BuiltSystem[]): Map<string, string> {
  const readmes = [...groupBy(systems, ({ system }) => system)].flatMap(([system, all]) => {
    const file = `charts/${system}/README.md`;
    const path = join(root, file);
    return existsSync(path) ? [[file, withDiagram(file, readFileSync(path, 'utf8'), all)] as const] : [];
  });
  return new Map(readmes);
}
