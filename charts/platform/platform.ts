import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { PLATFORM, type PlatformConfig } from '../../lib/config/platform';
import { ClusterIssuers } from '../../lib/constructs/platform/cluster-issuers';
import { PriorityClasses } from '../../lib/constructs/platform/priority-classes';

/** The objects that a cluster needs once for all systems. */
export class PlatformChart extends Chart {
  constructor(scope: Construct, id: string, settings: PlatformConfig) {
    super(scope, id, { disableResourceNameHashes: true });
    const platform = { name: PLATFORM, ...settings };
    new PriorityClasses(this, 'priority-classes', platform);
    new ClusterIssuers(this, 'cluster-issuers', platform);
  }
}
