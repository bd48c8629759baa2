import { enumerate, paragraphs } from '../markdown';
import { factsOf } from './facts';
import { type InEnvironment, type Program, programsOf } from './programs';
import { connectionRules, EVERYWHERE, migrationRules, requestRules, secretRules } from './rules';
import { variablesOf } from './variables';

function sectionOf(program: Program): string | undefined {
  const about = program.running
    .map(({ component, task }) => (component ?? task)?.about)
    .find((text) => text !== undefined);
  const title = `## ${program.name}`;
  return paragraphs(
    title,
    about && `${about[0]?.toUpperCase()}${about.slice(1)}.`,
    factsOf(program),
    variablesOf(program),
  );
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
  const names = environments.map(({ environment }) => environment);
  const text = paragraphs(
    `<!-- Written by npm run docs: values are those of ${enumerate(names)}. -->`,
    `# ${system}: what your application has to do`,
    `The objects of this system count on all of this. In values, \`{name}\` stands for the DNS name of the Service \`name\`, \`…\` for something secret, and – for none. Where environments
differ, each is named.`,
    '## Everywhere',
    EVERYWHERE,
    requestRules(environments),
    connectionRules(environments, programs),
    secretRules(programs),
    migrationRules(environments),
    ...programs.map(sectionOf),
  );
  return `${text}\n`;
}
