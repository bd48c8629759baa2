import { quantityOf } from '../../../lib/base/quantity';
import type { Tier } from '../../../lib/config/environment';
import type { DerivedNumber } from '../../../lib/model/requirements';
import type { Scale } from '../../../lib/model/scale';
import { isServer, portsOf } from '../names';
import type { ApplicationConfig, ServiceConfig } from '../settings';
import {
  type Calculated,
  CPU_TARGET,
  cpuTarget,
  floorOf,
  inFlight,
  leastPods,
  mostPods,
  podsByConcurrency,
  podsByCpu,
  podsByStreams,
} from './arithmetic';
import type { Load } from './load';
import { type GivenSetting, LITTLE, type Part, row } from './part';
import { type RequirementsConfig, UNMEASURED } from './settings';

/** The least replicas of what serves, where no availability is asked for: as without requirements. */
const USUAL_FLOOR = 2;
/** The most replicas that `scale` may have. A load that needs more is refused by a message of its own, at its requirement. */
const MOST = 500;

const HPA = 'Kubernetes, Horizontal Pod Autoscaling';

/** The pods of a service. */
interface Pods {
  readonly name: string;
  /** At the peak. @default - it has no load of its own */
  readonly peak?: number;
  /** Its replicas in production. */
  readonly scale: Scale;
  /** The requirement that it follows from, and its arithmetic. Without arithmetic it is as without requirements. */
  readonly from: string;
  readonly why: string | undefined;
  readonly rows: readonly DerivedNumber[];
}

/** What each load needs at the peak. */
function needs(name: string, service: ServiceConfig, given: RequirementsConfig, load: Load) {
  const { cpuPerRequest, concurrency, streams: perPod } = given.measured[name] ?? UNMEASURED;
  const {
    requests: { [name]: requests },
    from,
  } = load;
  const {
    p95: { [name]: answer },
    streams: { [name]: streams },
  } = given;
  const cores = quantityOf(service.cpu?.request) ?? 0.1;
  const byCpu = requests === undefined ? undefined : podsByCpu(requests, cpuPerRequest, cores);
  const all: { readonly what: string; readonly from: string; readonly source?: string; readonly pods: Calculated }[] = [
    ...(byCpu === undefined ? [] : [{ what: 'CPU', from, source: HPA, pods: byCpu }]),
    ...(requests === undefined || answer === undefined || concurrency === undefined
      ? []
      : [
          {
            what: 'concurrency',
            from: `measured.${name}.concurrency`,
            source: LITTLE,
            pods: podsByConcurrency(requests, answer, concurrency),
          },
        ]),
    ...(streams === undefined
      ? []
      : [{ what: 'streams', from: `streams.${name}`, pods: podsByStreams(streams, perPod) }]),
  ];
  return { requests, answer, streams, cores, cpuPerRequest, all };
}

/** The pods of a service with load. Streams wait rather than use CPU, so that no autoscaler by CPU follows them. */
function withLoad(
  name: string,
  service: ServiceConfig,
  given: RequirementsConfig,
  load: Load,
  floor: number,
): Pods | undefined {
  const { requests, answer, streams, cores, cpuPerRequest, all } = needs(name, service, given, load);
  if (all.length === 0) return undefined;
  const peak = Math.max(1, ...all.map(({ pods }) => pods.value));
  const least = leastPods(peak, given.assumed.quietLoad, floor);
  const most = mostPods(peak, given.headroom, streams === undefined ? least.value : floor);
  const rows = [
    ...all.map(({ what, from, pods, source }) =>
      row(`pods of ${name} at the peak, by ${what}`, pods, from, source === undefined ? {} : { source }),
    ),
    ...(requests === undefined || answer === undefined
      ? []
      : [
          row(`requests in flight in each pod of ${name}`, inFlight(requests, answer, peak), `p95.${name}`, {
            source: LITTLE,
          }),
        ]),
  ];
  if (streams !== undefined || requests === undefined)
    return {
      ...{ name, peak, rows: [...rows, row(`pods of ${name}`, most, 'headroom')] },
      scale: { replicas: most.value },
      from: 'streams',
      why: `${most.formula} = ${most.value}`,
    };
  const byCpu = all[0]?.pods.value ?? peak;
  const lowered = byCpu === peak ? undefined : cpuTarget(requests, cpuPerRequest, cores, peak);
  return {
    ...{ name, peak },
    scale: { min: least.value, max: most.value, cpu: lowered?.value ?? CPU_TARGET },
    from: load.from,
    why: `min = ${least.formula} = ${least.value}, max = ${most.formula} = ${most.value}`,
    rows: [
      ...rows,
      row(`least pods of ${name}`, least, 'assumed.quietLoad'),
      row(`most pods of ${name}`, most, 'headroom'),
      ...(lowered === undefined
        ? []
        : [row(`CPU target of ${name}`, lowered, `measured.${name}.concurrency`, { unit: ' %', source: HPA })]),
    ],
  };
}

/** The floor of all that serves, and its row. */
function floorIn({ availability, assumed }: RequirementsConfig): {
  readonly floor: number;
  readonly why: string | undefined;
  readonly rows: readonly DerivedNumber[];
} {
  if (availability === undefined) return { floor: USUAL_FLOOR, why: undefined, rows: [] };
  const calculated = floorOf(availability, assumed.podAvailability);
  return {
    floor: calculated.value,
    why: `${calculated.formula} = ${calculated.value}`,
    rows: [row('least pods of each service', calculated, 'availability', { source: 'independent failures' })],
  };
}

/** The scale of a tier: outside production half as much, rounded up. An autoscaler whose bounds are one number is none. */
export function scaleIn(tier: Tier, { replicas, min, max, cpu }: Scale): Scale {
  const part = (count: number) => (tier === 'production' ? count : Math.ceil(count / 2));
  if (replicas !== undefined) return { replicas: part(replicas) };
  const bounds = { min: part(min as number), max: part(max as number) };
  return bounds.min === bounds.max ? { replicas: bounds.min } : { ...bounds, cpu };
}

/** What is wrong with the pods of a service. */
function problemsOf({ name, scale }: Pods, { from }: Load): Part['problems'] {
  const most = scale.max ?? scale.replicas ?? 1;
  if (most <= MOST) return [];
  const path = ['requirements', scale.max === undefined ? 'streams' : from];
  return [
    {
      path,
      message: `given a load of ${name} that ${most} pods carry, expected at most ${MOST}: more cpu for each pod, or what was measured of one`,
    },
  ];
}

/** The pods of all services that serve, and the settings that follow. */
export function podsOf(
  settings: ApplicationConfig,
  given: RequirementsConfig,
  load: Load,
  tier: Tier,
): Partial<Part> & { readonly pods: readonly Pods[] } {
  const { floor, why, rows } = floorIn(given);
  const all = Object.entries(settings.services).flatMap(([name, service]): Pods[] => {
    if (!isServer(service) || portsOf(service).length === 0) return [];
    const usual: Pods = { name, scale: { replicas: floor }, from: 'availability', why, rows: [] };
    return [withLoad(name, service, given, load, floor) ?? usual];
  });
  const keepsNothing = ({ name }: Pods) => Object.keys(settings.services[name]?.storage ?? {}).length === 0;
  return {
    pods: all,
    rows: [...rows, ...all.flatMap((one) => one.rows)],
    problems: all.flatMap((one) => problemsOf(one, load)),
    settings:
      tier === 'development'
        ? []
        : all
            .filter((one) => one.why !== undefined && keepsNothing(one))
            .map((one): GivenSetting => {
              const { replicas, min, max, cpu } = one.scale;
              const scale =
                replicas === undefined
                  ? { min: Math.min(MOST, min as number), max: Math.min(MOST, max as number), cpu }
                  : { replicas: Math.min(MOST, replicas) };
              const half = tier === 'production' ? '' : ', half of it in staging';
              return {
                path: ['services', one.name, 'scale'],
                value: scaleIn(tier, scale),
                from: one.from,
                why: `${one.why}${half}`,
              };
            }),
    notices: all
      .filter((one) => !keepsNothing(one) && (one.peak ?? 1) > 1)
      .map(
        ({ name, peak }) =>
          `services.${name} keeps data in its storage, and its load needs ${peak} pods: it has those of its scale`,
      ),
  };
}
