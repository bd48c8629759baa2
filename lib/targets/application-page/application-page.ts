import { factsOf } from './facts';
import { type InEnvironment, type Program, programsOf } from './programs';
import { connectionRules, EVERYWHERE, migrationRules, requestRules, secretRules } from './rules';
import { variablesOf } from './variables';

export type { InEnvironment };

function sectionOf(program: Program): string[] {
  const about = program.running
    .map(({ component, task }) => (component ?? task)?.about)
    .find((text) => text !== undefined);
  return [
    `## ${program.name}`,
    ...(about === undefined ? [] : [`${about[0]?.toUpperCase()}${about.slice(1)}.`]),
    factsOf(program),
    variablesOf(program),
  ];
}

/**
 * What the programs of a system have to do, so that its objects work with them: ports, probes, signals, files, variables, connections,
 * metrics, requests and migrations. Values that differ by environment are told for each. Tags of images are left out, so that a
 * promotion does not change the page. A name in braces stands for the DNS name of a Service.
 *
 * @param environments the system in all of its environments
 */
export function applicationPage(system: string, environments: readonly InEnvironment[]): string {
  const programs = programsOf(environments);
  const parts = [
    `# ${system}: what your application has to do`,
    '<!-- written by npm run docs; do not edit -->',
    `Berth's objects count on all of this. Values are those of ${environments.map(({ environment }) => environment).join(', ')}: where they differ, each is named. In values, \`{name}\` stands for the DNS name of the
Service \`name\`, \`…\` for something secret, and – for none.`,
    '## Everywhere',
    EVERYWHERE,
    ...requestRules(environments),
    ...connectionRules(environments, programs),
    ...secretRules(programs),
    ...migrationRules(environments),
    ...programs.flatMap(sectionOf),
  ];
  return `${parts.join('\n\n')}\n`;
}
