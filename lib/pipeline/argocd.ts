import type { App, Chart } from 'cdk8s';
import { InputError } from '../base/problem';
import { check } from '../checks/check';
import { formatViolation } from '../checks/cluster/violation';
import { imagesOf } from '../checks/rules/images';
import { ARGOCD, type ArgoCdConfig, HEALTH, INDEX } from '../config/argocd';
import { loadArgoCd } from '../config/load';
import { PLATFORM } from '../config/platform';
import { automated, type DeployedSystem } from '../constructs/argocd/deployed-system';
import { type Built, objectsOf } from './build';
import type { Registry } from './definition';

/** A folder of Argo CD's objects in `dist/`. */
export type ArgoCdPart = Pick<Built, 'environment' | 'system' | 'folder' | 'objects' | 'milliseconds'>;

/** What is generated for Argo CD: its objects and the index of deployed systems. */
export interface ArgoCdOutput {
  readonly settings: ArgoCdConfig;
  /** The folders: `all` and `health`, and one for each environment with a platform. */
  readonly parts: readonly ArgoCdPart[];
  /** The text of `dist/index.json`, the list of deployed systems. */
  readonly index: string;
}

function sortedUnique(texts: Iterable<string>): string[] {
  return [...new Set(texts)].sort();
}

function deployedSystemOf({ environment, system, folder, platform, objects }: Built): DeployedSystem {
  const { cluster, windows } = platform.argocd;
  const named = objects.map(({ apiVersion, kind, metadata: { namespace, name } }) => {
    const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
    return { namespace, kind: `${kind}${group}`, name };
  });
  const inNamespaces = named.filter(({ namespace }) => namespace !== undefined);
  const ofCluster = named.filter(({ namespace }) => namespace === undefined);
  const namespaces = sortedUnique(inNamespaces.map(({ namespace }) => namespace as string));
  return {
    environment,
    system,
    path: `dist/${folder}`,
    cluster,
    namespace: namespaces[0] ?? 'default',
    namespaces,
    automated: automated(platform.argocd),
    windows,
    images: sortedUnique(imagesOf(objects)),
    clusterObjects: sortedUnique(ofCluster.map(({ kind, name }) => `${kind}/${name}`)),
    kinds: sortedUnique(inNamespaces.map(({ kind }) => kind)),
  };
}

/** The entries of the present index whose folders are not generated now. */
function keptEntries(before: string | undefined, scope: readonly string[] | 'all'): DeployedSystem[] {
  if (before === undefined || scope === 'all') return [];
  try {
    const made = (path: string) => scope.some((folder) => `${path}/`.startsWith(`dist/${folder}/`));
    return (JSON.parse(before) as DeployedSystem[]).filter(({ path }) => !made(path));
  } catch {
    throw new InputError([
      { file: `dist/${INDEX}`, message: 'is not a list of deployed systems; regenerate all of dist/: npm run synth' },
    ]);
  }
}

function partOf(environment: string, folder: string, chart: (app: App) => Chart): ArgoCdPart {
  const started = performance.now();
  const objects = objectsOf(chart);
  return { environment, system: ARGOCD, folder, objects, milliseconds: performance.now() - started };
}

/** The Applications of the monitoring charts of one environment. */
function monitoringOf({ argocd }: Registry, settings: ArgoCdConfig, { environment, platform }: Built): ArgoCdPart {
  const { argocd: deployment, monitoring } = platform;
  const folder = `${ARGOCD}/${environment}`;
  if (monitoring === undefined) return { environment, system: ARGOCD, folder, objects: [], milliseconds: 0 };
  const monitored = { environment, deployment, monitoring };
  return partOf(environment, folder, (app) => new argocd.monitoring(app, 'monitoring', { ...monitored, settings }));
}

/**
 * Builds Argo CD's objects for all systems in `dist/`. Systems that are not generated now keep their entries of the present index.
 *
 * @param built the systems that are generated now
 * @param scope the folders that are generated now, or "all"
 * @param before the text of the present index. @default - none
 * @returns undefined if there is no `environments/argocd.yaml`
 * @throws InputError if the settings of Argo CD or the present index are invalid
 */
export function buildArgoCd(
  registry: Registry,
  root: string,
  built: readonly Built[],
  scope: readonly string[] | 'all',
  before: string | undefined,
): ArgoCdOutput | undefined {
  const settings = loadArgoCd(root, registry.in(root).schemas);
  if (settings === undefined) return undefined;
  const { argocd } = registry;
  const key = ({ environment, system }: DeployedSystem) => `${environment}/${system}`;
  // A system without objects has no folder, and an Application without a folder fails.
  const made = built.filter(({ objects }) => objects.length > 0).map(deployedSystemOf);
  const index = [...keptEntries(before, scope), ...made].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return {
    settings,
    parts: [
      partOf('all', `${ARGOCD}/all`, (app) => new argocd.fleet(app, ARGOCD, { settings, index })),
      partOf('all', `${ARGOCD}/${HEALTH}`, (app) => new argocd.health(app, HEALTH, settings)),
      ...built.filter(({ system }) => system === PLATFORM).map((one) => monitoringOf(registry, settings, one)),
    ],
    index: `${JSON.stringify(index, undefined, 2)}\n`,
  };
}

/** Checks Argo CD's objects by the rules. Returns the formatted violations. */
export function judgeArgoCd({ settings, parts }: ArgoCdOutput): string[] {
  const objects = parts.flatMap((part) => part.objects);
  const violations = check(objects, [{ kind: 'Namespace', name: settings.namespace }]);
  return violations.map((violation) => `${ARGOCD}: ${formatViolation(violation)}`);
}
