import type { System } from '../../model/system';
import { commentOf } from '../comment';
import type { Pod } from './pods';

/** The hosts that lead to several components, by their paths. */
function sharedHosts(pods: readonly Pod[]): string[] {
  const owners = pods.flatMap(({ name, component }) =>
    [...new Set(component?.exposed.map(({ site }) => site.host))].map((host) => ({ host, name })),
  );
  return [
    ...new Set(
      owners
        .filter((one) => owners.some(({ host, name }) => host === one.host && name !== one.name))
        .map(({ host }) => host),
    ),
  ];
}

/**
 * What stands at the head of a compose file: what it is, what the user provides, and what compose cannot express.
 *
 * @param given the folders that the user provides
 */
export function headOf(
  system: System,
  pods: readonly Pod[],
  given: readonly string[],
  { needsVariables, hasProxy }: { readonly needsVariables: boolean; readonly hasProxy: boolean },
): string {
  const jobs = pods.filter(({ schedule }) => schedule !== undefined);
  const byHand = jobs.filter(({ schedule }) => schedule?.suspended);
  const scheduled = jobs.filter(({ schedule }) => !schedule?.suspended);
  const facts = pods.flatMap(({ name, containers }) =>
    containers.flatMap(({ env }) =>
      Object.entries(env).flatMap(([variable, value]) =>
        typeof value === 'object' && 'pod' in value ? [`${name}: ${variable}, the ${value.pod} of its pod`] : [],
      ),
    ),
  );
  const autoscaled = pods.filter(({ component }) => component?.scale.max !== undefined);
  const sections = [
    `${system.name} in ${system.environment}, written by npm run synth: edit environments/, not this file.`,
    ...(needsVariables ? ['Secrets are variables: .env.example lists them.'] : []),
    ...(given.length > 0 ? [`You provide:\n${given.map((one) => `  ${one}`).join('\n')}`] : []),
    ...(scheduled.length > 0
      ? [
          `No schedule starts these, so cron does (docker compose run --rm NAME):\n${scheduled.map(({ name, schedule }) => `  ${schedule?.cron} ${schedule?.timeZone ?? 'UTC'}  ${name}`).join('\n')}`,
        ]
      : []),
    ...(byHand.length > 0 ? [`Started by hand: ${byHand.map(({ name }) => name).join(', ')}`] : []),
    [
      'Compose cannot express these:',
      '  policies by port: services that share a network reach all ports of each other, in both directions',
      '  policies for addresses: a service with a network of its own, named _outside, reaches every address',
      ...(autoscaled.length > 0
        ? [
            `  autoscaling: ${autoscaled.map(({ name, replicas }) => `${name} has ${replicas}`).join(', ')}, the least that Kubernetes would have`,
          ]
        : []),
      ...(hasProxy
        ? []
        : sharedHosts(pods).map(
            (host) =>
              `  the paths of ${host}: its components answer at ports of their own; one host for all takes proxy`,
          )),
      ...facts.map((fact) => `  ${fact}`),
    ].join('\n'),
  ];
  return sections.map(commentOf).join('\n');
}
