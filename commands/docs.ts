// Writes the generated part of each system's README: `npm run docs [-- --check]`.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../charts';
import { InputError } from '../lib/base/problem';
import { environmentNames, environmentsOfTier } from '../lib/config/environment-folders';
import type { System } from '../lib/model/system';
import { describeEnvironments } from '../lib/pipeline/environments';
import { Program } from '../lib/pipeline/program';
import { mermaidOf } from '../lib/targets/mermaid';

const HELP = `Writes a diagram of each system into charts/<system>/README.md: its components, tasks, routes and connections in production.

  npm run docs               writes what differs
  npm run docs -- --check    writes nothing; exits with 1 if a README is not up to date`;

/** The markers before and after the diagram. */
const [BEGIN, END] = ['<!-- picture: written by npm run docs -->', '<!-- end of picture -->'];

/** The model of each system in its production environment, or in the first environment that has it. */
function systemsIn(root: string): Map<string, { readonly environment: string; readonly model: System }> {
  const names = [...new Set([...environmentsOfTier(root, 'production'), ...environmentNames(root)])];
  const systems = new Map<string, { readonly environment: string; readonly model: System }>();
  for (const { environment: name, system, model } of describeEnvironments(registry, root, names)) {
    if (model !== undefined && !systems.has(system)) systems.set(system, { environment: name, model });
  }
  return systems;
}

/** The text of a README with the current diagram. */
function withDiagram(file: string, text: string, name: string, model: System): string {
  const [start, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (start < 0 || end < start)
    throw new InputError([
      { file, message: `has no place for the diagram, expected a line ${BEGIN} and a line ${END}` },
    ]);
  const diagram = `${BEGIN}\n\nIn ${name}:\n\n\`\`\`mermaid\n${mermaidOf(model)}\n\`\`\`\n\n`;
  return text.slice(0, start) + diagram + text.slice(end);
}

export default new Program({
  name: 'docs',
  help: HELP,
  options: { check: { type: 'boolean', default: false } },
  run: ({ check }, { root, say, complain }) => {
    const stale = [...systemsIn(root)].flatMap(([system, { environment: name, model }]) => {
      const file = `charts/${system}/README.md`;
      const path = join(root, file);
      if (!existsSync(path)) return [];
      const text = readFileSync(path, 'utf8');
      const updated = withDiagram(file, text, name, model);
      if (text === updated) return [];
      if (!check) writeFileSync(path, updated);
      return [file];
    });
    if (stale.length === 0) say('every README is up to date');
    else if (check) complain(`${stale.join(', ')}: not up to date; run npm run docs and commit it`);
    else say(`written: ${stale.join(', ')}`);
    return check && stale.length > 0 ? 1 : 0;
  },
});
