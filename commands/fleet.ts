import { App, type Chart } from 'cdk8s';
import { FleetChart, HEALTH, HealthChart, INDEX } from '../charts/argocd/fleet';
import { MonitoringChart } from '../charts/argocd/monitoring';
import { imagesOf } from '../checks/images';
import { check } from '../checks/index';
import { formatViolation, type ManifestObject } from '../checks/violation';
import { ARGOCD, type ArgoCdConfig } from '../config/argocd';
import { PLATFORM } from '../config/platform';
import { InputError } from '../config/problem';
import { automated, type Deployed } from '../constructs/argocd/deployed';
import type { Built } from './build';

/** A folder of what Argo CD is told. */
export type FleetPart = Pick<Built, 'environment' | 'system' | 'folder' | 'objects' | 'milliseconds'>;

/** What Argo CD is told of `dist/`, which holds it too. */
export interface Fleet {
  /** One for all environments, and one for each. */
  readonly parts: readonly FleetPart[];
  /** What there is to deploy, by the files' paths in `dist/`. */
  readonly index: ReadonlyMap<string, string>;
}

function all(texts: Iterable<string>): string[] {
  return [...new Set(texts)].sort();
}

function deployedOf({ environment, system, folder, platform, objects }: Built): Deployed {
  const { cluster, windows } = platform.argocd;
  const named = objects.map(({ apiVersion, kind, metadata: { namespace, name } }) => {
    const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
    return { namespace, kind: `${kind}${group}`, name };
  });
  const inNamespaces = named.filter(({ namespace }) => namespace !== undefined);
  const ofCluster = named.filter(({ namespace }) => namespace === undefined);
  const namespaces = all(inNamespaces.map(({ namespace }) => namespace as string));
  return {
    environment,
    system,
    path: `dist/${folder}`,
    cluster,
    namespace: namespaces[0] ?? 'default',
    namespaces,
    automated: automated(platform.argocd),
    windows,
    images: all(imagesOf(objects)),
    clusterObjects: all(ofCluster.map(({ kind, name }) => `${kind}/${name}`)),
    kinds: all(inNamespaces.map(({ kind }) => kind)),
  };
}

/** The entries that an index has of folders which are not made now. */
function keptOf(before: string | undefined, scope: readonly string[] | 'all'): Deployed[] {
  if (before === undefined || scope === 'all') return [];
  try {
    const made = (path: string) => scope.some((folder) => `${path}/`.startsWith(`dist/${folder}/`));
    return (JSON.parse(before) as Deployed[]).filter(({ path }) => !made(path));
  } catch {
    throw new InputError([
      { file: `dist/${INDEX}`, message: 'is no list of what is deployed; make all of dist/: npm run synth' },
    ]);
  }
}

function partOf(environment: string, folder: string, chart: (app: App) => Chart | undefined): FleetPart {
  const started = performance.now();
  const objects = (chart(new App())?.toJson() ?? []) as ManifestObject[];
  return { environment, system: ARGOCD, folder, objects, milliseconds: performance.now() - started };
}

/** What the cluster of one environment gets from Helm charts. */
function monitoringOf(settings: ArgoCdConfig, { environment, platform }: Built): FleetPart {
  const { argocd: deployment, monitoring } = platform;
  const made = (app: App) =>
    monitoring && new MonitoringChart(app, 'monitoring', settings, { environment, deployment, monitoring });
  return partOf(environment, `${ARGOCD}/${environment}`, made);
}

/**
 * Says to Argo CD what `dist/` holds. What is not made now, because a part was asked for, is said as it was: the index is of the
 * folders as they are.
 *
 * @param built what is made now
 * @param scope the folders that are made anew, or "all"
 * @param before the index as it is
 */
export function fleetOf(
  settings: ArgoCdConfig,
  built: readonly Built[],
  scope: readonly string[] | 'all',
  before: string | undefined,
): Fleet {
  const key = ({ environment, system }: Deployed) => `${environment}/${system}`;
  // A folder without objects is no folder, and an Application of none is an error.
  const made = built.filter(({ objects }) => objects.length > 0).map(deployedOf);
  const index = [...keptOf(before, scope), ...made].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return {
    parts: [
      partOf('all', `${ARGOCD}/all`, (app) => new FleetChart(app, ARGOCD, settings, index)),
      partOf('all', `${ARGOCD}/${HEALTH}`, (app) => new HealthChart(app, HEALTH, settings)),
      ...built.filter(({ system }) => system === PLATFORM).map((one) => monitoringOf(settings, one)),
    ],
    index: new Map([[INDEX, `${JSON.stringify(index, undefined, 2)}\n`]]),
  };
}

/** Judges what Argo CD is told as it judges what is deployed, and says what does not hold. */
export function judgeFleet(settings: ArgoCdConfig, { parts }: Fleet): string[] {
  const objects = parts.flatMap((part) => part.objects);
  const violations = check(objects, [{ kind: 'Namespace', name: settings.namespace }]);
  return violations.map((violation) => `${ARGOCD}: ${formatViolation(violation)}`);
}
