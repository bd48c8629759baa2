import type { Component } from '../../model/component';
import { Config } from '../../model/config';
import type { Container } from '../../model/container';
import { audienceOf } from '../../model/site';
import { routesTo } from './exposure';
import type { Disk, RenderProblem, ServiceOptions } from './options';

/** The folders with secrets, and those with texts that have addresses of other services in them. */
function badMounts({ mounts }: Container): { secrets: string[]; addresses: string[] } {
  const has = (from: Config, keys: readonly string[] = Object.keys(from.data)) =>
    keys.some((key) => typeof from.data[key] !== 'string');
  const paths = (chosen: typeof mounts) => chosen.map(({ path }) => path);
  return {
    secrets: paths(mounts.filter(({ from }) => !(from instanceof Config))),
    addresses: paths(mounts.filter(({ from, keys }) => from instanceof Config && has(from, keys))),
  };
}

/** The folders with data that would not be on the disk. */
function offDisk({ storage }: Component, disk: Disk | undefined): string[] {
  const isOn = (path: string) => disk !== undefined && `${disk.moved[path] ?? path}/`.startsWith(`${disk.path}/`);
  return storage.map(({ path }) => path).filter((path) => !isOn(path));
}

/** Where the edge lets only some clients pass, or none: a path below one that it leads to. */
function guarded(component: Component): string[] {
  if (routesTo(component).length === 0) return [];
  const routes = component.exposed.filter((route) => audienceOf(route) !== 'everyone');
  return routes.map(({ site, path }) => `${site.host}${path}`);
}

/** What Render cannot run of a component. A static site has neither containers nor files of its own. */
export function impossible(component: Component, one: ServiceOptions): RenderProblem[] {
  const { name, containers, init, sidecars } = component;
  const others = [...init, ...sidecars, ...containers.slice(1)].map((container) => container.name);
  const { secrets, addresses } = badMounts(containers[0]);
  const left = offDisk(component, one.disk);
  const open = one.public === undefined ? guarded(component) : [];
  const elsewhere = 'expected it in without or in database.replaces';
  const ofContainer: [readonly string[], string][] = [
    [others, `whose pods have also ${others.join(', ')}, and a service of Render has one container; ${elsewhere}`],
    [secrets, `which reads secrets as files (${secrets.join(', ')}), and a Blueprint makes none; ${elsewhere}`],
    [
      addresses,
      `which has addresses of other services in files (${addresses.join(', ')}), and Render tells them only when it runs; ${elsewhere}`,
    ],
    [left, `which keeps data in ${left.join(', ')}; expected disk, with each folder below disk.path or in disk.moved`],
  ];
  const ofEdge: [readonly string[], string][] = [
    [
      open,
      `with rules of who may reach ${open.join(', ')}, and a Blueprint has none; expected public with the reason why everyone may, or it in without`,
    ],
  ];
  return [...(one.static === undefined ? ofContainer : []), ...ofEdge]
    .filter(([found]) => found.length > 0)
    .map(([, message]) => ({ path: ['services', name], message: `given ${name}, ${message}` }));
}
