import type { Component } from '../../model/component';
import { Config } from '../../model/config';
import { audienceOf } from '../../model/site';
import { routesTo } from './exposure';
import type { RenderProblem, ServiceOptions } from './options';

/** What Render cannot run of a component. */
export function impossible(component: Component, one: ServiceOptions): RenderProblem[] {
  const { name, containers, init, sidecars, storage } = component;
  const path = ['services', name];
  const others = [...init, ...sidecars, ...containers.slice(1)].map((container) => container.name);
  const secretFiles = containers[0].mounts.filter(({ from }) => !(from instanceof Config)).map((mount) => mount.path);
  const addressFiles = containers[0].mounts.filter(
    ({ from, keys }) =>
      from instanceof Config && (keys ?? Object.keys(from.data)).some((key) => typeof from.data[key] !== 'string'),
  );
  const left = storage.filter((volume) => {
    const at = one.disk?.moved[volume.path] ?? volume.path;
    return one.disk === undefined || !`${at}/`.startsWith(`${one.disk.path}/`);
  });
  const closed = routesTo(component).filter((route) => audienceOf(route) !== 'everyone');
  const problem = (message: string, at = path): RenderProblem => ({ path: at, message });
  return [
    ...(others.length > 0
      ? [
          problem(
            `given ${name}, whose pods have also ${others.join(', ')}, and a service of Render has one container; expected it in without or in database.replaces`,
          ),
        ]
      : []),
    ...(secretFiles.length > 0
      ? [
          problem(
            `given ${name}, which reads secrets as files (${secretFiles.join(', ')}), which a Blueprint cannot make; expected it in without or in database.replaces`,
          ),
        ]
      : []),
    ...(addressFiles.length > 0
      ? [
          problem(
            `given ${name}, which has addresses of other services in files (${addressFiles.map((mount) => mount.path).join(', ')}), which Render knows only when it runs; expected it in without, or static`,
          ),
        ]
      : []),
    ...(left.length > 0
      ? [
          problem(
            `given ${name}, which keeps data in ${left.map((volume) => volume.path).join(', ')}; expected disk, with these folders below disk.path or in disk.moved`,
          ),
        ]
      : []),
    ...(closed.length > 0 && one.public === undefined
      ? [
          problem(
            `given ${name}, which only some addresses may reach (${closed[0]?.site.from ?? closed[0]?.site.host}), and a Blueprint has no such rule; expected public with the reason why everyone may reach it, or it in without`,
          ),
        ]
      : []),
  ].filter(({ message }) => one.static === undefined || /only some addresses/.test(message));
}
