import { expectedOneOf } from '../base/nearest';
import type { Problem } from '../base/problem';
import { COMPOSE, type ComposeConfig, composeSchema } from '../config/compose';
import { loadTargetFile } from '../config/target-file';
import { leastReplicas } from '../model/scale';
import type { System } from '../model/system';
import { composeOf } from '../targets/compose/compose';
import type { Registry } from './definition';
import type { Described } from './describe';
import { buildTarget, type Chosen, type Given, problem, type TargetOutput } from './target';

/** The components that settings name and the system does not have, or that several copies could not be reached at one port. */
function componentProblems(given: Given, config: ComposeConfig, { components }: System): Problem[] {
  const names = components.map(({ name }) => name);
  const unknown = (['ports', 'env', 'build'] as const).flatMap((key) =>
    Object.keys(config[key])
      .filter((name) => !names.includes(name))
      .map((name) =>
        problem({ ...given, path: [...given.path, key, name] }, `given ${name}, ${expectedOneOf(names, name)}`),
      ),
  );
  const shared = components.flatMap(({ name, ports, scale }) => {
    if (config.ports[name] === undefined) return [];
    const place = { ...given, path: [...given.path, 'ports', name] };
    if (ports.length === 0) return [problem(place, `given a port for ${name}, which listens at none`)];
    const copies = leastReplicas(scale);
    const message = `given one port for ${copies} replicas of ${name}, expected one replica, or a proxy, which balances`;
    return copies > 1 ? [problem(place, message)] : [];
  });
  return [...unknown, ...shared];
}

/** What compose cannot run. */
function impossible(given: Given, { clusters, components }: System): Problem[] {
  const operators = clusters.map(({ name }) =>
    problem(
      given,
      `given an environment whose database ${name} an operator runs (cloudnative-pg), which compose has not; expected one with kind statefulset or external`,
    ),
  );
  const volumes = components
    .filter(({ storage, scale }) => storage.some(({ access }) => access === 'each') && leastReplicas(scale) > 1)
    .map(({ name }) =>
      problem(
        given,
        `given an environment with several replicas of ${name}, each with a volume of its own, which compose has not; expected one replica`,
      ),
    );
  return [...operators, ...volumes];
}

/** What a stack of Docker Swarm cannot run. */
function impossibleInStack(
  given: Given,
  { ports, stack }: ComposeConfig,
  { components, tasks, tier }: System,
): Problem[] {
  if (!stack) return [];
  const place = { ...given, path: [...given.path, 'stack'] };
  const several = components.filter(({ containers, sidecars }) => containers.length + sidecars.length > 1);
  const begun = [...components, ...tasks.filter(({ schedule }) => schedule === undefined)].flatMap(({ name, init }) =>
    init.slice(0, 1).map((first) => `${first.name} of ${name}`),
  );
  const provided = [...components, ...tasks].flatMap(({ name, init, containers }) =>
    [...init, ...containers]
      .flatMap(({ mounts }) => mounts)
      .flatMap(({ from }) => ('existing' in from ? [`${from.name} of ${name}`] : [])),
  );
  return [
    ...(tier === 'development'
      ? ['given a stack for development, whose secrets are known to everyone; expected another environment']
      : []),
    ...Object.keys(ports).map(
      (name) =>
        `given a stack and a port for ${name}, which every machine could reach; expected a proxy instead of ports`,
    ),
    ...several.map(
      ({ name }) =>
        `given a stack, in which the containers of ${name} cannot share a network; expected one container, or no stack`,
    ),
    ...begun.map(
      (one) => `given a stack, which has no container that ends before others start, such as ${one}; expected no stack`,
    ),
    ...provided.map(
      (one) => `given a stack, which cannot mount the files of ${one}, that you provide; expected no stack`,
    ),
  ].map((message) => problem(place, message));
}

/** The compose files of the systems that `environments/compose.yaml` names. For parameters and errors see {@link buildTarget}. */
export function buildCompose(
  registry: Registry,
  root: string,
  described: readonly Described[],
  chosen: Chosen,
): TargetOutput | undefined {
  const loaded = loadTargetFile(root, COMPOSE, composeSchema);
  const make = (model: System, options: ComposeConfig, given: Given) => {
    const problems = [
      ...componentProblems(given, options, model),
      ...impossible(given, model),
      ...impossibleInStack(given, options, model),
    ];
    return problems.length > 0 ? { problems } : { files: composeOf(model, options) };
  };
  return buildTarget({ name: COMPOSE, make }, loaded, registry, root, described, chosen);
}
