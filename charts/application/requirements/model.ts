import type { ClusterEnvironment } from '../../../lib/config/platform';
import { budgetsOf } from '../../../lib/model/budget';
import type { Component } from '../../../lib/model/component';
import type { Connection } from '../../../lib/model/connection';
import type { PostgresCluster } from '../../../lib/model/postgres-cluster';
import type { DerivedNumber } from '../../../lib/model/requirements';
import { leastReplicas } from '../../../lib/model/scale';
import { isSingle } from '../../../lib/model/storage';
import type { SystemProps } from '../../../lib/model/system';
import type { Task } from '../../../lib/model/task';
import type { ApplicationConfig } from '../settings';
import { inSeries, ofReplicas, percent } from './arithmetic';
import { requirementsOf } from './derive';
import type { RequirementsConfig } from './settings';

/** What an application is made of, as far as requirements look at it. */
interface Described {
  readonly components: readonly Component[];
  readonly tasks: readonly Task[];
  readonly clusters: readonly PostgresCluster[];
}

/** A grace period, in seconds, above which all old pods may still run beside all new ones. Source: kubernetes.io, the default. */
const LONG_GRACE = 30;

/** The most pods that there are at a time, as a formula: those of the scale, and those that a rollout adds. */
function podsAtOnce({ scale, shutdown, recreate, storage }: Component): {
  readonly count: number;
  readonly text: string;
} {
  const most = scale.max ?? scale.replicas ?? 1;
  const isRolled = recreate !== true && storage.length === 0;
  const grace = shutdown.preStopDelay.toSeconds() + shutdown.drainTimeout.toSeconds();
  const more = !isRolled ? 0 : grace > LONG_GRACE ? most : Math.ceil(most / 4);
  return { count: most + more, text: more === 0 ? `${most}` : `(${most} + ${more})` };
}

/** The connections of all pods at each server, in the worst case. The rule "connections" refuses more than there are. */
function budgetRows({ components, tasks }: Described): DerivedNumber[] {
  return budgetsOf([...components, ...tasks]).flatMap(({ limit, clients }): DerivedNumber[] => {
    if (clients.some(({ pool }) => pool.behind !== undefined)) return [];
    const all = clients.map(({ namespace, name, pool }) => {
      const component = components.find((one) => one.namespace === namespace && one.name === name);
      const { count, text } = component === undefined ? { count: 1, text: '' } : podsAtOnce(component);
      return { sum: count * pool.perPod, text: text === '' ? undefined : `${name} ${text} × ${pool.perPod}` };
    });
    const jobs = all.reduce((sum, one) => sum + (one.text === undefined ? one.sum : 0), 0);
    const total = all.reduce((sum, one) => sum + one.sum, 0);
    const terms = [...all.flatMap(({ text }) => text ?? []), ...(jobs === 0 ? [] : [`${jobs} of Jobs`])];
    return [
      {
        name: `connections of ${limit.name} in a rollout at the peak`,
        value: `${total} of ${limit.maxConnections - limit.reserved}`,
        formula: `${terms.join(' + ')}, of ${limit.maxConnections} − ${limit.reserved} reserved`,
        source: 'database.poolSize',
        from: 'database.poolSize',
      },
    ];
  });
}

/** All that a component needs to answer: itself, and what it connects to, and so on. Availabilities in %. */
function chainOf(
  first: Component,
  { components, clusters }: Described,
  { assumed }: RequirementsConfig,
): { readonly name: string; readonly value: number }[] {
  const chain = [{ name: 'edge', value: assumed.edgeAvailability }];
  const seen = new Set<string>();
  const add = (key: string, name: string, value: number): boolean => {
    if (seen.has(key)) return false;
    seen.add(key);
    chain.push({ name, value });
    return true;
  };
  const addComponent = (one: Component) => {
    const value = ofReplicas(isSingle(one) ? 1 : leastReplicas(one.scale), assumed.podAvailability);
    if (add(`${one.namespace}/${one.name}`, one.name, value)) visit(one.connectsTo);
  };
  const visit = (connections: readonly Connection[]) => {
    for (const { to, about } of connections) {
      if (typeof to === 'string') {
        add(`external/${about ?? to}`, about ?? to, assumed.serverAvailability);
        continue;
      }
      const isTo = (one: { readonly namespace: string; readonly name: string }) =>
        one.namespace === to.namespace && one.name === to.name;
      const component = components.find(isTo);
      if (component !== undefined) {
        addComponent(component);
        continue;
      }
      const isOnePod = (clusters.find(isTo)?.instances ?? 2) === 1;
      const value = isOnePod ? assumed.podAvailability : assumed.serverAvailability;
      add(`${to.namespace}/${to.name}`, to.name, value);
    }
  };
  addComponent(first);
  return chain;
}

/** Advice on an availability that what stands in series cannot hold. It is no error, since its inputs are assumed. */
function seriesNotices(described: Described, given: RequirementsConfig): string[] {
  const { availability } = given;
  if (availability === undefined) return [];
  return described.components
    .filter(({ exposed }) => exposed.length > 0)
    .flatMap((one) => {
      const { value, formula } = inSeries(chainOf(one, described, given));
      return value >= availability
        ? []
        : [
            `requirements.availability ${availability} % is more than ${one.from ?? one.name} can hold if it needs all in its way: ${formula} = ${percent(value)} (assumed)`,
          ];
    });
}

/** What follows from the requirements of an application: the numbers, words for those who operate it, and advice. */
export function askedOf(
  settings: ApplicationConfig,
  environment: ClusterEnvironment,
  described: Described,
): Required<Pick<SystemProps, 'requirements' | 'about' | 'notices'>> {
  const { requirements: given, document, pattern } = settings;
  const about = { pattern, ...document };
  if (given === undefined) return { requirements: undefined, about, notices: [] };
  const { rows, notices } = requirementsOf(settings, environment);
  const { maintenance, logRetention: days } = given;
  const isKept = days === undefined || environment.platform?.monitoring?.loki !== undefined;
  return {
    requirements: [...rows, ...budgetRows(described)],
    about: {
      ...about,
      ...(maintenance && { maintenance: `${maintenance.text} UTC` }),
      ...(days && { logRetention: `${days}d` }),
    },
    notices: [
      ...notices,
      ...(environment.development ? [] : seriesNotices(described, given)),
      ...(isKept
        ? []
        : [`requirements.logRetention ${days}d is kept by nothing here: platform.yaml has no monitoring.loki`]),
    ],
  };
}
