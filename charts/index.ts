import { defineRegistry } from '../lib/pipeline/definition';
import { application } from './application/system';
import { FleetChart, HealthChart } from './argocd/fleet';
import { MonitoringChart } from './argocd/monitoring';
import { ephitup } from './ephitup/system';
import { PlatformChart } from './platform/platform';
import { pliers } from './pliers/system';
import { salient } from './salient/system';

/** All systems, and the charts of the platform and of Argo CD. A new system is a line here. */
export const registry = defineRegistry({
  systems: [salient, pliers, ephitup],
  application,
  platform: PlatformChart,
  argocd: { fleet: FleetChart, health: HealthChart, monitoring: MonitoringChart },
});
