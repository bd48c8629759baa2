import { groupBy } from '../base/group';
import type { Connection } from '../model/connection';
import { audienceOf, type Route } from '../model/site';
import type { System } from '../model/system';
import { flowchart, type Node } from './flowchart';
import { keyOfPods, targetOf } from './mermaid';

/** The names of secret stores. */
const STORES = { aws: 'AWS Secrets Manager', azure: 'Azure Key Vault', vault: 'HashiCorp Vault' } as const;

interface Party {
  readonly namespace: string;
  readonly names: readonly string[];
  readonly connectsTo: readonly Connection[];
}

const frameOf = (namespace: string) => `namespace ${namespace}`;

/** Names in lines of two, so that a box is no wider than its neighbours. */
function inLines(names: readonly string[]): string {
  return names.map((name, index) => `${index === 0 ? '' : index % 2 === 0 ? ',\n' : ', '}${name}`).join('');
}

function hostOf({ site }: Route): Node {
  const audience = typeof site.audience === 'string' ? site.audience : site.audience.join(', ');
  return { key: `host/${site.host}`, text: `${site.host}\nfor ${audience}`, shape: 'host', frame: 'edge' };
}

/** The tasks of a system: those with the same connections to data are one party. */
function tasksOf({ tasks }: System, known: ReadonlySet<string>, data: ReadonlySet<string>): Party[] {
  const keepsData = (one: Connection) => {
    const { key, node } = targetOf(one, known);
    return node?.shape === 'data' || data.has(key);
  };
  const toData = tasks.map(({ connectsTo, ...task }) => ({ ...task, connectsTo: connectsTo.filter(keepsData) }));
  const same = groupBy(toData, ({ namespace, connectsTo }) =>
    [namespace, ...connectsTo.map((one) => targetOf(one, known).key).sort()].join(' '),
  );
  return [...same.values()].flatMap((group) =>
    group
      .slice(0, 1)
      .map(({ namespace, connectsTo }) => ({ namespace, connectsTo, names: group.map(({ name }) => name) })),
  );
}

/** The Secrets of each namespace, with the store that their values come from. */
function secretsOf({ secrets }: System): Node[] {
  return secrets.flatMap(({ namespace, source }): Node[] => {
    if (source.kind !== 'external') return [];
    const text = `Secrets, from\n${STORES[source.store.kind]}`;
    return [{ key: `${namespace}/${text}`, text, shape: 'task', frame: frameOf(namespace) }];
  });
}

/**
 * A system as a small flowchart in Mermaid, for an introduction: hosts with their audiences, workloads, tasks in groups, data, and where
 * secrets come from. Arrows lead from clients to servers; those of tasks are dotted. Details are left out, such as paths, and servers of
 * others that keep no data of the system: `mermaidOf` has them.
 */
export function architectureOf(system: System): string {
  const { components } = system;
  const known = new Set([...components, ...system.tasks].map(keyOfPods));
  const data = new Set(components.filter(({ storage }) => storage.length > 0).map(keyOfPods));
  const routes = components.flatMap((component) =>
    component.exposed.filter((route) => audienceOf(route) !== 'nobody').map((route) => ({ route, component })),
  );
  const workloads = components.map(
    (one): Node => ({
      key: keyOfPods(one),
      text: one.name,
      shape: data.has(keyOfPods(one)) ? 'data' : 'workload',
      frame: frameOf(one.namespace),
    }),
  );
  const tasks = tasksOf(system, known, data);
  const keyOf = ({ namespace, names }: Party) => `${namespace}/${names.join()}`;
  const jobs = tasks.map(
    (one): Node => ({ key: keyOf(one), text: inLines(one.names), shape: 'task', frame: frameOf(one.namespace) }),
  );
  const parties = [
    ...components.map((one) => ({ from: keyOfPods(one), connectsTo: one.connectsTo, dotted: false })),
    ...tasks.map((one) => ({ from: keyOf(one), connectsTo: one.connectsTo, dotted: true })),
  ];
  const ends = parties.flatMap(({ connectsTo, ...party }) =>
    connectsTo
      .map((to) => ({ ...party, ...targetOf(to, known) }))
      .filter(({ node }) => node === undefined || node.shape === 'data'),
  );
  const outside = ends.flatMap(({ node }) =>
    node === undefined ? [] : [{ ...node, ...(node.frame && { frame: frameOf(node.frame) }) }],
  );
  return flowchart(
    'TB',
    [...routes.map(({ route }) => hostOf(route)), ...workloads, ...jobs, ...outside, ...secretsOf(system)],
    [
      ...routes.map(({ route, component }) => ({
        from: hostOf(route).key,
        to: keyOfPods(component),
        text: '',
        dotted: false,
      })),
      ...ends.map(({ from, key: to, dotted }) => ({ from, to, text: '', dotted })),
    ],
  );
}
