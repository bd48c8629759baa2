import type { ClusterEnvironment } from '../config/platform';
import { hasSolverPods } from '../model/platform';
import type { SystemProps } from '../model/system';

/** The settings of the cluster in every system's environment file. */
interface ClusterSettings {
  readonly imagePullSecrets: readonly string[];
  readonly edge: SystemProps['edge'];
  readonly dns: { readonly nodeLocal: readonly string[] };
}

/** The fields of {@link SystemProps} that follow from the cluster. In production, pods stay pending rather than being spread unevenly over zones. */
export function clusterDefaults(
  name: string,
  environment: ClusterEnvironment,
  settings: ClusterSettings,
): Pick<
  SystemProps,
  'name' | 'instance' | 'tier' | 'environment' | 'placement' | 'edge' | 'issuer' | 'dnsCaches' | 'dnsPods' | 'bounds'
> {
  const { platform } = environment;
  const issuer = platform?.issuers[settings.edge.issuer ?? ''];
  return {
    name,
    instance: `${name}-${environment.name}`,
    tier: environment.tier,
    environment: environment.longName,
    placement: {
      acrossZones: environment.production ? 'DoNotSchedule' : 'ScheduleAnyway',
      imagePullSecrets: settings.imagePullSecrets,
      priorityClasses: platform?.priorityClasses ?? false,
    },
    edge: settings.edge,
    ...(platform && { dnsPods: platform.dns, bounds: platform.namespaces }),
    ...(platform && { issuer: { solverPods: issuer !== undefined && hasSolverPods(issuer) } }),
    dnsCaches: settings.dns.nodeLocal,
  };
}
