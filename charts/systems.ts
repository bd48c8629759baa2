import type { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Environment } from '../config/environment';
import type { SystemSchema } from '../config/load';
import { PLATFORM, type PlatformConfig, platformSchema } from '../config/platform';
import { pliersSchema } from '../config/pliers';
import { salientSchema } from '../config/salient';
import { type TenantsContext, tenantsSchema } from '../config/tenants';
import type { System } from '../constructs/system';
import { SystemChart } from './common/chart';
import type { Notices } from './notices';
import { PlatformChart } from './platform/platform';
import { pliers } from './pliers/components';
import { salient } from './salient/components';
import { tenantNotices } from './salient/data/tenants';

/** How one system goes from its environment file to its chart. */
export interface SystemDefinition extends SystemSchema {
  /** From checked settings to facts. */
  readonly describe: (environment: Environment, settings: unknown) => System;
  /** @default - nothing */
  readonly notices?: Notices;
  readonly chart: new (scope: Construct, id: string, system: System) => Chart;
}

/** How what a cluster needs once goes from its environment file to its chart. It has no components, and nobody connects to it. */
export interface PlatformDefinition extends SystemSchema {
  readonly chart: new (scope: Construct, id: string, settings: PlatformConfig) => Chart;
}

/** A definition whose settings are of the type that its own schemas make. */
function define<Settings>(
  definition: SystemSchema & {
    readonly describe: (environment: Environment, settings: Settings) => System;
    readonly notices?: Notices;
    readonly chart: SystemDefinition['chart'];
  },
): SystemDefinition {
  return definition as SystemDefinition;
}

/** Every system, by the name of its environment file. */
export const systems: Readonly<Record<string, SystemDefinition>> = {
  salient: define({
    schema: salientSchema,
    lists: { tenants: (settings) => tenantsSchema(settings as TenantsContext | undefined) },
    describe: salient,
    notices: tenantNotices,
    chart: SystemChart,
  }),
  pliers: define({ schema: pliersSchema, describe: pliers, chart: SystemChart }),
};

export const platform: PlatformDefinition = { schema: platformSchema, chart: PlatformChart };

/** Whatever has a file in an environment's folder, by its name. */
export const schemas: Readonly<Record<string, SystemSchema>> = { [PLATFORM]: platform, ...systems };
