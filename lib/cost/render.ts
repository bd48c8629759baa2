import type { PodGroup } from '../checks/cluster/fleet';
import type { Prices } from '../config/prices';
import { billOf, sharedItems } from './bill';
import { type Bill, GIBIBYTE, type Item, type Priced, type RenderService, type RenderServices } from './priced';
import { gpusOf, type Workloads } from './use';

/** The plan of a static site. */
const STATIC = 'static';

/** The fields of a Blueprint that have a price. */
interface Blueprint {
  readonly services?: readonly {
    readonly name: string;
    readonly type?: string;
    readonly runtime?: string;
    readonly plan?: string;
    readonly numInstances?: number;
    readonly scaling?: { readonly minInstances: number; readonly maxInstances: number };
    readonly disk?: { readonly sizeGB?: number };
  }[];
  readonly databases?: readonly { readonly plan?: string; readonly diskSizeGB?: number }[];
}

/** What a Blueprint runs. Cron jobs are left out: they are paid by the seconds that they run. */
export function servicesOfBlueprint({ services = [], databases = [] }: Blueprint): RenderServices {
  return {
    services: services
      .filter(({ type }) => type !== 'cron')
      .map(({ name, runtime, plan = 'starter', numInstances = 1, scaling, disk }) => ({
        name,
        plan: runtime === STATIC ? STATIC : plan,
        least: scaling?.minInstances ?? numInstances,
        most: scaling?.maxInstances ?? numInstances,
        disk: disk?.sizeGB ?? 0,
      })),
    databases: databases.map(({ plan = 'basic-256mb', diskSizeGB = 0 }) => ({ plan, disk: diskSizeGB })),
  };
}

/** The smallest plan, in the order of the prices, with the limits of a pod, or with its requests where it has no limits. */
function planFor({ requests, limits }: PodGroup, plans: NonNullable<Prices['render']>['plans']): string | undefined {
  const [cpu, memory] = [limits.cpu ?? requests.cpu ?? 0, limits.memory ?? requests.memory ?? 0];
  return Object.entries(plans).find(([, plan]) => plan.cpu >= cpu && plan.memory >= memory)?.[0];
}

const isDatabase = ({ owner }: PodGroup) => owner.apiVersion.startsWith('postgresql.cnpg.io/');

/** What Render would run of workloads that have no Blueprint: a service for each, and a database for each server. */
export function servicesOfWorkloads(
  { groups, claims }: Workloads,
  databases: number,
  { plans, database }: NonNullable<Prices['render']>,
): RenderServices {
  const withGpu = groups.find(({ requests }) => gpusOf(requests) > 0);
  if (withGpu !== undefined) return { impossible: `${withGpu.name} needs a GPU, which Render has not` };
  const own = groups.filter((group) => !isDatabase(group));
  const servers = databases + groups.length - own.length;
  return {
    services: own.map((group, index) => ({
      name: group.name,
      plan: planFor(group, plans),
      least: Math.max(1, group.least), // it scales no service to none
      most: Math.max(1, group.most),
      // Claims that pods share are counted once, with the first service.
      disk: (group.volumes + (index === 0 ? claims : 0)) / GIBIBYTE,
    })),
    databases: Array.from({ length: servers }, () => ({ plan: database, disk: 0 })),
  };
}

/** What a month on Render costs. */
export function renderBill(priced: Priced, load: number, prices: Prices): Bill | undefined {
  const { render } = prices;
  if (priced.render === undefined || render === undefined) return undefined;
  if ('impossible' in priced.render) return priced.render;
  const { services, databases } = priced.render;
  const unpriced = [
    ...services
      .filter(({ plan }) => plan === undefined)
      .map(({ name }) => `no plan of render.plans is large enough for ${name}`),
    ...services.flatMap(({ plan }) =>
      plan === undefined || plan === STATIC || Object.hasOwn(render.plans, plan)
        ? []
        : [`render.plans has no price of ${plan}`],
    ),
    ...databases.flatMap(({ plan }) =>
      Object.hasOwn(render.databases, plan) ? [] : [`render.databases has no price of ${plan}`],
    ),
  ];
  if (unpriced[0] !== undefined) return { impossible: unpriced[0] };
  const instancesOf = ({ least, most }: RenderService) => least + Math.ceil((most - least) * load - 1e-9);
  const items: Item[] = [
    ...services.map((one) => ({
      name: one.name,
      amount: `${instancesOf(one)} × ${one.plan}`,
      month: instancesOf(one) * (render.plans[one.plan as string]?.month ?? 0),
    })),
    ...databases.map(({ plan }) => ({ name: 'database', amount: plan, month: render.databases[plan]?.month ?? 0 })),
    {
      name: 'disks',
      amount: `${[...services, ...databases].reduce((sum, { disk }) => sum + disk, 0)} GB`,
      month:
        services.reduce((sum, { disk }) => sum + disk, 0) * render.disk +
        databases.reduce((sum, { disk }) => sum + disk, 0) * render.databaseDisk,
    },
  ];
  return billOf([...items, ...sharedItems(priced, prices)]);
}
