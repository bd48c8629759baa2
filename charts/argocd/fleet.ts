import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { ARGOCD, type ArgoCdConfig, HEALTH, INDEX } from '../../lib/config/argocd';
import { AppOfApps, ARGO_PROJECT, OWN_CLUSTER, SystemsApplicationSet } from '../../lib/constructs/argocd/app-of-apps';
import type { DeployedSystem } from '../../lib/constructs/argocd/deployed-system';
import { HealthChecks } from '../../lib/constructs/argocd/health';
import { Project } from '../../lib/constructs/argocd/project';

const OWN_KINDS = ['AppProject.argoproj.io', 'Application.argoproj.io', 'ApplicationSet.argoproj.io'];

/** Distinct texts, sorted. */
function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

/** The AppProject of a system or of the platform, for all its environments. */
function projectOf(system: string, { repository, namespace }: ArgoCdConfig, deployed: readonly DeployedSystem[]) {
  return {
    name: system,
    namespace,
    description: `${system} in ${deployed.map(({ environment }) => environment).join(', ')}`,
    repositories: [repository],
    destinations: deployed.flatMap(({ cluster, namespaces, namespace: application }) =>
      distinct([...namespaces, application]).map((one) => ({ cluster, namespace: one })),
    ),
    clusterObjects: distinct(deployed.flatMap(({ clusterObjects }) => clusterObjects)),
    kinds: distinct(deployed.flatMap(({ kinds }) => kinds)),
    windows: deployed.flatMap(({ windows, environment }) =>
      windows.map((window) => ({ ...window, application: `${system}-${environment}` })),
    ),
  };
}

/** The settings of Argo CD, and what it deploys. */
export interface FleetProps {
  readonly settings: ArgoCdConfig;
  /** The folders of `dist/` to deploy. */
  readonly index: readonly DeployedSystem[];
}

/** The objects for Argo CD of all environments: a project for each system, the ApplicationSet, and the app of apps. */
export class FleetChart extends Chart {
  constructor(scope: Construct, id: string, { settings, index }: FleetProps) {
    super(scope, id, { disableResourceNameHashes: true });
    const { namespace, repository } = settings;
    new Project(this, 'project', {
      name: ARGO_PROJECT,
      namespace,
      description: 'Projects and Applications',
      repositories: [repository],
      destinations: [{ cluster: OWN_CLUSTER, namespace }],
      clusterObjects: [],
      kinds: OWN_KINDS,
    });
    for (const system of distinct(index.map((one) => one.system))) {
      const deployed = index.filter((one) => one.system === system);
      new Project(this, `project-${system}`, projectOf(system, settings, deployed));
    }
    new SystemsApplicationSet(this, 'systems', { ...settings, index: `dist/${INDEX}` });
    new AppOfApps(this, 'root', { ...settings, path: `dist/${ARGOCD}`, exclude: `${HEALTH}/*` });
  }
}

/** Health checks of custom resources for Argo CD. */
export class HealthChart extends Chart {
  constructor(scope: Construct, id: string, settings: ArgoCdConfig) {
    super(scope, id, { disableResourceNameHashes: true });
    new HealthChecks(this, 'health', settings);
  }
}
