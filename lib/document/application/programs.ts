import { groupBy } from '../../base/group';
import { type Component, containersOf } from '../../model/component';
import type { Container } from '../../model/container';
import type { System } from '../../model/system';
import type { Task } from '../../model/task';

/** A system in one environment. */
export interface InEnvironment {
  readonly environment: string;
  readonly model: System;
}

/** A container of the application in one environment, with the workload that it belongs to. */
export interface Running extends InEnvironment {
  readonly container: Container;
  readonly component?: Component;
  readonly task?: Task;
}

/** A program of the application: the same container in all environments that have it. */
export interface Program {
  readonly name: string;
  readonly running: readonly Running[];
}

/** The workloads that are the application, and not a part that Berth brings, such as PgBouncer. */
function componentsOf({ components }: System): Component[] {
  return components.filter(({ stage }) => stage === 'workloads');
}

/** Whether a container of a task is of the application: by its image, or since its task is a service of an environment file. */
function isOwn({ purpose, from }: Task, { image }: Container, images: ReadonlySet<string>): boolean {
  return images.has(image.image) || (purpose === undefined && from?.startsWith('services.') === true);
}

function runningIn(one: InEnvironment): (readonly [name: string, running: Running])[] {
  const components = componentsOf(one.model);
  const images = new Set(components.flatMap((component) => containersOf(component).map(({ image }) => image.image)));
  return [
    ...components.flatMap((component) =>
      [...component.containers, ...component.sidecars, ...component.init].map((container) => {
        const own = container === component.containers[0];
        return [
          own ? component.name : `${component.name}, container ${container.name}`,
          { ...one, container, component },
        ] as const;
      }),
    ),
    ...one.model.tasks.flatMap((task) =>
      [...task.init, ...task.containers]
        .filter((container) => isOwn(task, container, images))
        .map((container) => {
          const own = container.name === task.name;
          return [own ? task.name : `${task.name}, container ${container.name}`, { ...one, container, task }] as const;
        }),
    ),
  ];
}

/** The programs of an application in all of its environments. */
export function programsOf(environments: readonly InEnvironment[]): Program[] {
  const groups = groupBy(environments.flatMap(runningIn), ([name]) => name);
  return [...groups].map(([name, group]) => ({ name, running: group.map(([, running]) => running) }));
}

/**
 * What environments say, as one text: the text alone where all say the same, otherwise each text with the environments that say it.
 * `undefined` is said where there is none.
 */
export function byEnvironment(said: readonly (readonly [environment: string, text: string | undefined])[]): string {
  const groups = groupBy(said, ([, text]) => text ?? '–');
  if (groups.size === 1) return [...groups.keys()].join('');
  return [...groups].map(([text, group]) => `**${group.map(([name]) => name).join(', ')}**: ${text}`).join('<br>');
}
