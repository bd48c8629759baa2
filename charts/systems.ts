import type { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ZodType } from 'zod';
import type { Environment } from '../config/environment';
import { salientSchema } from '../config/salient';
import type { System } from '../constructs';
import { SalientChart } from './salient/chart';
import { salient } from './salient/components';

/** How one system goes from its environment file to its chart. */
export interface SystemDefinition {
  readonly schema: (environment: Environment) => ZodType;
  /** From checked settings to facts. */
  readonly describe: (environment: Environment, settings: unknown) => System;
  readonly chart: new (scope: Construct, id: string, system: System) => Chart;
}

/** A definition whose settings are of the type that its own schema makes. */
function define<Settings>(definition: {
  readonly schema: (environment: Environment) => ZodType<Settings>;
  readonly describe: (environment: Environment, settings: Settings) => System;
  readonly chart: SystemDefinition['chart'];
}): SystemDefinition {
  return definition as SystemDefinition;
}

/** Every system, by the name of its environment file. */
export const systems: Readonly<Record<string, SystemDefinition>> = {
  salient: define({ schema: salientSchema, describe: salient, chart: SalientChart }),
};
