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
  inTier,
  leastPods,
  mostPods,
  podsByConcurrency,
  podsByCpu,
  podsByStreams,
} from './arithmetic';
import type { Load } from './load';
import { type GivenSetting, LITTLE, type Part, row, textRow } from './part';
import { type RequirementsConfig, UNMEASURED } from './settings';

/** The least replicas of what serves, where no availability is asked for: as without requirements. */
const USUAL_FLOOR = 2;
/** The least CPU target, in %, that an autoscaler can follow: a pod without requests may use so much. */
const LEAST_TARGET = 10;
/** The most replicas that `scale` may have. A load that needs more is refused by a message of its own, at its requirement. */
const MOST = 500;

const HPA = 'Kubernetes, Horizontal Pod Autoscaling';

/** The scale that the files say of a service. @default - they say none */
export type ScaleOf = (name: string) => Omit<Scale, 'queue'> | undefined;

/** The pods of a service. */
interface Pods {
  readonly name: string;
  /** That its load needs at the peak. @default - it has no load of its own */
  readonly peak?: number;
  /** That it has at the peak. @default - it has no load of its own */
  readonly count?: number;
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
  const answer = given.p95[name];
  const streams = given.streams[name];
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
  return { requests, answer, cores, cpuPerRequest, all };
}

/** Whether a service keeps data, so that its scale does not follow from its load. */
function keeps({ storage }: ServiceConfig): boolean {
  return Object.keys(storage).length > 0;
}

/** The pods at the peak of a service whose scale does not follow from its load. */
function podsAt(peak: number, { replicas, min = 1, max = peak }: Omit<Scale, 'queue'>): number {
  return replicas ?? Math.min(Math.max(peak, min), max);
}

/** The scale of a service with load, in production, and its rows: an autoscaler by CPU, if CPU tells how much it has to do. */
function scaleFor(
  name: string,
  { requests, cores, cpuPerRequest, all }: ReturnType<typeof needs>,
  { assumed, headroom }: RequirementsConfig,
  floor: number,
  peak: number,
  tier: Tier,
): Pick<Pods, 'scale' | 'why' | 'rows'> {
  const podsBy = (kind: string) => all.find(({ what }) => what === kind)?.pods.value ?? 0;
  const isByCpu = podsBy('CPU') === peak;
  const target = isByCpu || requests === undefined ? undefined : cpuTarget(requests, cpuPerRequest, cores, peak);
  const isByStreams = podsBy('streams') > Math.max(podsBy('CPU'), podsBy('concurrency'));
  if (isByStreams || (target?.value ?? CPU_TARGET) < LEAST_TARGET) {
    const most = mostPods(peak, headroom, floor);
    const { value, formula } = inTier(tier, most);
    const text = `${formula}: waiting uses no CPU that an autoscaler could follow`;
    return {
      scale: { replicas: most.value },
      why: `${most.formula} = ${most.value}`,
      rows: [textRow(`pods of ${name}`, String(value), text, 'headroom')],
    };
  }
  const least = leastPods(peak, assumed.quietLoad, Math.max(floor, podsBy('streams')));
  const most = mostPods(peak, headroom, least.value);
  return {
    scale: { min: least.value, max: most.value, cpu: target?.value ?? CPU_TARGET },
    why: `min = ${least.formula} = ${least.value}, max = ${most.formula} = ${most.value}`,
    rows: [
      row(`least pods of ${name}`, inTier(tier, least), 'assumed.quietLoad'),
      row(`most pods of ${name}`, inTier(tier, most), 'headroom'),
      ...(target === undefined
        ? []
        : [row(`CPU target of ${name}`, target, `measured.${name}.concurrency`, { unit: ' %', source: HPA })]),
    ],
  };
}

/** The pods of a service with load. @param own its scale, where that does not follow from the load */
function withLoad(
  name: string,
  service: ServiceConfig,
  given: RequirementsConfig,
  load: Load,
  floor: number,
  tier: Tier,
  own: Omit<Scale, 'queue'> | undefined,
): Pods | undefined {
  const needed = needs(name, service, given, load);
  const { requests, answer, all } = needed;
  if (all.length === 0) return undefined;
  const peak = Math.max(1, ...all.map(({ pods }) => pods.value));
  const count = own === undefined ? peak : podsAt(peak, own);
  const cause = all.find(({ pods }) => pods.value === peak)?.from ?? load.from;
  const { scale, why, rows } = scaleFor(name, needed, given, floor, peak, tier);
  return {
    ...{ name, peak, count, scale, why, from: cause },
    rows: [
      ...all.map(({ what, from, pods, source }) =>
        row(`pods of ${name} at the peak, by ${what}`, pods, from, source === undefined ? {} : { source }),
      ),
      ...(requests === undefined || answer === undefined
        ? []
        : [
            row(`requests in flight in each pod of ${name}`, inFlight(requests, answer, count), `p95.${name}`, {
              source: LITTLE,
            }),
          ]),
      ...(own === undefined && tier !== 'development' ? rows : []),
    ],
  };
}

/** The floor of all that serves, and its row. */
function floorIn(
  { availability, assumed }: RequirementsConfig,
  tier: Tier,
): Pick<Pods, 'why' | 'rows'> & { readonly floor: number } {
  if (availability === undefined) return { floor: USUAL_FLOOR, why: undefined, rows: [] };
  const calculated = floorOf(availability, assumed.podAvailability);
  const least = row('least pods of each service', inTier(tier, calculated), 'availability', {
    source: 'independent failures',
  });
  return {
    floor: calculated.value,
    why: `${calculated.formula} = ${calculated.value}`,
    rows: tier === 'development' ? [] : [least],
  };
}

/** The scale of a tier: outside production half as much, rounded up. An autoscaler whose bounds are one number is none. */
function scaleIn(tier: Tier, { replicas, min, max, cpu }: Scale): Scale {
  const part = (count: number) => Math.min(MOST, tier === 'production' ? count : Math.ceil(count / 2));
  if (replicas !== undefined) return { replicas: part(replicas) };
  const bounds = { min: part(min as number), max: part(max as number) };
  return bounds.min === bounds.max ? { replicas: bounds.min } : { ...bounds, cpu };
}

/** What is wrong with the pods of a service. */
function problemsOf({ name, scale, from }: Pods): Part['problems'] {
  const most = scale.max ?? scale.replicas ?? 1;
  if (most <= MOST) return [];
  return [
    {
      path: ['requirements', ...from.split('.')],
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
  scaleOf: ScaleOf,
): Partial<Part> & { readonly pods: readonly Pods[] } {
  const { floor, why, rows } = floorIn(given, tier);
  const all = Object.entries(settings.services).flatMap(([name, service]): Pods[] => {
    if (!isServer(service) || portsOf(service).length === 0) return [];
    const usual: Pods = { name, scale: { replicas: floor }, from: 'availability', why, rows: [] };
    const own = keeps(service) ? (service.scale ?? { replicas: 1 }) : scaleOf(name);
    return [withLoad(name, service, given, load, floor, tier, own) ?? usual];
  });
  const isKept = ({ name }: Pods) => keeps(settings.services[name] as ServiceConfig);
  const advice = [
    ...all
      .filter((one) => isKept(one) && (one.peak ?? 1) > 1)
      .map(
        ({ name, peak }) =>
          `services.${name} keeps data in its storage, and its load needs ${peak} pods: it has those of its scale`,
      ),
    ...all
      .filter(({ name, peak }) => given.measured[name] !== undefined && peak === undefined)
      .map(
        ({ name }) => `requirements.measured.${name} has no effect: ${name} has neither requestsPerSecond nor streams`,
      ),
  ];
  return {
    pods: all,
    rows: [...rows, ...all.flatMap((one) => one.rows)],
    problems: all.flatMap((one) => problemsOf(one)),
    settings:
      tier === 'development'
        ? []
        : all
            .filter((one) => one.why !== undefined && !isKept(one))
            .map(
              ({ name, scale, from, why }): GivenSetting => ({
                path: ['services', name, 'scale'],
                value: scaleIn(tier, scale),
                from,
                why: `${why}${tier === 'production' ? '' : ', half of it in staging'}`,
              }),
            ),
    notices: tier === 'development' ? [] : advice,
  };
}
