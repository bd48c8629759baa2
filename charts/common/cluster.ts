import type { Environment } from '../../config/environment';
import type { System } from '../../constructs';

/** What every system's environment file says of its cluster. */
interface ClusterSettings {
  readonly imagePullSecrets: readonly string[];
  readonly edge: System['edge'];
  readonly dns: { readonly nodeLocal: readonly string[] };
}

/** A system as it stands in its cluster. Where customers are, a pod waits until it keeps the zones even. */
export function inCluster(
  name: string,
  environment: Environment,
  settings: ClusterSettings,
): Pick<System, 'name' | 'environment' | 'development' | 'placement' | 'edge' | 'dnsCaches'> {
  return {
    name,
    environment: environment.longName,
    development: environment.development,
    placement: {
      acrossZones: environment.production ? 'DoNotSchedule' : 'ScheduleAnyway',
      imagePullSecrets: settings.imagePullSecrets,
    },
    edge: settings.edge,
    dnsCaches: settings.dns.nodeLocal,
  };
}
